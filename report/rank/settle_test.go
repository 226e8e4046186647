package rank

import (
	"math"
	"slices"
	"strconv"
	"testing"

	"vnettune/report/rank/synthetic"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// settledCampaign is a drawn campaign whose arms settle at so many looks: the rows that it would have, and its options.
func settledCampaign(t *testing.T, p synthetic.Plan, looks int) ([]sample.Row, Options) {
	t.Helper()
	rows, err := synthetic.Draw(p)
	if err != nil {
		t.Fatal(err)
	}
	o := DefaultOptions()
	o.Baseline, o.Settle = synthetic.Baseline, &Settle{Arms: map[string]int{}}
	for k := range looks {
		o.Settle.Looks = append(o.Settle.Looks, ((k+1)*p.Blocks+looks-1)/looks)
	}
	for look := 1; look < looks; look++ {
		settled, err := NewlySettled(rows, o, look)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range settled {
			o.Settle.Arms[x.Arm] = look
		}
		rows = slices.DeleteFunc(rows, func(r sample.Row) bool {
			at, is := o.Settle.Arms[r.Combination]
			block, _ := strconv.Atoi(r.Block)
			return is && block > o.Settle.Looks[at-1]
		})
	}
	return rows, o
}

// What settled an arm is what is printed of it in the end, whatever came after; nothing of it is lost, and the rest has
// the last look's level.
func TestWhatSettledIsWhatIsPrinted(t *testing.T) {
	p := synthetic.DefaultPlan()
	p.Combinations, p.Blocks, p.Effects, p.Seed = 8, 12, map[string]float64{"c01": 20, "c02": -20, "c03": 3}, 11
	rows, o := settledCampaign(t, p, 4)
	if o.Settle.Arms["c01"] == 0 || o.Settle.Arms["c02"] == 0 || o.Settle.Arms["c03"] != 0 || o.Settle.Arms[synthetic.Baseline] != 0 {
		t.Fatalf("settled %v", o.Settle.Arms)
	}
	r, err := Analyze(rows, o)
	if err != nil {
		t.Fatal(err)
	}
	a := r.Analyses[0]
	if a.Alpha != 0.05 || len(a.Looks) != 4 || a.Looks[3].Block != 12 || !(a.Looks[3].Level < 0.05) || !(a.Looks[3].Level > 0.04) || !(a.Looks[1].Level < a.Looks[2].Level) {
		t.Errorf("alpha %v, looks %+v", a.Alpha, a.Looks)
	}
	base := math.NaN()
	for _, arm := range a.Arms {
		if arm.IsBaseline {
			base = float64(arm.Estimate)
		}
	}
	for _, arm := range a.Arms {
		look := o.Settle.Arms[arm.Name]
		if arm.MissingShare != 0 || (arm.Settled != nil) != (look > 0) {
			t.Errorf("%s: %v missing, settled %+v", arm.Name, arm.MissingShare, arm.Settled)
		}
		if look == 0 {
			continue
		}
		at := o
		at.Alpha, at.Settle = float64(a.Looks[look-1].Level), nil
		then, err := Analyze(o.Settle.UpToLook(rows, look), at)
		if err != nil {
			t.Fatal(err)
		}
		own := then.Analyses[0].Arms[slices.IndexFunc(then.Analyses[0].Arms, func(x Arm) bool { return x.Name == arm.Name })]
		if own.Verdict != arm.Verdict || own.Interval != arm.Interval || own.Difference != arm.Difference || own.PHolm != arm.PHolm || arm.Settled.Number != look || arm.Settled.Block != o.Settle.Looks[look-1] {
			t.Errorf("%s: printed %v %v at %+v, settled by %v %v", arm.Name, arm.Verdict, arm.Interval, arm.Settled, own.Verdict, own.Interval)
		}
		if arm.Boots.OK != o.Settle.Looks[look-1] || math.Abs(float64(arm.Estimate)/base-1-float64(arm.Difference)/100) > 1e-9 {
			t.Errorf("%s: %d boots, mean %v of %v at %v %%", arm.Name, arm.Boots.OK, arm.Estimate, base, arm.Difference)
		}
	}
	if !slices.Contains(a.BestSet, "c01") || slices.Contains(a.BestSet, "c02") || slices.Contains(a.BestSet, synthetic.Baseline) || a.Arms[0].Name != "c01" || a.Arms[len(a.Arms)-1].Name != "c02" {
		t.Errorf("best %v, winner %q", a.BestSet, a.SingleWinner)
	}
}

// An arm that is equal in every boot has no interval: it is not settled by that alone.
func TestEqualAloneDoesNotSettle(t *testing.T) {
	p := synthetic.DefaultPlan()
	p.Combinations, p.Blocks, p.Metric, p.Zeros, p.Mean, p.BootSD, p.RepSD = 4, 12, "loss", 1, 1, 0.3, 0.3
	if _, o := settledCampaign(t, p, 4); len(o.Settle.Arms) > 0 {
		t.Errorf("settled %v", o.Settle.Arms)
	}
}

// The levels that a family is given: never more than the whole family may spend on one comparison, nor than
// each step of Holm's rule.
func TestLevelsOfAFamily(t *testing.T) {
	for _, looks := range [][]int{{6, 12}, {3, 6, 9, 12}, {2, 3, 5, 6, 8, 9, 11, 12}} {
		s := &Settle{Looks: looks}
		for _, family := range []int{1, 2, 7, 28} {
			for look := range looks {
				level := s.level(0.05, look+1, family)
				for left := 1; left <= family; left++ {
					if own := s.spent(0.05 / float64(left))[look]; level/float64(left) > own*(1+1e-9) {
						t.Errorf("looks %v, look %d of a family of %d: %g for one of %d left, which has %g", looks, look+1, family, level/float64(left), left, own)
					}
				}
			}
		}
	}
}

// Campaigns without any effect in which arms settle claim no more often what is false than alpha says, and their
// intervals hold: more errors than the bound come by chance once in a thousand.
func TestSettlingKeepsTheErrors(t *testing.T) {
	const runs, most = 120, 14 // of 120 campaigns at 5 % (binomial, 0.001)
	for _, looks := range []int{2, 4} {
		claims, missed := 0, 0
		for run := range runs {
			p := synthetic.DefaultPlan()
			p.Combinations, p.Blocks, p.BootSD, p.RepSD, p.Seed = 6, 12, 1, 1, uint64(500+run) // small noise: many settle as equivalent
			rows, o := settledCampaign(t, p, looks)
			r, err := Analyze(rows, o)
			if err != nil {
				t.Fatal(err)
			}
			claim, miss := false, false
			for _, arm := range r.Analyses[0].Arms {
				claim = claim || arm.Tier > 1 || record.True(arm.Differs) && arm.Verdict != Verdict(LabelEquivalent)
				miss = miss || arm.Interval.Low > 0 || arm.Interval.High < 0
			}
			if claim {
				claims++
			}
			if miss {
				missed++
			}
		}
		if claims > most || missed > most {
			t.Errorf("%d looks: %d of %d campaigns claim what is false, in %d an interval misses zero; at most %d are explained", looks, claims, runs, missed, most)
		}
	}
}
