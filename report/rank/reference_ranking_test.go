package rank_test

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"vnettune/report/rank"
	"vnettune/results/sample"
)

// caseCampaign is the input of a campaign-like case.
type caseCampaign struct {
	Combos, Blocks, Baseline int
	Names                    []string
	ChangedSettings          []int   `json:"changed_settings"`
	PerBlock                 []int   `json:"per_block"`
	MarginPercent            float64 `json:"margin_percent"`
	Scale                    sample.Scale
	Better                   sample.Better
	Margin                   float64
	Unit                     string
	Alpha                    float64
	Blocked                  bool
	Boots                    []caseBoot
}

type caseBoot struct {
	Combo, Block, Order int
	Status              string
	Reps                []float64
}

// rows writes the case as a campaign's rows. The words of the cases: ok,
// reps_missing and zero_throughput are usable; not_applied is not_in_effect.
func (c caseCampaign) rows(t *testing.T) []sample.Row {
	t.Helper()
	var rows []sample.Row
	slots := newCaseSlots(c)
	metric, unit := c.metric(), c.Unit
	if unit == "" {
		unit = "Mbit/s"
	}
	for i, b := range c.Boots {
		row := sample.Row{
			Combination: c.name(b.Combo), Block: fmt.Sprintf("%03d", b.Block), Boot: fmt.Sprintf("b%04d", i), Order: b.Order,
			Workload: "tcp", Metric: metric, Unit: unit, Better: cmp.Or(c.Better, sample.HigherIsBetter),
			Levels: c.levels(b.Combo), Slot: slots.of(b),
		}
		switch b.Status {
		case "ok", "reps_missing", "zero_throughput":
			row.Status = sample.StatusOK
		case "not_applied":
			row.Status = sample.StatusNotInEffect
		case "excluded":
			row.Status = sample.StatusExcluded
		case "failed", "boot_failed":
			row.Status = b.Status
		default:
			t.Fatalf("status %q of the case is unknown", b.Status)
		}
		if len(b.Reps) == 0 || row.Failed() {
			if row.Ranked() {
				row.Status = "no_repetition"
			}
			row.Repetition = 1
			rows = append(rows, row)
			continue
		}
		for r, v := range b.Reps {
			row.Repetition, row.Value, row.HasValue = r+1, v, true
			rows = append(rows, row)
		}
	}
	return append(rows, slots.neverMade(c)...)
}

// caseSlots are the planned boots of a case, where it says how many there are in a block.
type caseSlots struct {
	perBlock []int
	used     map[[2]int]int // by combination and block
}

func newCaseSlots(c caseCampaign) caseSlots {
	return caseSlots{c.PerBlock, make(map[[2]int]int)}
}

// number is that of the k-th planned boot of a combination in a block.
func (s caseSlots) number(combo, block, k int) int { return 1 + k + 10*(combo+1000*block) }

// of is the slot of a boot; one more than is planned is a boot that was tried again.
func (s caseSlots) of(b caseBoot) int {
	if s.perBlock == nil {
		return 0
	}
	at := [2]int{b.Combo, b.Block}
	k := min(s.used[at], s.perBlock[b.Combo]-1)
	s.used[at]++
	return s.number(b.Combo, b.Block, k)
}

// neverMade are the planned boots without a row, of combinations that have any.
func (s caseSlots) neverMade(c caseCampaign) []sample.Row {
	has := make(map[int]bool)
	for at := range s.used {
		has[at[0]] = true
	}
	var rows []sample.Row
	for combo, n := range s.perBlock {
		for block := 0; has[combo] && block < c.Blocks; block++ {
			for k := s.used[[2]int{combo, block}]; k < n; k++ {
				slot := s.number(combo, block, k)
				rows = append(rows, sample.Row{Combination: c.name(combo), Block: fmt.Sprintf("%03d", block), Boot: fmt.Sprint("never", slot),
					Slot: slot, Status: sample.StatusNotRun, Levels: c.levels(combo)})
			}
		}
	}
	return rows
}

func (c caseCampaign) name(combo int) string {
	if len(c.Names) == 0 {
		return fmt.Sprintf("c%03d", combo)
	}
	return c.Names[combo]
}

// levels differ from the baseline's in as many settings as the case says.
func (c caseCampaign) levels(combo int) map[string]string {
	if len(c.ChangedSettings) == 0 {
		return nil
	}
	m := make(map[string]string)
	for s := range 16 {
		m[fmt.Sprint("s", s)] = "default"
		if s < c.ChangedSettings[combo] {
			m[fmt.Sprint("s", s)] = fmt.Sprint("level", combo)
		}
	}
	return m
}

func (c caseCampaign) options() rank.Options {
	o := rank.DefaultOptions()
	o.Baseline, o.Alpha = c.name(c.Baseline), c.Alpha
	if c.Scale == sample.Difference {
		o.Scales, o.Margins = map[string]sample.Scale{c.metric(): c.Scale}, map[string]float64{c.metric(): c.Margin}
	} else {
		o.Margin = c.MarginPercent
	}
	return o
}

// metric is one that vnettune does not know, so that the case says everything about it.
func (c caseCampaign) metric() string { return "measured" }

func checkRanking(t *testing.T, c *refCase) {
	var in caseCampaign
	c.in(&in)
	r, err := rank.Analyze(in.rows(t), in.options())
	if err != nil {
		t.Fatal(err)
	}
	a := r.Analyses[0]
	arms := make([]rank.Arm, in.Combos) // by the case's numbers
	number := make(map[string]int)
	for i := range arms {
		for _, arm := range a.Arms {
			if arm.Name == in.name(i) {
				arms[i], number[arm.Name] = arm, i
			}
		}
	}
	effect := "percent"
	if in.Scale == sample.Difference {
		effect = "unit"
	}
	checkRankingNumbers(c, arms, effect)
	checkRankingWords(c, arms)
	checkRankingWhole(c, a, number)
	checkFlagged(t, c, in)
	checkPairs(t, c, in)
}

func checkRankingNumbers(c *refCase, arms []rank.Arm, effect string) {
	each := func(key string, get func(rank.Arm) float64) {
		c.t.Helper()
		got := make([]float64, len(arms))
		for i, a := range arms {
			got[i] = get(a)
		}
		if strings.HasPrefix(key, "mde_") {
			c.numbersTo(key, got, 1e-6)
			return
		}
		c.numbers(key, got)
	}
	each("diff", func(a rank.Arm) float64 { return a.OnY().Diff })
	each("diff_"+effect, func(a rank.Arm) float64 { return float64(a.Difference) })
	each("se", func(a rank.Arm) float64 { return float64(a.SE) })
	each("df_pair", func(a rank.Arm) float64 { return float64(a.DF) })
	each("t", func(a rank.Arm) float64 { return float64(a.T) })
	each("p_raw", func(a rank.Arm) float64 { return float64(a.P) })
	each("p_holm", func(a rank.Arm) float64 { return float64(a.PHolm) })
	each("lower", func(a rank.Arm) float64 { return a.OnY().Lower })
	each("upper", func(a rank.Arm) float64 { return a.OnY().Upper })
	each("lower_"+effect, func(a rank.Arm) float64 { return float64(a.Interval.Low) })
	each("upper_"+effect, func(a rank.Arm) float64 { return float64(a.Interval.High) })
	each("mde_"+effect, func(a rank.Arm) float64 { return float64(a.MDE) })
	each("mcb_lower", func(a rank.Arm) float64 { return a.OnY().BestLower })
	each("mcb_upper", func(a rank.Arm) float64 { return a.OnY().BestUpper })
	each("mcb_lower_"+effect, func(a rank.Arm) float64 { return float64(a.FromBest.Low) })
	each("mcb_upper_"+effect, func(a rank.Arm) float64 { return float64(a.FromBest.High) })
	each("from_leader", func(a rank.Arm) float64 { return a.OnY().FromLeader })
	each("n_boots", func(a rank.Arm) float64 { return float64(a.Boots.OK) })
	each("missing_share", func(a rank.Arm) float64 { return a.MissingShare })
	each("mean", func(a rank.Arm) float64 { return a.OnY().Mean })
	each("raw_mean", func(a rank.Arm) float64 { return a.OnY().RawMean })
	each("v", func(a rank.Arm) float64 { return a.OnY().V })
	each("v_moderated", func(a rank.Arm) float64 { return a.OnY().Moderated })
}

func checkRankingWords(c *refCase, arms []rank.Arm) {
	each := func(key string, get func(rank.Arm) any) {
		c.t.Helper()
		got := make([]any, len(arms))
		for i, a := range arms {
			got[i] = get(a)
		}
		c.same(key, got)
	}
	second := func(l *rank.SecondLook) any {
		if l == nil {
			return nil
		}
		return l.Label
	}
	each("label", func(a rank.Arm) any { return a.Label })
	each("verdict", func(a rank.Arm) any { return a.Verdict })
	each("grade", func(a rank.Arm) any { return a.Grade })
	each("differs", func(a rank.Arm) any { return a.Differs })
	each("size_uncertain", func(a rank.Arm) any { return a.SizeUncertain })
	each("equal_in_every_boot", func(a rank.Arm) any { return a.Equal })
	each("may_be_best", func(a rank.Arm) any { return a.MayBeBest })
	each("tier", func(a rank.Arm) any { return a.Tier })
	each("rank", func(a rank.Arm) any { return a.Rank })
	each("letters", func(a rank.Arm) any { return a.Letters })
	each("label_lost_worst", func(a rank.Arm) any { return second(a.LostWorst) })
	each("label_lost_best", func(a rank.Arm) any { return second(a.LostBest) })
	if string(c.raw("label_without_flagged")) == "null" {
		for _, a := range arms {
			if a.WithoutFlagged != nil {
				c.t.Errorf("%s: a second look without flagged boots, and there are none", a.Name)
			}
		}
		return
	}
	each("label_without_flagged", func(a rank.Arm) any {
		if a.IsBaseline {
			return rank.LabelBaseline
		}
		return second(a.WithoutFlagged)
	})
}

func checkRankingWhole(c *refCase, a rank.Analysis, number map[string]int) {
	c.number("d0", float64(a.PriorDF))
	c.number("s0_sq", float64(a.PriorVariance))
	c.number("df", float64(a.DF))
	c.number("N", float64(a.Boots))
	c.number("s2_pooled", float64(a.Pooled))
	c.number("s2_upper80", float64(a.VarianceUpper80))
	c.same("boots_needed", a.BootsNeeded)
	c.same("moderated", a.Method == rank.MethodModerated)
	c.same("family_m", a.Family)
	c.same("components", a.Parts)
	c.same("boot_order", a.BootOrder)
	var winner *int
	if a.SingleWinner != "" {
		winner = new(number[string(a.SingleWinner)])
	}
	c.same("single_winner", winner)
	var order []int
	for _, arm := range a.Arms {
		if arm.Rank > 0 {
			order = append(order, number[arm.Name])
		}
	}
	c.same("order", order)
	set := func(names []string) []int {
		var out []int
		for _, name := range names {
			out = append(out, number[name])
		}
		slices.Sort(out)
		return out
	}
	c.same("best_set", set(a.BestSet))
	c.same("mcb_set", set(a.MCBSet))
	var tiers [][]int
	for _, tier := range a.Tiers {
		var members []int
		for _, name := range tier {
			members = append(members, number[name])
		}
		tiers = append(tiers, members)
	}
	c.same("tiers", tiers)
	checkPlacements(c, a, number)
}

func checkPlacements(c *refCase, a rank.Analysis, number map[string]int) {
	type placed struct {
		Combo, Boots int
		Level        float64
		Apart        int
		ApartLevel   float64 `json:"apart_level"`
	}
	var want []struct {
		Side      rank.Side
		Boots, Of int
		Arms      []placed
	}
	c.expected("placements", &want)
	if len(a.Placements) != len(want) {
		c.t.Errorf("placements = %+v, want %+v", a.Placements, want)
		return
	}
	for i, p := range a.Placements {
		w := want[i]
		if p.Side != w.Side || p.Boots != w.Boots || p.Of != w.Of || len(p.Arms) != len(w.Arms) {
			c.t.Errorf("placement %+v, want %+v", p, w)
			continue
		}
		slices.SortFunc(p.Arms, func(x, y rank.PlacedArm) int { return number[x.Name] - number[y.Name] })
		for k, arm := range p.Arms {
			x := w.Arms[k]
			if number[arm.Name] != x.Combo || arm.Boots != x.Boots || arm.Apart != x.Apart {
				c.t.Errorf("placement of arm %+v, want %+v", arm, x)
			}
			c.close("level", float64(arm.Level), x.Level, c.Tolerance.Relative)
			c.close("apart_level", float64(arm.ApartLevel), x.ApartLevel, c.Tolerance.Relative)
		}
	}
}

// checkFlagged checks which boots are flagged.
func checkFlagged(t *testing.T, c *refCase, in caseCampaign) {
	studies, err := rank.Studies(in.rows(t), in.options())
	if err != nil {
		t.Fatal(err)
	}
	got := []int{}
	for _, arm := range studies[0].Flagged() {
		for _, boot := range arm {
			var i int
			if _, err := fmt.Sscanf(boot, "b%d", &i); err != nil {
				t.Fatal(err)
			}
			got = append(got, i)
		}
	}
	slices.Sort(got)
	c.same("flagged", got)
}

// checkPairs checks what the ranking does not print: the pool, the degrees of
// freedom of each variance, and the pairs.
func checkPairs(t *testing.T, c *refCase, in caseCampaign) {
	studies, err := rank.Studies(in.rows(t), in.options())
	if err != nil {
		t.Fatal(err)
	}
	st := studies[0]
	ours := make([]int, in.Combos)
	for i := range in.Combos {
		ours[i] = slices.Index(st.Arms.Names, in.name(i))
	}
	d := make([]float64, in.Combos)
	var pool []int
	for i, k := range ours {
		if d[i] = st.Fit.D[k]; d[i] == 0 {
			d[i] = math.NaN()
		} else {
			pool = append(pool, i)
		}
	}
	c.numbers("d", d)
	c.same("pool", pool)
	if string(c.raw("pairs_significant")) == "null" {
		return
	}
	got := [][2]int{}
	pairs := st.SettledPairs()
	for i := range in.Combos {
		for j := range in.Combos {
			if i != j && pairs(ours[i], ours[j]) {
				got = append(got, [2]int{i, j})
			}
		}
	}
	c.same("pairs_significant", got)
}
