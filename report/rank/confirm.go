package rank

import (
	"errors"
	"fmt"
	"math"

	"vnettune/report/rank/boots"
	"vnettune/report/stat"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// Confirmation is what fresh boots showed of the arm that is best by switching within boots, compared with the
// baseline's alone: one comparison, two arms.
type Confirmation struct {
	Arm string `json:"combination"`
	// Boots and BaselineBoots are those that are ranked.
	Boots         int `json:"boots"`
	BaselineBoots int `json:"baseline_boots"`
	// Difference from the baseline in the analysis's EffectUnit with its interval.
	Difference record.Number `json:"difference"`
	Interval
	Verdict Verdict `json:"verdict"`
	// Shown: the boots show that the arm is better than the baseline.
	Shown bool `json:"shown"`
}

// confirmed judges the rows that confirm the best, and takes back the single winner of an analysis that
// switched and that they do not confirm: it is the best by switching, and no more is said.
func (r *Ranking) confirmed(rows []sample.Row, o Options) error {
	var own []sample.Row
	based := false // a baseline's boot is among them: a campaign that is under way may not have come so far
	for _, row := range rows {
		if row.Status != sample.StatusConfirm {
			continue
		}
		if row.Status = sample.StatusOK; !row.HasValue {
			row.Status = record.MeasurementFailed
		}
		own = append(own, row)
		based = based || row.Combination == o.Baseline
	}
	found := aloneIn(own)
	if based {
		clear(found)
		o.FellBack, o.SwitchRead, o.Looks = nil, nil, 0
		apart, err := Analyze(own, o)
		if err != nil && !errors.Is(err, boots.ErrNothingMeasured) {
			return err
		}
		for _, a := range apart.Analyses {
			found[boots.Key{Workload: a.Workload, Metric: a.Metric}] = a.confirmation(r.bestBySwitching(a.Workload, a.Metric))
		}
	}
	for i := range r.Analyses {
		a := &r.Analyses[i]
		a.Confirmation = found[boots.Key{Workload: a.Workload, Metric: a.Metric}]
		a.contradicted()
		switch {
		case a.SingleWinner == "":
			continue
		case a.Stints != nil && !a.measuredBaseline():
			a.SingleWinner = "" // nothing was compared with it
			continue
		case !a.switched(string(a.SingleWinner)):
			continue
		}
		a.BestBySwitching = a.SingleWinner
		if c := a.Confirmation; c == nil || c.Arm != string(a.SingleWinner) || !c.Shown {
			a.SingleWinner = ""
		}
	}
	return nil
}

// aloneIn are the boots that confirm where none is the baseline's: of the first arm that has any, which nothing is
// compared with.
func aloneIn(rows []sample.Row) map[boots.Key]*Confirmation {
	found, seen := map[boots.Key]*Confirmation{}, map[string]bool{}
	for _, row := range rows {
		key := boots.Key{Workload: row.Workload, Metric: row.Metric}
		if !row.HasValue {
			continue
		}
		if found[key] == nil {
			found[key] = &Confirmation{Arm: row.Combination, Difference: none, Interval: NoInterval(), Verdict: Verdict(LabelNoBaseline)}
		}
		if at := fmt.Sprint(key, row.Boot); row.Combination == found[key].Arm && !seen[at] {
			seen[at] = true
			found[key].Boots++
		}
	}
	return found
}

// bestBySwitching is the single winner of an analysis before anything confirms it.
func (r *Ranking) bestBySwitching(workload, metric string) string {
	for _, a := range r.Analyses {
		if a.Workload == workload && a.Metric == metric {
			return string(a.SingleWinner)
		}
	}
	return ""
}

// measuredBaseline says whether the baseline has a boot or stint that is ranked.
func (a Analysis) measuredBaseline() bool {
	for _, arm := range a.Arms {
		if arm.IsBaseline {
			return arm.Boots.OK > 0
		}
	}
	return false
}

// contradicted takes the verdict from the arm that boots of its own show on the other side than switching does: a
// switch to it is not what a reboot into it is.
func (a *Analysis) contradicted() {
	c := a.Confirmation
	if c == nil || !c.Low.Exists() {
		return
	}
	for i := range a.Arms {
		arm := &a.Arms[i]
		if arm.Name != c.Arm || arm.FoundBy != FoundWithin || !arm.Interval.Low.Exists() {
			continue
		}
		if arm.Interval.Low > 0 && c.High < 0 || arm.Interval.High < 0 && c.Low > 0 {
			arm.Label, arm.Verdict = LabelFellBack, Verdict(LabelFellBack)
			arm.Warnings = append(arm.Warnings, Warning{Code: WarnFellBack, Arm: record.Name(arm.Name),
				Text: "boots of its own show the opposite of what switching shows"})
		}
	}
}

// confirmation is the comparison of the named arm, or else of the only one, with the baseline.
func (a Analysis) confirmation(name string) *Confirmation {
	var c *Confirmation
	base := 0
	for _, arm := range a.Arms {
		if arm.IsBaseline {
			base = arm.Boots.OK
			continue
		}
		if c != nil && arm.Name != name {
			continue
		}
		c = &Confirmation{Arm: arm.Name, Boots: arm.Boots.OK, Difference: arm.Difference, Interval: arm.Interval, Verdict: arm.Verdict,
			Shown: arm.Verdict == Verdict(LabelHelps) || arm.Verdict == Verdict(LabelHelpsMaybe)}
	}
	if c != nil {
		c.BaselineBoots = base
	}
	return c
}

// switched says whether an arm was found by switching within boots.
func (a Analysis) switched(name string) bool {
	for _, arm := range a.Arms {
		if arm.Name == name {
			return arm.FoundBy == FoundWithin
		}
	}
	return false
}

// confirmingBoots is the number of boots, of an arm and of the baseline each, that show a difference of y between the two
// by boots alone, whose variance is given; from least to most.
func confirmingBoots(power, difference, alpha, variance float64, least, most int) int {
	n := stat.BootsFor(power, difference, alpha/2, func(n int) (se, df float64) {
		return math.Sqrt(2 * variance / float64(n)), float64(n - 1)
	})
	if n == 0 {
		return most
	}
	return min(max(n, least), most)
}

// BootsToConfirm is the number of boots, of an arm that was found by switching and of the baseline each, that show
// the difference which an analysis of the rows found with the usual power, by the variance of whole boots; from least
// to most.
func BootsToConfirm(rows []sample.Row, o Options, a Analysis, arm string, least, most int) (int, error) {
	c, err := boots.Group(rows, o.Baseline, o.ScaleOf)
	if err != nil {
		return 0, err
	}
	for _, s := range c.Series {
		if s.Workload != a.Workload || s.Metric != a.Metric {
			continue
		}
		means := map[bool]float64{} // of the arm, and of the baseline
		for _, x := range a.Arms {
			if x.Name == arm || x.IsBaseline {
				means[x.IsBaseline] = x.y.mean
			}
		}
		return confirmingBoots(stat.UsualPower, math.Abs(means[false]-means[true]), o.Alpha, stat.VarianceUpper80(wholeBoots(s)), least, most), nil
	}
	return most, nil
}

// wholeBoots is the variance of an arm's values between boots, pooled over the arms, which share the boots:
// what a boot of its own would have. df are those of the boots.
func wholeBoots(s boots.Series) (variance float64, df int) {
	sum, squares, n, seen := make([]float64, len(s.Arms.Names)), make([]float64, len(s.Arms.Names)), make([]float64, len(s.Arms.Names)), map[int]bool{}
	for _, b := range s.Boots {
		if b.Fate == boots.OK {
			sum[b.Arm] += b.Y
			n[b.Arm]++
			seen[b.Block] = true
		}
	}
	for _, b := range s.Boots {
		if b.Fate == boots.OK {
			squares[b.Arm] += (b.Y - sum[b.Arm]/n[b.Arm]) * (b.Y - sum[b.Arm]/n[b.Arm])
		}
	}
	free := 0.0
	for arm := range n {
		variance += squares[arm]
		free += max(0, n[arm]-1)
	}
	return variance / free, len(seen) - 1
}
