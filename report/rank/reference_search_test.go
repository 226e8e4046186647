package rank_test

import (
	"encoding/json"
	"slices"
	"testing"

	"vnettune/report/rank/search"
	"vnettune/results/record"
)

func checkSearch(t *testing.T, c *refCase) {
	var in caseCampaign
	c.in(&in)
	var more struct{ N0 int }
	c.in(&more)
	r, err := search.Decide(in.rows(t), in.options(), search.Options{First: more.N0, MaxBlocks: in.Blocks})
	if err != nil {
		t.Fatal(err)
	}
	number := make(map[string]int)
	for i := range in.Combos {
		number[in.name(i)] = i
	}
	numbers := func(names []string) []int {
		out := []int{}
		for _, name := range names {
			out = append(out, number[name])
		}
		return out
	}
	c.number("delta_log", r.Delta)
	c.number("blocks_used", float64(r.Blocks))
	c.number("boots_used", float64(r.Boots))
	c.same("pick", number[r.Pick])
	c.same("proven", r.Proven)
	c.same("survivors", sorted(numbers(r.Survivors)))
	if r.Reason == search.OneSurvivor {
		c.same("stop_reason", r.Reason)
	}
	at := make([]any, in.Combos)
	for name, n := range r.EliminatedAt {
		at[number[name]] = n
	}
	c.same("eliminated_at_block", at)

	var want []json.RawMessage
	c.expected("stages", &want)
	if len(want) != len(r.Stages) {
		t.Fatalf("%d stages, want %d", len(r.Stages), len(want))
	}
	for i, s := range r.Stages {
		stage := &refCase{t: t, read: make(map[string]bool), Tolerance: c.Tolerance}
		if err := json.Unmarshal(want[i], &stage.Expected); err != nil {
			t.Fatal(err)
		}
		checkStage(stage, s, number, i == len(r.Stages)-1)
		c.checked += stage.checked
	}
}

func sorted(x []int) []int {
	slices.Sort(x)
	return x
}

func checkStage(c *refCase, s record.Decision, number map[string]int, last bool) {
	arms := slices.SortedFunc(slices.Values(s.Arms), func(a, b record.ArmState) int { return number[a.Name] - number[b.Name] })
	var before []int
	var variances, moderated, behind []float64
	for _, a := range arms {
		before = append(before, number[a.Name])
		variances, moderated, behind = append(variances, float64(a.Variance)), append(moderated, float64(a.Moderated)), append(behind, float64(a.Behind))
	}
	gone := []int{}
	for _, e := range s.Eliminated {
		gone = append(gone, number[e.Name])
		if !(e.Behind > e.Width) {
			c.t.Errorf("%s is out though %v does not exceed %v", e.Name, e.Behind, e.Width)
		}
	}
	var after []int
	for _, name := range s.Survivors {
		after = append(after, number[name])
	}
	c.number("n", float64(s.Blocks))
	c.same("survivors_before", before)
	c.number("d0", float64(s.PriorDF))
	c.number("s0_sq", float64(s.PriorVariance))
	c.numbers("v", variances)
	c.numbers("v_moderated", moderated)
	c.number("pooled_df", float64(s.PooledDF))
	c.number("nu", float64(s.Nu))
	c.number("eta", float64(s.Eta))
	c.number("h2", float64(s.H2))
	c.numbers("sum_minus_leader", behind)
	c.same("eliminated", sorted(gone))
	c.same("survivors_after", sorted(after))
	c.number("max_w_after", float64(s.MaxWidth))
	var stop bool
	if c.expected("stop", &stop); stop {
		c.same("stop", last)
	}
}
