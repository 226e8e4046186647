package bench_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vnettune/apply"
	"vnettune/bench"
	"vnettune/foreign"
	"vnettune/matrix"
	"vnettune/results/record"
	"vnettune/results/sample"
)

const newerDriver = "100.95.104.26200"

func driverPackage(version string) *matrix.Package {
	return &matrix.Package{Folder: version, INF: "netkvm.inf", Catalog: "netkvm.cat", Version: version, Files: []matrix.PackageFile{{Name: "netkvm.inf", Size: 1, SHA256: version}}}
}

// withDrivers is a campaign of the guest as it was found and of drivers.
func withDrivers(versions ...string) *rig {
	variants := []matrix.Variant{{Name: "found"}}
	for _, v := range versions {
		variants = append(variants, matrix.Variant{Name: "driver-" + v, Driver: driverPackage(v)})
	}
	r, _ := withVariants(variants...)
	r.guest.drives("")
	r.spec.DeadMan = 10 * time.Minute
	return r
}

func (r *rig) runDrivers(ctx context.Context) error {
	r.clock.now = r.clock.now.Add(1)
	loop := r.loop()
	loop.Content = func(p matrix.Package) ([][]byte, error) { return [][]byte{[]byte("x")}, nil }
	_, err := loop.Run(ctx, r.spec)
	return err
}

// drivers are the lines of a transcript that are about drivers.
func (r *rig) drivers() []string {
	var all []string
	for _, line := range r.transcript {
		for _, of := range []string{"stage", "unstage", "driver", "restore", "bring back", "switch off", "machine"} {
			if strings.HasPrefix(line, of) {
				all = append(all, line)
				break
			}
		}
	}
	return all
}

// A package is staged before the first boot and installed where its arm is next; between two of them the guest's own is
// not needed. At the end the guest has its own, and its driver store what it had. The guest is never switched off.
func TestDriversOfAGuest(t *testing.T) {
	r := withDrivers(newerDriver)
	if err := r.runDrivers(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"stage 100.95.104.26200, 1 files",
		"driver oem-100.95.104.26200 over 100.85.104.20100", "driver back", "driver oem-100.95.104.26200 over 100.85.104.20100",
		"restore", "driver back", "unstage",
	}
	if d := cmp.Diff(want, r.drivers()); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	for _, b := range r.store.boots {
		got := b.Readings[0]
		if b.Status != sample.StatusOK || b.Arm != "found" && (got.InEffect != record.Yes || !strings.Contains(got.Reason, `driver: "100.95.104.26200", was "100.85.104.20100"`)) {
			t.Errorf("%s: %s %s, %+v", b.Arm, b.Status, b.Reason, got)
		}
	}
	if d := r.guest.owed; d == nil || d.Found.Version != foundDriver || len(d.Packages) != 1 || !slices.Equal(d.Certificates, []string{"A1B2"}) {
		t.Errorf("to be undone: %+v", d)
	}
}

// What the driver store had, and whom the guest trusted before, stays.
func TestAPackageThatTheGuestHas(t *testing.T) {
	r := withDrivers(newerDriver)
	r.guest.store = []string{newerDriver}
	if err := r.runDrivers(t.Context()); err != nil {
		t.Fatal(err)
	}
	if d := r.guest.owed; d == nil || len(d.Packages) != 0 || len(d.Certificates) != 0 {
		t.Errorf("to be undone: %+v", d)
	}
}

// A guest that its driver would cut off for good, or that does not take a package, is refused before its first boot, and
// nothing of it stays there.
func TestDriversThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(r *rig)
		want   string
	}{
		"WinRM comes over it":   {func(r *rig) { r.guest.carries = true }, "cut the guest off"},
		"no switch":             {func(r *rig) { r.spec.DeadMan = 0 }, "dead-man switch"},
		"the guest's signature": {func(r *rig) { r.guest.failStage = errors.New("not signed") }, "variant driver-100.95.104.26200: not signed"},
	} {
		r := withDrivers(newerDriver)
		c.change(r)
		err := r.runDrivers(t.Context())
		if err == nil || !strings.Contains(err.Error(), c.want) || len(r.store.boots) != 0 || r.store.changed || r.guest.mark != nil {
			t.Errorf("%s: %v after %d boots, changed: %t, mark: %v", name, err, len(r.store.boots), r.store.changed, r.guest.mark)
		}
	}
	r := withDrivers(newerDriver)
	r.guest.carries, r.spec.OtherWayBack = true, true
	if err := r.runDrivers(t.Context()); err != nil {
		t.Errorf("with another way back: %v", err)
	}
}

// A driver that cuts the guest off is a boot that failed: the switch is waited for, and the others go on.
func TestADriverThatCutsTheGuestOff(t *testing.T) {
	r := withDrivers(newerDriver)
	r.guest.badDriver, r.rescue.other = newerDriver, true
	if err := r.runDrivers(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, b := range r.store.boots {
		if want := b.Arm != "found"; (b.Status == record.VariantFailed) != want {
			t.Errorf("%s: %s, %s", b.Arm, b.Status, b.Reason)
		}
	}
	if len(r.rescue.dues) == 0 || r.rescue.dues[0].IsZero() {
		t.Errorf("the switch was due at %v", r.rescue.dues)
	}
	if r.store.changed || r.guest.runs() != foundDriver {
		t.Errorf("left changed: %t, with driver %s", r.store.changed, r.guest.runs())
	}
}

// A session that was killed left another driver: the next one goes on from it, and its end gives back what the first one
// found.
func TestADriverThatAnEarlierSessionLeft(t *testing.T) {
	r := withDrivers(newerDriver)
	if err := r.runDrivers(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, e := range r.store.events {
		if e.Kind == "variant" && e.Text != "" {
			r.store.events = r.store.events[:i+1]
			break
		}
	}
	r.store.changed, r.store.boots, r.transcript, r.guest.owed = true, nil, nil, nil
	r.guest.store = []string{newerDriver}
	r.guest.drives(newerDriver)
	if err := r.runDrivers(t.Context()); err != nil {
		t.Fatal(err)
	}
	if d := r.guest.owed; d == nil || d.Found.Version != foundDriver || len(d.Packages) != 1 {
		t.Errorf("to be undone: %+v", d)
	}
	if all := r.drivers(); len(all) == 0 || all[0] != "driver back" {
		t.Errorf("it begins with %q", all)
	}
	if last := r.store.sessions[len(r.store.sessions)-1]; last.Guest.Adapters[0].DriverVersion != foundDriver {
		t.Errorf("the session is stored with driver %s", last.Guest.Adapters[0].DriverVersion)
	}
	if r.guest.runs() != foundDriver || r.store.changed {
		t.Errorf("left with driver %s, changed: %t, after %q", r.guest.runs(), r.store.changed, r.drivers())
	}
}

// What is to be undone is kept whole, however many properties the driver has.
func TestManyPropertiesAreKept(t *testing.T) {
	r := withDrivers(newerDriver)
	for i := range 300 {
		p := record.Place{ID: fmt.Sprint("property ", i), Path: strings.Repeat("x", 100)}
		r.guest.properties = append(r.guest.properties, apply.Target{Place: p, Want: record.State{Exists: true, Kind: "String", Data: "1"}})
	}
	if err := r.runDrivers(t.Context()); err != nil {
		t.Fatal(err)
	}
	d, err := bench.DriversOf(r.store.events)
	if err != nil || d == nil || len(d.Found.Values) != 300 {
		t.Errorf("%+v, %v", d, err)
	}
	for _, e := range r.store.events {
		if len(e.Text) > foreign.MaxMessage {
			t.Errorf("an event of %d bytes is cut by the store", len(e.Text))
		}
	}
}

// A guest that was given another driver since its last session was restored is another; the same driver under another
// name of the driver store is the same.
func TestADriverThatIsAnotherThanLastTime(t *testing.T) {
	r := withDrivers(newerDriver)
	if err := r.runDrivers(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.store.boots = nil
	r.guest.drives("100.93.104.24000")
	if err := r.runDrivers(t.Context()); err == nil || !strings.Contains(err.Error(), "was found with driver 100.85.104.20100 and has 100.93.104.24000 now") || r.store.changed {
		t.Errorf("%v, changed: %t", err, r.store.changed)
	}
	r.guest.drives("")
	r.guest.inf = "oem8.inf"
	if err := r.runDrivers(t.Context()); err != nil {
		t.Fatal(err)
	}
	if d := r.guest.owed; d == nil || d.Found.INF != "oem8.inf" {
		t.Errorf("to be undone: %+v", d)
	}
}
