package stored

import (
	"testing"

	"vnettune/matrix"
	"vnettune/report/rank/synthetic"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// The arm that boots are to confirm is found by switching, though no ranking names it as the winner before; where what is best
// needs a reboot, or nothing is, there is none.
func TestBestBySwitching(t *testing.T) {
	for _, tt := range []struct {
		name   string
		effect map[string]float64
		whole  int
		want   string
	}{
		{"one helps", map[string]float64{"c01": 8}, 0, "c01"},
		{"none does", nil, 0, ""},
		{"all harm", map[string]float64{"c01": -8, "c02": -8, "c03": -8}, 0, ""},
		{"the best is booted", map[string]float64{"c03": 20}, 1, ""},
	} {
		p := synthetic.DefaultPlan()
		p.WithinBoot, p.Combinations, p.Blocks, p.BootSD, p.RepSD, p.Effects, p.WholePlots = true, 4, 12, 1, 1, tt.effect, tt.whole
		rows, err := synthetic.Draw(p)
		if err != nil {
			t.Fatal(err)
		}
		j, err := (&Campaign{Path: "s.csv", Rows: rows}).Ranking(Asked{Baseline: synthetic.Baseline})
		if err != nil {
			t.Fatal(err)
		}
		a, arm := bestBySwitching(j.Ranking)
		if arm != tt.want || a.Metric != "throughput" {
			t.Errorf("%s: %q of %s, want %q", tt.name, arm, a.Metric, tt.want)
		}
		if arm != "" && a.SingleWinner != "" {
			t.Errorf("%s: it is called the winner before boots confirm it", tt.name)
		}
	}
}

// A number of the adapter says that a switch is in effect; one of the stack's parameters is what was written.
func TestSwitchRead(t *testing.T) {
	for _, x := range []struct {
		id, value string
		baseline  record.InEffect
		want      bool
	}{
		{"netkvm.VlanID", "100", record.Yes, true},
		{"netkvm.VlanID", "100", record.NotObservable, false},
		{"tcp.timestamps", "enabled", record.Yes, false},
	} {
		p, err := matrix.NewPlan(matrix.W10, matrix.Design{Kind: matrix.List, Switch: matrix.SwitchWithinBoots, Restarts: true,
			Arms: []matrix.ArmSpec{{Name: "arm", Set: map[string]matrix.Value{x.id: matrix.Value(x.value)}}}}, 2, 1)
		if err != nil {
			t.Fatal(err)
		}
		stint := func(arm string, in record.InEffect) results.Boot {
			return results.Boot{Arm: arm, Stint: 2, Status: sample.StatusOK, Readings: []record.Reading{{ID: x.id, AsAsked: true, InEffect: in}}}
		}
		c := &Campaign{Kept: &results.Contents{Campaign: results.Campaign{Plan: p}, Boots: []results.Boot{stint("arm", record.Yes), stint("baseline", x.baseline)}}}
		if got := c.SwitchRead()["arm"]; got != x.want {
			t.Errorf("%s, the baseline's reading %q: %v, want %v", x.id, x.baseline, got, x.want)
		}
	}
}
