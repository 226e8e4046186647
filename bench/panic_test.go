package bench_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"vnettune/apply"
	"vnettune/bench"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
	"vnettune/trouble"
)

// A panicGuest panics in the writing of a boot, or in its restore.
type panicGuest struct {
	*fakeGuest
	write bool
}

func (g *panicGuest) Write(ctx context.Context, targets []apply.Target) ([]byte, error) {
	if g.write {
		g.write = false
		panic("in writing")
	}
	return g.fakeGuest.Write(ctx, targets)
}

// A panicStore panics at its first boot, or at what comes after its first event.
type panicStore struct {
	*fakeStore
	add bool
}

func (s *panicStore) AddBoot(b results.Boot) (string, error) {
	if s.add {
		s.add = false
		panic("in storing")
	}
	return s.fakeStore.AddBoot(b)
}

type panicRescue struct{ *fakeRescue }

func (panicRescue) Restore(context.Context, record.Originals, time.Time) ([]record.RescueStep, error) {
	panic("in restoring")
}

// A panic in a boot is a failed boot: it has a class of its own, its stack is stored, the
// boot is made once more, and the guest gets its originals.
func TestAPanicInABootIsAFailedBoot(t *testing.T) {
	for name, arrange := range map[string]func(*rig, *bench.Loop){
		"in writing": func(r *rig, l *bench.Loop) { l.Guest = &panicGuest{r.guest, true} },
		"in storing": func(r *rig, l *bench.Loop) { l.Store = &panicStore{r.store, true} },
		"in measuring": func(r *rig, _ *bench.Loop) {
			r.meter.onRun = func() {
				if r.meter.runs == 2 {
					panic("in measuring")
				}
			}
		},
		"in telling": func(r *rig, l *bench.Loop) {
			l.Notify = func(e bench.Event) {
				if r.events = append(r.events, e); e.Kind == bench.EventStep && len(r.store.boots) == 0 {
					panic("in telling")
				}
			}
		},
	} {
		r := newRig()
		loop := r.loop()
		arrange(r, &loop)
		sum, err := loop.Run(t.Context(), r.spec)
		if err != nil || sum.OK != 4 || r.store.changed || r.guest.value != "original" {
			t.Errorf("%s: %v, %+v, guest changed %v, value %s", name, err, sum, r.store.changed, r.guest.value)
			continue
		}
		b := r.store.boots[0]
		stack := slices.IndexFunc(b.Raw, func(raw results.Raw) bool { return raw.Kind == "panic" })
		if b.Status != record.InternalError || !strings.Contains(b.Reason, name) || stack < 0 || !strings.Contains(string(b.Raw[stack].Text), "panic_test.go") {
			t.Errorf("%s: the boot is %s: %s, with its stack as raw text %d", name, b.Status, b.Reason, stack)
		}
		if again := r.store.boots[1]; again.Order != b.Order || again.Status != sample.StatusOK {
			t.Errorf("%s: then boot %d, %s", name, again.Order, again.Status)
		}
	}
}

// A panic outside of a boot ends the session, with the guest restored or named as changed,
// and its stack stored.
func TestAPanicOutsideOfABoot(t *testing.T) {
	for name, tt := range map[string]struct {
		arrange func(*rig, *bench.Loop)
		changed bool
	}{
		"in beginning": {func(r *rig, _ *bench.Loop) { r.guest.onClaim = func() { panic("in beginning") } }, false},
		"in bringing back": {func(r *rig, _ *bench.Loop) {
			r.guest.cuts, r.rescue.other, r.rescue.onBack = true, true, func() { panic("in bringing back") }
		}, false},
		"in restoring": {func(r *rig, l *bench.Loop) { l.Rescue = panicRescue{r.rescue} }, true},
		"between boots": {func(r *rig, l *bench.Loop) {
			l.Notify = func(e bench.Event) {
				if e.Kind == bench.EventBoot {
					panic("between boots")
				}
			}
		}, false},
	} {
		r := newRig()
		loop := r.loop()
		tt.arrange(r, &loop)
		_, err := loop.Run(t.Context(), r.spec)
		var unrestored *bench.UnrestoredError
		var p *trouble.Panic
		if !errors.As(err, &p) || errors.As(err, &unrestored) != tt.changed || r.store.changed != tt.changed {
			t.Errorf("%s: %v; the store says changed: %v, want %v", name, err, r.store.changed, tt.changed)
		}
		if !slices.ContainsFunc(r.store.events, func(e results.Event) bool { return e.Kind == "panic" && strings.Contains(e.Text, name) }) {
			t.Errorf("%s: its stack is not stored: %v", name, r.store.events)
		}
	}
}
