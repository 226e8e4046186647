package rank

import (
	"fmt"
	"slices"
	"testing"

	"vnettune/report/rank/synthetic"
	"vnettune/results/sample"
)

// confirming is a campaign in which c01 helps by switching, with boots of its own that say by how much it does then,
// in percent.
func confirming(t *testing.T, effect float64) []sample.Row {
	t.Helper()
	p := synthetic.DefaultPlan()
	p.WithinBoot, p.Combinations, p.Blocks, p.BootSD, p.RepSD, p.Seed = true, 5, 12, 1, 1, 3
	p.Effects = map[string]float64{"c01": 6}
	rows, err := synthetic.Draw(p)
	if err != nil {
		t.Fatal(err)
	}
	order := 100
	for block := range 6 {
		for _, arm := range []string{synthetic.Baseline, "c01"} {
			order++
			value := 1000 + float64(block%3)
			if arm != synthetic.Baseline {
				value *= 1 + effect/100
			}
			r := rows[0]
			r.Combination, r.Block, r.Boot, r.Order, r.Slot, r.Stint, r.Repetition = arm, fmt.Sprintf("confirm%d", block), fmt.Sprintf("confirm%d", order), order, 0, 0, 1
			r.Status, r.Value, r.HasValue = sample.StatusConfirm, value+4*float64((block+order)%2), true
			rows = append(rows, r)
		}
	}
	return rows
}

// A campaign that is under way has no boot of the baseline yet, or none of the arm, or none that gave a number: that is no
// error, and confirms nothing.
func TestBootsThatBeginToConfirm(t *testing.T) {
	all := confirming(t, 6)
	for name, keep := range map[string]func(sample.Row) bool{
		"the arm alone":      func(r sample.Row) bool { return r.Combination == "c01" },
		"the baseline alone": func(r sample.Row) bool { return r.Combination == synthetic.Baseline },
		"one boot each":      func(r sample.Row) bool { return r.Block == "confirm0" },
		"no number":          func(r sample.Row) bool { return r.Block == "confirm0" },
	} {
		rows := slices.DeleteFunc(slices.Clone(all), func(r sample.Row) bool { return r.Status == sample.StatusConfirm && !keep(r) })
		if name == "no number" {
			for i := range rows {
				if rows[i].Status == sample.StatusConfirm {
					rows[i].Value, rows[i].HasValue = 0, false
				}
			}
		}
		o := DefaultOptions()
		o.Baseline = synthetic.Baseline
		r, err := Analyze(rows, o)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if a := r.Analyses[0]; a.BestBySwitching != "c01" || a.SingleWinner != "" {
			t.Errorf("%s: winner %q, best by switching %q", name, a.SingleWinner, a.BestBySwitching)
		}
	}
}

// Boots of its own confirm the best, leave it open, or show the opposite: then a switch to it is not what a reboot is.
func TestBootsThatConfirm(t *testing.T) {
	for _, tt := range []struct {
		effect  float64
		single  string
		verdict Verdict
	}{
		{6, "c01", Verdict(LabelHelps)},
		{0, "", Verdict(LabelHelps)},
		{-6, "", Verdict(LabelFellBack)},
	} {
		o := DefaultOptions()
		o.Baseline = synthetic.Baseline
		r, err := Analyze(confirming(t, tt.effect), o)
		if err != nil {
			t.Fatal(err)
		}
		a := r.Analyses[0]
		if string(a.SingleWinner) != tt.single || a.BestBySwitching != "c01" || a.Confirmation == nil || a.Confirmation.Boots != 6 {
			t.Errorf("%+g %%: winner %q, best by switching %q, confirmation %+v", tt.effect, a.SingleWinner, a.BestBySwitching, a.Confirmation)
		}
		for _, arm := range a.Arms {
			if arm.Name == "c01" && arm.Verdict != tt.verdict {
				t.Errorf("%+g %%: c01 is %s, want %s", tt.effect, arm.Verdict, tt.verdict)
			}
		}
	}
}
