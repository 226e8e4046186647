package apply

import (
	"context"
	"fmt"
	"time"

	"vnettune/apply/terms"
	"vnettune/matrix"
)

// removePackages takes packages and certificates out of the guest that were put there, and the files of the last one.
func (g *Guest) removePackages(ctx context.Context, packages []terms.StagedPackage, certificates []string) error {
	d, err := g.speak(ctx)
	if err == nil {
		ctx, err = g.sure(ctx)
	}
	if err != nil {
		return err
	}
	said, err := d.Stage(ctx, terms.StageInput{Action: terms.StageRemove, Packages: packages, Certificates: certificates})
	if err == nil && len(said.Steps) != len(packages)+len(certificates) {
		err = fmt.Errorf("%d steps asked, %d answered", len(packages)+len(certificates), len(said.Steps))
	}
	for i := 0; err == nil && i < len(said.Steps); i++ {
		if s := said.Steps[i]; !s.OK {
			err = fmt.Errorf("exit code %d: %s", s.Exit, terms.Excerpt([]byte(s.Output)))
		}
	}
	if err != nil {
		return fmt.Errorf("take the drivers' packages out of the guest's driver store: %w", err)
	}
	return nil
}

// Drivers is what a campaign with packages of drivers has to undo on a guest.
type Drivers struct {
	Found        Installed
	Packages     []matrix.Package // that were not in the driver store
	Certificates []string         // thumbprints of publishers that were not trusted
}

// back gives the adapter again the driver that it was found with, and its properties, and returns when a boot has proven
// that it runs it. Of one that has it, with its addresses, the properties are put back alone.
func (d *Drivers) back(ctx context.Context, g *Guest, limits RebootLimits) error {
	if err := g.insist(ctx, limits, func() error { return g.awaitTask(ctx) }); err != nil {
		return err
	}
	a, err := g.withMAC(ctx, d.Found.MAC)
	if Lost(err) || isOther(err) {
		return err
	}
	if err == nil { // an adapter whose driver does not start is none: it has nothing new, either
		said, err := g.drivers(ctx, a, nil, nil)
		if err != nil {
			return err
		}
		if err = g.drop(ctx, d.Found); err != nil {
			return err
		}
		if said.Adapter.INF == d.Found.INF && a.DriverVersion == d.Found.Version && said.Adapter.IPv4.Has(d.Found.IPv4) {
			return g.keep(ctx, d.Found) // whoever gave it back may have taken the device for a new one
		}
	}
	if err = g.install(ctx, d.Found.INF, d.Found, installLimit); err == nil {
		_, err = g.Reboot(ctx, limits)
	}
	if err == nil {
		err = g.runs(ctx, d.Found.MAC, d.Found.INF, d.Found.Version)
	}
	if err == nil {
		err = g.keep(ctx, d.Found)
	}
	return err
}

// taskGrace is how long a task is waited for that is about to install a driver, or does: one whose driver does not work waits for an
// adapter that does not come, and what is installed after it counts.
const taskGrace = 45 * time.Second

// awaitTask waits until no task is about to install a driver, as one that was asked for just before its harness was killed,
// and takes it away.
func (g *Guest) awaitTask(ctx context.Context) error {
	d, err := g.speak(ctx)
	if err != nil {
		return err
	}
	until := g.clock.Now().Add(taskGrace)
	for {
		a, _, err := d.Restarted(ctx, terms.RestartResult)
		if err != nil {
			return err
		}
		if !a.Task || a.Token != "" || !g.clock.Now().Before(until) {
			break
		}
		if err := g.clock.Sleep(ctx, time.Second); err != nil {
			return err
		}
	}
	_, _, err = d.Restarted(ctx, terms.RestartRemove)
	return err
}

// unstage takes out of the driver store what was not there, once no device uses it.
func (d *Drivers) unstage(ctx context.Context, g *Guest) error {
	a, err := g.withMAC(ctx, d.Found.MAC)
	if err != nil {
		return err
	}
	said, err := g.drivers(ctx, a, d.Packages, nil)
	if err != nil {
		return err
	}
	var packages []terms.StagedPackage
	for i, name := range said.Published {
		if name != nil {
			packages = append(packages, terms.StagedPackage{Published: *name, SHA256: d.Packages[i].Files[0].SHA256})
		}
	}
	return g.removePackages(ctx, packages, d.Certificates)
}

// Return says what Restore has to undo besides the originals; nil for nothing.
func (g *Guest) Return(d *Drivers) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.owed = d
}

// DriverBack gives the adapter under test again the driver that it was found with, where Return has named one. The
// packages stay in the guest's driver store, which Restore takes out as well.
func (g *Guest) DriverBack(ctx context.Context, limits RebootLimits) error {
	if g.owed == nil {
		return nil
	}
	if err := g.owed.back(ctx, g, limits); err != nil {
		return fmt.Errorf("the driver that the adapter was found with, %s: %w", g.owed.Found.Version, err)
	}
	return nil
}

// Unstage takes the packages out of the guest's driver store that were not there, where Return has named any.
func (g *Guest) Unstage(ctx context.Context) error {
	if g.owed == nil {
		return nil
	}
	return g.owed.unstage(ctx, g)
}
