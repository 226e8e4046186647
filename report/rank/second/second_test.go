package second

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"vnettune/report/rank"
	"vnettune/results/sample"
)

var (
	arms = []string{"base", "off", "same"}
	pair = Pair{Workload: "tcp", Second: "meter-tcp"}
)

// campaign draws boots in which both tools measure twice: level is what a tool measures in an arm. Boots vary by 5 %,
// alike for both tools, repetitions by 1 %.
func campaign(rng *rand.Rand, blocks int, level func(workload, arm string) float64) []sample.Row {
	var rows []sample.Row
	slot := 0
	for b := range blocks {
		for _, i := range rng.Perm(len(arms)) {
			slot++
			boot := math.Exp(0.05 * rng.NormFloat64())
			for _, w := range []string{pair.Workload, pair.Second} {
				for rep := range 2 {
					rows = append(rows, sample.Row{Combination: arms[i], Block: fmt.Sprint(b + 1), Boot: fmt.Sprintf("b%03d", slot), Order: slot, Workload: w, Metric: "throughput", Unit: "Mbit/s",
						Better: sample.HigherIsBetter, Repetition: rep + 1, HasValue: true, Status: sample.StatusOK, Value: level(w, arms[i]) * boot * math.Exp(0.01*rng.NormFloat64())})
				}
			}
		}
	}
	return rows
}

// cygwin: an arm halves what iperf3 measures, and takes a fifth of what the meter does; at the baseline the meter is 2 % above.
func cygwin(workload, arm string) float64 {
	switch {
	case workload == pair.Workload && arm == "off":
		return 500
	case workload == pair.Workload:
		return 1000
	case arm == "off":
		return 816
	}
	return 1020
}

func options() rank.Options {
	o := rank.DefaultOptions()
	o.Baseline = "base"
	return o
}

func find(t *testing.T, rows []sample.Row) Opinion {
	t.Helper()
	all, err := Find(rows, []Pair{pair}, options())
	if err != nil || len(all) != 1 || len(all[0].Arms) != len(arms) {
		t.Fatalf("%+v, %v", all, err)
	}
	return all[0]
}

func TestWhereTheToolsDisagree(t *testing.T) {
	o := find(t, campaign(rand.New(rand.NewPCG(1, 2)), 8, cygwin))
	base, off, same := o.Arms[0], o.Arms[1], o.Arms[2]
	if o.Family != 2 || o.Workload != "tcp" || o.Second != "meter-tcp" || base.Boots != 8 {
		t.Errorf("%+v", o)
	}
	// Boots that vary by 5 % are no noise of the ratio within them.
	if math.Abs(float64(base.Above)-2) > 1 || !(base.Lower < base.Above && base.Above < base.Upper) || base.Upper-base.Lower > 2 || base.Apart.Exists() || base.P.Exists() {
		t.Errorf("at the baseline %+v", base)
	}
	if !off.Disagree || math.Abs(float64(off.Apart)-60) > 3 || !(off.PHolm < 0.001) {
		t.Errorf("off: %+v", off)
	}
	if same.Disagree || !same.P.Exists() || math.Abs(float64(same.Apart)) > 2 {
		t.Errorf("same: %+v", same)
	}
}

// TestNothingIsClaimed of few boots, of boots that were made arm by arm, and of those in which one tool alone gave numbers.
func TestNothingIsClaimed(t *testing.T) {
	draw := func(blocks int) []sample.Row { return campaign(rand.New(rand.NewPCG(1, 2)), blocks, cygwin) }
	grouped := draw(8)
	slices.SortStableFunc(grouped, func(a, b sample.Row) int {
		return slices.Index(arms, a.Combination) - slices.Index(arms, b.Combination)
	})
	order := 0
	for i := range grouped {
		if i == 0 || grouped[i].Boot != grouped[i-1].Boot {
			order++
		}
		grouped[i].Order = order
	}
	lone := draw(8)
	for i := range lone {
		if r := &lone[i]; r.Combination == "off" && r.Workload == pair.Second {
			r.HasValue, r.Value, r.Status = false, 0, "meter_blocked"
		}
	}
	for name, rows := range map[string][]sample.Row{"few boots": draw(rank.LeastBeside - 1), "arm by arm": grouped, "one tool alone": lone} {
		if off := find(t, rows).Arms[1]; off.Disagree || off.P.Exists() || name == "one tool alone" && off.Boots > 0 {
			t.Errorf("%s: %+v", name, off)
		}
	}
	if all, err := Find(draw(8), []Pair{{"other", "meter-other"}}, options()); err != nil || len(all) > 0 {
		t.Errorf("of what was not measured: %+v, %v", all, err)
	}
}

// TestDisagreementsAreRarelyChance: of campaigns in which the tools agree, at most 5 % have one that is said not to.
func TestDisagreementsAreRarelyChance(t *testing.T) {
	const campaigns, most = 300, 28 // of 300 at 5 %, more than 28 come with a chance below 0.001
	rng := rand.New(rand.NewPCG(3, 4))
	said := 0
	for range campaigns {
		o := find(t, campaign(rng, 6, func(string, string) float64 { return 1000 }))
		if slices.ContainsFunc(o.Arms, func(a Arm) bool { return a.Disagree }) {
			said++
		}
	}
	t.Logf("%d of %d campaigns", said, campaigns)
	if said > most {
		t.Errorf("in %d of %d campaigns the tools are said to disagree", said, campaigns)
	}
}
