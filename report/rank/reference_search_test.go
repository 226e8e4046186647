package rank_test

import (
	"encoding/json"
	"slices"
	"testing"

	"vnettune/report/rank/search"
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
	c.number("delta_log", r.DeltaLog)
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

func checkStage(c *refCase, s search.Stage, number map[string]int, last bool) {
	before := make([]int, len(s.Survivors))
	by := make(map[int]int) // place among our survivors
	for i, name := range s.Survivors {
		before[i] = number[name]
		by[number[name]] = i
	}
	before = sorted(before)
	inOrder := func(x []float64) []float64 {
		var out []float64
		for _, arm := range before {
			out = append(out, x[by[arm]])
		}
		return out
	}
	gone := []int{}
	left := map[int]bool{}
	for _, arm := range before {
		left[arm] = true
	}
	for _, e := range s.Eliminated {
		gone = append(gone, number[e.Name])
		delete(left, number[e.Name])
		if !(e.Behind > e.Width) {
			c.t.Errorf("%s is out though %v does not exceed %v", e.Name, e.Behind, e.Width)
		}
	}
	var after []int
	for _, arm := range before {
		if left[arm] {
			after = append(after, arm)
		}
	}
	c.number("n", float64(s.Blocks))
	c.same("survivors_before", before)
	c.number("d0", s.PriorDF)
	c.number("s0_sq", s.PriorVariance)
	c.numbers("v", inOrder(s.Variances))
	c.numbers("v_moderated", inOrder(s.Moderated))
	c.number("pooled_df", float64(s.PooledDF))
	c.number("nu", s.Nu)
	c.number("eta", s.Eta)
	c.number("h2", s.H2)
	c.numbers("sum_minus_leader", inOrder(s.SumMinusLeader))
	c.same("eliminated", sorted(gone))
	c.same("survivors_after", after)
	c.number("max_w_after", s.MaxWidth)
	var stop bool
	if c.expected("stop", &stop); stop {
		c.same("stop", last)
	}
}
