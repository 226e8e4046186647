package rank

import (
	"math"

	"vnettune/report/rank/boots"
	"vnettune/report/rank/stints"
	"vnettune/report/stat"
	"vnettune/results/sample"
)

// PlannedSwitched is a campaign that switches arms within boots, before it runs: by its order of
// stints, for any levels, and for the arm that is known worst. By the rules of
// docs/statistics.md the analysed value is that of an arm in a boot, and boots are blocks.
type PlannedSwitched struct {
	// Levels are the arms that are switched among each other, those with the baseline first. A block has
	// one boot of each. An arm alone on its level is booted.
	Levels []PlannedLevel
	// Scale, Margin, Alpha and Power are those of Planned.
	Scale         sample.Scale
	Margin, Alpha float64
	Power         float64
	// Boot is the variance between boots, Interaction that of an arm in a boot beside both, Stint that
	// of the mean of the repetitions of one stint, all on the scale of y.
	Boot, Interaction, Stint float64
	// Tests is the number of primary metrics of all workloads, which the bridge judges together.
	Tests int
	// Once: the bridge is asked at the end alone, as of samples, and not after every rotation.
	Once bool
}

// PlannedLevel is one level: its arms, by number from 0, and the order of stints of its first boots, each
// with the arm that it is booted into in front. Arm 0 is the one that a boot has twice.
type PlannedLevel struct {
	Arms   int
	Orders [][]int
}

// What a switched campaign needs at least for any verdict, and the most blocks that are tried.
const (
	leastSwitched = 3
	mostSwitched  = 1000
)

// mostExact is the number of arms up to which the cost of the carry-over columns is computed for the planned order.
const mostExact = 64

// Detectable is the difference from the baseline, in the unit of the margin, that n blocks would show of
// every arm with the wanted power; NaN when they test nothing.
func (p PlannedSwitched) Detectable(n int) float64 {
	within, between := p.Detectables(n)
	if math.IsNaN(within) && len(p.Levels[0].Orders) > 0 || math.IsNaN(between) && len(p.Levels) > 1 {
		return math.NaN()
	}
	if !(within >= between) && !math.IsNaN(between) {
		return between
	}
	return within
}

// Detectables are the Detectable of arms that are compared within boots and of those that are between boots; NaN where
// there are none, or nothing is tested.
func (p PlannedSwitched) Detectables(n int) (within, between float64) {
	of := [2]float64{math.NaN(), math.NaN()}
	if n < 2 {
		return of[0], of[1]
	}
	for _, c := range p.comparisons() {
		at := 0
		if c.between {
			at = 1
		}
		se, df := c.plan(n)
		if !(se > 0) || math.IsInf(se, 1) || df < 1 {
			of[at] = math.Inf(1)
			continue
		}
		if d := stat.Detectable(p.power(), se, df, p.level()); !(d <= of[at]) {
			of[at] = d
		}
	}
	for at, d := range of {
		if of[at] = p.axis().Shown(d); math.IsInf(d, 1) {
			of[at] = math.NaN()
		}
	}
	return of[0], of[1]
}

// BlocksNeeded is the smallest number of blocks that shows a difference of the margin of every arm with the
// wanted power, 3 at least; 0 if 1000 are not enough, or without a margin.
//
// Every number is tried from the least on: for each the power grows with the difference, so that a larger one
// never takes more blocks, even where a block more makes a column of carry-over estimable and costs precision.
func (p PlannedSwitched) BlocksNeeded() int {
	if math.IsNaN(p.Margin) || p.arms() < 2 {
		return 0
	}
	_, difference := p.axis().Margins(p.Margin)
	compared := p.comparisons()
	for n := leastSwitched; n <= mostSwitched; n++ {
		enough := true
		for _, c := range compared {
			se, df := c.plan(n)
			enough = enough && (se == 0 || stat.Power(difference, se, df, p.level()) >= p.power())
		}
		if enough {
			return n
		}
	}
	return 0
}

// Confirming is the number of blocks of two boots that show a difference of the margin between the best
// arm and the baseline by boots alone, from least to most.
func (p PlannedSwitched) Confirming(least, most int) int {
	_, difference := p.axis().Margins(p.Margin)
	return confirmingBoots(p.power(), difference, p.Alpha, p.Boot+p.Interaction+p.Stint, least, most)
}

// Stints is the number of stints of n blocks, those that are booted into included.
func (p PlannedSwitched) Stints(n int) int {
	all := 0
	for _, l := range p.Levels {
		if l.Arms == 1 {
			all += n
			continue
		}
		for b := range n {
			all += len(l.Orders[b%len(l.Orders)])
		}
	}
	return all
}

// Bound is what n blocks can be expected to show of an arm: that it does after a reboot what it does by
// switching, within so much, in the unit of the margin (stints.Plan.Bound, of the largest level). Inf if some arm is
// booted into less than twice. The bridge looks after every rotation from the
// second on, and at the end.
func (p PlannedSwitched) Bound(n int) float64 {
	most, rotation := 0.0, 1
	for _, l := range p.Levels {
		rotation = max(rotation, l.Arms)
	}
	looks := 1
	if !p.Once {
		looks += max(0, (n-1)/rotation-1)
	}
	for _, l := range p.Levels {
		if l.Arms == 1 {
			continue
		}
		if n/l.Arms < 2 {
			return math.Inf(1)
		}
		plan := stints.Plan{Arms: l.Arms, Boots: n, Repetitions: 1, Primary: p.Tests, Looks: looks, Alpha: p.Alpha}
		most = math.Max(most, plan.Bound(stints.Noise{Boot: p.Boot, Interaction: p.Interaction, Repetition: p.Stint}))
	}
	return p.axis().Shown(most)
}

func (p PlannedSwitched) axis() boots.Axis { return boots.Axis{Scale: p.Scale} }

func (p PlannedSwitched) power() float64 { return Planned{Power: p.Power}.power() }

func (p PlannedSwitched) arms() int {
	n := 0
	for _, l := range p.Levels {
		n += l.Arms
	}
	return n
}

func (p PlannedSwitched) level() float64 { return Planned{Alpha: p.Alpha, Arms: p.arms()}.level() }

// plannedComparison is the precision of a comparison in so many blocks.
type plannedComparison struct {
	between bool // boots
	plan    stat.Plan
}

// comparisons are the precision of the least precise comparison with the baseline in each level.
func (p PlannedSwitched) comparisons() []plannedComparison {
	cost := make([]func(n int) float64, len(p.Levels))
	for k, l := range p.Levels {
		cost[k] = l.costs()
	}
	base := p.Interaction + p.Stint/p.Levels[0].twice()
	var all []plannedComparison
	for k, l := range p.Levels {
		arms := float64(l.Arms)
		switch {
		case k == 0 && l.Arms > 1: // within boots
			all = append(all, plannedComparison{plan: func(n int) (se, df float64) {
				df = float64(n-1) * (arms - 1)
				if l.Arms > 2 {
					df -= arms - 1
				}
				return math.Sqrt((base + p.Interaction + p.Stint) / float64(n) * cost[k](n)), df
			}})
		case k > 0: // between boots of two levels, in blocks
			all = append(all, plannedComparison{between: true, plan: func(n int) (se, df float64) {
				own := 2*p.Boot + (base*cost[0](n) + (p.Interaction+p.Stint)*cost[k](n))
				return math.Sqrt(own / float64(n)), math.Max(1, float64(n-1)*float64(len(p.Levels)-1))
			}})
		}
	}
	return all
}

// twice is how many stints arm 0 has in a boot.
func (l PlannedLevel) twice() float64 {
	if l.Arms == 1 {
		return 1
	}
	stints := 0
	for _, order := range l.Orders {
		for _, arm := range order[1:] {
			if arm == 0 {
				stints++
			}
		}
	}
	return float64(stints) / float64(len(l.Orders))
}

// costs is by how much the columns of carry-over multiply the variance of the least precise comparison with
// arm 0 in n boots.
//
// With every arm once in every boot, the contrast of two arms has the weights 1/n and -1/n, and the columns
// multiply its variance by 1 + n/2 d'G⁻d: d is the difference of the arms' mean columns, and G the cross products of
// the columns less their means of arms and boots (Frisch and Waugh 1933). It is computed of the planned order; behind its
// end it stays what it was there, and beyond 64 arms it is 1 + 1/arms² + 1/(n-1), to which it tends (in 6 boots it is 9 % more).
func (l PlannedLevel) costs() func(n int) float64 {
	if l.Arms <= 2 { // what stands before the baseline is always the other arm
		return func(int) float64 { return 1 }
	}
	if l.Arms > mostExact {
		return func(n int) float64 { return 1 + 1/float64(l.Arms*l.Arms) + 1/float64(n-1) }
	}
	var known []float64 // of 1, 2, ... boots
	add := newCarried(l.Arms)
	return func(n int) float64 {
		n = min(n, len(l.Orders))
		for len(known) < n {
			add.boot(l.Orders[len(known)])
			known = append(known, add.cost())
		}
		return known[n-1]
	}
}

// carried collects the columns of carry-over of a level boot by boot.
type carried struct {
	n                    int
	cross                [][]float64 // of the columns, over all units
	byArm                [][]float64 // sums of the columns of an arm's units
	meansOfBoots, ofBoot [][]float64 // cross products of the boots' means; columns of the boot's units
}

func newCarried(arms int) *carried {
	square := func() [][]float64 {
		m := make([][]float64, arms)
		for i := range m {
			m[i] = make([]float64, arms)
		}
		return m
	}
	return &carried{cross: square(), byArm: square(), meansOfBoots: square(), ofBoot: square()}
}

// boot adds a boot by its order of arms.
func (c *carried) boot(order []int) {
	arms := len(c.cross)
	c.n++
	stints, mean := make([]float64, arms), make([]float64, arms)
	for arm := range arms {
		clear(c.ofBoot[arm])
	}
	for i := 1; i < len(order); i++ {
		stints[order[i]]++
		c.ofBoot[order[i]][order[i-1]]++
	}
	for arm, x := range c.ofBoot {
		for p := range x {
			x[p] /= math.Max(1, stints[arm])
			mean[p] += x[p] / float64(arms)
			c.byArm[arm][p] += x[p]
		}
		addOuter(c.cross, x, 1)
	}
	addOuter(c.meansOfBoots, mean, 1)
}

// addOuter adds times x x' to m.
func addOuter(m [][]float64, x []float64, times float64) {
	for i, a := range x {
		if a == 0 {
			continue
		}
		for j, b := range x {
			m[i][j] += times * a * b
		}
	}
}

// cost is that of the boots so far.
func (c *carried) cost() float64 {
	arms, n := len(c.cross), float64(c.n)
	g, mean := make([][]float64, arms), make([]float64, arms)
	for i := range g {
		g[i] = make([]float64, arms)
		for j := range g[i] {
			g[i][j] = c.cross[i][j] - float64(arms)*c.meansOfBoots[i][j]
		}
	}
	for _, sum := range c.byArm {
		addOuter(g, sum, -1/n)
		for p := range sum {
			mean[p] += sum[p] / n / float64(arms)
		}
	}
	addOuter(g, mean, n*float64(arms))
	l, kept := cholesky(g)
	most := 0.0
	for arm := 1; arm < arms; arm++ {
		squares := 0.0
		z := make([]float64, arms)
		for i := range arms { // z = L⁻¹ d over the columns that are kept
			if !kept[i] {
				continue
			}
			z[i] = (c.byArm[arm][i] - c.byArm[0][i]) / n
			for j := range i {
				z[i] -= l[i][j] * z[j]
			}
			z[i] /= l[i][i]
			squares += z[i] * z[i]
		}
		most = math.Max(most, squares)
	}
	return 1 + n/2*most
}

// cholesky factors a matrix of cross products; a column that depends on those before it is left out.
func cholesky(g [][]float64) (l [][]float64, kept []bool) {
	const dependent = 1e-9
	l, kept = make([][]float64, len(g)), make([]bool, len(g))
	for i := range g {
		l[i] = make([]float64, len(g))
		rest := g[i][i]
		for j := range i {
			if !kept[j] {
				continue
			}
			x := g[i][j]
			for k := range j {
				x -= l[i][k] * l[j][k]
			}
			l[i][j] = x / l[j][j]
			rest -= l[i][j] * l[i][j]
		}
		if kept[i] = rest > dependent*math.Max(1, g[i][i]); kept[i] {
			l[i][i] = math.Sqrt(rest)
		} else {
			clear(l[i])
		}
	}
	return l, kept
}
