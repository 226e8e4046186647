package rank

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"vnettune/report/rank/boots"
	"vnettune/report/stat"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// Settle says how a campaign boots arms no more whose verdict is settled: docs/statistics.md, "Arms that are
// settled early".
type Settle struct {
	// Looks are the blocks after which is looked, ascending, as the rows number them; the last is the last
	// block of the plan.
	Looks []int
	// Arms are those that are settled, with the number of their look, from 1.
	Arms map[string]int
}

// Look is one look of a campaign in which arms settle.
type Look struct {
	Number int `json:"look"`  // from 1
	Block  int `json:"block"` // after which it is
	// Level is its part of the error rate of the family of comparisons with the baseline; 0 where nothing
	// can settle.
	Level record.Number `json:"level"`
}

// level is the part of alpha that a look has for a family of so many comparisons: none of them, and no step of
// Holm's rule over them, has more than O'Brien and Fleming's function spends on it.
func (s *Settle) level(alpha float64, look, family int) float64 {
	m := float64(max(1, family))
	return min(s.spent(alpha)[look-1], m*s.spent(alpha / m)[look-1])
}

// spent are the levels of all looks for one comparison. They are integrals within searches, of which the
// studies of a campaign ask for few, and again and again.
func (s *Settle) spent(alpha float64) []float64 {
	key := fmt.Sprint(alpha, s.Looks)
	if known, ok := spentLevels.Load(key); ok {
		return known.([]float64)
	}
	times := make([]float64, len(s.Looks))
	for k, block := range s.Looks {
		times[k] = float64(block) / float64(s.Looks[len(s.Looks)-1])
	}
	levels := stat.SpentLevels(alpha, times)
	spentLevels.Store(key, levels)
	return levels
}

// spentLevels are those of stat.SpentLevels by alpha and looks.
var spentLevels sync.Map

// noLevel stands for a level of 0, at which no quantile exists: by it nothing is claimed either.
const noLevel = 1e-13

// levelOf is the look's level of a family of comparisons of the study.
func (st *Study) levelOf(family int) float64 {
	s := st.Options.Settle
	look := st.Options.look
	if look == 0 {
		look = len(s.Looks)
	}
	return max(noLevel, s.level(st.alpha, look, family))
}

// UpToLook are the rows of the blocks up to a look, which is numbered from 1.
func (s *Settle) UpToLook(rows []sample.Row, look int) []sample.Row {
	return slices.DeleteFunc(slices.Clone(rows), func(r sample.Row) bool {
		block, err := strconv.Atoi(r.Block)
		return err != nil || block > s.Looks[look-1]
	})
}

// atLook are the options of the analysis of a look's rows: no arm of it is judged by an earlier one.
func (o Options) atLook(look int) Options {
	o.Settle, o.look = &Settle{Looks: o.Settle.Looks}, look
	return o
}

// PairsLevel is the level of a look for a family of as many comparisons as so many arms have pairs; look 0 is the last.
func (o Options) PairsLevel(arms, look int) float64 {
	if look == 0 {
		look = len(o.Settle.Looks)
	}
	return max(noLevel, o.Settle.level(o.Alpha, look, arms*(arms-1)/2))
}

// NewlySettled are the arms whose verdict is settled at a look by the rows of its blocks, of those that were
// not before, with their verdicts by workload and metric.
func NewlySettled(rows []sample.Row, o Options, look int) ([]record.SettledArm, error) {
	rows = o.Settle.UpToLook(rows, look)
	r, err := Analyze(rows, o.atLook(look))
	if err != nil {
		return nil, err
	}
	metrics := make(map[string][]string) // of each workload
	for _, a := range r.Analyses {
		metrics[a.Workload] = append(metrics[a.Workload], a.Metric)
	}
	found := make(map[string]*record.SettledArm)
	byInterval, open := make(map[string]bool), make(map[string]bool)
	for _, a := range r.Analyses {
		if !sample.PrimaryAmong(a.Metric, metrics[a.Workload]) {
			continue
		}
		level := o.Settle.level(o.Alpha, look, a.Family)
		for _, arm := range a.Arms {
			if _, before := o.Settle.Arms[arm.Name]; before || arm.IsBaseline {
				continue
			}
			if level == 0 || !arm.Verdict.settles() {
				open[arm.Name] = true
				continue
			}
			if !record.True(arm.Equal) {
				byInterval[arm.Name] = true
			}
			if found[arm.Name] == nil {
				found[arm.Name] = &record.SettledArm{Arm: arm.Name}
			}
			found[arm.Name].Verdicts = append(found[arm.Name].Verdicts, record.SettledVerdict{Workload: a.Workload, Metric: a.Metric, Verdict: string(arm.Verdict),
				Difference: arm.Difference, Lower: arm.Interval.Low, Upper: arm.Interval.High, Unit: a.EffectUnit, Level: record.Number(level)})
		}
	}
	var out []record.SettledArm
	for name, arm := range found {
		if byInterval[name] && !open[name] {
			out = append(out, *arm)
		}
	}
	slices.SortFunc(out, func(a, b record.SettledArm) int { return cmp.Compare(a.Arm, b.Arm) })
	return out, nil
}

// settles says whether more boots are not needed for a verdict.
func (v Verdict) settles() bool {
	return v == Verdict(LabelHelps) || v == Verdict(LabelHarms) || v == Verdict(LabelEquivalent)
}

// lookStudies are the studies of looks at which arms settled, by number.
type lookStudies map[int]map[boots.Key]*Study

// earlierLooks fits the rows of each look at which an arm settled.
func earlierLooks(rows []sample.Row, o Options) (lookStudies, error) {
	if o.Settle == nil {
		return nil, nil
	}
	all := lookStudies{}
	for _, look := range o.Settle.Arms {
		if all[look] != nil || look < 1 || look > len(o.Settle.Looks) {
			continue
		}
		studies, err := Studies(o.Settle.UpToLook(rows, look), o.atLook(look))
		if err != nil {
			return nil, err
		}
		all[look] = make(map[boots.Key]*Study)
		for _, st := range studies {
			all[look][st.Series.Key] = st
		}
	}
	return all, nil
}

// takeLooks notes the study of its look of every arm that settled and is in it.
func (st *Study) takeLooks(looks lookStudies) {
	if len(looks) == 0 {
		return
	}
	st.earlier = make(map[string]*Study)
	for arm, look := range st.Options.Settle.Arms {
		at := looks[look][st.Series.Key]
		if at != nil && arm != st.Options.Baseline && slices.Contains(at.Arms.Names, arm) {
			st.earlier[arm] = at
		}
	}
}

// takeSettled puts the analysis of its look in the place of every settled arm's. The arm's mean goes with the
// baseline's of all boots.
func (st *Study) takeSettled(arms []Arm) error {
	done := make(map[*Study]Analysis)
	for i := range arms {
		at := st.earlier[arms[i].Name]
		if at == nil {
			continue
		}
		if _, have := done[at]; !have {
			a, err := at.analysis()
			if err != nil {
				return err
			}
			done[at] = a
		}
		of := done[at].Arms
		own := of[slices.IndexFunc(of, func(a Arm) bool { return a.Name == arms[i].Name })]
		own.Rank, own.Tier, own.Letters, own.MayBeBest, own.FromLeader, own.FromBest = 0, 0, "", nil, nil, FromBest(NoInterval())
		own.y.bestLower, own.y.bestUpper, own.y.fromLeader = arms[i].y.bestLower, arms[i].y.bestUpper, arms[i].y.fromLeader
		own.Settled = new(at.lookOf(at.Options.look))
		arms[i] = own
	}
	if len(done) == 0 {
		return nil
	}
	base := st.Arms.Baseline
	st.mean = slices.Clone(st.mean)
	for i := range arms {
		if arms[i].Settled != nil && arms[i].Difference.Exists() {
			st.mean[i] = st.mean[base] + arms[i].y.diff
			arms[i].y.mean, arms[i].Estimate = st.mean[i], st.estimate(i)
		}
	}
	return nil
}

// lookOf is a look with its level.
func (st *Study) lookOf(look int) Look {
	s := st.Options.Settle
	return Look{Number: look, Block: s.Looks[look-1], Level: record.Number(s.level(st.alpha, look, len(st.Arms.Names)-1))}
}

// allLooks are all looks; none in a campaign without.
func (st *Study) allLooks() []Look {
	if st.Options.Settle == nil {
		return nil
	}
	var all []Look
	for k := range st.Options.Settle.Looks {
		all = append(all, st.lookOf(k+1))
	}
	return all
}

// looked are the pairs of arms where some of them may be settled: one with a settled arm is compared by the two
// intervals against the baseline, which hold together at all looks, the others among each other by all boots.
type looked struct {
	last *pairs
	arms []Arm
}

// any says whether an arm settled before the end.
func (l *looked) any() bool {
	return slices.ContainsFunc(l.arms, func(a Arm) bool { return a.Settled != nil })
}

// differ says whether arms i and j are shown to differ.
func (l *looked) differ(i, j int) bool {
	if l.arms[i].Settled == nil && l.arms[j].Settled == nil {
		return l.last.differ(i, j)
	}
	a, okA := l.arms[i].all()
	b, okB := l.arms[j].all()
	return okA && okB && (a.Low > b.High || b.Low > a.High)
}

// all is what holds the arm's intervals against the baseline in every analysis of it; the baseline's own is zero.
// Arms that are equal to it in every boot have none.
func (a Arm) all() (in Interval, ok bool) {
	if a.IsBaseline {
		return Interval{0, 0}, true
	}
	in = a.Interval
	if !in.Low.Exists() || record.True(a.Equal) {
		return in, false
	}
	for _, second := range []*SecondLook{a.WithoutFlagged, a.LostWorst, a.LostBest} {
		if second == nil {
			continue
		}
		if !second.Low.Exists() {
			return in, false
		}
		in.Low, in.High = min(in.Low, second.Low), max(in.High, second.High)
	}
	return in, true
}
