package stored

import (
	"testing"

	"vnettune/report/rank/synthetic"
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
