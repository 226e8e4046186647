package minimal

import (
	"math"
	"slices"

	"vnettune/report/rank"
	"vnettune/report/rank/boots"
	"vnettune/report/rank/effects"
	"vnettune/report/stat"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// Outcome is what becomes of a line.
type Outcome string

// The outcomes.
const (
	Dropped   Outcome = "can be left out" // together with all others of this outcome
	Matters   Outcome = "matters"         // the profile is shown to be worse without it
	Undecided Outcome = "undecided"       // neither
)

// Line is a line of the profile.
type Line struct {
	Setting string  `json:"setting"`
	Value   string  `json:"value"`
	Outcome Outcome `json:"outcome"`
}

// Bound is what leaving out the dropped lines together costs in one metric, if their effects add up, but those
// of lines that are shown to harm, which pay for no other.
type Bound struct {
	Workload string `json:"workload"`
	Metric   string `json:"metric"`
	// Difference from the whole profile, and Worst, its one-sided bound, in the unit of the ranking's
	// differences: what is not lost is above it, or below it where less is better.
	Difference record.Number `json:"difference"`
	Worst      record.Number `json:"worst"`
}

// Set is the result: what the profile can do without.
type Set struct {
	// Profile names the arm with all lines.
	Profile string `json:"profile"`
	// Lines are in the order of their settings, Order those that are dropped, the first first.
	Lines []Line   `json:"lines"`
	Order []string `json:"order"`
	// Level is the error of one bound: alpha over twice the number of lines.
	Level  float64 `json:"level"`
	Bounds []Bound `json:"bounds"`
	// BootsNeeded is the number of boots (or, within boots, of stints) of each combination with which the
	// undecided lines would be dropped with 80 % power, if to leave them out costs nothing; 0: not known.
	BootsNeeded record.Count `json:"boots_needed"`
	// ConfirmBlocks is the number of blocks of one boot each of the baseline, the profile and the set that
	// show with 80 % power that the set is no worse, if it is as good; 0 where there is nothing to confirm.
	ConfirmBlocks record.Count `json:"confirm_blocks"`
	// BySwitching: arms were switched within boots.
	BySwitching bool `json:"by_switching"`
}

// Of are the lines with an outcome, in their order.
func (s Set) Of(o Outcome) []Line {
	var out []Line
	for _, l := range s.Lines {
		if l.Outcome == o {
			out = append(out, l)
		}
	}
	return out
}

// leastBoots is the least number of boots on either side of a claim, and leastConfirm that of blocks that
// confirm a set.
const leastBoots, leastConfirm = 3, 5

// Find eliminates the lines of the profile that all, the effects of a campaign, are about, by the metrics named
// by keys, in which nothing may be lost. It is nil where there is no profile of two lines or more, a metric has
// no margin, or nothing may be claimed because boots were made arm by arm.
func Find(rows []sample.Row, o rank.Options, all []effects.SettingEffects, keys []boots.Key) (*Set, error) {
	profile := profileOf(all, keys)
	if profile == nil || len(profile.Settings) < 2 {
		return nil, nil
	}
	studies, err := rank.Studies(rows, o)
	if err != nil {
		return nil, err
	}
	e := &elimination{level: o.Alpha / float64(2*len(profile.Settings))}
	s := &Set{Profile: profile.Profile, Level: e.level, Order: []string{}, Bounds: []Bound{}}
	for _, st := range studies {
		if !slices.Contains(keys, st.Series.Key) || slices.Index(st.Arms.Names, profile.Profile) < 0 {
			continue
		}
		if math.IsNaN(st.Margin) || (st.Order() == rank.OrderGrouped || st.LevelOrder() == rank.OrderGrouped) {
			return nil, nil
		}
		if err := e.add(st, *profile); err != nil {
			return nil, err
		}
		s.BySwitching = s.BySwitching || st.Series.Within != nil
	}
	if len(e.views) == 0 {
		return nil, nil
	}
	dropped := e.run(len(profile.Settings))
	for i, one := range profile.Settings {
		l := Line{Setting: one.Setting, Value: e.views[0].valueOf(one.Setting), Outcome: Undecided}
		if slices.Contains(dropped, i) {
			l.Outcome = Dropped
		} else if e.matters(i) {
			l.Outcome = Matters
		}
		s.Lines = append(s.Lines, l)
	}
	for _, i := range dropped {
		s.Order = append(s.Order, profile.Settings[i].Setting)
	}
	if len(dropped) > 0 {
		s.Bounds = e.bounds(dropped)
	}
	s.BootsNeeded = record.Count(e.needed(s.Lines))
	if n := len(dropped); n > 0 && n < len(s.Lines) {
		blocks, err := confirmBlocks(rows, o, e)
		if err != nil {
			return nil, err
		}
		s.ConfirmBlocks = record.Count(blocks)
	}
	return s, nil
}

// profileOf is the profile as the first of the metrics has it.
func profileOf(all []effects.SettingEffects, keys []boots.Key) *effects.ProfileEffects {
	for _, key := range keys {
		for _, e := range all {
			if e.Profile != nil && e.Workload == key.Workload && e.Metric == key.Metric {
				return e.Profile
			}
		}
	}
	return nil
}

// elimination is the search by several views, in all of which a claim must hold.
type elimination struct {
	level float64
	views []view
}

// view is one metric by all of its boots, or by those that are not flagged.
type view struct {
	*rank.Study
	second bool // without the flagged boots
	whole  int
	arm    []int // of each line: the profile without it; -1 where it says nothing
}

func (e *elimination) add(st *rank.Study, p effects.ProfileEffects) error {
	second, err := st.WithoutFlagged()
	if err != nil {
		return err
	}
	for _, by := range []*rank.Study{st, second} {
		if by == nil {
			continue
		}
		v := view{Study: by, second: by == second, whole: slices.Index(by.Arms.Names, p.Profile)}
		for _, one := range p.Settings {
			v.arm = append(v.arm, v.armOf(one))
		}
		e.views = append(e.views, v)
	}
	return nil
}

// armOf is the arm without a line, if it and the whole have boots enough and did not lose too many.
func (v view) armOf(one effects.SettingInProfile) int {
	if one.LeftOut == nil {
		return -1
	}
	arm := slices.Index(v.Arms.Names, one.LeftOut.Arm)
	if arm < 0 || v.Fit.N[arm] < leastBoots || v.Fit.N[v.whole] < leastBoots || v.LostMany(arm) || v.LostMany(v.whole) {
		return -1
	}
	if c := v.Family.Compare(arm, v.whole); !c.Equal && (!c.HasInterval() || c.Exploratory) {
		return -1
	}
	return arm
}

func (v view) valueOf(setting string) string { return v.Arms.Levels[v.whole][setting] }

// loss is what leaving out lines together does, on the scale of y, with the standard error and the degrees of
// freedom that its bound rests on; SE is 0 where all of them are equal to the whole in every boot.
type loss struct{ diff, se, df float64 }

// of sums up lines, each of which has an arm. The width of many lines is at least what it would be if the whole
// were no more precise than the arms without a line: the best-looking of many sets is chosen, and where the
// whole is precise its standard error alone would not cover that.
func (v view) of(lines []int) loss {
	pairs := make([][2]int, len(lines))
	sum, k := 0.0, 0.0
	for at, i := range lines {
		pairs[at] = [2]int{v.arm[i], v.whole}
		if c := v.Family.Compare(v.arm[i], v.whole); !c.Equal {
			sum, k = sum+c.SE, k+1
		}
	}
	c := v.Family.Sum(pairs)
	if c.Equal || k == 0 {
		return loss{}
	}
	return loss{c.Diff, math.Max(c.SE, math.Sqrt((k+1)/(2*k))*sum), c.DF}
}

// lower and upper are the ends of the loss with the error on their side.
func (l loss) lower(level float64) float64 { return l.diff - l.width(level) }
func (l loss) upper(level float64) float64 { return l.diff + l.width(level) }

func (l loss) width(level float64) float64 {
	if l.se == 0 {
		return 0
	}
	return stat.TUpper(level, l.df) * l.se
}

// slack is how much of the margin the lines' bound leaves in the view that leaves least, at most 1: they can be
// left out where it is above 0. What a line gains that is shown to harm pays for no other.
func (e *elimination) slack(lines []int) float64 {
	least := 1.0
	for _, v := range e.views {
		l := v.of(e.paying(v, lines)).lower(e.level)
		least = math.Min(least, 1+l/math.Abs(v.Margins.Low))
	}
	return least
}

// paying are the lines that are not shown to harm.
func (e *elimination) paying(v view, lines []int) []int {
	var out []int
	for _, i := range lines {
		if !(v.of([]int{i}).lower(e.level) > 0) {
			out = append(out, i)
		}
	}
	return out
}

// run drops lines, the one that leaves most of the margin first, until none can go. In ties those that are equal
// in every boot go first, then the first by its setting.
func (e *elimination) run(lines int) []int {
	var dropped, rest []int
	equal := func(i int) bool {
		return !slices.ContainsFunc(e.views, func(v view) bool { return v.of([]int{i}) != loss{} })
	}
	for _, first := range []bool{true, false} {
		for i := range lines {
			usable := !slices.ContainsFunc(e.views, func(v view) bool { return v.arm[i] < 0 })
			if usable && equal(i) == first && e.slackAlone(i) > 0 {
				rest = append(rest, i)
			}
		}
	}
	for len(rest) > 0 {
		best, most := -1, 0.0
		for at, i := range rest {
			if s := e.slack(append(slices.Clone(dropped), i)); s > most+1e-12 {
				best, most = at, s
			}
		}
		if best < 0 {
			break
		}
		dropped = append(dropped, rest[best])
		rest = slices.Delete(rest, best, best+1)
	}
	return dropped
}

// slackAlone is that of one line by itself, whatever it gains: a line that alone may lose the margin never goes.
func (e *elimination) slackAlone(i int) float64 {
	least := 1.0
	for _, v := range e.views {
		least = math.Min(least, 1+v.of([]int{i}).lower(e.level)/math.Abs(v.Margins.Low))
	}
	return least
}

// matters says whether the profile is shown to be worse without a line, in any metric by all of its views.
func (e *elimination) matters(i int) bool {
	metrics := 0
	for _, v := range e.views {
		if !v.second {
			metrics++
		}
	}
	for at, v := range e.views {
		if v.second || !e.worse(v, i, metrics) {
			continue
		}
		if next := at + 1; next == len(e.views) || !e.views[next].second || e.worse(e.views[next], i, metrics) {
			return true
		}
	}
	return false
}

func (e *elimination) worse(v view, i, metrics int) bool {
	return v.arm[i] >= 0 && v.of([]int{i}).upper(e.level/float64(metrics)) < 0
}

// bounds are the dropped lines' in each metric, by the view in which more may be lost.
func (e *elimination) bounds(dropped []int) []Bound {
	var out []Bound
	worst := math.Inf(1)
	for _, v := range e.views {
		l := v.of(e.paying(v, dropped))
		one := Bound{v.Series.Workload, v.Series.Metric, record.Number(v.Series.Shown(l.diff)), record.Number(v.Series.Shown(l.lower(e.level)))}
		switch {
		case !v.second:
			out, worst = append(out, one), l.lower(e.level)
		case l.lower(e.level) < worst:
			out[len(out)-1] = one
		}
	}
	return out
}

// needed is the number of boots of each combination with which all but the lines that matter would be dropped;
// 0 where no line is undecided, or an arm is missing.
func (e *elimination) needed(lines []Line) int {
	var all []int
	undecided := false
	for i, l := range lines {
		undecided = undecided || l.Outcome == Undecided
		if l.Outcome != Matters {
			all = append(all, i)
		}
	}
	most := 0
	for _, v := range e.views {
		if !undecided || slices.ContainsFunc(all, func(i int) bool { return v.arm[i] < 0 }) {
			return 0
		}
		l, have := v.of(all), float64(v.Fit.N[v.whole])
		if l.se == 0 {
			continue
		}
		n := stat.BootsFor(stat.UsualPower, math.Abs(v.Margins.Low), e.level, func(n int) (se, df float64) {
			return l.se * math.Sqrt(have/float64(n)), l.df * float64(n) / have
		})
		if n == 0 {
			return 0
		}
		most = max(most, n)
	}
	return most
}

// confirmBlocks is the number of blocks of the baseline, the profile and the set in which the set, if it is as
// good as the profile, is shown to be no worse in each metric with 80 % power; 0 if no number is enough.
func confirmBlocks(rows []sample.Row, o rank.Options, e *elimination) (int, error) {
	noise, err := rank.MeasureNoise(rows, o)
	if err != nil {
		return 0, err
	}
	most := leastConfirm
	for _, v := range e.views {
		for _, n := range noise {
			if n.Workload != v.Series.Workload || n.Metric != v.Series.Metric {
				continue
			}
			variance := stat.VarianceUpper80(n.BootMean, n.DF)
			if !(variance > 0) {
				continue
			}
			blocks := stat.BootsFor(stat.UsualPower, math.Abs(v.Margins.Low), o.Alpha, func(n int) (se, df float64) {
				return math.Sqrt(2 * variance / float64(n)), 2 * float64(n-1)
			})
			if blocks == 0 {
				return 0, nil
			}
			most = max(most, blocks)
		}
	}
	return most, nil
}
