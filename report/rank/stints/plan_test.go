package stints

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"vnettune/report/rank/boots"
	"vnettune/report/stat"
	"vnettune/results/sample"
)

// What a plan promises is what drawn campaigns show: the spread of estimates by the engine.
func TestWithinIsTheSpreadOfEstimates(t *testing.T) {
	p := Plan{Arms: 6, Boots: 9, Repetitions: 3, Primary: 1, Alpha: 0.05}
	n := Noise{Boot: 4, Interaction: 0.5, Stint: 0.2, Repetition: 3}
	se, df := p.Within(n)
	source, rng := stat.NewSource(4), rand.New(rand.NewPCG(4, 4))
	squares, count := 0.0, 0.0
	for range 300 {
		obs := p.draw(source)
		shared := make([]float64, p.Boots)
		for b := range shared {
			shared[b] = 2 * rng.NormFloat64()
		}
		for i, o := range obs {
			stints := 1.0
			if o.Arm == 0 {
				stints = 2
			}
			obs[i].Y = shared[o.Block] + math.Sqrt(0.5+1.2/stints)*rng.NormFloat64()
		}
		f, err := stat.FitBlocks(obs, p.Arms, p.Boots, stat.LogResolution)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(float64(f.DF)-df) > 1 {
			t.Fatalf("degrees of freedom %d, planned %v", f.DF, df)
		}
		d := f.Mean[1] - f.Mean[0]
		squares, count = squares+d*d, count+1
	}
	chi := distuv.ChiSquared{K: count}
	if ratio := squares / (se * se); ratio < chi.Quantile(0.0005) || ratio > chi.Quantile(0.9995) {
		t.Errorf("variance of %v estimates is %.3f times the planned one", count, ratio/count)
	}
}

// The bound of a plan is the median of those that are printed.
func TestBoundIsWhatIsPrinted(t *testing.T) {
	p := Plan{Arms: 4, Boots: 24, Repetitions: 2, Primary: 1, Alpha: 0.05}
	n := Noise{Boot: 4, Interaction: 0.5, Stint: 0.2, Repetition: 2}
	rng := rand.New(rand.NewPCG(5, 5))
	var printed []float64
	for range 400 {
		level := Level{Arms: []string{"a", "b", "c"}}
		for b := range p.Boots {
			level.Boots = append(level.Boots, Boot{Into: []string{"base", "a", "b", "c"}[b%4],
				Between: math.Sqrt(4+1.7/4) * rng.NormFloat64(), Within: math.Sqrt(2*1.2) * rng.NormFloat64()})
		}
		s := Series{Key: boots.Key{Workload: "udp", Metric: "x"}, Axis: boots.Axis{Scale: sample.Difference}, Primary: true, Margin: 1, Resolution: 1e-12, Levels: []Level{level}}
		printed = append(printed, float64(of(t, Bridge([]Series{s}, nil, p.Alpha, Look{}), "a").Bound))
	}
	slices.Sort(printed)
	// The 0.05 and 99.95 % limits of the median of 400, widened by what the smaller contrast adds.
	if x := p.Bound(n); x < printed[200-33] || x > printed[200+33] {
		t.Errorf("planned %v; printed %v to %v", x, printed[167], printed[233])
	}
}

func TestPlan(t *testing.T) {
	p := Plan{Arms: 8, Boots: 12, Repetitions: 3, Primary: 1, Alpha: 0.05}
	n := Noise{Boot: 4, Interaction: 0.25, Repetition: 4}
	few, none := p.Detectable(n)
	if !math.IsNaN(none) {
		t.Errorf("between boots %v, and no arm has any of its own", none)
	}
	p.Boots = 24
	many, _ := p.Detectable(n)
	if !(many < few && many > few/2) {
		t.Errorf("12 boots show %v, 24 %v", few, many)
	}
	need := p.BootsNeeded(n, 2)
	p.Boots = need
	if at, _ := p.Detectable(n); !(at <= 2) {
		t.Errorf("%d boots show %v", need, at)
	}
	p.Boots = need - 1
	if at, _ := p.Detectable(n); !(at > 2) {
		t.Errorf("one boot less shows %v", at)
	}
	if p.BootsNeeded(n, 1e-6) != 0 {
		t.Error("a millionth is found")
	}
	p.Whole, p.Boots = 2, 10
	within, between := p.Detectable(n)
	if !(between > 2*within) {
		t.Errorf("within boots %v, between %v", within, between)
	}
	if x := (Plan{Arms: 8, Boots: 15, Repetitions: 3, Alpha: 0.05}).Bound(n); !math.IsInf(x, 1) {
		t.Errorf("bound %v of 15 boots into 8 arms", x)
	}
	p.Looks, p.Boots = 1, 24
	once := p.Bound(n)
	p.Looks = 4
	if four := p.Bound(n); !(four > once) {
		t.Errorf("bound %v, of four looks %v", once, four)
	}
}
