package bench_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"vnettune/apply"
	"vnettune/matrix"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// newApply is a rig of one boot that is to stay.
func newApply() *rig {
	r := newRig()
	r.spec.Plan.Slots = []matrix.Slot{{Block: 1, Order: 1, Arm: 1}}
	r.spec.Plan.Applied = "the tuned set"
	r.spec.Workloads, r.spec.Repetitions, r.spec.Settle = nil, 0, record.Settle{}
	return r
}

// What is applied stays, proven, with its mark, and nothing is measured.
func TestWhatIsAppliedStays(t *testing.T) {
	r := newApply()
	sum, err := r.run(t.Context())
	if err != nil || sum.OK != 1 {
		t.Fatalf("%+v, %v", sum, err)
	}
	if r.guest.running != "tuned" || r.guest.mark == nil || r.guest.mark.ID != "owner" || r.guest.applied == nil || r.guest.applied.What != "tuned" {
		t.Errorf("the guest runs %q, mark %+v, applied %+v", r.guest.running, r.guest.mark, r.guest.applied)
	}
	if changed, err := r.store.Changed(); !changed || err != nil {
		t.Errorf("changed %t, %v: the store must say that the guest needs it", changed, err)
	}
	all := strings.Join(r.transcript, "\n")
	if strings.Contains(all, "restore") || strings.Contains(all, "iperf") || r.meter.runs != 0 {
		t.Errorf("done: %s", all)
	}
}

// What is not in effect, or cannot be noted in the guest, is put back at once.
func TestWhatIsNotAppliedIsPutBack(t *testing.T) {
	for name, breaks := range map[string]func(r *rig){
		"it ignores writes":       func(r *rig) { r.guest.stubborn = true },
		"it refuses the value":    func(r *rig) { r.guest.refuses = "tuned" },
		"it does not reboot":      func(r *rig) { r.guest.failReboot = errors.New("no reboot") },
		"it reboots by itself":    func(r *rig) { r.guest.otherBoot = apply.ErrOtherBoot },
		"it does not keep a note": func(r *rig) { r.guest.failStay = errors.New("read-only") },
	} {
		t.Run(name, func(t *testing.T) {
			r := newApply()
			breaks(r)
			sum, err := r.run(t.Context())
			stored, _ := r.store.Read()
			if n := len(stored.Boots); err == nil && (sum.OK > 0 || n == 0 || stored.Boots[n-1].Status == sample.StatusOK) {
				t.Errorf("%+v: it passed for applied", sum)
			}
			if r.guest.value != "original" || r.guest.mark != nil || r.guest.applied != nil {
				t.Errorf("the guest has %q, mark %+v, applied %+v", r.guest.value, r.guest.mark, r.guest.applied)
			}
			if changed, err := r.store.Changed(); changed || err != nil {
				t.Errorf("changed %t, %v", changed, err)
			}
		})
	}
}

// A campaign refuses a guest on which something is applied, and says what; where it is told that this is its baseline it
// goes on, keeps that in the facts, and its own mark stands in the place of the other meanwhile.
func TestACampaignOnWhatIsApplied(t *testing.T) {
	there := record.Applied{ID: "other", What: "seed-xp", Host: "elsewhere", Since: time.Unix(1_600_000_000, 0)}
	r := newRig()
	r.guest.mark, r.guest.applied = &apply.Owner{ID: "other"}, &there
	_, err := r.run(t.Context())
	var owned *apply.OwnedError
	if !errors.As(err, &owned) || !strings.Contains(err.Error(), "something is applied on the guest to stay: seed-xp") {
		t.Fatalf("%v, want an OwnedError that says what is applied", err)
	}
	if r.guest.mark.ID != "other" || r.guest.value != "original" {
		t.Errorf("the guest has %q, mark %+v", r.guest.value, r.guest.mark)
	}
	r = newRig()
	r.guest.mark, r.guest.applied = &apply.Owner{ID: "other"}, &there
	r.spec.Over = &there
	if _, err := r.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	stored, _ := r.store.Read()
	if len(stored.Sessions) != 1 || stored.Sessions[0].Guest.Applied == nil || stored.Sessions[0].Guest.Applied.ID != "other" {
		t.Errorf("the facts of the session: %+v", stored.Sessions)
	}
}
