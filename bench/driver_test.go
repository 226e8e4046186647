package bench_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"vnettune/apply"
	"vnettune/bench"
	"vnettune/matrix"
	"vnettune/results/record"
	"vnettune/trouble"
)

// ofTheDriver is a rig whose setting is a property of the adapter.
func ofTheDriver() *rig {
	r := newRig()
	r.spec.Plan.Settings[0].Form = matrix.Form{Kind: matrix.AdapterKeyword}
	return r
}

// A value that the guest's driver does not take is invalid data, refused before the first write;
// and so is every value of a driver that does not say what it takes.
func TestAValueThatTheDriverDoesNotTakeIsRefused(t *testing.T) {
	for what, spoil := range map[string]func(*fakeGuest){
		"illegal":    func(g *fakeGuest) { g.illegal = errors.New("lists 1 to 16") },
		"undeclared": func(g *fakeGuest) { g.failDeclare = errors.New("lists 1 to 16") },
	} {
		t.Run(what, func(t *testing.T) {
			r := ofTheDriver()
			spoil(r.guest)
			_, err := r.run(t.Context())
			if err == nil || !strings.Contains(err.Error(), "lists 1 to 16") || trouble.IsInvalid(err) != (what == "illegal") {
				t.Errorf("error %v", err)
			}
			if len(r.transcript) > 0 || r.store.changed || r.store.originals != nil || r.guest.mark != nil {
				t.Errorf("did %q, changed %v, originals %v; want a refusal before anything is written", r.transcript, r.store.changed, r.store.originals)
			}
		})
	}
}

// A guest that an earlier session left changed is not left so without a word.
func TestARefusedValueOfAChangedGuestIsUnrestored(t *testing.T) {
	r := ofTheDriver()
	if _, err := r.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.store.changed, r.guest.value = true, "tuned"
	r.guest.illegal = errors.New("lists 1 to 16")
	_, err := r.run(t.Context())
	var unrestored *bench.UnrestoredError
	if !errors.As(err, &unrestored) || !r.store.changed {
		t.Errorf("error %v, changed %v; want an UnrestoredError", err, r.store.changed)
	}
}

// A campaign whose baseline would be set aside in every boot is refused before the first write; other arms that would
// be are told of, and the campaign runs.
func TestWhatIsForetold(t *testing.T) {
	for _, baseline := range []bool{true, false} {
		r := newRig()
		f := apply.Foretold{ID: "x.y", Reading: record.Reading{ID: "x.y", Configured: "1", AsAsked: true, InEffect: record.No, Reason: "a number is 0"}, Arms: []string{"tuned"}, Baseline: baseline}
		r.guest.foretold = []apply.Foretold{f}
		sum, err := r.run(t.Context())
		if baseline {
			if err == nil || err.Error() != f.String() || !slices.Contains(trouble.Hints(err), f.Advice()) || trouble.IsInvalid(err) {
				t.Errorf("error %v, %q", err, trouble.Hints(err))
			}
			if len(r.transcript) > 0 || r.store.changed || r.store.originals != nil || r.guest.mark != nil {
				t.Errorf("did %q, changed %v, originals %v; want a refusal before anything is written", r.transcript, r.store.changed, r.store.originals)
			}
			continue
		}
		if err != nil || sum.OK != 4 {
			t.Errorf("%+v, %v", sum, err)
		}
		if want := f.String() + "; " + f.Advice(); !slices.ContainsFunc(r.events, func(e bench.Event) bool { return e.Kind == bench.EventWarning && e.Text == want }) {
			t.Errorf("no warning %q in %v", want, r.events)
		}
	}
}

// A power plan that the guest does not have is invalid data, refused before the first write; a guest that
// does not say which it has is measured.
func TestAPowerPlanThatIsNotThere(t *testing.T) {
	r := newRig()
	r.guest.failPlans = &apply.NoPlanError{ID: "power.scheme", Missing: []string{"1"}, Has: []string{"2"}}
	if _, err := r.run(t.Context()); err == nil || !trouble.IsInvalid(err) || !strings.Contains(err.Error(), "power.scheme=1; it has 2") {
		t.Errorf("error %v", err)
	}
	if len(r.transcript) > 0 || r.store.changed || r.store.originals != nil || r.guest.mark != nil {
		t.Errorf("did %q, changed %v, originals %v; want a refusal before anything is written", r.transcript, r.store.changed, r.store.originals)
	}
	r = newRig()
	r.guest.failPlans = apply.ErrPlansUntold
	if sum, err := r.run(t.Context()); err != nil || sum.OK != 4 {
		t.Errorf("%+v, %v", sum, err)
	}
}

// What a changed guest has says nothing of the values that it was found with.
func TestNothingIsForetoldOfAChangedGuest(t *testing.T) {
	r := newRig()
	if _, err := r.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.store.changed, r.guest.foretold = true, []apply.Foretold{{ID: "x.y", Arms: []string{"baseline"}, Baseline: true}}
	if _, err := r.run(t.Context()); err != nil {
		t.Error(err)
	}
}

// Nothing of a campaign without properties of the adapter depends on what its driver says.
func TestACampaignWithoutPropertiesNeedsNoDriver(t *testing.T) {
	r := newRig()
	r.guest.failDeclare = errors.New("an older stand-in")
	if sum, err := r.run(t.Context()); err != nil || sum.OK != 4 {
		t.Errorf("%+v, %v", sum, err)
	}
}
