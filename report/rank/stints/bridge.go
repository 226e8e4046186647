package stints

import (
	"cmp"
	"math"
	"slices"

	"vnettune/report/rank/boots"
	"vnettune/report/stat"
	"vnettune/results/record"
)

// Outcome is what the bridge says of an arm: whether it does by switching what it does after a reboot.
type Outcome string

// The outcomes.
const (
	// Agrees: both contrasts are shown to lie inside the margin.
	Agrees Outcome = "agrees"
	// Differs: a contrast is shown not to be zero. The arm's switched stints are no measure of it.
	Differs Outcome = "differs"
	// NotShown: neither; Bound says how far apart the two may be.
	NotShown Outcome = "not shown"
)

// Look is one of a planned number of times that the bridge is asked, from 1. Each has its even share of
// the error rate. The zero value is the only one.
type Look struct{ Number, Of int }

// Share is the look's part of an error rate.
func (l Look) Share(alpha float64) float64 { return alpha / float64(max(1, l.Of)) }

// Difference is one contrast of the bridge in the metric's effect unit: NaN where there is none; its interval and P are
// NaN too where nothing varies.
type Difference struct {
	Estimate record.Number `json:"difference"`
	// Low and High are the simultaneous interval.
	Low  record.Number `json:"lower"`
	High record.Number `json:"upper"`
	P    record.Number `json:"p_raw"`
	// Boots that were booted into the arm, and the others that they are compared with.
	Boots  int `json:"boots"`
	Others int `json:"other_boots"`
}

// Measured is what the bridge measured of an arm in one workload's metric.
type Measured struct {
	Workload string `json:"-"`
	Metric   string `json:"-"`
	// Between compares boots that were booted into the arm with the others, by what all their arms
	// share: it sees a setting that takes only at a reboot. Within compares the stint after the reboot
	// with the switch to the same arm in the same boot: it sees a value that stays partly in force.
	Between Difference `json:"between_boots"`
	Within  Difference `json:"within_boots"`
	// Bound is the largest end of the two intervals by size: what is measured by switching holds after
	// a reboot within so much. Inf where one of them was not measured, or nothing varies in it.
	Bound record.Number `json:"bound"`

	primary bool
	flat    bool // nothing varies in either contrast
	margin  float64
}

// Bridged is what the bridge says of an arm.
type Bridged struct {
	Arm     string
	Outcome Outcome
	// Measured is that of the workload's metric that decided or, where nothing is shown to differ, the
	// one with the largest bound for its margin.
	Measured
	// Series are all that were measured, in the order in which they were given.
	Series []Measured
}

// In is the outcome in a workload's metric: of one in which nothing varies, none is shown.
func (b Bridged) In(m Measured) Outcome {
	if b.Outcome == Agrees && m.flat {
		return NotShown
	}
	return b.Outcome
}

// Of is what was measured in a workload's metric.
func (b Bridged) Of(key boots.Key) (Measured, bool) {
	for _, m := range b.Series {
		if m.Workload == key.Workload && m.Metric == key.Metric {
			return m, true
		}
	}
	return Measured{}, false
}

// Boot is one boot of a level on the scale of y: the arm that it was booted into, what all of its arms
// share, and its first stint less the later switch to the same arm; NaN where there is none.
type Boot struct {
	Into            string
	Between, Within float64
}

// Series is a workload's metric with the boots of each level of several arms.
type Series struct {
	boots.Key
	boots.Axis
	// Primary metrics are judged together; others only have their numbers.
	Primary bool
	// Margin is the metric's, NaN for none; Resolution is the difference that is rounding.
	Margin, Resolution float64
	Levels             []Level
}

// Level is one level of a series.
type Level struct {
	// Arms are judged: all that are switched. Base is the campaign's baseline among them, "" where it is not
	// judged: what all other arms share and take only at a reboot sets its boots apart, and no other's.
	Arms  []string
	Base  string
	Boots []Boot
}

// bridge is the judgement in the making.
type bridge struct {
	series []Series
	arms   []string // judged, sorted
	alpha  float64
	tests  int // of an arm in the family
	gone   map[string]bool
}

// Bridge judges every arm of the series. gone are arms that fell back before: their boots are no
// others to compare with.
func Bridge(series []Series, gone []string, alpha float64, look Look) []Bridged {
	b := bridge{series: series, alpha: look.Share(alpha), gone: make(map[string]bool)}
	for _, arm := range gone {
		b.gone[arm] = true
	}
	for _, s := range series {
		if s.Primary {
			b.tests += 2
		}
		for _, level := range s.Levels {
			b.arms = append(b.arms, level.Arms...)
		}
	}
	slices.Sort(b.arms)
	b.arms = slices.Compact(b.arms)
	out := b.differing()
	rest := slices.DeleteFunc(slices.Clone(b.arms), func(arm string) bool {
		return slices.ContainsFunc(out, func(x Bridged) bool { return x.Arm == arm })
	})
	out = append(out, b.agreeing(rest)...)
	slices.SortFunc(out, func(x, y Bridged) int { return cmp.Compare(x.Arm, y.Arm) })
	return out
}

// differing takes arms out step by step, the one with the smallest p first: its boots are then no others
// to compare with. Within an arm the tests share its part evenly, over arms it is Holm's rule.
func (b *bridge) differing() []Bridged {
	var out []Bridged
	for len(out) < len(b.arms) {
		var least Bridged
		smallest := math.Inf(1)
		for _, arm := range b.arms {
			if b.gone[arm] {
				continue
			}
			x := b.measured(arm)
			for _, m := range x.Series {
				for _, d := range []Difference{m.Between, m.Within} {
					if p := float64(d.P); m.primary && p < smallest {
						smallest, least = p, x
						least.Measured = m
					}
				}
			}
		}
		if !(smallest <= b.alpha/float64(b.tests*(len(b.arms)-len(out)))) {
			return out
		}
		least.Outcome = Differs
		b.gone[least.Arm] = true
		out = append(out, least)
	}
	return out
}

// agreeing judges the arms that are not shown to differ, by Holm's rule over the declared arms.
func (b *bridge) agreeing(arms []string) []Bridged {
	var out []Bridged
	p := make([]float64, len(b.arms)) // those that differ count as 1
	for k := range p {
		p[k] = 1
	}
	for k, arm := range arms {
		x := b.measured(arm)
		p[k] = b.equivalence(arm)
		if base := b.base(arm); base != "" && base != arm {
			p[k] = math.Max(p[k], b.equivalence(base))
			x.widen(b.measured(base))
		}
		widest := -1.0
		for _, m := range x.Series {
			share := float64(m.Bound) / m.margin
			if m.flat {
				share = 0 // it bounds nothing, and decides nothing
			}
			if m.primary && (widest < 0 || share > widest) {
				widest, x.Measured = share, m
			}
		}
		out = append(out, x)
	}
	for k, adjusted := range stat.Holm(p)[:len(arms)] {
		out[k].Outcome = NotShown
		if adjusted <= b.alpha {
			out[k].Outcome = Agrees
		}
	}
	return out
}

// measured is an arm in all series.
func (b *bridge) measured(arm string) Bridged {
	x := Bridged{Arm: arm}
	each := b.alpha / float64(2*b.tests*len(b.arms))
	for _, s := range b.series {
		between, within, ok := b.tested(s, arm)
		if !ok {
			continue
		}
		m := Measured{Workload: s.Workload, Metric: s.Metric, primary: s.Primary, margin: s.Margin,
			Between: between.shown(s, each), Within: within.shown(s, each), Bound: 0, flat: between.same && within.same}
		for _, d := range []Difference{m.Between, m.Within} {
			for _, end := range []record.Number{d.Low, d.High} {
				size := math.Abs(float64(end))
				if math.IsNaN(size) {
					size = math.Inf(1)
				}
				m.Bound = record.Number(math.Max(float64(m.Bound), size))
			}
		}
		x.Series = append(x.Series, m)
	}
	return x
}

// base is the judged baseline of the level of an arm.
func (b *bridge) base(arm string) string {
	for _, s := range b.series {
		for _, level := range s.Levels {
			if slices.Contains(level.Arms, arm) {
				return level.Base
			}
		}
	}
	return ""
}

// widen bounds what is said of an arm's difference from the baseline by what the bridge measured of that, too.
func (x *Bridged) widen(base Bridged) {
	for i := range x.Series {
		m := &x.Series[i]
		if of, ok := base.Of(boots.Key{Workload: m.Workload, Metric: m.Metric}); ok {
			m.Bound = record.Number(math.Max(float64(m.Bound), float64(of.Bound)))
		}
	}
}

// equivalence is the largest of the arm's p against either end of the margins: 1 where anything is not
// measured. A metric that is the same in every boot, as a loss of nothing is, has no say in what the others show.
func (b *bridge) equivalence(arm string) float64 {
	p, shown := 0.0, false
	for _, s := range b.series {
		if !s.Primary {
			continue
		}
		between, within, ok := b.tested(s, arm)
		if !ok || between.same && within.same {
			continue
		}
		low, high := s.Margins(s.Margin)
		p, shown = math.Max(p, math.Max(between.inside(low, high), within.inside(low, high))), true
	}
	if !shown {
		return 1
	}
	return p
}

// tested are the two tests of an arm in a series; ok is false where the series has no such arm.
func (b *bridge) tested(s Series, arm string) (between, within test, ok bool) {
	for _, level := range s.Levels {
		if slices.Contains(level.Arms, arm) {
			return b.test(s, level, arm, func(x Boot) float64 { return x.Between }), b.test(s, level, arm, func(x Boot) float64 { return x.Within }), true
		}
	}
	return test{}, test{}, false
}

// test is the difference of two means of boots on the scale of y. Where nothing varies it has no p and no interval: no
// variance in a few boots is not the absence of noise.
type test struct {
	stat.TTest
	own, others int
	same        bool // nothing varies, and there is no difference
}

// leastInto is the least number of boots into an arm from which something is said of it.
const leastInto = 2

// test compares boots into the arm with the other boots of its level, with the variance pooled within
// the groups that were booted into one arm.
func (b *bridge) test(s Series, level Level, arm string, value func(Boot) float64) test {
	groups := make(map[string][]float64)
	for _, x := range level.Boots {
		if y := value(x); !math.IsNaN(y) && x.Into != "" && (x.Into == arm || !b.gone[x.Into]) {
			groups[x.Into] = append(groups[x.Into], y)
		}
	}
	nan := math.NaN()
	t := test{TTest: stat.TTest{Diff: nan, SE: nan, DF: nan, T: nan, P: nan}, own: len(groups[arm])}
	squares, df, sum := 0.0, 0.0, 0.0
	for into, ys := range groups {
		mean, _ := stat.MeanVariance(ys)
		for _, y := range ys {
			squares += (y - mean) * (y - mean)
		}
		df += float64(len(ys) - 1)
		if into != arm {
			t.others += len(ys)
			sum += mean * float64(len(ys))
		}
	}
	if t.own < leastInto || t.others == 0 || df < 1 {
		return t
	}
	own, _ := stat.MeanVariance(groups[arm])
	diff := own - sum/float64(t.others)
	if squares/df <= s.Resolution*s.Resolution {
		if t.Diff = diff; math.Abs(diff) <= s.Resolution {
			t.Diff, t.same = 0, true
		}
		return t
	}
	t.TTest = stat.NewTTest(diff, math.Sqrt(squares/df*(1/float64(t.own)+1/float64(t.others))), df)
	return t
}

// inside is the p against a difference outside of the margin on the scale of y (Schuirmann 1987).
func (t test) inside(low, high float64) float64 {
	if math.IsNaN(t.P) || math.IsNaN(low) {
		return 1
	}
	return math.Max(stat.TSurvival((t.Diff-low)/t.SE, t.DF), stat.TSurvival((high-t.Diff)/t.SE, t.DF))
}

// shown is the test in the metric's effect unit, with the given error on each side of its interval.
func (t test) shown(s Series, each float64) Difference {
	nan := record.Number(math.NaN())
	d := Difference{Estimate: nan, Low: nan, High: nan, P: record.Number(t.P), Boots: t.own, Others: t.others}
	d.Estimate = record.Number(s.Shown(t.Diff))
	if !math.IsNaN(t.P) {
		w := stat.TUpper(each, t.DF) * t.SE
		low, high := s.ShownInterval(t.Diff-w, t.Diff+w)
		d.Low, d.High = record.Number(low), record.Number(high)
	}
	return d
}
