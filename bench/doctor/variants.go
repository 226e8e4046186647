package doctor

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"

	"vnettune/bench"
	"vnettune/matrix"
	"vnettune/trouble"
)

// examineVariants says whether the plan's variants can be put in place, and undone.
func (d *Examination) examineVariants(ctx context.Context, plan matrix.Plan) {
	if len(plan.Variants) == 0 {
		return
	}
	const check = "campaign.variants"
	why, err := askHost(d, "variants", func() (string, error) {
		if err := d.live.CheckVariants(plan); err != nil {
			return trouble.Line(err), nil
		}
		return "", nil
	})
	switch {
	case err != nil:
		d.fail(check, remedy(err, "attach --record FILE to a bug report"), "%v", err)
		return
	case why != "":
		d.fail(check, "set guest.libvirt or guest.rescue.qmp", "%s", why)
		return
	}
	drivers := bench.OfDrivers(plan)
	if len(drivers) == 0 {
		d.ok(check, "%d; that the guest's machine is off can be told", len(plan.Variants))
		return
	}
	packages := make([]matrix.Package, len(drivers))
	for i, v := range drivers {
		packages[i] = *v.Driver
	}
	host, _, _ := net.SplitHostPort(d.way.Control)
	control, _ := netip.ParseAddr(host) // none where it is a name
	got, err := d.guest.Packages(ctx, packages, control)
	if err == nil {
		err = bench.WayBackFrom(got, bench.Spec{DeadMan: d.campaign.Guest.Rescue.DeadMan, OtherWayBack: d.campaign.Guest.Rescue.Independent(), StandIn: d.campaign.Guest.Lab != nil})
	}
	if err != nil {
		d.fail(check, remedy(err, "attach --record FILE to a bug report"), "%v", err)
		return
	}
	for _, v := range drivers {
		if !v.Driver.Fits(got.Found.Hardware) {
			d.fail(check, "name a package for the device that the guest has", "variant %s: the package is for %s, and the guest's adapter is %s", v.Name, strings.Join(v.Driver.Devices, ", "), got.Found.Hardware)
			return
		}
	}
	has := slices.DeleteFunc(slices.Clone(got.Published), func(name string) bool { return name == "" })
	d.ok(check, "%d drivers' packages, %d of them in the guest's driver store; its adapter has %s as %s, which is given back%s", len(packages), len(has), got.Found.Version, got.Found.INF, others(got.Same))
}

// others says that a driver is not one adapter's alone.
func others(same int) string {
	if same < 2 {
		return ""
	}
	return "; every adapter of the same device gets the campaign's drivers, too"
}
