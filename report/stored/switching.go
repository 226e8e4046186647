package stored

import (
	"errors"
	"math"

	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/report/rank"
	"vnettune/report/rank/boots"
	"vnettune/report/stat"
	"vnettune/results"
	"vnettune/results/record"
)

// SwitchJudge decides while a campaign switches within boots: which arms fall back, and which one is
// confirmed by boots.
type SwitchJudge struct{ file campaign.Campaign }

// NewSwitchJudge judges by the rules of a campaign.
func NewSwitchJudge(c campaign.Campaign) SwitchJudge { return SwitchJudge{c} }

// FellBack names the arms of which the bridge shows, in one of so many looks, that they are not the same
// after a switch as after a reboot.
func (j SwitchJudge) FellBack(kept results.Contents, look, of int) ([]record.FellBack, error) {
	return nil, nil
}

// Best names the single best arm by switching, in every workload alike, and the number of blocks that
// confirm it: as many as show the difference that was found with the usual power, by the variance of whole
// boots. It is "" where there is no such arm, or none that is better than the baseline.
func (j SwitchJudge) Best(kept results.Contents) (arm string, blocks int, err error) {
	rows, err := rowsOf(kept)
	if err != nil {
		return "", 0, err
	}
	c := &Campaign{Path: kept.Path, Kept: &kept, File: &j.file, Rows: rows}
	judged, err := c.Ranking(Asked{})
	if err != nil {
		return "", 0, err
	}
	var best rank.Analysis
	for i, a := range Primary(judged.Ranking.Analyses) {
		if i > 0 && string(a.SingleWinner) != arm {
			return "", 0, nil
		}
		if arm = string(a.SingleWinner); i == 0 {
			best = a
		}
	}
	if arm == "" || arm == judged.Ranking.Baseline {
		return "", 0, nil
	}
	blocks, err = c.confirming(best, arm)
	return arm, blocks, err
}

// confirming is the number of blocks of an arm and the baseline, each a boot of its own, that show the
// difference which was found.
func (c *Campaign) confirming(a rank.Analysis, arm string) (int, error) {
	o := c.options(Asked{})
	grouped, err := boots.Group(c.Rows, o.Baseline, o.ScaleOf)
	if err != nil {
		return 0, err
	}
	for _, s := range grouped.Series {
		if s.Workload != a.Workload || s.Metric != a.Metric {
			continue
		}
		means := map[bool]float64{} // of the arm, and of the baseline
		for _, x := range a.Arms {
			if x.Name == arm || x.IsBaseline {
				means[x.IsBaseline] = s.Y(float64(x.Estimate))
			}
		}
		diff := means[false] - means[true]
		upper := stat.VarianceUpper80(wholeBoots(s))
		n := stat.BootsFor(stat.UsualPower, math.Abs(diff), o.Alpha/2, func(n int) (se, df float64) {
			return math.Sqrt(2 * upper / float64(n)), float64(n - 1)
		})
		if n == 0 {
			n = matrix.MaxConfirm
		}
		return min(max(n, matrix.MinConfirm), matrix.MaxConfirm), nil
	}
	return 0, errors.New("the best arm has no boots")
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
