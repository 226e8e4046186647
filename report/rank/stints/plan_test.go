package stints

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"vnettune/report/rank/boots"
	"vnettune/results/sample"
)

// The bound of a plan is the median of those that are printed.
func TestBoundIsWhatIsPrinted(t *testing.T) {
	p := Plan{Arms: 4, Boots: 24, Repetitions: 2, Primary: 1, Alpha: 0.05}
	n := Noise{Boot: 4, Interaction: 0.5, Stint: 0.2, Repetition: 2}
	rng := rand.New(rand.NewPCG(5, 5))
	var printed []float64
	for range 400 {
		level := Level{Arms: []string{"a", "b", "c", "base"}, Base: "base"}
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

func TestBoundOfAPlan(t *testing.T) {
	p := Plan{Arms: 8, Boots: 15, Repetitions: 3, Primary: 1, Alpha: 0.05}
	n := Noise{Boot: 4, Interaction: 0.25, Repetition: 4}
	if x := p.Bound(n); !math.IsInf(x, 1) {
		t.Errorf("bound %v of 15 boots into 8 arms", x)
	}
	p.Looks, p.Boots = 1, 24
	once := p.Bound(n)
	p.Looks = 4
	if four := p.Bound(n); !(four > once) {
		t.Errorf("bound %v, of four looks %v", once, four)
	}
}
