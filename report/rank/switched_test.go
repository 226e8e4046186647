package rank

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"

	"vnettune/report/rank/stints"
	"vnettune/report/stat"
	"vnettune/results/sample"
)

// drawnLevel is a level of n boots in random order: each boot into an arm in rotation, then every arm and arm 0
// once more, none behind itself.
func drawnLevel(arms, n int, seed uint64) PlannedLevel {
	rng := rand.New(rand.NewPCG(seed, 7))
	l := PlannedLevel{Arms: arms}
	for b := range n {
		for {
			order := append([]int{0}, rng.Perm(arms)...)
			rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
			order = append([]int{b % arms}, order...)
			alone := true
			for i := 1; i < len(order); i++ {
				alone = alone && order[i] != order[i-1]
			}
			if arms == 2 && b%arms == 0 { // then the baseline comes once
				order, alone = []int{0, 1, 0}, true
			}
			if alone {
				l.Orders = append(l.Orders, order)
				break
			}
		}
	}
	return l
}

// byLeastSquares is what costs computes, from the whole model: the largest variance of an arm's contrast with
// arm 0 by a pseudo-inverse, over 2/n.
func byLeastSquares(l PlannedLevel, n int) float64 {
	columns := l.Arms + n + l.Arms
	x := mat.NewDense(l.Arms*n, columns, nil)
	for b, order := range l.Orders[:n] {
		stints := make([]float64, l.Arms)
		for _, arm := range order[1:] {
			stints[arm]++
		}
		for arm := range l.Arms {
			x.Set(b*l.Arms+arm, arm, 1)
			x.Set(b*l.Arms+arm, l.Arms+b, 1)
		}
		for i := 1; i < len(order); i++ {
			at, column := b*l.Arms+order[i], l.Arms+n+order[i-1]
			x.Set(at, column, x.At(at, column)+1/stints[order[i]])
		}
	}
	var svd mat.SVD
	if !svd.Factorize(x, mat.SVDThin) {
		panic("no singular values")
	}
	var v mat.Dense
	svd.VTo(&v)
	most := 0.0
	for arm := 1; arm < l.Arms; arm++ {
		variance := 0.0
		for k, s := range svd.Values(nil) {
			if s < 1e-9 {
				continue
			}
			d := (v.At(arm, k) - v.At(0, k)) / s
			variance += d * d
		}
		most = math.Max(most, variance)
	}
	return most * float64(n) / 2
}

// What carry-over costs is that of the whole model by least squares.
func TestCostOfCarryOver(t *testing.T) {
	for _, arms := range []int{3, 4, 6, 9} {
		l := drawnLevel(arms, 30, uint64(arms))
		cost := l.costs()
		for _, n := range []int{2 * arms, 30} { // where all columns but one can be estimated
			if got, want := cost(n), byLeastSquares(l, n); math.Abs(got/want-1) > 1e-6 {
				t.Errorf("%d arms in %d boots: %v, want %v", arms, n, got, want)
			}
		}
		if cost(500) != cost(30) {
			t.Errorf("%d arms: the cost behind the planned order is %v, want %v", arms, cost(500), cost(30))
		}
	}
	if l := drawnLevel(2, 10, 1); l.costs()(10) != 1 {
		t.Error("two arms have no column that can be estimated")
	}
}

// What is used of many arms is near to what is computed of as many as are computed, the nearer the more boots.
func TestCostOfCarryOverOfManyArms(t *testing.T) {
	many := PlannedLevel{Arms: mostExact + 1}.costs()
	for _, n := range []int{6, 20, 60} {
		l := drawnLevel(mostExact, n, 3)
		if got, want := many(n), l.costs()(n); math.Abs(got/want-1) > 0.6/float64(n) {
			t.Errorf("in %d boots: %v, of one arm less %v", n, got, want)
		}
	}
}

func switchedOf(level PlannedLevel, margin float64) PlannedSwitched {
	return PlannedSwitched{Levels: []PlannedLevel{level}, Scale: sample.Ratio, Margin: margin, Alpha: 0.05, Boot: 4, Interaction: 0.25, Stint: 4. / 3, Tests: 2}
}

// A larger difference never takes more blocks, and what so many blocks could detect is not more than it.
func TestSwitchedBlocksFallWithTheDifference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawnLevel(rapid.IntRange(2, 9).Draw(t, "arms"), 40, rapid.Uint64().Draw(t, "seed"))
		small := rapid.Float64Range(0.5, 20).Draw(t, "small")
		p, q := switchedOf(l, small), switchedOf(l, small*rapid.Float64Range(1, 3).Draw(t, "times"))
		if rapid.Bool().Draw(t, "whole plot") {
			p.Levels = append(p.Levels, PlannedLevel{Arms: 1})
			q.Levels = p.Levels
		}
		n, m := p.BlocksNeeded(), q.BlocksNeeded()
		if n == 0 && m == 0 {
			return
		}
		if n != 0 && m > n || m == 0 {
			t.Fatalf("%d blocks for %g %%, %d for %g %%", n, p.Margin, m, q.Margin)
		}
		if d := q.Detectable(m); !(d <= q.Margin*(1+1e-6)) {
			t.Fatalf("%d blocks for %g %%, and they could detect %g %%", m, q.Margin, d)
		}
	})
}

// A whole plot is compared between boots: it needs about what two arms by reboots do.
func TestAWholePlotIsComparedBetweenBoots(t *testing.T) {
	l := drawnLevel(6, 40, 1)
	beside, split := switchedOf(l, 2), switchedOf(l, 2)
	split.Levels = append(split.Levels, PlannedLevel{Arms: 1})
	n, m := beside.BlocksNeeded(), split.BlocksNeeded()
	two := Planned{Arms: 7, Blocks: 5, BaselinePerBlock: 1, Margin: 2, Alpha: 0.05}.BlocksNeeded(split.Boot + split.Interaction + split.Stint)
	if n > 20 || m < 2*n || math.Abs(float64(m)/float64(two)-1) > 0.4 {
		t.Errorf("%d blocks beside the baseline, %d with a whole plot, %d by reboots", n, m, two)
	}
}

// The bound falls with the boots and rises with their noise; without two boots into every arm there is none.
func TestBoundOfTheBridge(t *testing.T) {
	l := drawnLevel(6, 40, 1)
	p := switchedOf(l, 2)
	if b := p.Bound(11); !math.IsInf(b, 1) {
		t.Errorf("one boot into some arm: %v", b)
	}
	few, many := p.Bound(12), p.Bound(120)
	p.Boot = 16
	if noisy := p.Bound(12); !(many < few && few < noisy) {
		t.Errorf("120 boots %v, 12 boots %v, noisy ones %v", many, few, noisy)
	}
}

// unitsOf are the units of a level as the engine takes them, without values.
func unitsOf(l PlannedLevel) []stat.Observation {
	var obs []stat.Observation
	for boot, order := range l.Orders {
		x, count := make([][]float64, l.Arms), make([]float64, l.Arms)
		for i, arm := range order[1:] {
			if x[arm] == nil {
				x[arm] = make([]float64, l.Arms)
			}
			x[arm][order[i]]++
			count[arm]++
		}
		for arm := range x {
			for k := range x[arm] {
				x[arm][k] /= count[arm]
			}
			obs = append(obs, stat.Observation{Arm: arm, Block: boot, X: x[arm]})
		}
	}
	return obs
}

// What the planned order costs is what the engine makes of orders that are drawn: the weights that carry-over leaves to
// the units.
func TestSwitchedAgreesWithTheEngine(t *testing.T) {
	if p := switchedOf(drawnLevel(4, 10, 2), 2); !math.IsNaN(p.Detectable(2)) || math.IsNaN(p.Detectable(3)) {
		t.Errorf("2 boots, which leave no degree of freedom, detect %v, 3 boots %v", p.Detectable(2), p.Detectable(3))
	}
	for _, x := range [][2]int{{2, 40}, {4, 40}, {8, 40}, {4, 12}, {8, 10}} {
		arms, boots := x[0], x[1]
		p := switchedOf(PlannedLevel{Arms: arms, Orders: stints.Orders(arms, boots)}, 2)
		f, err := stat.FitBlocks(unitsOf(PlannedLevel{Arms: arms, Orders: stints.Orders(arms, boots)}), arms, boots, 0)
		if err != nil {
			t.Fatal(err)
		}
		variance, by := 0.0, make([]float64, arms)
		for arm := 1; arm < arms; arm++ {
			f.SquaredWeights(arm, 0, by)
			for of, a := range by {
				variance += a * (p.Interaction + p.Stint/map[bool]float64{true: p.Levels[0].twice(), false: 1}[of == 0]) / float64(arms-1)
			}
		}
		want := p.axis().Shown(stat.Detectable(p.power(), math.Sqrt(variance), float64(f.DF), p.level()))
		within, between := p.Detectables(boots)
		if got := p.Detectable(boots); math.Abs(got/want-1) > 0.1 || within != got || !math.IsNaN(between) {
			t.Errorf("%d arms: %v (%v within, %v between), by the engine %v", arms, got, within, between, want)
		}
	}
}

// What a plan promises is what drawn campaigns show: the spread of estimates by the engine.
func TestPlannedIsTheSpreadOfEstimates(t *testing.T) {
	const arms, boots = 6, 9
	p := PlannedSwitched{Levels: []PlannedLevel{{Arms: arms, Orders: stints.Orders(arms, boots)}}, Alpha: 0.05, Boot: 4, Interaction: 0.5, Stint: 1.2}
	se, df := p.comparisons()[0].plan(boots)
	obs, rng := unitsOf(p.Levels[0]), rand.New(rand.NewPCG(4, 4))
	squares, count := make([]float64, arms), 0.0
	for range 300 {
		shared := make([]float64, boots)
		for b := range shared {
			shared[b] = 2 * rng.NormFloat64()
		}
		for i, o := range obs {
			obs[i].Y = shared[o.Block] + math.Sqrt(0.5+1.2/map[bool]float64{true: 2, false: 1}[o.Arm == 0])*rng.NormFloat64()
		}
		f, err := stat.FitBlocks(obs, arms, boots, stat.LogResolution)
		if err != nil {
			t.Fatal(err)
		}
		if float64(f.DF) != df {
			t.Fatalf("degrees of freedom %d, planned %v", f.DF, df)
		}
		for arm := 1; arm < arms; arm++ {
			squares[arm] += (f.Mean[arm] - f.Mean[0]) * (f.Mean[arm] - f.Mean[0])
		}
		count++
	}
	// It is that of the arm which is known worst; the 0.05 and 99.95 % limits of one arm's.
	chi := distuv.ChiSquared{K: count}
	if ratio := slices.Max(squares) / (se * se); ratio < chi.Quantile(0.0005) || ratio > chi.Quantile(0.9999) {
		t.Errorf("variance of %v estimates is %.3f times the planned one", count, ratio/count)
	}
}

// The numbers of the method's own simulation: eight arms, a difference of 2 %, boots that vary by 2 % and
// repetitions by 1 to 2 %.
func TestSwitchingTakesFarFewerBoots(t *testing.T) {
	l := drawnLevel(8, 60, 1)
	for _, sd := range []float64{1, 2} {
		p := switchedOf(l, 2)
		p.Stint = sd * sd / 3
		n := p.BlocksNeeded()
		reboots := 9 * Planned{Arms: 8, Blocks: 5, BaselinePerBlock: 2, Margin: 2, Alpha: 0.05}.BlocksNeeded(4+p.Stint)
		if n < 5 || n > 20 || reboots < 180 || reboots < 10*n {
			t.Errorf("repetitions vary by %g %%: %d boots, by reboots %d", sd, n, reboots)
		}
	}
}

func TestConfirmingBlocks(t *testing.T) {
	l := drawnLevel(4, 10, 1)
	for margin, want := range map[float64]int{0.5: 20, 50: 5} {
		if got := switchedOf(l, margin).Confirming(5, 20); got != want {
			t.Errorf("%g %%: %d blocks, want %d", margin, got, want)
		}
	}
}
