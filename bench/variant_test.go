package bench_test

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/apply/winrm"
	"vnettune/bench"
	"vnettune/matrix"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// fakeMachine is the machine of the fake guest: a variant's command gives its adapter another driver and class key.
type fakeMachine struct {
	guest *fakeGuest
	off   bool
	fails map[string]error         // of commands, by their first word
	same  bool                     // no command changes anything that can be read
	xml   string                   // of the domain that it is
	makes func(text string) string // what libvirt makes of an XML; nil: the same
	dead  map[string]bool          // commands after which the guest does not answer
}

func (m *fakeMachine) Off(context.Context) (bool, error) {
	return m.off, nil
}

func (m *fakeMachine) ForceOff(context.Context) error {
	m.guest.log("force off")
	m.guest.onOff()
	return nil
}

func (m *fakeMachine) Run(_ context.Context, command []string) error {
	m.guest.log("machine: %s", strings.Join(command, " "))
	if err := m.fails[command[0]]; err != nil {
		return err
	}
	m.off = false
	m.guest.failAll = nil
	if m.dead[command[0]] {
		m.guest.failAll = &winrm.NetError{Step: "connect", Err: errors.New("no route")}
	}
	if !m.same {
		m.guest.adapters = []record.Adapter{{GUID: "{" + command[0] + "}", MAC: "02:00:00:00:00:01", DriverVersion: command[0], Addresses: record.List[string]{"192.0.2.2"}}}
	}
	return nil
}

func withVariants(variants ...matrix.Variant) (*rig, *fakeMachine) {
	r := newRig()
	r.guest.adapters = []record.Adapter{{GUID: "{found}", MAC: "02:00:00:00:00:01", DriverVersion: "found", Addresses: record.List[string]{"192.0.2.2"}}}
	r.spec.Target.Address = "192.0.2.2"
	p := &r.spec.Plan
	p.Variants = variants
	p.Arms = nil
	for _, v := range variants {
		p.Arms = append(p.Arms, matrix.Arm{Name: v.Name, Combination: matrix.NewCombination(map[string]matrix.Value{settingID: matrix.Found, matrix.VariantID: matrix.Value(v.Name)})})
	}
	r.spec.Workloads, r.spec.Repetitions = r.spec.Workloads[:1], 1
	m := &fakeMachine{guest: r.guest}
	r.guest.onOff = func() { m.off, r.guest.failAll = true, &winrm.NetError{Step: "connect", Err: errors.New("no route")} }
	return r, m
}

func (r *rig) runOn(ctx context.Context, m bench.Machine) (bench.Summary, error) {
	r.clock.now = r.clock.now.Add(1)
	loop := r.loop()
	loop.Machine = m
	return loop.Run(ctx, r.spec)
}

// machines are the lines of a transcript that are about the guest's machine.
func (r *rig) machines() []string {
	var all []string
	for _, line := range r.transcript {
		if strings.HasPrefix(line, "machine: ") || line == "switch off" || line == "force off" || line == "restore" {
			all = append(all, line)
		}
	}
	return all
}

var (
	oldDriver = matrix.Variant{Name: "old", Command: []string{"driver-1"}}
	newDriver = matrix.Variant{Name: "new", Command: []string{"driver-2"}}
)

// Every variant is put in place while the guest is off, the baseline's first, and only where another was there; at the
// end the baseline's command is the way back, before the originals are written.
func TestVariants(t *testing.T) {
	r, m := withVariants(oldDriver, newDriver)
	sum, err := r.runOn(t.Context(), m)
	if err != nil || sum.OK != 4 {
		t.Fatalf("%+v, %v", sum, err)
	}
	want := []string{
		"switch off", "machine: driver-1", "switch off", "machine: driver-2", // the first boot is the new one's
		"switch off", "machine: driver-1", "switch off", "machine: driver-2", // blocks 1 and 2: old, old, new
		"switch off", "machine: driver-1", "restore",
	}
	if d := cmp.Diff(want, r.machines()); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	for _, b := range r.store.boots {
		got := b.Readings[0]
		if got.ID != matrix.VariantID || got.Asked != b.Arm || b.Arm == "new" && (got.InEffect != record.Yes || !strings.Contains(got.Reason, `driver: "driver-2", was "driver-1"`)) {
			t.Errorf("%s: %+v", b.Arm, got)
		}
	}
}

// A variant with an undo is undone before another is put in place, and one without a command is the machine as it was found.
func TestVariantsAreUndone(t *testing.T) {
	r, m := withVariants(matrix.Variant{Name: "old"}, matrix.Variant{Name: "new", Command: []string{"slow"}, Undo: []string{"found"}})
	if sum, err := r.runOn(t.Context(), m); err != nil || sum.OK != 4 {
		t.Fatalf("%+v, %v", sum, err)
	}
	want := []string{"switch off", "machine: slow", "switch off", "machine: found", "switch off", "machine: slow", "switch off", "machine: found", "restore"}
	if d := cmp.Diff(want, r.machines()); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// A variant whose command changes nothing that can be read is not in effect.
func TestAVariantThatChangesNothing(t *testing.T) {
	r, m := withVariants(oldDriver, newDriver)
	m.same = true
	if _, err := r.runOn(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	for _, b := range r.store.boots {
		if want := b.Arm == "new"; (b.Status == sample.StatusNotInEffect) != want {
			t.Errorf("%s: %s, %s", b.Arm, b.Status, b.Reason)
		}
	}
}

// A command that fails leaves the machine off: the boot failed, and the way back starts it.
func TestAVariantThatCannotBePut(t *testing.T) {
	for name, broken := range map[string]func(m *fakeMachine){
		"its command fails":      func(m *fakeMachine) { m.fails = map[string]error{"driver-2": errors.New("exit status 1")} },
		"its guest stays silent": func(m *fakeMachine) { m.dead = map[string]bool{"driver-2": true} },
	} {
		r, m := withVariants(oldDriver, newDriver)
		broken(m)
		sum, err := r.runOn(t.Context(), m)
		if err != nil || sum.OK != 2 {
			t.Errorf("%s: %+v, %v", name, sum, err)
		}
		for _, b := range r.store.boots {
			if want := b.Arm == "new"; (b.Status == record.VariantFailed) != want {
				t.Errorf("%s: %s: %s, %s", name, b.Arm, b.Status, b.Reason)
			}
		}
		if all := r.machines(); !slices.Equal(all[len(all)-2:], []string{"machine: driver-1", "restore"}) || r.store.changed {
			t.Errorf("%s: changed %v after %q", name, r.store.changed, all)
		}
	}
}

// A session that was killed left the machine as a variant: the next one makes it what it was before it begins.
func TestAMachineThatAnEarlierSessionLeft(t *testing.T) {
	r, m := withVariants(oldDriver, newDriver)
	m.fails = map[string]error{"driver-1": nil}
	if _, err := r.runOn(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	for i, e := range r.store.events {
		if e.Kind == "variant" && e.Text == "new" {
			r.store.events = r.store.events[:i+1]
			break
		}
	}
	r.store.changed, r.store.boots, r.transcript = true, nil, nil
	if sum, err := r.runOn(t.Context(), m); err != nil || sum.OK != 4 {
		t.Fatalf("%+v, %v", sum, err)
	}
	if got := r.machines()[:4]; !slices.Equal(got, []string{"switch off", "machine: driver-1", "switch off", "machine: driver-1"}) {
		t.Errorf("it begins with %q", got)
	}
}

func (m *fakeMachine) Defined(context.Context) (string, error) { return m.xml, m.fails["defined"] }

func (m *fakeMachine) Define(_ context.Context, text string) error {
	what := "define " + regexp.MustCompile(`queues="[0-9]+`).FindString(text)
	m.guest.log("machine: %s", what)
	if err := m.fails[what]; err != nil {
		return err
	}
	m.xml = text
	if m.makes != nil {
		m.xml = m.makes(text)
	}
	return nil
}

func (m *fakeMachine) Start(ctx context.Context) error {
	return m.Run(ctx, []string{regexp.MustCompile(`queues="[0-9]+`).FindString(m.xml)})
}

const asFound = `<domain><uuid>u</uuid><devices><interface><mac address="02:00:00:00:00:01"/><driver queues="1"/></interface></devices></domain>`

func patched(name, queues string) matrix.Variant {
	return matrix.Variant{Name: name, XML: []matrix.Edit{{Path: "devices/interface/driver", Attribute: "queues", Set: &queues}}}
}

// A patch is put in place while the guest is off, one in place of another; the XML as it was found is kept before the
// first, and comes back before the originals.
func TestPatchesOfADomain(t *testing.T) {
	r, m := withVariants(matrix.Variant{Name: "old"}, patched("new", "4"))
	m.xml = asFound
	if sum, err := r.runOn(t.Context(), m); err != nil || sum.OK != 4 {
		t.Fatalf("%+v, %v", sum, err)
	}
	four, one := []string{"machine: define queues=\"4", "machine: queues=\"4"}, []string{"machine: define queues=\"1", "machine: queues=\"1"}
	want := slices.Concat([]string{"switch off"}, four, []string{"switch off"}, one, []string{"switch off"}, four, []string{"switch off"}, one, []string{"restore"})
	if d := cmp.Diff(want, r.machines()); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if m.xml != asFound {
		t.Errorf("the domain is left as %s", m.xml)
	}
	r, m = withVariants(patched("old", "2"), patched("new", "4"))
	m.xml = asFound
	if sum, err := r.runOn(t.Context(), m); err != nil || sum.OK != 4 {
		t.Fatalf("%+v, %v", sum, err)
	}
	two := []string{"machine: define queues=\"2", "machine: queues=\"2"}
	want = slices.Concat([]string{"switch off"}, two, []string{"switch off"}, four, []string{"switch off"}, two, []string{"switch off"}, four, []string{"switch off"}, one, []string{"restore"})
	if d := cmp.Diff(want, r.machines()); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// Whatever goes wrong with a patch, the boot fails and the domain is again what it was.
func TestPatchesThatFail(t *testing.T) {
	for name, c := range map[string]struct {
		xml    string
		broken func(m *fakeMachine)
		want   string
	}{
		"libvirt refuses it": {asFound, func(m *fakeMachine) { m.fails = map[string]error{`define queues="4`: errors.New("XML error: many")} }, "XML error: many"},
		"libvirt makes something else of it": {asFound, func(m *fakeMachine) {
			m.makes = func(text string) string { return strings.Replace(text, `"4"`, `"3"`, 1) }
		}, `driver has queues="3", not "4"`},
		"it is of nothing that is there":       {strings.Replace(asFound, "driver", "model", 1), func(*fakeMachine) {}, "is 0 elements"},
		"libvirt does not show all of the XML": {asFound, func(m *fakeMachine) { m.fails = map[string]error{"defined": errors.New("leaves secrets out")} }, "leaves secrets out"},
		"it does not start":                    {asFound, func(m *fakeMachine) { m.fails = map[string]error{`queues="4`: errors.New("no such queues")} }, "no such queues"},
	} {
		r, m := withVariants(matrix.Variant{Name: "old"}, patched("new", "4"))
		m.xml = c.xml
		c.broken(m)
		if _, err := r.runOn(t.Context(), m); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, b := range r.store.boots {
			if b.Arm == "new" && (b.Status != record.VariantFailed || !strings.Contains(b.Reason, c.want)) {
				t.Errorf("%s: %s: %s, %s", name, b.Arm, b.Status, b.Reason)
			}
		}
		if m.xml != c.xml {
			t.Errorf("%s: the domain is left as %s", name, m.xml)
		}
	}
}

// A session that was killed while a patch was in place leaves the XML as it was found in the store: the next one puts it
// back. What somebody else defined in the meantime is kept.
func TestADomainThatAnEarlierSessionLeft(t *testing.T) {
	for name, left := range map[string]string{"the patch": strings.Replace(asFound, `"1"`, `"4"`, 1), "as found": asFound, "another": strings.Replace(asFound, `"1"`, `"9"`, 1)} {
		r, m := withVariants(matrix.Variant{Name: "old"}, patched("new", "4"))
		m.xml = asFound
		if _, err := r.runOn(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(r.store.events, func(e results.Event) bool { return e.Kind == "variant" && e.Text == "new" })
		r.store.events = r.store.events[:i+1]
		r.store.changed, r.store.boots, r.transcript = true, nil, nil
		m.xml = left
		if sum, err := r.runOn(t.Context(), m); err != nil || sum.OK != 4 {
			t.Fatalf("%s: %+v, %v", name, sum, err)
		}
		if got := r.machines()[:3]; !slices.Equal(got, []string{"switch off", `machine: define queues="1`, `machine: queues="1`}) {
			t.Errorf("%s: it begins with %q", name, got)
		}
		if kept := slices.ContainsFunc(r.store.events, func(e results.Event) bool { return e.Kind == "domain_replaced" }); kept != (name == "another") {
			t.Errorf("%s: what was replaced is kept: %v", name, kept)
		}
		if m.xml != asFound {
			t.Errorf("%s: the domain is left as %s", name, m.xml)
		}
	}
}

// A domain that is another than it was found when a session begins is left alone.
func TestADomainThatIsAnother(t *testing.T) {
	r, m := withVariants(matrix.Variant{Name: "old"}, patched("new", "4"))
	m.xml = asFound
	if _, err := r.runOn(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	r.store.boots, r.transcript = nil, nil
	m.xml = strings.Replace(asFound, "<uuid>", "<vcpu>8</vcpu><uuid>", 1)
	is := m.xml
	if _, err := r.runOn(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	for _, b := range r.store.boots {
		if b.Arm == "new" && (b.Status != record.VariantFailed || !strings.Contains(b.Reason, "+  <vcpu>8</vcpu>")) {
			t.Errorf("%s: %s, %s", b.Arm, b.Status, b.Reason)
		}
	}
	if m.xml != is || len(r.store.boots) == 0 {
		t.Errorf("after %d boots the domain is left as %s", len(r.store.boots), m.xml)
	}
}
