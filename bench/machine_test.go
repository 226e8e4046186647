package bench_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"vnettune/apply"
	"vnettune/apply/rescue"
	"vnettune/bench"
	"vnettune/results/record"
	"vnettune/results/sample"
	"vnettune/trouble"
)

var (
	ours   = record.Identity{MachineGUID: "5F0A9D3C-2B7E-4C11-9A60-0D8C1F3E7B21", UUID: "0A1B2C3D-0000-4000-8000-0123456789AB", Name: "OURS"}
	theirs = record.Identity{MachineGUID: "11111111-2222-4333-8444-555555555555", UUID: "66666666-7777-4888-8999-AAAAAAAAAAAA", Name: "THEIRS"}
)

// whoseWords fails unless err names both machines and says that the guest is changed.
func whoseWords(t *testing.T, err error) {
	t.Helper()
	var other *apply.OtherMachineError
	var unrestored *bench.UnrestoredError
	if !errors.As(err, &other) || !errors.As(err, &unrestored) {
		t.Fatalf("%v; want that another machine answers, and that the guest is left changed", err)
	}
	for _, want := range []string{ours.MachineGUID, theirs.MachineGUID, "OURS", "THEIRS", "address"} {
		if !strings.Contains(trouble.Line(err), want) {
			t.Errorf("%s\ndoes not say %q", trouble.Line(err), want)
		}
	}
	if n := strings.Count(err.Error(), "nothing is written to it"); n != 1 {
		t.Errorf("%v\nis said %d times", err, n)
	}
}

// A second machine that comes up at the guest's address instead of it is not written to,
// whichever boot it takes the place of, and none of its boots is ranked.
func TestAnotherMachineAfterAReboot(t *testing.T) {
	for _, boot := range []int{1, 2} {
		r := newRig()
		r.guest.machine = ours
		reboots, acts := 0, 0
		r.guest.onReboot = func() {
			if reboots++; reboots == boot {
				r.guest.machine, acts = theirs, len(r.transcript)
			}
		}
		_, err := r.run(t.Context())
		whoseWords(t, err)
		if !r.store.changed || len(r.transcript) != acts || *r.store.machine != ours {
			t.Errorf("boot %d: changed %v, stored %+v, did %q to the other", boot, r.store.changed, r.store.machine, r.transcript[acts:])
		}
		if last := r.store.boots[len(r.store.boots)-1]; len(r.store.boots) != boot || last.Status == sample.StatusOK {
			t.Errorf("boot %d: %d boots, the last is %s", boot, len(r.store.boots), last.Status)
		}
	}
}

func TestAnotherMachineWhileItIsMeasured(t *testing.T) {
	r := newRig()
	r.guest.machine = ours
	r.meter.onRun = func() { r.guest.machine, r.guest.otherBoot = theirs, apply.ErrOtherBoot }
	_, err := r.run(t.Context())
	whoseWords(t, err)
	if b := r.store.boots[0]; len(r.store.boots) != 1 || b.Status != record.MeasurementFailed || !strings.Contains(b.Reason, "another machine") || slices.Contains(r.transcript, "restore") {
		t.Errorf("%d boots, the first %s (%s), %v", len(r.store.boots), b.Status, b.Reason, r.acts())
	}
}

// A session that goes on finds another machine in the guest's place.
func TestAnotherMachineAtAResumedRun(t *testing.T) {
	r := newRig()
	r.guest.machine = ours
	if _, err := r.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.store.changed, r.store.claimed, r.store.boots, r.transcript = true, true, nil, nil
	r.guest.machine = theirs
	_, err := r.run(t.Context())
	whoseWords(t, err)
	if !r.store.changed || len(r.transcript) > 0 || r.guest.mark != nil || *r.store.machine != ours {
		t.Errorf("changed %v, stored %+v, did %v", r.store.changed, r.store.machine, r.transcript)
	}
	// A guest that is clean needs nothing: it is for the caller to say what to do.
	r.store.changed, r.store.claimed = false, false
	_, err = r.run(t.Context())
	var unrestored *bench.UnrestoredError
	if errors.As(err, &unrestored) || !trouble.IsInvalid(err) || len(r.transcript) > 0 || r.store.changed {
		t.Errorf("clean: %v, did %v; want it refused", err, r.transcript)
	}
}

// A lab that was set up for this session is another machine than the one before, which
// is told; where that was left changed it is refused like any other.
func TestAGuestThatWasMadeForThisSession(t *testing.T) {
	r := newRig()
	r.guest.machine, r.spec.NewGuest = ours, true
	if _, err := r.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.guest.machine, r.store.boots, r.events = theirs, nil, nil
	if sum, err := r.run(t.Context()); err != nil || sum.OK != 4 || *r.store.machine != theirs || !strings.Contains(r.events[0].Text, "another machine") {
		t.Errorf("%+v, %v, stored %+v, events %+v", sum, err, r.store.machine, r.events[:1])
	}
	r.guest.machine, r.store.changed, r.transcript = ours, true, nil
	var other *apply.OtherMachineError
	if _, err := r.run(t.Context()); !errors.As(err, &other) || len(r.transcript) > 0 {
		t.Errorf("left changed: %v after %v", err, r.transcript)
	}
}

// A store of an earlier version, and a guest that cannot say who it is, decide nothing.
func TestWhatIsNotKnownDecidesNothing(t *testing.T) {
	r := newRig()
	if _, err := r.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, now := range []record.Identity{ours, {}} {
		r.store.boots, r.guest.machine = nil, now
		if sum, err := r.run(t.Context()); err != nil || sum.OK != 4 {
			t.Errorf("%+v: %+v, %v", now, sum, err)
		}
	}
	if *r.store.machine != ours {
		t.Errorf("stored %+v, want what was known", r.store.machine)
	}
}

func TestAGuestThatWasRenamedIsTheSame(t *testing.T) {
	r := newRig()
	r.guest.machine = ours
	r.guest.onReboot = func() { r.guest.machine.Name = "RENAMED" }
	if sum, err := r.run(t.Context()); err != nil || sum.OK != 4 {
		t.Fatalf("%+v, %v", sum, err)
	}
	told := 0
	for _, e := range r.events {
		if e.Kind == bench.EventWarning && strings.Contains(e.Text, "computer name was OURS and is RENAMED") {
			told++
		}
	}
	if told != 1 || r.store.machine.Name != "RENAMED" || r.store.machine.MachineGUID != ours.MachineGUID {
		t.Errorf("told %d times, stored %+v", told, r.store.machine)
	}
}

// Of two hosts that mark a guest at once the one that is overwritten goes away and
// leaves nothing; neither does anything before it knows.
func TestTwoHostsThatClaimAtOnce(t *testing.T) {
	// How long after the other host found no mark its own is there: on a slow guest as long
	// as ours took.
	for _, took := range []time.Duration{400 * time.Millisecond, 20 * time.Second} {
		r := newRig()
		r.guest.onClaim = func() { r.clock.now = r.clock.now.Add(took) }
		r.clock.onSleep = func(d time.Duration) {
			if d > took && r.guest.mark != nil && len(r.transcript) == 0 {
				r.guest.mark = &apply.Owner{ID: "other"}
			}
		}
		_, err := r.run(t.Context())
		var owned *apply.OwnedError
		if !errors.As(err, &owned) || len(r.transcript) > 0 || r.store.changed || r.store.claimed || r.guest.mark.ID != "other" {
			t.Errorf("%s: %v after %v, changed %v, mark %+v", took, err, r.transcript, r.store.changed, r.guest.mark)
		}
	}
}

// A mark that is gone stops the campaign where nobody knows what the guest is, and is as
// good as a restore where it has its originals; it is never written anew.
func TestAMarkThatIsGone(t *testing.T) {
	for _, rolledBack := range []bool{true, false} {
		r := newRig()
		r.meter.onRun = func() {
			r.guest.mark = nil
			if rolledBack {
				r.guest.value = "original"
			}
		}
		_, err := r.run(t.Context())
		var unmarked *apply.UnmarkedError
		var unrestored *bench.UnrestoredError
		if !errors.As(err, &unmarked) || errors.As(err, &unrestored) == rolledBack || r.store.changed == rolledBack ||
			r.guest.mark != nil || slices.Contains(r.transcript, "restore") {
			t.Errorf("rolled back %v: %v after %v, changed %v, mark %+v", rolledBack, err, r.acts(), r.store.changed, r.guest.mark)
		}
		if !rolledBack && !strings.Contains(trouble.Line(err), "it has tuned in place of original") {
			t.Errorf("%s\ndoes not say what was found", trouble.Line(err))
		}
		if said := slices.ContainsFunc(r.events, func(e bench.Event) bool { return e.Text == rescue.Untouched }); said != rolledBack {
			t.Errorf("rolled back %v: said %v that nothing was written", rolledBack, said)
		}
	}
}

// A disk that is rolled back at a boot whose settings are the originals anyway.
func TestAMarkThatIsGoneAfterAReboot(t *testing.T) {
	r := newRig()
	reboots := 0
	r.guest.onReboot = func() {
		if reboots++; reboots == 2 {
			r.guest.mark, r.guest.value = nil, "original"
		}
	}
	_, err := r.run(t.Context())
	var unmarked *apply.UnmarkedError
	if last := r.store.boots[len(r.store.boots)-1]; !errors.As(err, &unmarked) || len(r.store.boots) != 2 || last.Arm != "baseline" ||
		last.Status != record.ReadBackFailed || len(last.Runs) > 0 || r.store.changed {
		t.Errorf("%v after %d boots, the last of %s: %s; changed %v", err, len(r.store.boots), last.Arm, last.Status, r.store.changed)
	}
}

// The same for a session that goes on after one that was killed.
func TestAMarkThatIsGoneAtAResumedRun(t *testing.T) {
	for _, value := range []string{"original", "tuned"} {
		r := newRig()
		if _, err := r.run(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.store.changed, r.store.claimed, r.store.boots, r.transcript, r.events = true, true, nil, nil, nil
		r.guest.value = value
		sum, err := r.run(t.Context())
		var unmarked *apply.UnmarkedError
		var unrestored *bench.UnrestoredError
		switch {
		case value == "original" && (err != nil || sum.OK != 4 || r.store.changed || r.events[0].Text != rescue.Untouched):
			t.Errorf("%s: %+v, %v; want it noted as clean, said and gone on with", value, sum, err)
		case value == "tuned" && (!errors.As(err, &unmarked) || !errors.As(err, &unrestored) || !r.store.changed || len(r.transcript) > 0 || r.guest.mark != nil):
			t.Errorf("%s: %v after %v, mark %+v; want it left alone", value, err, r.transcript, r.guest.mark)
		}
	}
}

// What somebody else sets while iperf3 runs makes the boot worthless, and the next boot
// is as asked again.
func TestASettingChangedWhileItIsMeasured(t *testing.T) {
	r := newRig()
	r.meter.onRun = func() {
		if r.meter.runs == 3 {
			r.guest.value = "foreign"
		}
	}
	sum, err := r.run(t.Context())
	if err != nil || sum.OK != 3 || sum.Failed != 1 || r.store.changed || r.guest.value != "original" {
		t.Fatalf("%+v, %v, changed %v", sum, err, r.store.changed)
	}
	b := r.store.boots[0]
	if b.Status != sample.StatusNotInEffect || !strings.HasPrefix(b.Reason, "changed during the measurement: ") || !strings.Contains(b.Reason, "foreign") || len(b.Runs) == 0 {
		t.Errorf("%s (%s) with %d runs; want it not in effect, and its runs kept", b.Status, b.Reason, len(b.Runs))
	}
}
