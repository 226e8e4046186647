package rank

import (
	"fmt"
	"math"
	"slices"

	"vnettune/report/rank/boots"
	"vnettune/report/rank/stints"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// FoundBy says how an arm was compared with the baseline in a campaign with stints.
type FoundBy string

const (
	// FoundWithin: by switching, in the same boots.
	FoundWithin FoundBy = "within boots"
	// FoundBetween: by boots of its own.
	FoundBetween FoundBy = "between boots"
)

// ArmBridge is what the bridge says of an arm in one workload's metric. The outcome is that of all
// primary metrics together, but in one in which nothing varies nothing is shown to agree.
type ArmBridge struct {
	Outcome stints.Outcome `json:"outcome"`
	stints.Measured
	// Read: the switch was read in effect by a number.
	Read bool `json:"switch_read_in_effect"`
}

// StintDesign says how the arms of a campaign were switched within boots.
type StintDesign struct {
	// Levels are the arms that share boots, one for each level; Boots are those of each level with a
	// ranked unit.
	Levels [][]string `json:"levels"`
	Boots  []int      `json:"boots"`
	// Stints are those that are ranked, and the first ones of boots, by which the bridge judges; an
	// ordinary boot is one.
	Stints int `json:"stints"`
	// CarryOver is the number of columns of after-effects in the model.
	CarryOver int `json:"carry_over_df"`
	// FellBack names arms whose switched stints are not ranked.
	FellBack []string `json:"fell_back"`
	// LevelOrder says how the boots of the levels were ordered; "" of one level.
	LevelOrder BootOrder `json:"level_order,omitempty"`
}

// Bridge asks of every arm that is switched within boots whether that does what a reboot does, by all rows
// so far; nothing where no arm is switched. The look's share of the alpha of o is its error rate.
func Bridge(rows []sample.Row, o Options, look stints.Look) ([]stints.Bridged, error) {
	studies, err := Studies(rows, o)
	if err != nil {
		return nil, err
	}
	return bridgeOf(studies, o, look), nil
}

// bridgeOf judges by the fits.
func bridgeOf(studies []*Study, o Options, look stints.Look) []stints.Bridged {
	metrics := make(map[string][]string) // of each workload
	var gone []string
	for _, st := range studies {
		metrics[st.Series.Workload] = append(metrics[st.Series.Workload], st.Series.Metric)
	}
	var series []stints.Series
	for _, st := range studies {
		if st.Series.Within == nil {
			continue
		}
		for _, arm := range st.Series.Within.FellBack {
			gone = append(gone, st.Arms.Names[arm])
		}
		series = append(series, st.bridgeSeries(sample.PrimaryAmong(st.Series.Metric, metrics[st.Series.Workload])))
	}
	if len(series) == 0 {
		return nil
	}
	return stints.Bridge(series, gone, o.Alpha, look)
}

// bridgeSeries is what the bridge judges by: boots by the arm that they were booted into.
func (st *Study) bridgeSeries(primary bool) stints.Series {
	w, f := st.Series.Within, st.Fit
	s := stints.Series{Key: st.Series.Key, Axis: st.Series.Axis, Primary: primary, Margin: st.Margin, Resolution: f.Resolution}
	level := make(map[int]int)
	for k, arms := range w.Levels {
		var l stints.Level
		for _, arm := range arms {
			if len(arms) < 2 || slices.Contains(w.FellBack, arm) {
				continue
			}
			if arm != st.Arms.Baseline {
				l.Arms = append(l.Arms, st.Arms.Names[arm])
			} else if len(arms) > 2 { // of two arms each is the other's only comparison
				l.Base = st.Arms.Names[arm]
			}
		}
		if l.Base != "" && len(l.Arms) > 0 {
			l.Arms = append(l.Arms, l.Base)
		}
		if len(l.Arms) > 0 {
			level[k] = len(s.Levels)
			s.Levels = append(s.Levels, l)
		}
	}
	units := make(map[[2]int]*boots.Boot)
	for _, b := range st.ranked {
		units[[2]int{b.Block, b.Arm}] = b
	}
	for b, rows := range f.Blocks {
		at, judged := level[w.LevelOf[b]]
		if !judged || len(rows) == 0 || w.Into[b] < 0 || st.ranked[rows[0]].Stints == nil {
			continue
		}
		x := stints.Boot{Into: st.Arms.Names[w.Into[b]], Between: f.Effect[b], Within: math.NaN()}
		if unit := units[[2]int{b, w.Into[b]}]; unit != nil && w.First[b] != nil {
			x.Within = w.First[b].Y - (unit.Y - f.Explained(unit.X))
		}
		s.Levels[at].Boots = append(s.Levels[at].Boots, x)
	}
	return s
}

// bridged asks the bridge, and fits anew where arms differ, whose switched stints are then not ranked.
func (r *Ranking) bridged(studies []*Study, rows []sample.Row, o Options) ([]*Study, error) {
	look := stints.Look{Number: max(1, o.Looks), Of: max(1, o.Looks)}
	r.Bridged = bridgeOf(studies, o, look)
	fellBack := slices.Clone(o.FellBack)
	for _, x := range r.Bridged {
		if x.Outcome == stints.Differs {
			fellBack = append(fellBack, x.Arm)
		}
	}
	if len(fellBack) > len(o.FellBack) {
		o.FellBack = fellBack
		var err error
		if studies, err = Studies(rows, o); err != nil {
			return nil, err
		}
	}
	for _, st := range studies {
		st.bridge = r.Bridged
		if w := st.Series.Within; w != nil {
			for _, arm := range w.FellBack {
				r.FellBack = append(r.FellBack, st.Arms.Names[arm])
			}
		}
	}
	slices.Sort(r.FellBack)
	r.FellBack = slices.Compact(r.FellBack)
	return studies, nil
}

// FellBack says whether the switched stints of arm i are not ranked.
func (st *Study) FellBack(i int) bool {
	return st.Series.Within != nil && slices.Contains(st.Series.Within.FellBack, i)
}

// FoundBy says how arm i was compared with the baseline.
func (st *Study) FoundBy(i int) FoundBy {
	f, base := st.Fit, st.Arms.Baseline
	switch {
	case st.Series.Within == nil || i == base || f.N[i] == 0 || f.N[base] == 0:
		return ""
	case f.Part[i] == f.Part[base]:
		return FoundWithin
	}
	return FoundBetween
}

// armBridge is what the bridge says of arm i in this metric; nil where it is not switched.
func (st *Study) armBridge(i int) *ArmBridge {
	for _, x := range st.bridge {
		if x.Arm != st.Arms.Names[i] {
			continue
		}
		if m, ok := x.Of(st.Series.Key); ok {
			return &ArmBridge{Outcome: x.In(m), Measured: m, Read: st.Options.SwitchRead[x.Arm]}
		}
	}
	return nil
}

// OnlySwitched says whether an arm's claim rests on switches of which nothing shows that they are what a
// reboot is.
func (a Arm) OnlySwitched() bool {
	return a.FoundBy == FoundWithin && a.Bridge != nil && a.Bridge.Outcome != stints.Agrees && !a.Bridge.Read
}

// afterReboot is the verdict that holds after a reboot, too: equivalence is claimed only where switching
// is shown to be what a reboot is.
func (st *Study) afterReboot(a Arm, v Verdict) Verdict {
	if v == Verdict(LabelEquivalent) && a.OnlySwitched() {
		return Verdict(LabelNoWorse)
	}
	return v
}

// stintDesign says how arms were switched; nil in a campaign without stints.
func (st *Study) stintDesign() *StintDesign {
	w := st.Series.Within
	if w == nil {
		return nil
	}
	d := &StintDesign{CarryOver: st.Fit.Covariates(), FellBack: []string{}, Boots: make([]int, len(w.Levels)), LevelOrder: st.LevelOrder()}
	for _, arms := range w.Levels {
		names := []string{}
		for _, arm := range arms {
			names = append(names, st.Arms.Names[arm])
		}
		d.Levels = append(d.Levels, names)
	}
	for b, rows := range st.Fit.Blocks {
		if len(rows) > 0 {
			d.Boots[w.LevelOf[b]]++
			if w.First[b] != nil {
				d.Stints++
			}
		}
	}
	for _, b := range st.ranked {
		d.Stints += max(1, len(b.Stints))
	}
	for _, arm := range w.FellBack {
		d.FellBack = append(d.FellBack, st.Arms.Names[arm])
	}
	return d
}

// stintWarnings say that an arm's switched stints are not ranked, or that equivalence is not claimed
// because they are all there is.
func (st *Study) stintWarnings(a Arm) []Warning {
	b := a.Bridge
	switch {
	case b != nil && b.Outcome == stints.Differs:
		return []Warning{{Code: WarnFellBack, Arm: record.Name(a.Name),
			Numbers: numbers{"between_boots": b.Between.Estimate, "between_lower": b.Between.Low, "between_upper": b.Between.High,
				"within_boots": b.Within.Estimate, "within_lower": b.Within.Low, "within_upper": b.Within.High},
			Text: fmt.Sprintf("switching to it is shown not to do what a reboot into it does (boots that were booted into it against the others %s; after the reboot against the switch %s): its switched stints are not ranked",
				st.Range(b.Between.Estimate, Interval{b.Between.Low, b.Between.High}), st.Range(b.Within.Estimate, Interval{b.Within.Low, b.Within.High}))}}
	case st.FellBack(slices.Index(st.Arms.Names, a.Name)) && !a.IsBaseline && st.FellBack(st.Arms.Baseline):
		return []Warning{{Code: WarnFellBack, Arm: record.Name(a.Name), Text: "the baseline was taken out of switching, and with it all that is compared with it by switching: its switched stints are not ranked"}}
	case st.FellBack(slices.Index(st.Arms.Names, a.Name)):
		return []Warning{{Code: WarnFellBack, Arm: record.Name(a.Name), Text: "it was taken out of switching: its switched stints are not ranked"}}
	case a.Label == LabelEquivalent && a.OnlySwitched():
		text := "equivalent by switching; that a reboot into it does the same is not shown"
		if !math.IsInf(float64(b.Bound), 0) {
			text += fmt.Sprintf(", but within %.2g %s", float64(b.Bound), EffectUnit(st.Series.Scale, st.Series.Unit))
		}
		return []Warning{{Code: WarnOnlySwitched, Arm: record.Name(a.Name), Numbers: numbers{"bound": b.Bound}, Text: text + ": equivalence is not claimed"}}
	}
	return nil
}
