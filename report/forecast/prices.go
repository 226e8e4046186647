package forecast

import (
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/report/rank"
	"vnettune/results/sample"
)

// Price is what finding a difference from the baseline would cost, whichever arm has it, with the wanted
// power in every workload's primary metrics.
type Price struct {
	// Difference in percent. OfMargin: that of a metric with a margin of its own is that margin.
	Difference float64
	OfMargin   bool `json:",omitempty"`
	// Own: it is the least that the plan itself could find, at its own cost.
	Own bool `json:",omitempty"`
	// ByReboots and Within are nil where more than campaign.MaxBlocks blocks are needed; Within is nil too
	// where nothing can be switched.
	ByReboots *Cost `json:",omitempty"`
	Within    *Cost `json:",omitempty"`
}

// Cost is that of a whole campaign.
type Cost struct {
	Blocks, Boots int
	// Confirm are the boots behind them that confirm the best by reboots, where arms are switched.
	Confirm int     `json:",omitempty"`
	Stints  int     `json:",omitempty"` // those that are booted into included
	Hours   float64 // of all of it
	// Bound is within what, in percent, the bridge could be expected to show an arm the same after a
	// reboot; nil: too few boots into each arm to show anything.
	Bound *float64 `json:",omitempty"`
}

// Switched says how the campaign is switched within boots, or would be.
type Switched struct {
	// Levels are the arms that are switched among each other, those with the baseline first. An arm alone on
	// its level is booted.
	Levels [][]string
	Whole  []matrix.WholeSetting `json:",omitempty"` // settings that need a reboot
	// Restarts are the settings that take a restart of the adapter.
	Restarts []string `json:",omitempty"`
	// Beside is what the margin would cost with the arms of the baseline's level alone; nil where all arms
	// are on it, or none is beside it.
	Beside *Cost `json:",omitempty"`
}

// ways are the two ways to run a campaign: by reboots, and within boots where that can be done.
type ways struct {
	c        campaign.Campaign
	old      *Earlier
	power    float64
	primary  []noise
	design   rank.Planned // by reboots
	perBlock int          // boots of a block, by reboots
	own      *matrix.Switching
	plan     matrix.Plan
	sw       *matrix.Plan // switched, nil where it cannot be
	levels   []rank.PlannedLevel
	why      string // it cannot be switched
}

// plannedBlocks are the blocks of which the order of stints is drawn for a forecast, fewer where arms are many.
const plannedBlocks = 150

func waysOf(c campaign.Campaign, p matrix.Plan, old *Earlier, power float64, noises []noise) ways {
	w := ways{c: c, old: old, power: power, primary: primaries(noises), own: p.Switch, plan: p}
	reboots := p
	if p.Switch != nil {
		r := c.SwitchedBy(matrix.SwitchByReboot)
		r.Blocks = 1
		if other, err := r.Plan(p.Generation); err == nil {
			reboots = other
		}
	}
	w.design = rank.Planned{Arms: len(p.Compared()), Blocks: reboots.Blocks(), BaselinePerBlock: baselinePerBlock(reboots), Alpha: c.LookAlpha(), Power: power}
	w.perBlock = len(reboots.Slots) / reboots.Blocks()
	if p.Search != nil { // what is published is the pick against the baseline
		w.design.Arms, w.design.Blocks, w.perBlock = 2, p.Search.Confirm, 2
		w.why = "a search boots every arm"
		return w
	}
	c = c.SwitchedBy(matrix.SwitchWithinBoots)
	c.Design.Control = 0 // it is no arm of a campaign within boots
	c.Blocks = max(3, min(plannedBlocks, matrix.MaxSlots/8/len(p.Arms)))
	sw, err := c.Plan(p.Generation)
	switch {
	case err != nil:
		w.why = err.Error()
	case sw.Switch == nil, p.Switch == nil && !worthwhile(sw):
		w.why = cannot(sw.Whole(c.Design.Restarts), p.Generation)
	default:
		w.sw, w.levels = &sw, levelsOf(sw)
	}
	return w
}

// worthwhile says whether arms that are switched among each other differ in more than what is expected inert,
// such as the placebo.
func worthwhile(p matrix.Plan) bool {
	return p.AA() || slices.ContainsFunc(p.Switch.Levels, func(level []int) bool {
		return slices.ContainsFunc(p.Settings, func(s matrix.Planned) bool {
			first, _ := p.Arms[level[0]].Combination.Value(s.Setting.ID)
			return s.Inert == "" && slices.ContainsFunc(level, func(arm int) bool {
				v, _ := p.Arms[arm].Combination.Value(s.Setting.ID)
				return v != first
			})
		})
	})
}

// cannot is why no two arms can be switched.
func cannot(whole []matrix.WholeSetting, g matrix.Generation) string {
	if g == matrix.XP {
		return "on xp every setting needs a reboot"
	}
	var ids []string
	for _, x := range whole {
		ids = append(ids, x.ID)
	}
	return "all arms differ in what needs a reboot: " + strings.Join(ids, ", ")
}

// levelsOf are the levels of a plan that switches, with the orders of their boots.
func levelsOf(p matrix.Plan) []rank.PlannedLevel {
	all := make([]rank.PlannedLevel, len(p.Switch.Levels))
	level, number := map[int]int{}, map[int]int{} // of an arm
	for k, arms := range p.Switch.Levels {
		all[k].Arms = len(arms)
		for i, arm := range arms {
			level[arm], number[arm] = k, i
		}
	}
	last := 0
	for _, s := range p.Slots {
		if s.Boot == 0 || s.Only != matrix.Always {
			continue
		}
		l := &all[level[s.Arm]]
		if s.Boot != last {
			l.Orders = append(l.Orders, nil)
			last = s.Boot
		}
		at := len(l.Orders) - 1
		l.Orders[at] = append(l.Orders[at], number[s.Arm])
	}
	return all
}

// rebooted is the campaign by reboots, for a metric and a difference.
func (w ways) rebooted(n noise, margin float64) rank.Planned {
	d := w.design
	d.Scale, d.Margin = n.scale, margin
	return d
}

// switched is the campaign within boots.
func (w ways) switched(n noise, margin float64) rank.PlannedSwitched {
	return rank.PlannedSwitched{Levels: w.levels, Scale: n.scale, Margin: margin, Alpha: w.c.LookAlpha(), Power: w.power, Boot: n.boot, Interaction: n.interaction, Stint: n.stint, Tests: len(w.primary)}
}

// byReboots is what a metric needs to find a difference of the margin; no blocks where that cannot be told.
func (w ways) byReboots(n noise, margin float64) Cost {
	blocks := w.rebooted(n, margin).BlocksNeeded(n.bootMean)
	return w.rebootedCost(blocks, blocks*w.perBlock)
}

func (w ways) rebootedCost(blocks, boots int) Cost {
	return Cost{Blocks: blocks, Boots: boots, Hours: (time.Duration(boots) * BootTime(w.c, w.old)).Hours()}
}

// within is that by switching.
func (w ways) within(n noise, margin float64) Cost {
	if w.sw == nil {
		return Cost{}
	}
	p := w.switched(n, margin)
	blocks := p.BlocksNeeded()
	if blocks == 0 {
		return Cost{}
	}
	confirm := 0
	if !w.sw.AA() {
		confirm = 2 * p.Confirming(matrix.MinConfirm, matrix.MaxConfirm)
	}
	cost := w.switchedCost(blocks, blocks*len(w.levels), confirm, p.Stints(blocks))
	if n.scale == sample.Ratio {
		cost.Bound = finite(p.Bound(blocks))
	}
	return cost
}

func (w ways) switchedCost(blocks, boots, confirm, stints int) Cost {
	takes := time.Duration(boots+confirm)*BootTime(w.c, w.old) + time.Duration(stints-boots)*stintTime(w.c, w.old)
	return Cost{Blocks: blocks, Boots: boots, Confirm: confirm, Stints: stints, Hours: takes.Hours()}
}

func finite(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}

// dearest is the cost that all primary metrics need together; nil where one needs more than a campaign may
// have, or none has a margin. Metrics that are compared by differences have their own margins, and count only
// where difference is that of the margin.
func (w ways) dearest(difference float64, ofMargin bool, price func(noise, float64) Cost) *Cost {
	var most *Cost
	for _, n := range w.primary {
		margin := difference
		switch {
		case ofMargin:
			margin = n.margin
		case n.scale != sample.Ratio:
			continue
		}
		if math.IsNaN(margin) {
			continue
		}
		cost := price(n, margin)
		if cost.Blocks == 0 || cost.Blocks > campaign.MaxBlocks {
			return nil
		}
		if most == nil {
			most = &cost
			continue
		}
		bound := most.Bound
		if bound != nil && cost.Bound != nil {
			bound = finite(math.Max(*bound, *cost.Bound))
		}
		if cost.Hours > most.Hours {
			most = &cost
		}
		most.Bound = bound
	}
	return most
}

// prices are those of the margin, of a larger difference, and of the least that the plan itself finds.
func (w ways) prices(seen []Detectable) []Price {
	other := 5.0
	switch {
	case w.c.Margin >= 10:
		other = 2 * w.c.Margin
	case w.c.Margin >= 5:
		other = 10
	}
	all := []Price{{Difference: w.c.Margin, OfMargin: true}}
	if slices.ContainsFunc(w.primary, func(n noise) bool { return n.scale == sample.Ratio }) {
		all = append(all, Price{Difference: other})
	}
	for i := range all {
		all[i].ByReboots = w.dearest(all[i].Difference, all[i].OfMargin, w.byReboots)
		all[i].Within = w.dearest(all[i].Difference, all[i].OfMargin, w.within)
	}
	own := Price{Own: true}
	for _, d := range seen {
		if d.Unit == "%" && (d.Assumed || slices.ContainsFunc(w.primary, func(n noise) bool { return n.workload == d.Workload && n.metric == d.Metric && n.scale == sample.Ratio })) {
			own.Difference = max(own.Difference, d.MDE)
		}
	}
	if own.Difference == 0 || own.Difference >= 100 {
		return all
	}
	boots, switches := w.plan.Load()
	if w.own == nil {
		cost := w.rebootedCost(w.plan.Blocks(), boots)
		own.ByReboots, own.Within = &cost, w.dearest(own.Difference, false, w.within)
		return append(all, own)
	}
	confirm := boots - w.own.Boots() // the fewest; a difference of this size may ask for more
	if other := w.dearest(own.Difference, false, w.within); other != nil {
		confirm = max(confirm, other.Confirm)
	}
	cost := w.switchedCost(w.own.Blocks, w.own.Boots(), confirm, w.own.Boots()+switches)
	for _, n := range w.primary {
		if n.scale != sample.Ratio {
			continue
		}
		bound := w.switched(n, n.margin).Bound(w.own.Blocks)
		if cost.Bound != nil {
			bound = math.Max(bound, *cost.Bound)
		}
		if cost.Bound = finite(bound); cost.Bound == nil {
			break
		}
	}
	own.Within, own.ByReboots = &cost, w.dearest(own.Difference, false, w.byReboots)
	return append(all, own)
}

// describe says how the campaign is switched, nil where it cannot be.
func (w ways) describe() *Switched {
	if w.sw == nil {
		return nil
	}
	s := &Switched{Whole: w.sw.Switch.Whole}
	if len(w.levels) > 1 && w.levels[0].Arms > 1 {
		beside := w
		beside.levels = w.levels[:1]
		s.Beside = beside.dearest(w.c.Margin, true, beside.within)
	}
	for _, level := range w.sw.Switch.Levels {
		var names []string
		for _, arm := range level {
			names = append(names, w.sw.Arms[arm].Name)
		}
		s.Levels = append(s.Levels, names)
	}
	for _, id := range slices.Sorted(maps.Keys(w.sw.Switch.Takes)) {
		if w.sw.Switch.Takes[id] == matrix.TakesAdapterRestart {
			s.Restarts = append(s.Restarts, id)
		}
	}
	return s
}
