package rank_test

import (
	"fmt"
	"math"
	"slices"
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
	for i, b := range c.Boots {
		row := sample.Row{
			Combination: c.name(b.Combo), Block: fmt.Sprintf("%03d", b.Block), Boot: fmt.Sprintf("b%04d", i), Order: b.Order,
			Workload: "tcp", Metric: "throughput", Unit: "Mbit/s", Better: sample.HigherIsBetter,
			Levels: c.levels(b.Combo),
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
	o.Baseline, o.Margin, o.Alpha = c.name(c.Baseline), c.MarginPercent, c.Alpha
	return o
}

func checkModerated(t *testing.T, c *refCase) {
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
	checkModeratedNumbers(c, arms)
	checkModeratedWords(c, arms)
	checkModeratedWhole(t, c, a, number)
	checkPairs(t, c, in)
}

func checkModeratedNumbers(c *refCase, arms []rank.Arm) {
	each := func(key string, get func(rank.Arm) float64) {
		c.t.Helper()
		got := make([]float64, len(arms))
		for i, a := range arms {
			got[i] = get(a)
		}
		if key == "mde_percent" {
			c.numbersTo(key, got, 1e-6)
			return
		}
		c.numbers(key, got)
	}
	each("diff", func(a rank.Arm) float64 { return a.OnLogScale().Diff })
	each("diff_percent", func(a rank.Arm) float64 { return float64(a.DiffPercent) })
	each("se", func(a rank.Arm) float64 { return float64(a.SE) })
	each("df_pair", func(a rank.Arm) float64 { return float64(a.DF) })
	each("t", func(a rank.Arm) float64 { return float64(a.T) })
	each("p_raw", func(a rank.Arm) float64 { return float64(a.P) })
	each("p_holm", func(a rank.Arm) float64 { return float64(a.PHolm) })
	each("lower", func(a rank.Arm) float64 { return a.OnLogScale().Lower })
	each("upper", func(a rank.Arm) float64 { return a.OnLogScale().Upper })
	each("lower_percent", func(a rank.Arm) float64 { return float64(a.Interval.Low) })
	each("upper_percent", func(a rank.Arm) float64 { return float64(a.Interval.High) })
	each("mde_percent", func(a rank.Arm) float64 { return float64(a.MDEPercent) })
	each("mcb_lower", func(a rank.Arm) float64 { return a.OnLogScale().BestLower })
	each("mcb_upper", func(a rank.Arm) float64 { return a.OnLogScale().BestUpper })
	each("mcb_lower_percent", func(a rank.Arm) float64 { return float64(a.FromBest.Low) })
	each("mcb_upper_percent", func(a rank.Arm) float64 { return float64(a.FromBest.High) })
	each("n_boots", func(a rank.Arm) float64 { return float64(a.Boots.OK) })
	each("missing_share", func(a rank.Arm) float64 { return a.MissingShare })
	each("mean", func(a rank.Arm) float64 { return a.OnLogScale().Mean })
	each("raw_mean", func(a rank.Arm) float64 { return a.OnLogScale().RawMean })
	each("v", func(a rank.Arm) float64 { return a.OnLogScale().V })
	each("v_moderated", func(a rank.Arm) float64 { return a.OnLogScale().Moderated })
}

func checkModeratedWords(c *refCase, arms []rank.Arm) {
	each := func(key string, get func(rank.Arm) any) {
		c.t.Helper()
		got := make([]any, len(arms))
		for i, a := range arms {
			got[i] = get(a)
		}
		c.same(key, got)
	}
	each("label", func(a rank.Arm) any { return a.Label })
	each("verdict", func(a rank.Arm) any { return a.OnLogScale().Verdict }) // outliers and drift come after
	each("grade", func(a rank.Arm) any { return a.Grade })
	each("differs", func(a rank.Arm) any { return a.Differs })
	each("size_uncertain", func(a rank.Arm) any { return a.SizeUncertain })
	each("may_be_best", func(a rank.Arm) any { return a.MayBeBest })
	each("tier", func(a rank.Arm) any { return a.Tier })
	each("rank", func(a rank.Arm) any { return a.Rank })
	each("letters", func(a rank.Arm) any { return a.Letters })
}

func checkModeratedWhole(t *testing.T, c *refCase, a rank.Analysis, number map[string]int) {
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
	var bestSet []int
	for _, name := range a.BestSet {
		bestSet = append(bestSet, number[name])
	}
	slices.Sort(bestSet)
	c.same("best_set", bestSet)
	var tiers [][]int
	for _, tier := range a.Tiers {
		var members []int
		for _, name := range tier {
			members = append(members, number[name])
		}
		tiers = append(tiers, members)
	}
	c.same("tiers", tiers)
}

// checkPairs checks what the ranking does not print: the pool, the degrees of
// freedom of each variance, and the pairs.
func checkPairs(t *testing.T, c *refCase, in caseCampaign) {
	studies, err := rank.Studies(in.rows(t), in.options())
	if err != nil {
		t.Fatal(err)
	}
	st := studies[0]
	number := make([]int, in.Combos) // from ours to the case's
	ours := make([]int, in.Combos)
	for i := range in.Combos {
		ours[i] = slices.Index(st.Arms.Names, in.name(i))
		number[ours[i]] = i
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
	if string(c.Expected["pairs_significant"]) == "null" || !st.Family.Connected {
		return
	}
	table := st.Family.Pairs(st.Participants())
	got := [][2]int{}
	for i := range in.Combos {
		for j := range in.Combos {
			if i != j && table.Significant(ours[i], ours[j]) && table.Get(ours[i], ours[j]).Diff > 0 {
				got = append(got, [2]int{i, j})
			}
		}
	}
	c.same("pairs_significant", got)
}
