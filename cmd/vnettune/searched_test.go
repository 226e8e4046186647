package main

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vnettune/bench"
	"vnettune/matrix"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// TestSearchedPublishesFreshBootsOnly follows the store of a search through its
// states: at each the report says what it rests on.
func TestSearchedPublishesFreshBootsOnly(t *testing.T) {
	plan, err := matrix.NewPlan(matrix.W10, matrix.Design{Kind: matrix.Adaptive, Arms: []matrix.ArmSpec{
		{Name: "off", Set: map[string]matrix.Value{"tcp.autotuninglevel": "disabled"}},
		{Name: "low", Set: map[string]matrix.Value{"tcp.autotuninglevel": "restricted"}},
	}}, 3, 1)
	if err != nil {
		t.Fatal(err)
	}
	planned, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	s, err := results.Create(filepath.Join(t.TempDir(), "s.db"), results.Campaign{Name: "s", Text: []byte("name: s\n"), Generation: "w10", Plan: planned, Created: now})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.StartSession(json.RawMessage(`{}`), json.RawMessage(`{}`), now); err != nil {
		t.Fatal(err)
	}
	boot := func(from, to int, arms ...string) {
		for _, slot := range plan.Slots {
			arm := plan.Arms[slot.Arm]
			if slot.Block < from || slot.Block > to || !slices.Contains(arms, arm.Name) {
				continue
			}
			_, err := s.AddBoot(results.Boot{Session: 1, Block: slot.Block, Order: slot.Order, Arm: arm.Name, Combination: arm.Combination.Canonical(),
				Status: sample.StatusOK, Started: now, Ended: now, Readings: json.RawMessage(`[]`),
				Runs: []results.Run{{Workload: "tcp", Repetition: 1, Attempt: 1, Class: record.OK, Started: now, Ended: now,
					Metrics: []record.Metric{{Name: "throughput", Unit: "Mbit/s", Better: "higher", Value: 100}}}}})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	decide := func(d bench.Decision) {
		data, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.AddDecision(results.Decision{Block: d.Blocks, At: now, Data: data}); err != nil {
			t.Fatal(err)
		}
	}
	check := func(state string, ranked int, want ...string) {
		t.Helper()
		rows, err := s.Samples()
		if err != nil {
			t.Fatal(err)
		}
		rows, lines, err := searched(s, rows)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Join(lines, "\n")
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s: %q is not said in\n%s", state, w, text)
			}
		}
		if len(rows) != ranked {
			t.Errorf("%s: %d rows are ranked, want %d", state, len(rows), ranked)
		}
	}
	boot(1, 2, "baseline", "off", "low")
	check("in the search", 6, "THE SEARCH IS NOT DONE")
	boot(3, 3, "baseline", "off", "low")
	decide(bench.Decision{Blocks: 3, Arms: make([]bench.ArmState, 3), Survivors: []string{"low"}, Ended: "one survivor", Pick: "low", Proven: true,
		Eliminated: []bench.Out{{Name: "baseline", By: "low"}, {Name: "off", By: "low"}}})
	check("before the confirmation", 9, "eliminated: baseline, off", "picks low", "NOT CONFIRMED")
	boot(4, 8, "baseline", "low")
	check("confirmed", 10, "the effect below is that of low on fresh boots alone")
}
