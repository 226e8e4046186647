package rank

import (
	"maps"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"vnettune/report/rank/boots"
	"vnettune/report/stat"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// ControlOutcome says whether a rig found its positive control.
type ControlOutcome string

const (
	// ControlFound: it is shown to be slower, and by about as much as was planted.
	ControlFound ControlOutcome = "found"
	// ControlTooSmall: it is not shown to differ. A difference of its size can be too small for this rig.
	ControlTooSmall ControlOutcome = "too_small"
	// ControlContradicts: what was measured excludes what was planted, whether it is shown to differ or not, or it
	// is shown to be faster.
	ControlContradicts ControlOutcome = "contradicts"
	// ControlNotJudged: there are too few boots, or they were made arm by arm.
	ControlNotJudged ControlOutcome = "not_judged"
)

// Control is what a rig made of a positive control in one workload: an arm that is slowed by a known amount,
// compared with the baseline alone at the campaign's alpha, in no family of claims. Differences are in percent of the
// throughput.
type Control struct {
	Workload    string         `json:"workload"`
	Combination string         `json:"combination"`
	Planted     float64        `json:"planted_percent"` // by how many percent it is slowed
	Outcome     ControlOutcome `json:"outcome"`
	// Boots that are ranked, of the control and of the baseline.
	Boots         int `json:"boots"`
	BaselineBoots int `json:"baseline_boots"`
	// Difference from the baseline, with its interval; P tests for one, by Method, and MDE would have been shown
	// with 80 % power.
	Difference record.Number `json:"difference"`
	Interval
	P      record.Number `json:"p"`
	MDE    record.Number `json:"mde"`
	Method Method        `json:"method"`
	// Expected are the differences that are about as large as what was planted: by ControlTolerance, and towards
	// slower by what a pace takes beside, where repetitions of a boot vary by RepetitionSD percent.
	Expected     Interval      `json:"expected"`
	RepetitionSD record.Number `json:"repetition_sd"`
}

// ControlTolerance is by how much, in percent of the throughput, what is found may miss what was planted: a quarter of
// it, and at least one percent. A pace is not exact, nor does a stream go at it from its first moment.
func ControlTolerance(planted float64) float64 { return math.Max(planted/4, 1) }

// paceTakes is by how many percent a pace slows the runs of a boot in the mean, where each of them, the unpaced run
// among them, varies by sd percent: a run gives the less of its pace and what it would have given without. With D the
// difference of the two, normal with the mean planted and the standard deviation sd*sqrt(2), it is the mean of the
// positive part of D. At sd 0 that is what was planted.
func paceTakes(planted, sd float64) float64 {
	if !(sd > 0) {
		return planted
	}
	apart := sd * math.Sqrt2
	z := distuv.UnitNormal
	return planted*z.CDF(planted/apart) + apart*z.Prob(planted/apart)
}

// FindControl judges every positive control in control by its rows and those of the baseline, in every workload whose
// throughput both have. rows may hold other arms, which do not count. Where the baseline does not set what the control
// sets, it is not the one whose runs were paced, and nothing is judged.
func FindControl(rows, control []sample.Row, o Options) ([]Control, error) {
	o.Settle, o.Covariate, o.FellBack, o.Looks = nil, "", nil, 0
	var all []Control
	done := map[string]bool{}
	for _, r := range control {
		if done[r.Combination] {
			continue
		}
		done[r.Combination] = true
		both := besideBaseline(rows, control, o.Baseline, r)
		if both == nil {
			continue
		}
		studies, err := Studies(both, o)
		if err != nil {
			return nil, err
		}
		for _, st := range studies {
			a, err := st.analysis()
			if err != nil {
				return nil, st.named(err)
			}
			all = append(all, st.control(a, r.Control))
		}
	}
	return all, nil
}

// besideBaseline are the rows of one control with those of the baseline; nil where the two have no workload in common.
func besideBaseline(rows, control []sample.Row, baseline string, of sample.Row) []sample.Row {
	var both []sample.Row
	workloads, common := map[string]bool{}, false
	for _, r := range control {
		if r.Combination == of.Combination && paced(r) {
			both = append(both, r)
			workloads[r.Workload] = true
		}
	}
	for _, r := range rows {
		switch {
		case r.Combination != baseline || !paced(r):
		case !maps.Equal(r.Levels, of.Levels):
			return nil
		case r.Workload == "" || workloads[r.Workload]:
			both = append(both, r)
			common = common || r.Workload != ""
		}
	}
	if !common {
		return nil
	}
	return both
}

// paced says whether a row is of what a pace slows by a known amount, or of a boot that was lost.
func paced(r sample.Row) bool { return r.Metric == throughputMetric || r.Workload == "" }

// throughputMetric is the metric that is paced.
const throughputMetric = "throughput"

// control judges the analysis of the control and the baseline.
func (st *Study) control(a Analysis, planted float64) Control {
	c := Control{Workload: a.Workload, Planted: planted, Outcome: ControlNotJudged, Method: a.Method, RepetitionSD: record.Number(st.baselineRepetitionSD())}
	takes := paceTakes(planted, float64(c.RepetitionSD))
	c.Expected = Interval{Low: record.Number(-takes - ControlTolerance(planted)), High: record.Number(-planted + ControlTolerance(planted))}
	var arm Arm
	for _, x := range a.Arms {
		if x.IsBaseline {
			c.BaselineBoots = x.Boots.OK
		} else {
			arm = x
		}
	}
	c.Combination, c.Boots, c.Difference, c.Interval, c.P, c.MDE = arm.Name, arm.Boots.OK, arm.Difference, arm.Interval, arm.P, arm.MDE
	c.Outcome = c.outcome(arm, a.BootOrder)
	return c
}

func (c Control) outcome(arm Arm, order BootOrder) ControlOutcome {
	differs := record.True(arm.Differs)
	switch {
	case order == OrderGrouped || !c.Low.Exists() || !c.High.Exists() || arm.Exploratory || min(c.Boots, c.BaselineBoots) < 3:
		return ControlNotJudged
	case c.High < c.Expected.Low || c.Low > c.Expected.High || differs && c.Difference > 0:
		return ControlContradicts
	case differs:
		return ControlFound
	}
	return ControlTooSmall
}

// baselineRepetitionSD is the standard deviation between the repetitions of a boot of the baseline, whose runs are not
// paced, on the scale of y; where a boot has one repetition that of boots, which is no less.
func (st *Study) baselineRepetitionSD() float64 {
	squares, df := 0.0, 0
	for _, b := range st.Series.Boots {
		if ys := b.Ys(st.Series.Axis); b.Fate == boots.OK && b.Arm == st.Arms.Baseline && len(ys) > 1 {
			_, v := stat.MeanVariance(ys)
			squares += v * float64(len(ys)-1)
			df += len(ys) - 1
		}
	}
	if df == 0 {
		return math.Sqrt(st.Fit.Pooled)
	}
	return math.Sqrt(squares / float64(df))
}
