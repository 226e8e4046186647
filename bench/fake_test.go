package bench_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"vnettune/apply"
	"vnettune/bench/iperf"
	"vnettune/matrix"
	"vnettune/results"
)

// fakeGuest is a guest in memory: it has one registry value that a boot takes over.
type fakeGuest struct {
	transcript *[]string
	value      string // configured
	running    string // in effect since the boot
	stubborn   bool   // ignores writes
	failWrite  error
	failReboot error
	failServer error // its iperf3 does not start
	failAll    error // the guest is gone
}

const settingID = "x.y"

func (g *fakeGuest) log(format string, a ...any) {
	*g.transcript = append(*g.transcript, fmt.Sprintf(format, a...))
}

func (g *fakeGuest) Facts(context.Context) (apply.Facts, []byte, error) {
	return apply.Facts{Build: 19045, Caption: "fake"}, []byte(`{"build":19045}`), g.failAll
}

func (g *fakeGuest) Originals(context.Context, apply.Facts, []matrix.Planned) (apply.Originals, error) {
	return apply.Originals{Settings: []apply.Original{{
		Place: apply.Place{ID: settingID, Kind: matrix.Registry, Type: "String"},
		State: apply.State{Exists: true, Kind: "String", Data: g.value},
	}}}, g.failAll
}

func (g *fakeGuest) Write(_ context.Context, targets []apply.Target) ([]byte, error) {
	g.log("write %s", targets[0].Want)
	if g.failWrite != nil {
		return nil, g.failWrite
	}
	if !g.stubborn {
		g.value = targets[0].Want.Data
	}
	return nil, g.failAll
}

func (g *fakeGuest) Reboot(ctx context.Context, _ apply.RebootLimits) (apply.Reboot, error) {
	g.log("reboot")
	if g.failReboot != nil {
		return apply.Reboot{}, g.failReboot
	}
	g.running = g.value
	return apply.Reboot{}, errors.Join(ctx.Err(), g.failAll)
}

func (g *fakeGuest) ReadBack(_ context.Context, targets []apply.Target) ([]apply.Reading, []byte, error) {
	g.log("read back")
	want := targets[0].Want.Data
	return []apply.Reading{{ID: settingID, Want: want, Configured: g.value, AsAsked: g.value == want, InEffect: apply.NotObservable}}, nil, g.failAll
}

func (g *fakeGuest) StartIPerf(context.Context, string, int) (apply.IPerfServer, error) {
	g.log("start iperf")
	return apply.IPerfServer{Listening: true}, errors.Join(g.failServer, g.failAll)
}

func (g *fakeGuest) StopIPerf(context.Context, string, int) error { return g.failAll }

func (g *fakeGuest) Restore(ctx context.Context, o apply.Originals, _ apply.RebootLimits) error {
	g.log("restore")
	g.value = o.Settings[0].State.Data
	return errors.Join(ctx.Err(), g.failAll)
}

// fakeMeter gives numbers that depend on what the guest runs.
type fakeMeter struct {
	guest *fakeGuest
	class string // "" means ok
	onRun func()
}

func (m *fakeMeter) Run(_ context.Context, _ iperf.Target, w iperf.Workload) iperf.Outcome {
	m.guest.log("run %s", w.Direction)
	if m.onRun != nil {
		m.onRun()
	}
	if m.class != "" {
		return iperf.Outcome{Class: m.class, Reason: "as the test asks"}
	}
	return iperf.Outcome{Class: iperf.OK, Metrics: []iperf.Metric{{Name: "throughput", Unit: "Mbit/s", Better: "higher", Value: 100}}}
}

// fakeStore is a store in memory.
type fakeStore struct {
	originals json.RawMessage
	changed   bool
	boots     []results.Boot
	outcomes  []string
}

func (s *fakeStore) Originals() (json.RawMessage, error)   { return s.originals, nil }
func (s *fakeStore) SaveOriginals(o json.RawMessage) error { s.originals = o; return nil }
func (s *fakeStore) Changed() (bool, error)                { return s.changed, nil }
func (s *fakeStore) MarkChanged(time.Time) error           { s.changed = true; return nil }
func (s *fakeStore) MarkClean(time.Time) error             { s.changed = false; return nil }
func (s *fakeStore) Boots() ([]results.Boot, error)        { return s.boots, nil }
func (s *fakeStore) StartSession(_, _ json.RawMessage, _ time.Time) (int64, error) {
	return int64(len(s.outcomes) + 1), nil
}
func (s *fakeStore) EndSession(_ int64, outcome string, _ time.Time) error {
	s.outcomes = append(s.outcomes, outcome)
	return nil
}
func (s *fakeStore) AddBoot(b results.Boot) (string, error) {
	s.boots = append(s.boots, b)
	return fmt.Sprintf("b%03d", len(s.boots)), nil
}

// fakeClock moves only when somebody sleeps.
type fakeClock struct{ now time.Time }

func (c *fakeClock) Now() time.Time { return c.now }
func (c *fakeClock) Sleep(ctx context.Context, d time.Duration) error {
	c.now = c.now.Add(d)
	return ctx.Err()
}
