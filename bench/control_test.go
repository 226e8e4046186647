package bench_test

import (
	"fmt"
	"slices"
	"testing"

	"vnettune/matrix"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// controlRig is a rig whose plan boots the baseline and a positive control that is slowed by 5 %, and whose workloads
// are TCP both ways and one of UDP.
func controlRig() *rig {
	r := newRig()
	p := &r.spec.Plan
	p.Control = 5
	p.Arms = append(p.Arms, matrix.Arm{Name: matrix.ControlName, Combination: p.Arms[0].Combination, Role: matrix.RoleControl})
	p.Slots = []matrix.Slot{{Block: 1, Order: 1, Arm: 2}, {Block: 1, Order: 2, Arm: 0}}
	r.spec.Workloads = []record.Workload{
		{Name: "udp", Protocol: record.UDP, Direction: record.ToGuest, Seconds: 1, Rate: "10M", Length: 1000},
		{Name: "tcp-to", Protocol: record.TCP, Direction: record.ToGuest, Seconds: 3, Omit: 1},
		{Name: "tcp-from", Protocol: record.TCP, Direction: record.FromGuest, Seconds: 3, Omit: 1, Streams: 2},
	}
	return r
}

// ran is a run as a test compares it.
func ran(r results.Run) string {
	text := fmt.Sprintf("%s %d %s", r.Workload, r.Repetition, r.Class)
	if d := r.Details; d != nil && d.Pace != nil {
		text += fmt.Sprintf(" unpaced %g", d.Pace.Unpaced)
		if d.Pace.To > 0 {
			text += fmt.Sprintf(" to %.4g", d.Pace.To)
		}
	}
	return text
}

// In each boot of the positive control a run of each workload over TCP is made as it is, and those that count are paced
// to what it gave, less the control's percent. Other arms are measured as ever.
func TestAPositiveControlIsPacedByItsOwnBoot(t *testing.T) {
	r := controlRig()
	speed := 0.0
	r.meter.level = func(string) float64 { speed += 100; return speed } // so that every run has its own
	var rates []string
	r.meter.fails = func(w record.Workload, n int) bool {
		if w.Protocol == record.TCP && w.Rate != "" {
			rates = append(rates, fmt.Sprintf("%s %s %d+%d", w.Name, w.Rate, w.Seconds, w.Omit))
		}
		return false
	}
	sum, err := r.run(t.Context())
	if err != nil || sum.OK != 2 {
		t.Fatalf("%+v, %v", sum, err)
	}
	var got []string
	for _, x := range r.store.boots[0].Runs {
		got = append(got, ran(x))
	}
	want := []string{"udp 0 ok", "tcp-to 0 ok unpaced 200", "tcp-from 0 ok unpaced 300",
		"tcp-to 1 ok unpaced 200 to 190", "tcp-from 1 ok unpaced 300 to 285", "tcp-from 2 ok unpaced 300 to 285", "tcp-to 2 ok unpaced 200 to 190"}
	if !slices.Equal(got, want) {
		t.Errorf("the control ran\n%q, want\n%q", got, want)
	}
	if want := []string{"tcp-to 190000000 4+0", "tcp-from 142500000 4+0", "tcp-from 142500000 4+0", "tcp-to 190000000 4+0"}; !slices.Equal(rates, want) {
		t.Errorf("paced %q, want %q", rates, want)
	}
	if n := len(r.store.boots[1].Runs); n != 1+3*r.spec.Repetitions {
		t.Errorf("the baseline has %d runs", n)
	}
	for _, x := range r.store.boots[1].Runs {
		if x.Details != nil && x.Details.Pace != nil {
			t.Errorf("a run of the baseline is paced: %s", ran(x))
		}
	}
}

// Where the unpaced run gives no number nothing is known to pace by: the runs behind it are missing, with its class, and
// the boot keeps what its other workloads gave.
func TestAPositiveControlWithoutItsUnpacedRun(t *testing.T) {
	r := controlRig()
	r.meter.fails = func(w record.Workload, n int) bool { return w.Name == "tcp-to" && w.Rate == "" && r.meter.runs < 6 }
	if _, err := r.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	b := r.store.boots[0]
	missing, paced := 0, 0
	for _, x := range b.Runs {
		switch {
		case x.Repetition == 0:
		case x.Workload == "tcp-to" && x.Class == record.PeerLost && x.Reason == "not run: the unpaced run before gave no throughput: as the test asks":
			missing++
		case x.Workload == "tcp-from" && x.Class == record.OK:
			paced++
		default:
			t.Errorf("%s: %s", ran(x), x.Reason)
		}
	}
	if b.Status != sample.StatusOK || missing != r.spec.Repetitions || paced != r.spec.Repetitions {
		t.Errorf("%s %q: %d missing, %d paced", b.Status, b.Reason, missing, paced)
	}

	r = controlRig()
	r.spec.Workloads = r.spec.Workloads[1:2]
	r.meter.refuses = func(record.Workload, int) []string { return []string{"throughput"} }
	if _, err := r.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	b = r.store.boots[0]
	last := b.Runs[len(b.Runs)-1]
	if b.Status != record.MeasurementFailed || last.Class != record.Implausible || r.meter.runs == 0 {
		t.Errorf("%s; %s: %s", b.Status, ran(last), last.Reason)
	}
}
