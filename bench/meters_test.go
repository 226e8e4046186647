package bench_test

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"vnettune/apply"
	"vnettune/bench"
	"vnettune/bench/meter"
	"vnettune/results/record"
)

// fakeOwnMeter is the project's own meter in the fake guest.
type fakeOwnMeter struct {
	guest  *fakeGuest
	starts int
	fails  func(start int) error // of the n-th start; nil: none
	stays  error                 // it cannot be removed
	class  string                // of its runs; "" means ok
	tried  string                // of the try of a session; "" means ok
}

func (m *fakeOwnMeter) Start(context.Context) error {
	m.starts++
	m.guest.log("start meter")
	if m.fails != nil {
		return m.fails(m.starts)
	}
	return nil
}

func (m *fakeOwnMeter) Run(_ context.Context, w record.Workload, _ time.Duration) meter.Outcome {
	if w.Name == "try" {
		m.guest.log("try meter")
		return meter.Outcome{Class: cmp.Or(m.tried, record.OK), Reason: "as the test asks"}
	}
	m.guest.log("ask and answer")
	if m.class != "" {
		return meter.Outcome{Class: m.class, Reason: "as the test asks"}
	}
	return meter.Outcome{Class: record.OK, Metrics: []record.Metric{{Name: "latency", Unit: "ms", Better: "lower", Value: 0.1}}}
}

func (m *fakeOwnMeter) Remove(context.Context) error {
	m.guest.log("remove meter")
	return m.stays
}

func (m *fakeOwnMeter) Port() int { return 5202 }

// newMeterRig measures one way by iperf3, and latency by the meter.
func newMeterRig() (*rig, *fakeOwnMeter) {
	r := newRig()
	r.spec.Plan.Slots = r.spec.Plan.Slots[:1]
	r.spec.Workloads[1] = record.Workload{Name: "latency", Protocol: record.Latency, Tool: record.ToolMeter, Direction: record.ToGuest}
	r.spec.Repetitions = 1
	return r, &fakeOwnMeter{guest: r.guest}
}

func (r *rig) runWith(t *testing.T, m bench.OwnMeter) (bench.Summary, error) {
	t.Helper()
	loop := r.loop()
	loop.Own = m
	return loop.Run(t.Context(), r.spec)
}

// TestTheMeterIsInTheGuestForAsLongAsItIsNeeded: it is started anew in every boot, before what
// is waited for, and gone in the end.
func TestTheMeterIsInTheGuestForAsLongAsItIsNeeded(t *testing.T) {
	r, m := newMeterRig()
	if _, err := r.runWith(t, m); err != nil {
		t.Fatal(err)
	}
	want := []string{"start iperf", "start meter", "try meter", "write tuned", "reboot", "read back", "start iperf", "start meter",
		"run to-guest", "run to-guest", "ask and answer", "read back", "restore", "remove meter"}
	if !slices.Equal(r.transcript, want) {
		t.Errorf("%q, want %q", r.transcript, want)
	}
	runs := r.store.boots[0].Runs
	if last := runs[len(runs)-1]; last.Workload != "latency" || len(last.Metrics) != 1 || r.store.changed {
		t.Errorf("the last run is %+v; changed %t", last, r.store.changed)
	}
	// A campaign without it knows nothing of it.
	r = newRig()
	if _, err := r.run(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestAGuestThatKeepsTheMeterBack is refused before anything is written.
func TestAGuestThatKeepsTheMeterBack(t *testing.T) {
	r, m := newMeterRig()
	m.fails = func(int) error { return &apply.MeterBlockedError{Err: errors.New("225")} }
	_, err := r.runWith(t, m)
	var blocked *apply.MeterBlockedError
	if !errors.As(err, &blocked) || r.store.changed || len(r.store.boots) > 0 || !slices.Contains(r.transcript, "remove meter") {
		t.Errorf("error %v, changed %t, %d boots: %q", err, r.store.changed, len(r.store.boots), r.transcript)
	}
}

// TestAGuestThatDoesNotLetThisHostToTheMeter is refused before anything is written, too.
func TestAGuestThatDoesNotLetThisHostToTheMeter(t *testing.T) {
	r, m := newMeterRig()
	m.tried = record.ConnectTimeout
	_, err := r.runWith(t, m)
	if err == nil || !strings.Contains(err.Error(), record.ConnectTimeout) || r.store.changed || len(r.store.boots) > 0 || !slices.Contains(r.transcript, "remove meter") {
		t.Errorf("error %v, changed %t, %d boots: %q", err, r.store.changed, len(r.store.boots), r.transcript)
	}
}

// TestAMeterThatDoesNotStartInABoot takes its own workload away, with the reason, and no other.
func TestAMeterThatDoesNotStartInABoot(t *testing.T) {
	for class, fault := range map[string]error{record.MeterBlocked: &apply.MeterBlockedError{Err: errors.New("225")}, record.Failed: errors.New("no room")} {
		r, m := newMeterRig()
		m.fails = func(start int) error {
			if start > 1 {
				return fault
			}
			return nil
		}
		if _, err := r.runWith(t, m); err != nil {
			t.Fatal(err)
		}
		b := r.store.boots[0]
		last := b.Runs[len(b.Runs)-1]
		if b.Status != "ok" || last.Class != class || last.Reason == "" || len(last.Metrics) > 0 {
			t.Errorf("boot %s, run %+v; want the class %s", b.Status, last, class)
		}
	}
}

// TestAFailedRunOfTheMeterIsTriedAgain by its own policy, started anew.
func TestAFailedRunOfTheMeterIsTriedAgain(t *testing.T) {
	r, m := newMeterRig()
	m.class = record.PeerLost
	if _, err := r.runWith(t, m); err != nil {
		t.Fatal(err)
	}
	runs := r.store.boots[0].Runs
	if last := runs[len(runs)-1]; last.Attempt != 2 || last.Class != record.PeerLost || m.starts != 4 {
		t.Errorf("the last run is %+v after %d starts", last, m.starts)
	}
}

// TestAMeterThatStays leaves the guest noted as changed: a restore takes it away.
func TestAMeterThatStays(t *testing.T) {
	r, m := newMeterRig()
	m.stays = errors.New("the file is in use")
	_, err := r.runWith(t, m)
	var unrestored *bench.UnrestoredError
	if !errors.As(err, &unrestored) || !r.store.changed {
		t.Errorf("error %v, changed %t", err, r.store.changed)
	}
}
