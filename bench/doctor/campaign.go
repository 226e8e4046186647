package doctor

import (
	"context"

	"vnettune/apply"
)

// examineCampaign says which settings of the campaign the guest does not have, and which
// of their values it does not take.
func (d *Examination) examineCampaign(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, stepLimit)
	defer cancel()
	plan, err := d.campaign.Plan(generationOf(*d.facts))
	if err != nil {
		d.fail("campaign.plan", remedy(err, "vnettune settings and vnettune profiles list what there is"), "%v", err)
		return
	}
	d.ok("campaign.plan", "%d combinations of %d settings, %s", len(plan.Arms), len(plan.Settings), plan.Extent())
	windows, _ := apply.WindowsOf(*d.facts) // a plan has a generation
	cannot := plan.Cannot(windows)
	for _, err := range cannot {
		d.fail("campaign.settings", "leave it out of the campaign", "%v", err)
	}
	lacking, err := d.guest.Lacking(ctx, *d.facts, plan.Settings)
	switch {
	case err != nil:
		d.fail("campaign.settings", remedy(err, "attach --record FILE to a bug report"), "%v", err)
	case len(lacking)+len(cannot) == 0:
		d.ok("campaign.settings", "the guest has all of them")
	}
	for _, l := range lacking {
		d.fail("campaign.settings", "leave "+l.ID+" out of the campaign, or bring the guest's driver or Windows to a version that has it", "%v", l.Err)
	}
	d.examineValues(plan, lacking)
	for _, n := range plan.Dropped {
		d.warn("campaign.dropped", "none needed: plan and report say it, too", "%s", n)
	}
}
