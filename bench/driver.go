package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"vnettune/apply"
	"vnettune/matrix"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/trouble"
)

// Drivable is a guest whose adapter can be given another driver.
type Drivable interface {
	Packages(ctx context.Context, all []matrix.Package, control netip.Addr) (apply.Packages, error)
	StagePackage(ctx context.Context, p matrix.Package, content [][]byte, note func(apply.Signature) error) (published string, err error)
	UseDriver(ctx context.Context, published, version string, was apply.Installed, o record.Originals, deadMan time.Duration, limits apply.RebootLimits) error
	// Return says what a restore has to undo besides the originals, DriverBack and Unstage do that of it.
	Return(d *apply.Drivers)
	DriverBack(ctx context.Context, limits apply.RebootLimits) error
	Unstage(ctx context.Context) error
}

// drivers is what is known of the packages of a plan, and of the driver that the guest was found with.
type drivers struct {
	apply.Drivers
	guest     Drivable
	session   *session
	published map[string]string // what the guest's driver store calls the package of each variant; "" where it may have it no more
	stage     func(context.Context, matrix.Variant) error
}

// storedDrivers is the kind of the store's events that hold with which driver the guest was found, and what of the
// campaign's packages it had not; the last one counts.
const storedDrivers = "drivers"

func driversIn(e results.Event) (apply.Drivers, error) {
	var d apply.Drivers
	text, err := unpack(e.Text)
	if err == nil {
		err = json.Unmarshal([]byte(text), &d)
	}
	if err != nil {
		return d, fmt.Errorf("the driver that the guest was found with, in the store: %w", err)
	}
	return d, nil
}

// DriversOf is what a store's campaign has to undo of the guest's drivers; nil for nothing.
func DriversOf(events []results.Event) (*apply.Drivers, error) {
	for _, e := range slices.Backward(events) {
		if e.Kind == storedDrivers {
			d, err := driversIn(e)
			return &d, err
		}
	}
	return nil, nil
}

// OfDrivers are the variants of a plan that are drivers' packages.
func OfDrivers(p matrix.Plan) []matrix.Variant {
	return slices.DeleteFunc(slices.Clone(p.Variants), func(v matrix.Variant) bool { return v.Driver == nil })
}

// tryDrivers stores with which driver the guest was found, and takes the packages of the plan into its driver store,
// which changes no device. A guest whose Windows takes one of them not is refused before its first boot.
func (l *Loop) tryDrivers(ctx context.Context, s *session) error {
	variants := OfDrivers(s.spec.Plan)
	if len(variants) == 0 {
		return nil
	}
	packages := make([]matrix.Package, len(variants))
	for i, v := range variants {
		packages[i] = *v.Driver
	}
	got, err := l.Guest.Packages(ctx, packages, s.spec.Control)
	if err != nil {
		return err
	}
	if err := WayBackFrom(got, s.spec); err != nil {
		return err
	}
	for _, v := range variants {
		if !v.Driver.Fits(got.Found.Hardware) {
			return trouble.Invalid(trouble.Hint(fmt.Errorf("variant %s: the package is for %s, and the guest's adapter is %s", v.Name, strings.Join(v.Driver.Devices, ", "), got.Found.Hardware),
				"name a package for the device that the guest has"))
		}
	}
	if got.Same > 1 {
		l.Notify(Event{Time: l.Clock.Now(), Kind: EventWarning, Text: fmt.Sprintf("the guest has %d adapters of the same device: all of them get the drivers of the campaign, and at its end the one that they were found with; properties and addresses are looked after only of that under test", got.Same)})
	}
	d := s.variants.drivers
	keep := func() error {
		return l.Store.AddEvent(results.Event{At: l.Clock.Now(), Kind: storedDrivers, Text: pack(string(asJSON(d.Drivers)))})
	}
	if d != nil && !s.inherited && d.Found.Version != got.Found.Version {
		return trouble.Hint(fmt.Errorf("the guest was found with driver %s and has %s now", d.Found.Version, got.Found.Version), "put it back as it was, or begin a new store")
	}
	if d == nil || !s.inherited { // what an earlier session had to undo is undone
		d = &drivers{Drivers: apply.Drivers{Found: got.Found}}
		for i, p := range packages {
			if got.Published[i] == "" {
				d.Packages = append(d.Packages, p)
			}
		}
		if err := keep(); err != nil {
			return err
		}
		s.variants.drivers = d
	}
	d.guest, d.session, d.published = l.Guest, s, map[string]string{}
	d.stage = func(ctx context.Context, v matrix.Variant) error { return l.stagePackage(ctx, d, v, keep) }
	l.Guest.Return(&d.Drivers)
	for i, v := range variants {
		if d.published[v.Name] = got.Published[i]; got.Published[i] != "" {
			continue
		}
		if err := d.stage(ctx, v); err != nil {
			return fmt.Errorf("variant %s: %w", v.Name, err)
		}
	}
	return nil
}

// stagePackage takes a variant's package into the guest's driver store. Keep stores what has to be undone of that.
func (l *Loop) stagePackage(ctx context.Context, d *drivers, v matrix.Variant, keep func() error) error {
	content, err := l.Content(*v.Driver)
	if err != nil {
		return err
	}
	l.Notify(Event{Time: l.Clock.Now(), Kind: EventWarning, Text: fmt.Sprintf("the package of variant %s, driver %s, goes into the guest's driver store, and its publisher among those that the guest trusts, until the restore", v.Name, v.Driver.Version)})
	d.published[v.Name], err = l.Guest.StagePackage(ctx, *v.Driver, content, func(of apply.Signature) error {
		if of.Trusted || slices.Contains(d.Certificates, of.Signer) {
			return nil
		}
		d.Certificates = append(d.Certificates, of.Signer)
		return keep()
	})
	return err
}

// WayBackFrom refuses to change the driver of the adapter over which WinRM comes where nothing could bring the guest back.
func WayBackFrom(got apply.Packages, spec Spec) error {
	switch {
	case spec.OtherWayBack, spec.StandIn:
		return nil
	case got.Carries:
		return trouble.Invalid(trouble.Hint(errors.New("WinRM comes over an adapter whose driver would be changed, and a driver that does not work would cut the guest off for good"),
			"give another way back (guest.rescue.guest_agent, libvirt or snapshot), or let guest.control name an adapter of another device"))
	case spec.DeadMan == 0:
		return trouble.Invalid(trouble.Hint(errors.New("drivers are not changed without a dead-man switch or another way back"), "leave guest.rescue.dead_man out, or name guest.rescue.guest_agent, libvirt or snapshot"))
	}
	return nil
}

// driverAsFound gives the guest the driver that it was found with, where an earlier session left it another: what a session
// stores of the guest is of that one. A guest that does not answer is brought back first.
func (l *Loop) driverAsFound(ctx context.Context, v *Variants) error {
	if err := l.ownedByUs(ctx); err != nil {
		return err
	}
	l.Guest.Return(&v.drivers.Drivers)
	l.Notify(Event{Time: l.Clock.Now(), Kind: EventWarning, Text: fmt.Sprintf("an earlier session left the guest with the driver of variant %s; it gets %s back, with which it was found", v.now, v.drivers.Found.Version)})
	err := l.Guest.DriverBack(ctx, v.Limits)
	if err == nil {
		err = v.note("")
	}
	if apply.Lost(err) {
		return nil
	}
	return err
}

// drive gives the adapter under test the driver of a variant.
func (v *Variants) drive(ctx context.Context, next matrix.Variant) error {
	d := v.drivers
	if err := v.note(next.Name); err != nil {
		return err
	}
	if d.published[next.Name] == "" {
		if err := d.stage(ctx, next); err != nil {
			return err
		}
	}
	s := d.session
	if s.spec.DeadMan > 0 {
		s.due = v.Clock.Now().Add(2 * s.spec.DeadMan) // it is armed anew on the way
	}
	err := d.guest.UseDriver(ctx, d.published[next.Name], next.Driver.Version, d.Found, s.values(), s.spec.DeadMan, v.Limits)
	if err == nil || !apply.Lost(err) && ctx.Err() == nil {
		s.due = time.Time{}
	}
	if apply.Lost(err) { // the dead-man switch may take it out of the driver store
		d.published[next.Name] = ""
	}
	v.done = err == nil
	return err
}

// inf is what the guest's driver store calls the package of the adapter's driver under a variant; "" in a plan without
// packages.
func (v *Variants) inf(variant string) string {
	d := v.drivers
	if d == nil {
		return ""
	}
	if name := d.published[variant]; name != "" {
		return name
	}
	return d.Found.INF
}
