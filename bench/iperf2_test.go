package bench_test

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"vnettune/bench"
	"vnettune/bench/iperf2"
	"vnettune/results/record"
)

// fakeIPerf2 is this host's iperf2, against the fake guest.
type fakeIPerf2 struct {
	guest  *fakeGuest
	old    error // why its version does not do
	class  string
	target iperf2.Target // of the last run
}

func (m *fakeIPerf2) Suits(record.Workload) error { return m.old }

func (m *fakeIPerf2) Run(_ context.Context, t iperf2.Target, w record.Workload) iperf2.Outcome {
	m.guest.log("iperf2 %s", w.Name)
	m.target = t
	if m.class != "" {
		return iperf2.Outcome{Class: m.class, Reason: "as the test asks"}
	}
	return iperf2.Outcome{Class: record.OK, Metrics: []record.Metric{{Name: "throughput", Unit: "Mbit/s", Better: "higher", Value: 50}}}
}

// newIPerf2Rig measures by iperf2 alone, over TCP and UDP.
func newIPerf2Rig() (*rig, *fakeIPerf2) {
	r := newRig()
	r.spec.Plan.Slots = r.spec.Plan.Slots[:1]
	r.spec.Workloads = []record.Workload{
		{Name: "iperf2-tcp", Protocol: record.TCP, Tool: record.ToolIPerf2, Direction: record.ToGuest},
		{Name: "iperf2-udp", Protocol: record.UDP, Tool: record.ToolIPerf2, Direction: record.ToGuest},
	}
	r.spec.GuestIPerf2, r.spec.IPerf2 = `C:\iperf.exe`, iperf2.Target{Address: "192.0.2.2", Port: 5001}
	r.spec.Repetitions = 1
	return r, &fakeIPerf2{guest: r.guest}
}

func (r *rig) runWith2(t *testing.T, m bench.IPerf2) error {
	t.Helper()
	loop := r.loop()
	loop.IPerf2 = m
	_, err := loop.Run(t.Context(), r.spec)
	return err
}

// TestIPerf2Alone: a guest that is measured by iperf2 alone needs no iperf3; its servers are started anew in every
// boot and ended with the session.
func TestIPerf2Alone(t *testing.T) {
	r, m := newIPerf2Rig()
	if err := r.runWith2(t, m); err != nil {
		t.Fatal(err)
	}
	const start = `start iperf2 C:\iperf.exe 5001 [tcp udp]`
	want := []string{start, "write tuned", "reboot", "read back", start, "iperf2 iperf2-tcp", "iperf2 iperf2-tcp", "iperf2 iperf2-udp", "read back", "stop iperf2", "restore"}
	if !slices.Equal(r.transcript, want) {
		t.Errorf("%q, want %q", r.transcript, want)
	}
	if m.target.Server.Number != "2.0.5" || r.guest.serving2 {
		t.Errorf("target %+v; the servers run: %t", m.target, r.guest.serving2)
	}
	if g := r.store.sessions[0].Guest; g.IPerf2 != "iperf 2.0.5" || g.IPerf3 != "" {
		t.Errorf("the session has %q and %q", g.IPerf2, g.IPerf3)
	}
}

// TestIPerf2BesideIPerf3: of the protocols of iperf2 only those are served that are asked for.
func TestIPerf2BesideIPerf3(t *testing.T) {
	r, m := newIPerf2Rig()
	r.spec.Workloads[1].Tool = record.ToolIPerf
	if err := r.runWith2(t, m); err != nil {
		t.Fatal(err)
	}
	want := []string{"start iperf", `start iperf2 C:\iperf.exe 5001 [tcp]`}
	if !slices.Equal(r.transcript[:2], want) || !slices.Contains(r.transcript, "stop iperf2") {
		t.Errorf("%q, want %q and the end of iperf2", r.transcript, want)
	}
}

// TestIPerf2ThatWillNotDo is found out before the first setting is written.
func TestIPerf2ThatWillNotDo(t *testing.T) {
	for want, spoil := range map[string]func(*rig, *fakeIPerf2){
		"too old":                     func(_ *rig, m *fakeIPerf2) { m.old = errors.New("too old") },
		"path":                        func(r *rig, _ *fakeIPerf2) { r.guest.failServer2 = errors.New("path") },
		"names no version of iperf 2": func(r *rig, _ *fakeIPerf2) { r.guest.version2 = "hello" },
	} {
		r, m := newIPerf2Rig()
		spoil(r, m)
		err := r.runWith2(t, m)
		if err == nil || !strings.Contains(err.Error(), want) || r.store.changed || len(r.store.boots) > 0 || slices.Contains(r.transcript, "write tuned") {
			t.Errorf("%s: error %v, changed %t: %q", want, err, r.store.changed, r.transcript)
		}
	}
}

// TestAFailedRunOfIPerf2IsTriedAgain by its own policy, its servers started anew.
func TestAFailedRunOfIPerf2IsTriedAgain(t *testing.T) {
	r, m := newIPerf2Rig()
	m.class = record.PeerLost
	if err := r.runWith2(t, m); err != nil {
		t.Fatal(err)
	}
	b := r.store.boots[0]
	last, starts := b.Runs[len(b.Runs)-1], 0
	for _, line := range r.transcript {
		if strings.HasPrefix(line, "start iperf2") {
			starts++
		}
	}
	if b.Status != record.MeasurementFailed || last.Attempt != 2 || last.Class != record.PeerLost || cmp.Compare(starts, 6) < 0 {
		t.Errorf("boot %s, the last run is %+v after %d starts", b.Status, last, starts)
	}
}
