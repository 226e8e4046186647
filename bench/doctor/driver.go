package doctor

import (
	"context"
	"errors"
	"maps"
	"slices"

	"vnettune/apply"
	"vnettune/matrix"
)

// examineDriver asks what the driver of the adapter under test declares.
func (d *Examination) examineDriver(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, stepLimit)
	defer cancel()
	a, err := d.guest.AdapterUnderTest(*d.facts)
	if err != nil {
		return // which the line guest.adapter says
	}
	if a.ClassKey == "" {
		d.notAsked("guest.driver", "the guest names no class key of the adapter")
		return
	}
	f, err := d.guest.Declare(ctx, *d.facts)
	if err != nil {
		d.warn("guest.driver", remedy(err, "attach --record FILE to a bug report"), "%v", err)
		return
	}
	d.facts = &f
	if a, err = d.guest.AdapterUnderTest(f); err != nil {
		return
	}
	d.ok("guest.driver", "it declares %d properties", len(a.Driver.Keywords))
	for _, name := range slices.Sorted(maps.Keys(a.Driver.Problems)) {
		d.warn("guest.driver", "look at the property in the device manager; a campaign must do without it", "%s could not be read: %s", name, a.Driver.Problems[name])
	}
}

// examineValues says which values of the campaign the guest's driver does not take, but for
// those of settings that it lacks.
func (d *Examination) examineValues(plan matrix.Plan, lacking []apply.Lack) {
	err := d.guest.Legal(*d.facts, plan)
	var illegal *apply.IllegalError
	switch {
	case errors.As(err, &illegal):
		for _, v := range illegal.Values {
			if !slices.ContainsFunc(lacking, func(l apply.Lack) bool { return l.ID == v.ID }) {
				d.fail("campaign.values", illegal.Advice(), "the driver, version %s, does not take %s", illegal.Version(), v)
			}
		}
	case err == nil && apply.HasKeywords(plan):
		d.ok("campaign.values", "the guest's driver lists all that the campaign gives it")
	}
}
