package rank

import (
	"slices"
	"testing"

	"vnettune/report/rank/synthetic"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// rowsOf are the rows without those of some arms.
func rowsOf(rows []sample.Row, without ...string) []sample.Row {
	return slices.DeleteFunc(slices.Clone(rows), func(r sample.Row) bool { return slices.Contains(without, r.Combination) })
}

// Levels that were booted one after the other say nothing between boots; what is compared within boots stands.
func TestTheOrderOfLevels(t *testing.T) {
	p := synthetic.DefaultPlan()
	p.WithinBoot, p.Combinations, p.Blocks, p.WholePlots, p.Seed = true, 5, 10, 1, 3
	p.Effects = map[string]float64{"c01": 6, "c04": 20}
	rows, err := synthetic.Draw(p)
	if err != nil {
		t.Fatal(err)
	}
	o := DefaultOptions()
	o.Baseline = synthetic.Baseline
	verdicts := func(change func(*sample.Row)) (Analysis, map[string]Verdict) {
		moved := slices.Clone(rows)
		for i := range moved {
			change(&moved[i])
		}
		r, err := Analyze(moved, o)
		if err != nil {
			t.Fatal(err)
		}
		of := map[string]Verdict{}
		for _, arm := range r.Analyses[0].Arms {
			of[arm.Name] = arm.Verdict
		}
		return r.Analyses[0], of
	}
	blocks, before := verdicts(func(*sample.Row) {})
	grouped, after := verdicts(func(r *sample.Row) {
		if r.Combination == "c04" {
			r.Order += 1000
		}
	})
	if blocks.Stints.LevelOrder != OrderBlocks || len(blocks.Tiers) == 0 || before["c04"] != Verdict(LabelHelps) {
		t.Errorf("in blocks: %s, tiers %v, c04 %s", blocks.Stints.LevelOrder, blocks.Tiers, before["c04"])
	}
	if grouped.Stints.LevelOrder != OrderGrouped || grouped.BootOrder != OrderBlocks || len(grouped.Tiers) > 0 || after["c04"] != VerdictOrder {
		t.Errorf("level by level: %s, %s, tiers %v, c04 %s", grouped.Stints.LevelOrder, grouped.BootOrder, grouped.Tiers, after["c04"])
	}
	for _, name := range []string{"c01", "c02", "c03"} {
		if before[name] != after[name] || !Label(after[name]).Plain() {
			t.Errorf("%s: %s, and level by level %s", name, before[name], after[name])
		}
	}
	if !slices.ContainsFunc(grouped.Warnings, func(w Warning) bool { return w.Code == WarnOrder }) {
		t.Error("the order of levels is not warned of")
	}
}

// Arms that need a reboot are compared between boots, with the noise of boots, and take part in what
// compares all arms; arms of one level are compared as if the others were not there.
func TestWholePlots(t *testing.T) {
	p := synthetic.DefaultPlan()
	p.WithinBoot, p.Combinations, p.Blocks, p.WholePlots, p.Seed = true, 8, 10, 2, 3
	p.Effects = map[string]float64{"c07": 20, "c02": -6}
	rows, err := synthetic.Draw(p)
	if err != nil {
		t.Fatal(err)
	}
	o := DefaultOptions()
	o.Baseline = synthetic.Baseline
	r, err := Analyze(rows, o)
	if err != nil {
		t.Fatal(err)
	}
	a := r.Analyses[0]
	if a.BootOrder != OrderBlocks || a.SingleWinner != "c07" || len(a.Stints.Levels) != 3 {
		t.Errorf("order %s, winner %q, levels %v", a.BootOrder, a.SingleWinner, a.Stints.Levels)
	}
	byName := map[string]Arm{}
	for _, arm := range a.Arms {
		byName[arm.Name] = arm
	}
	for name, by := range map[string]FoundBy{"c01": FoundWithin, "c05": FoundWithin, "c06": FoundBetween, "c07": FoundBetween} {
		arm := byName[name]
		if arm.FoundBy != by || arm.Tier == 0 || arm.Rank == 0 || arm.MayBeBest == nil {
			t.Errorf("%s: found %q, tier %d, rank %d", name, arm.FoundBy, arm.Tier, arm.Rank)
		}
		if by == FoundBetween && (!(arm.SE > byName["c01"].SE) || arm.Bridge != nil) {
			t.Errorf("%s: standard error %v, bridge %v", name, arm.SE, arm.Bridge)
		}
	}
	if v := byName["c07"].Verdict; v != Verdict(LabelHelps) {
		t.Errorf("c07: %s", v)
	}
	// The mean of an arm of another level is the baseline's with the difference.
	agrees(t, "mean of c07", record.Number(byName["c07"].y.mean), byName["baseline"].y.mean+byName["c07"].y.diff)

	alone, err := Analyze(rowsOf(rows, "c06", "c07"), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, arm := range alone.Analyses[0].Arms {
		if !arm.IsBaseline {
			agrees(t, "difference of "+arm.Name, byName[arm.Name].Difference, float64(arm.Difference))
			agrees(t, "standard error of "+arm.Name, byName[arm.Name].SE, float64(arm.SE))
		}
	}
}
