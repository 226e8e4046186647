package apply

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"vnettune/apply/deadman"
	"vnettune/apply/terms"
	"vnettune/matrix"
	"vnettune/results/record"
)

// installLimit bounds the installation of a package, the adapter's way back to its address included.
const installLimit = 6 * time.Minute

// armDriver arms the dead-man switch as Arm does; before the originals it puts back the driver that the adapter was
// found with. Where its script is kept back it takes the package out that is about to be installed.
func (g *Guest) armDriver(ctx context.Context, o record.Originals, was Installed, published string, limit time.Duration) error {
	back := terms.Step{Op: "driver", Name: was.INF, Path: published, Data: was.Hardware, MAC: was.MAC, IPv4: &was.IPv4}
	_, _, err := deadman.Arm(ctx, g.deadMan, append([]terms.Step{back}, Steps(found(g.ours(o)))...), limit)
	return err
}

// A DriverError says that the adapter runs another driver than the one that was installed for it.
type DriverError struct{ Want, Runs string } // versions

// Error names both.
func (e *DriverError) Error() string {
	return fmt.Sprintf("the guest's adapter runs driver version %s, not %s", e.Runs, e.Want)
}

// UseDriver gives every device with the adapter's hardware id the driver of a package in the guest's driver store, and
// reboots. It returns when the new boot is proven, its adapter runs that version (a *DriverError else), and has the properties
// that it was found with, as far as the driver declares them. The dead-man switch is armed on the way, which puts back the driver that was
// found and the originals; a limit of 0 is none. A guest that is lost has it armed still.
func (g *Guest) UseDriver(ctx context.Context, published, version string, was Installed, o record.Originals, deadMan time.Duration, limits RebootLimits) error {
	arm := func() error {
		if deadMan == 0 {
			return nil
		}
		return g.armDriver(ctx, o, was, published, deadMan)
	}
	err := arm()
	if err == nil {
		limit := installLimit
		if deadMan > 0 {
			limit = min(limit, time.Duration(armedPart*float64(deadMan)))
		}
		err = g.install(ctx, published, was, limit)
	}
	if err == nil {
		err = arm() // anew: its time is for the boot
	}
	if err == nil {
		_, err = g.Reboot(ctx, limits.Within(deadMan))
	}
	if err == nil {
		err = g.runs(ctx, was.MAC, published, version)
	}
	if err == nil {
		err = g.keep(ctx, was)
	}
	if Lost(err) || ctx.Err() != nil || deadMan == 0 {
		return err
	}
	_, _, left := g.Disarm(ctx)
	return errors.Join(err, left)
}

// runs says whether the adapter with that MAC runs that version of its driver, from that package of the driver store; the
// error is a *DriverError where not.
func (g *Guest) runs(ctx context.Context, mac, inf, version string) error {
	a, err := g.withMAC(ctx, mac)
	if err == nil && a.DriverVersion != version {
		err = &DriverError{Want: version, Runs: versionOf(a)}
	}
	if err != nil {
		return err
	}
	said, err := g.drivers(ctx, a, nil, nil) // two builds may have one version
	if err == nil && !strings.EqualFold(said.Adapter.INF, inf) {
		err = &DriverError{Want: version + " of " + inf, Runs: said.Adapter.Version + " of " + said.Adapter.INF}
	}
	return err
}

// install installs a package of the guest's driver store on every device that has the adapter's hardware id, and
// returns when the adapter under test is up again with its address, as RestartAdapter does: by a task, with every connection
// dropped. Which driver runs is not proven here: a boot and the facts do that.
func (g *Guest) install(ctx context.Context, published string, was Installed, limit time.Duration) error {
	w := &adapterWatch{guest: g, limit: limit, began: g.clock.Now(), token: nonce(), adapter: record.Adapter{Name: was.Name, GUID: was.GUID},
		install: &terms.Installation{INF: published, Hardware: was.Hardware, MAC: was.MAC, IPv4: was.IPv4}}
	_, err := w.run(ctx)
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		err = errors.Join(ctx.Err(), err)
	}
	return &AdapterError{Adapter: w.adapter.Name, Driver: published, Err: err}
}

// keep writes the properties that an adapter was found with and has not now, where they are now: another driver may have
// changed them. Those that its driver does not declare any more are left.
func (g *Guest) keep(ctx context.Context, was Installed) error {
	a, err := g.declaring(ctx, was.MAC)
	if err != nil {
		return err
	}
	var targets []Target
	for _, t := range was.Values {
		if k, err := a.Driver.Find(t.Place.Name); err == nil && k.Takes(t.Want.Data) {
			t.Place.Path = a.ClassKey
			targets = append(targets, t)
		}
	}
	_, err = g.Write(ctx, targets)
	return err
}

// drop deletes the properties that an adapter has and was found without, which the driver that it has now has brought.
func (g *Guest) drop(ctx context.Context, was Installed) error {
	a, err := g.declaring(ctx, was.MAC)
	if err != nil {
		return err
	}
	var targets []Target
	for _, name := range slices.Sorted(maps.Keys(a.Keywords)) {
		if !slices.ContainsFunc(was.Values, func(t Target) bool { return strings.EqualFold(t.Place.Name, name) }) {
			targets = append(targets, Target{Place: record.Place{ID: name, Kind: string(matrix.AdapterKeyword), Path: a.ClassKey, Name: name}})
		}
	}
	_, err = g.Write(ctx, targets)
	return err
}

// declaring is the adapter with that MAC as it is now, with what its driver declares.
func (g *Guest) declaring(ctx context.Context, mac string) (record.Adapter, error) {
	a, err := g.withMAC(ctx, mac)
	if err != nil {
		return a, err
	}
	d, err := g.speak(ctx)
	if err != nil {
		return a, err
	}
	driver, err := d.Driver(ctx, a.ClassKey)
	if err != nil {
		return a, fmt.Errorf("%w: %w", undeclared(a), err)
	}
	a.Driver = &driver
	return a, nil
}
