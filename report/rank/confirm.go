package rank

import (
	"vnettune/report/rank/boots"
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
	for _, row := range rows {
		if row.Status != sample.StatusConfirm {
			continue
		}
		if row.Status = sample.StatusOK; !row.HasValue {
			row.Status = record.MeasurementFailed
		}
		own = append(own, row)
	}
	found := map[boots.Key]*Confirmation{}
	if len(own) > 0 {
		o.FellBack, o.SwitchRead, o.Looks = nil, nil, 0
		apart, err := Analyze(own, o)
		if err != nil && err != boots.ErrNothingMeasured {
			return err
		}
		for _, a := range apart.Analyses {
			found[boots.Key{Workload: a.Workload, Metric: a.Metric}] = a.confirmation()
		}
	}
	for i := range r.Analyses {
		a := &r.Analyses[i]
		a.Confirmation = found[boots.Key{Workload: a.Workload, Metric: a.Metric}]
		if a.SingleWinner == "" || !a.switched(string(a.SingleWinner)) {
			continue
		}
		a.BestBySwitching = a.SingleWinner
		if c := a.Confirmation; c == nil || c.Arm != string(a.SingleWinner) || !c.Shown {
			a.SingleWinner = ""
		}
	}
	return nil
}

// confirmation is the comparison of an analysis of two arms.
func (a Analysis) confirmation() *Confirmation {
	var c *Confirmation
	base := 0
	for _, arm := range a.Arms {
		if arm.IsBaseline {
			base = arm.Boots.OK
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
