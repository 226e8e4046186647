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
	"vnettune/report/terminal"
	"vnettune/results/record"
	"vnettune/results/sample"
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
			Workload: workload, Metric: "throughput", Unit: "Mbit/s", Better: "higher", Scale: sample.Ratio, EffectUnit: "%", Margin: 2, Method: rank.MethodPaired, Pairs: 10,
			New: boots.Counts{OK: 10}, Base: boots.Counts{OK: 10}, Verdict: v, Reason: r,
			Comparison: gate.Comparison{Difference: diff, Interval: rank.Interval{Low: low, High: high},
				SE: 0.5, DF: 9, PPass: 0.01, PFail: 0.02, PFailHolm: 0.006, BootsNeeded: 14},
			Drift: rank.Drift{Change: 0.4, T: 0.5, DF: 17, P: 0.62}, BootOrder: rank.OrderBlocks, Numbers: v,
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
	loss := one("h", gate.Pass, "", 0, 0, 0)
	loss.Metric, loss.Unit, loss.Better, loss.Scale, loss.EffectUnit, loss.Margin, loss.Equal = "loss", "%", "lower", sample.Difference, "percentage points", 0.1, true
	loss.Method, loss.Pairs, loss.SE, loss.DF, loss.PPass, loss.PFail, loss.PFailHolm, loss.BootsNeeded = "", 0, 0, nan, nan, nan, nan, 0
	campaigns := loss
	campaigns.Workload, campaigns.Method, campaigns.Sessions = "l", rank.MethodSessions, 6
	missing := one("i", gate.Inconclusive, gate.ReasonMissing, -4, -5, -3)
	missing.New, missing.Base = boots.Counts{OK: 8, Failed: 2, Planned: 10}, boots.Counts{OK: 10, Planned: 10}
	missing.MissingNew, missing.Numbers = 0.2, gate.Fail
	missing.LostWorst, missing.LostBest, missing.LostEven = gate.Fail, gate.Inconclusive, gate.Inconclusive
	order := one("j", gate.Inconclusive, gate.ReasonOrder, -9, -10, -8)
	order.BootOrder, order.Numbers = rank.OrderGrouped, gate.Fail
	unknown := one("k", gate.Inconclusive, gate.ReasonMargin, 7, 3, 11)
	unknown.Metric, unknown.Unit, unknown.Better, unknown.Scale, unknown.EffectUnit = "retransmits", "segments", "lower", sample.Difference, "segments"
	unknown.Margin, unknown.PPass, unknown.BootsNeeded = nan, nan, 0
	return stored.Gated{
		Candidate: "new-driver", Baseline: "baseline", Alpha: 0.05, GuestKind: "lab-fast", Verdict: gate.Fail,
		Failures: gate.Failures{FailedNew: 2, TriedNew: 20, TriedBase: 20, P: 0.2436, PHolm: nan, Least: 0.2436},
		Results: []gate.Result{
			one("a", gate.Pass, "", 0.3, -0.9, 1.5), one("b", gate.Fail, "", -6, -7.1, -4.9),
			one("c", gate.Inconclusive, gate.ReasonNoise, -1, -4, 2.5), few,
			session, noise, flat, loss, missing, order, unknown, campaigns,
		},
	}
}

func historyFixture() stored.Followed {
	h := gate.History{Workload: "tcp", Metric: "throughput", Unit: "% of baseline", Better: "higher", Scale: sample.Ratio, EffectUnit: "%", Margin: 2}
	for i, v := range []record.Number{100.2, 99.8, 100.1, 99.9, 100.0, 100.1, 91.2, 90.9, 91.0, 91.1, 90.8, 90.1} {
		h.Points = append(h.Points, gate.HistoryPoint{Campaign: string(rune('a'+i)) + ".db", Value: v, Boots: 5})
	}
	h.Changes = []gate.Change{{From: "g.db", Index: 6, Before: 100, After: 90.85, Change: -9.15, Matters: true, P: 0.001}}
	calm := gate.History{Workload: "udp", Metric: "loss", Unit: "percentage points from the baseline", Better: "lower", Scale: sample.Difference, EffectUnit: "percentage points", Margin: 0.1,
		Changes: []gate.Change{{From: "c.db", Index: 2, Before: 0, After: 0.05, Change: 0.05, P: 0.004}}}
	for i := range h.Points {
		calm.Points = append(calm.Points, gate.HistoryPoint{Campaign: h.Points[i].Campaign, Value: record.Number(min(1, i/2)) * 0.05, Boots: 5})
	}
	unjudged := calm
	unjudged.Metric, unjudged.Unit, unjudged.EffectUnit, unjudged.Margin = "retransmits", "segments from the baseline", "segments", record.Number(math.NaN())
	short := gate.History{Workload: "udp", Metric: "throughput", Unit: "Mbit/s", Better: "higher", Scale: sample.Ratio, EffectUnit: "%", Margin: 2, Points: h.Points[:3], Changes: []gate.Change{}, TooShort: true}
	return stored.Followed{Arm: "new-driver", GuestKind: "lab-fast", Histories: []gate.History{h, calm, unjudged, short},
		Moved: []stored.Moved{{Campaign: "c.db", Facts: []string{"kernel was Linux 6.1 and is Linux 6.8"}}, {Campaign: "g.db", Facts: []string{"driver was 0.1.240 and is 0.1.271"}}}}
}

func TestGateAndHistoryGolden(t *testing.T) {
	gate, history := gateFixture(), historyFixture()
	for name, write := range map[string]func(io.Writer) error{
		"gate.txt":     func(w io.Writer) error { return terminal.Write(w, TellGate(gate), wide) },
		"gate.json":    func(w io.Writer) error { return GateJSON(w, gate) },
		"history.txt":  func(w io.Writer) error { return asText(w, TellHistory, history) },
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
