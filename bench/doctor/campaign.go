package doctor

import (
	"context"
	"errors"
	"slices"

	"vnettune/apply"
	"vnettune/matrix"
	"vnettune/results/record"
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
	d.ok("campaign.plan", "%s of %d settings, %s", plan.Combinations(), len(plan.Settings), plan.Extent())
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
	if err == nil {
		d.examineFound(ctx, plan, without(settable(plan, windows), lacking))
	}
	d.examineVariants(ctx, plan)
	for _, n := range plan.Dropped {
		d.warn("campaign.dropped", "none needed: plan and report say it, too", "%s", n)
	}
}

// examineFound says which values of the registry the campaign gives another type, and which of the settings the guest was found with although they are not in effect: every boot
// that leaves one of them alone would be set aside, and of the baseline that is a failure.
func (d *Examination) examineFound(ctx context.Context, plan matrix.Plan, settings []matrix.Planned) {
	const id = "campaign.found"
	if i := slices.IndexFunc(d.Checks, func(c Check) bool {
		return c.Status == Failed && (c.ID == "host.left" || c.ID == "guest.left")
	}); i >= 0 {
		d.notAsked(id, "the guest is not as it was found: see "+d.Checks[i].ID)
		return
	}
	if len(settings) == 0 {
		return
	}
	o, err := d.guest.Originals(ctx, *d.facts, settings)
	if err != nil {
		d.fail(id, remedy(err, "attach --record FILE to a bug report"), "%v", err)
		return
	}
	d.examinePlans(ctx, o, plan)
	for _, r := range apply.RetypedBy(o, plan) {
		d.warn("campaign.types", r.Advice(d.campaign.Design.Define[r.Place.ID].Where), "%s", r)
	}
	foretold, err := d.guest.Foretell(ctx, o, plan)
	switch {
	case err != nil:
		d.fail(id, remedy(err, "attach --record FILE to a bug report"), "%v", err)
	case len(foretold) == 0:
		d.ok(id, "nothing that the guest was found with is known not to be in effect")
	}
	for _, f := range foretold {
		if f.Baseline {
			d.fail(id, f.Advice(), "%s", f)
		} else {
			d.warn(id, f.Advice(), "%s", f)
		}
	}
}

// examinePlans says which power plans of the campaign the guest does not have.
func (d *Examination) examinePlans(ctx context.Context, o record.Originals, plan matrix.Plan) {
	const id = "campaign.power-plans"
	err := d.guest.PowerPlans(ctx, o, plan)
	switch {
	case errors.Is(err, apply.ErrPlansUntold):
		d.notAsked(id, err.Error())
	case err != nil:
		d.fail(id, remedy(err, "attach --record FILE to a bug report"), "%v", err)
	}
}
