package rank

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"vnettune/report/rank/boots"
	"vnettune/report/rank/contrast"
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

// PairsLevel is the level of a look for the family of all pairs of so many arms; look 0 is the last.
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

// looked are the pairs of arms, each compared at the earlier look of the two.
type looked struct {
	last  *pairs
	names []string
	looks map[string]*pairsOfLook // of arms that settled
}

// pairsOfLook are those of one look; number is the arm's there.
type pairsOfLook struct {
	*pairs
	look   int
	number map[string]int
}

// any says whether an arm settled before the end.
func (l *looked) any() bool { return len(l.looks) > 0 }

// pairsOfLooks compares the pairs of all looks, each at the level that it has for all pairs.
func (st *Study) pairsOfLooks(second *Study) (*looked, error) {
	l := &looked{names: st.Arms.Names, looks: make(map[string]*pairsOfLook)}
	var err error
	if l.last, err = st.comparedPairs(second); err != nil {
		return nil, err
	}
	done := make(map[*Study]*pairsOfLook)
	for arm, at := range st.earlier {
		if done[at] == nil {
			p := &pairsOfLook{look: at.Options.look, number: make(map[string]int)}
			for i, name := range at.Arms.Names {
				p.number[name] = i
			}
			without, err := at.without(at.findFlags())
			if err != nil {
				return nil, err
			}
			if p.pairs, err = at.forPairs().comparedPairs(without.forPairs()); err != nil {
				return nil, err
			}
			done[at] = p
		}
		l.looks[arm] = done[at]
	}
	return l, nil
}

// forPairs is the study at its look's level for all pairs; nil for none.
func (st *Study) forPairs() *Study {
	if st == nil {
		return nil
	}
	other := *st
	other.Options.Alpha = st.levelOf(len(st.Arms.Names) * (len(st.Arms.Names) - 1) / 2)
	other.compareArms(make(contrast.Constants))
	return &other
}

// of are the pairs that compare arms i and j, and their numbers there; false where they do not.
func (l *looked) of(i, j int) (p *pairs, a, b int, ok bool) {
	x, y := l.looks[l.names[i]], l.looks[l.names[j]]
	if x == nil || y != nil && y.look < x.look {
		x = y
	}
	if x == nil {
		return l.last, i, j, true
	}
	a, okA := x.number[l.names[i]]
	b, okB := x.number[l.names[j]]
	return x.pairs, a, b, okA && okB
}

// differ says whether arms i and j are shown to differ, at the earlier look of the two.
func (l *looked) differ(i, j int) bool {
	p, a, b, ok := l.of(i, j)
	return ok && p.differ(a, b)
}
