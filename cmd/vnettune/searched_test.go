package main

import (
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

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
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	s, err := results.Create(filepath.Join(t.TempDir(), "s.db"), results.Campaign{Name: "s", File: "s.yaml", Text: []byte(searchCampaign), Generation: "w10", Plan: plan, Created: now})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.StartSession(record.Host{}, record.Guest{}, now); err != nil {
		t.Fatal(err)
	}
	boot := func(from, to int, arms ...string) {
		for _, slot := range plan.Slots {
			arm := plan.Arms[slot.Arm]
			if slot.Block < from || slot.Block > to || !slices.Contains(arms, arm.Name) {
				continue
			}
			_, err := s.AddBoot(results.Boot{Session: 1, Block: slot.Block, Order: slot.Order, Arm: arm.Name, Combination: arm.Combination.Canonical(),
				Status: sample.StatusOK, Started: now, Ended: now,
				Runs: []results.Run{{Workload: "tcp", Repetition: 1, Attempt: 1, Class: record.OK, Started: now, Ended: now,
					Metrics: []record.Metric{{Name: "throughput", Unit: "Mbit/s", Better: "higher", Value: 100}}}}})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	decide := func(d record.Decision) {
		if err := s.AddDecision(d, now); err != nil {
			t.Fatal(err)
		}
	}
	check := func(state string, ranked int, want ...string) {
		t.Helper()
		flat := strings.Join(strings.Fields(reported(t, s, "text")), " ")
		for _, w := range want {
			if !strings.Contains(flat, w) {
				t.Errorf("%s: %q is not said in\n%s", state, w, flat)
			}
		}
		page := document(t, "report", s.Path(), "--format", "json")
		if n := page["analyses"].([]any)[0].(map[string]any)["boots"].(float64); int(n) != ranked {
			t.Errorf("%s: %g boots are ranked, want %d", state, n, ranked)
		}
		rows := strings.Count(reported(t, s, "csv"), ",search,")
		if want := len(read(t, s).Boots) - ranked; rows != want {
			t.Errorf("%s: %d boots of the CSV are a search's own, want %d", state, rows, want)
		}
	}
	boot(1, 2, "baseline", "off", "low")
	check("in the search", 0, "THE SEARCH IS NOT DONE")
	boot(3, 3, "baseline", "off", "low")
	decide(record.Decision{Blocks: 3, Arms: make([]record.ArmState, 3), Survivors: []string{"low"}, Ended: "one survivor", Pick: "low", Proven: true,
		Eliminated: []record.Out{{Name: "baseline", By: "low"}, {Name: "off", By: "low"}}})
	check("before the confirmation", 0, "eliminated: baseline, off", "picks low", "NOT CONFIRMED")
	boot(4, 8, "baseline", "low")
	check("confirmed", 10, "the effect below is that of low on fresh boots alone")
}

// searchCampaign is the text of the campaign of TestSearchedPublishesFreshBootsOnly.
const searchCampaign = `name: s
guest: {lab: {kind: fast}}
design: adaptive
arms:
  - {name: off, set: {tcp.autotuninglevel: disabled}}
  - {name: low, set: {tcp.autotuninglevel: restricted}}
workloads: [{name: tcp, direction: to-guest}]
blocks: 3
`

// read is all that a store holds.
func read(t *testing.T, s *results.Store) results.Contents {
	t.Helper()
	c, err := s.Read()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// What was set aside in a search's own blocks decides nothing: no effect of a setting
// rests on it, and a lost baseline keeps nobody from the report.
func TestSetAsideInASearch(t *testing.T) {
	for lost, want := range map[string]float64{"": 13, "excluded": 12, sample.StatusNotInEffect: 12, "reboot_failed": 12} {
		for _, arm := range []int{0, 3} {
			d := &drawnStore{design: "factorial-screen", draw: rand.New(rand.NewPCG(7, 1))}
			d.begin(t, d.campaign(7))
			for _, slot := range d.plan.Slots[:len(d.plan.Arms)] {
				status := sample.StatusOK
				if slot.Arm == arm && lost != "" && lost != "excluded" {
					status = lost
				}
				id := d.boot(t, slot, status, 1000)
				if slot.Arm == arm && lost == "excluded" {
					d.exec(t, "INSERT INTO exclusion VALUES (?, 'drawn', ?)", id, stamped(0))
				}
			}
			if err := d.db.Close(); err != nil {
				t.Fatal(err)
			}
			page := document(t, "report", d.path, "--format", "json")
			if lost != "" && arm == 0 {
				continue // there is no level to compare with
			}
			effects, _ := page["analyses"].([]any)[0].(map[string]any)["effects"].(map[string]any)
			if n := effects["boots"]; n != want-1 { // the baseline crosses nothing
				t.Errorf("one boot %q: effects by %v boots, want %g", lost, n, want-1)
			}
		}
	}
}
