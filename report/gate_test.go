package report

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/report/rank"
	"vnettune/report/rank/boots"
	"vnettune/report/rank/gate"
	"vnettune/report/stored"
	"vnettune/results/record"
)

// goldenFile compares with a file under testdata, or writes it with -update.
func goldenFile(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s (-update rewrites it):\n%s", name, d)
	}
}

func gateFixture() stored.Gated {
	nan := record.Number(math.NaN())
	one := func(workload string, v gate.Verdict, r gate.Reason, diff, low, high record.Number) gate.Result {
		return gate.Result{
			Workload: workload, Metric: "throughput", Unit: "Mbit/s", Better: "higher", Method: rank.MethodPaired, Pairs: 10,
			New: boots.Counts{OK: 10}, Base: boots.Counts{OK: 10}, Verdict: v, Reason: r,
			Comparison: gate.Comparison{DiffPercent: diff, Interval: rank.Interval{Low: low, High: high},
				SE: 0.5, DF: 9, PPass: 0.01, PFail: 0.02, PFailHolm: 0.006, BootsNeeded: 14},
			Drift: rank.Drift{ChangePercent: 0.4, T: 0.5, DF: 17, P: 0.62, Blocks: new(true)},
		}
	}
	few := one("d", gate.Inconclusive, gate.ReasonBoots, -1, nan, nan)
	few.New.OK, few.Base.OK = 2, 2
	session := one("e", gate.Inconclusive, gate.ReasonSession, -3, -9, 3)
	session.Method, session.Pairs, session.Sessions, session.SessionsMissing, session.BootsNeeded = rank.MethodSessions, 0, 3, 2, 0
	noise := one("f", gate.Inconclusive, gate.ReasonNoise, -1, -9, 3)
	noise.Method, noise.Sessions, noise.BootsNeeded = rank.MethodSessions, 6, 0
	flat := one("g", gate.Inconclusive, gate.ReasonVariance, 0, nan, nan)
	flat.SE, flat.DF, flat.PPass, flat.PFail, flat.PFailHolm, flat.BootsNeeded = 0, 9, nan, nan, nan, 0
	return stored.Gated{
		Candidate: "new-driver", Baseline: "baseline", Margin: 2, Alpha: 0.05, GuestKind: "lab-fast", Verdict: gate.Fail,
		Results: []gate.Result{
			one("a", gate.Pass, "", 0.3, -0.9, 1.5), one("b", gate.Fail, "", -6, -7.1, -4.9),
			one("c", gate.Inconclusive, gate.ReasonNoise, -1, -4, 2.5), few,
			session, noise, flat,
		},
	}
}

func historyFixture() stored.Followed {
	h := gate.History{Workload: "tcp", Metric: "throughput", Unit: "% of baseline", Better: "higher"}
	for i, v := range []record.Number{100.2, 99.8, 100.1, 99.9, 100.0, 100.1, 91.2, 90.9, 91.0, 91.1, 90.8, 90.1} {
		h.Points = append(h.Points, gate.HistoryPoint{Campaign: string(rune('a'+i)) + ".db", Value: v, Boots: 5})
	}
	h.Changes = []gate.Change{{From: "g.db", Index: 6, Before: 100, After: 90.85, ChangePercent: -9.15, Matters: true, P: 0.001}}
	calm := gate.History{Workload: "udp", Metric: "loss", Unit: "%", Better: "lower", Points: h.Points,
		Changes: []gate.Change{{From: "c.db", Index: 2, Before: 100, After: 101, ChangePercent: 1, P: 0.004}}}
	short := gate.History{Workload: "udp", Metric: "throughput", Unit: "Mbit/s", Better: "higher", Points: h.Points[:3], Changes: []gate.Change{}, TooShort: true}
	return stored.Followed{Arm: "new-driver", Margin: 2, GuestKind: "lab-fast", Histories: []gate.History{h, calm, short}}
}

func TestGateAndHistoryGolden(t *testing.T) {
	gate, history := gateFixture(), historyFixture()
	for name, write := range map[string]func(io.Writer) error{
		"gate.txt":     func(w io.Writer) error { return GateText(w, gate) },
		"gate.json":    func(w io.Writer) error { return GateJSON(w, gate) },
		"history.txt":  func(w io.Writer) error { return HistoryText(w, history) },
		"history.json": func(w io.Writer) error { return HistoryJSON(w, history) },
	} {
		var out bytes.Buffer
		if err := write(&out); err != nil {
			t.Fatal(err)
		}
		goldenFile(t, name, out.Bytes())
		if filepath.Ext(name) == ".json" && !json.Valid(out.Bytes()) {
			t.Errorf("%s is no JSON", name)
		}
		if !bytes.Contains(out.Bytes(), []byte(StandInNotice)) {
			t.Errorf("%s lacks the notice of a stand-in", name)
		}
	}
}
