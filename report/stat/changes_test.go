package stat

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

func TestChangePoints(t *testing.T) {
	series := func(seed uint64, levels ...float64) []float64 {
		rng := rand.New(rand.NewPCG(seed, 9))
		var x []float64
		for _, level := range levels {
			for range 10 {
				x = append(x, level+rng.NormFloat64())
			}
		}
		return x
	}
	for _, tt := range []struct {
		name string
		x    []float64
		want []int
	}{
		{"one level", series(1, 0, 0, 0), nil},
		{"a step", series(2, 0, 8), []int{10}},
		{"two steps", series(3, 0, 8, -8), []int{10, 20}},
		{"too short to split", []float64{0, 0, 0, 0, 9, 9, 9, 9}, nil},
		{"constant", make([]float64, 20), nil},
	} {
		var got []int
		for _, s := range ChangePoints(tt.x) {
			got = append(got, s.At)
			if !(s.P > 0 && s.P <= changeAlpha) {
				t.Errorf("%s: p %v", tt.name, s.P)
			}
		}
		if !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
		if again := ChangePoints(tt.x); len(again) != len(got) {
			t.Errorf("%s: another answer the second time", tt.name)
		}
	}
}

// The sums that are moved along are those of the definition.
func TestEnergySplitByDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	x := make([]float64, 23)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	mean := func(a, b []float64, same bool) float64 {
		sum, n := 0.0, 0.0
		for i, u := range a {
			for j, v := range b {
				if !same || i != j {
					sum, n = sum+math.Abs(u-v), n+1
				}
			}
		}
		return sum / n
	}
	at, best := 0, math.Inf(-1)
	for s := changeSegment; s <= len(x)-changeSegment; s++ {
		l, r := x[:s], x[s:]
		m, n := float64(len(l)), float64(len(r))
		if q := m * n / (m + n) * (2*mean(l, r, false) - mean(l, l, true) - mean(r, r, true)); q > best {
			at, best = s, q
		}
	}
	if gotAt, got := energySplit(x); gotAt != at || math.Abs(got-best) > 1e-9 {
		t.Errorf("%d %v, want %d %v", gotAt, got, at, best)
	}
}

// run draws n seconds of the level with one percent of noise.
func run(seed uint64, levels ...float64) []float64 {
	rng := rand.New(rand.NewPCG(seed, 9))
	var x []float64
	for _, level := range levels {
		for range 10 {
			x = append(x, level*(1+0.01*rng.NormFloat64()))
		}
	}
	return x
}

// The pruned search finds what trying every set of changes finds.
func TestMeanChangesIsExact(t *testing.T) {
	for seed := range uint64(30) {
		x := run(seed, 9000+50*float64(seed), 9000)[4:18]
		sigma := differenceSigma(x)
		penalty := 3 * math.Log(float64(len(x))) * sigma * sigma
		cost := func(changes []int) float64 {
			total, from := penalty*float64(len(changes)), 0
			for _, to := range append(slices.Clone(changes), len(x)) {
				_, v := MeanVariance(x[from:to])
				total += v * float64(to-from-1)
				from = to
			}
			return total
		}
		best := math.Inf(1)
		for set := range 1 << (len(x) - 1) {
			var changes []int
			last, ok := 0, true
			for i := 1; i < len(x); i++ {
				if set>>(i-1)&1 == 1 {
					ok = ok && i-last >= meanSegment
					changes, last = append(changes, i), i
				}
			}
			if ok && len(x)-last >= meanSegment {
				best = math.Min(best, cost(changes))
			}
		}
		if got := cost(MeanChanges(x)); got > best*(1+1e-9) {
			t.Errorf("seed %d: cost %v, the best is %v", seed, got, best)
		}
	}
}
