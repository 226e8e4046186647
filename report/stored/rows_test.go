package stored

import (
	"fmt"
	"io"
	"testing"

	"vnettune/matrix"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// A boot that gave no number for what a search decides by is made again, though it is ok
// for another workload: of the boots of one slot the last one counts, in the ranking and
// in the CSV alike.
func TestOfTheBootsOfASlotTheLastCounts(t *testing.T) {
	plan, err := matrix.NewPlan(matrix.W10, matrix.Design{Kind: matrix.Adaptive, Arms: []matrix.ArmSpec{
		{Name: "a", Set: map[string]matrix.Value{"tcp.autotuninglevel": "disabled"}},
	}}, 3, 1)
	if err != nil {
		t.Fatal(err)
	}
	var slot matrix.Slot
	for _, s := range plan.Slots {
		if s.Block == plan.Search.Last()+1 && s.Arm == 1 {
			slot = s
		}
	}
	boot := func(id, workload string) results.Boot {
		return results.Boot{ID: id, Session: 1, Block: slot.Block, Order: slot.Order, Arm: "a", Combination: plan.Arms[1].Combination.Canonical(), Status: sample.StatusOK,
			Runs: []results.Run{{Workload: workload, Repetition: 1, Attempt: 1, Class: record.OK, Metrics: []record.Metric{{Name: "throughput", Unit: "Mbit/s", Better: "higher", Value: 1}}}}}
	}
	kept := results.Contents{Campaign: results.Campaign{Plan: plan}, Boots: []results.Boot{boot("b001", "other"), boot("b002", "searched")},
		Decisions: []results.Decision{{Decision: record.Decision{Pick: "a"}}}}
	rows, err := rowsOf(kept)
	if err != nil {
		t.Fatal(err)
	}
	of := map[string][]sample.Row{}
	for _, r := range rows {
		of[r.Boot] = append(of[r.Boot], r)
	}
	if first := of["b001"]; len(first) != 1 || first[0].Status != record.MeasurementFailed || first[0].Workload != "" {
		t.Errorf("the first boot: %+v; want it failed before it measured what is searched by", first)
	}
	if last := of["b002"]; len(last) != 1 || !last[0].Ranked() {
		t.Errorf("the last boot: %+v", last)
	}
	if err := sample.Write(io.Discard, rows); err != nil {
		t.Error(err)
	}
}

// A campaign that is read, or was stopped, in the middle of a boot within which it switches says of the stints to come what
// the boot's others say of the boot.
func TestRowsOfABootThatGoesOn(t *testing.T) {
	p, err := matrix.NewPlan(matrix.W10, matrix.Design{Kind: matrix.List, Switch: matrix.SwitchWithinBoots,
		Arms: []matrix.ArmSpec{{Name: "a", Set: map[string]matrix.Value{"tcp.timestamps": "enabled"}}, {Name: "b", Set: map[string]matrix.Value{"tcp.ecncapability": "enabled"}}}}, 4, 1)
	if err != nil {
		t.Fatal(err)
	}
	kept := results.Contents{Campaign: results.Campaign{Plan: p}, Sessions: []results.Session{{ID: 1}}}
	var first []matrix.Slot // of the first boot within which is switched
	for _, slot := range p.Slots {
		if slot.Boot > 0 && (len(first) == 0 || slot.Boot == first[0].Boot) {
			first = append(first, slot)
		}
	}
	for i, slot := range first[:2] {
		arm := p.Arms[slot.Arm]
		kept.Boots = append(kept.Boots, results.Boot{ID: fmt.Sprintf("b001.%d", i+1), In: "b001", Stint: i + 1, Session: 1, Block: slot.Block, Order: slot.Order,
			Arm: arm.Name, Combination: arm.Combination.Canonical(), Status: sample.StatusOK, Covariate: &record.Covariate{Name: "memory-copy", Value: 9, Unit: "GB/s", Rounds: 5},
			Runs: []results.Run{{Workload: "tcp", Repetition: 1, Attempt: 1, Class: record.OK, Metrics: []record.Metric{{Name: "throughput", Unit: "Mbit/s", Better: "higher", Value: 900}}}}})
	}
	rows, err := rowsOf(kept)
	if err != nil {
		t.Fatal(err)
	}
	if err := sample.Write(io.Discard, rows); err != nil {
		t.Error(err)
	}
	missing := 0
	for _, r := range rows {
		if r.Status == sample.StatusNotRun {
			missing++
		}
	}
	if missing == 0 {
		t.Error("no stint is said to be missing: the test shows nothing")
	}
}
