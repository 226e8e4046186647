package rank

import (
	"math"
	"math/bits"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The exact p by listing every split of the values.
func TestMannWhitneyCountsEverySplit(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		value := rapid.Float64Range(0, 4)
		if rapid.Bool().Draw(rt, "ties") {
			value = rapid.Map(rapid.IntRange(0, 3), func(i int) float64 { return float64(i) })
		}
		x := rapid.SliceOfN(value, 1, 5).Draw(rt, "x")
		y := rapid.SliceOfN(value, 1, 5).Draw(rt, "y")
		u := func(x, y []float64) float64 {
			sum := 0.0
			for _, a := range x {
				for _, b := range y {
					if a > b {
						sum++
					} else if a == b {
						sum += 0.5
					}
				}
			}
			return sum
		}
		all := slices.Concat(x, y)
		middle := float64(len(x)*len(y)) / 2
		splits, far := 0.0, 0.0
		for set := range 1 << len(all) {
			if bits.OnesCount(uint(set)) != len(x) {
				continue
			}
			var a, b []float64
			for i, v := range all {
				if set>>i&1 == 1 {
					a = append(a, v)
				} else {
					b = append(b, v)
				}
			}
			splits++
			if math.Abs(u(a, b)-middle) >= math.Abs(u(x, y)-middle) {
				far++
			}
		}
		r := MannWhitney(x, y)
		if r.U != u(x, y) || !r.Exact || math.Abs(r.P-far/splits) > 1e-12 {
			rt.Fatalf("U %v, p %v; want %v, %v", r.U, r.P, u(x, y), far/splits)
		}
		if !(r.PNormal <= r.PNormalCorrected && r.PNormalCorrected <= 1) {
			rt.Fatalf("normal %v, corrected %v", r.PNormal, r.PNormalCorrected)
		}
	})
}

func TestMannWhitneyEdges(t *testing.T) {
	if r := MannWhitney(nil, []float64{1}); !math.IsNaN(r.P) {
		t.Errorf("an empty sample: %+v", r)
	}
	if r := MannWhitney([]float64{2, 2}, []float64{2, 2, 2}); r.P != 1 || r.PNormal != 1 {
		t.Errorf("all equal: %+v", r)
	}
	many := make([]float64, 26)
	for i := range many {
		many[i] = float64(i)
	}
	if r := MannWhitney(many, []float64{3.5}); r.Exact || r.P != r.PNormalCorrected {
		t.Errorf("26 values: %+v", r)
	}
}

func TestMedianIntervalCovers(t *testing.T) {
	// 6 values: the extremes cover 1-2/64; 5 values cannot reach 95 %.
	low, high, ranks, coverage, ok := MedianInterval([]float64{6, 5, 4, 3, 2, 1}, 0.05)
	if !ok || low != 1 || high != 6 || ranks != [2]int{1, 6} || math.Abs(coverage-(1-2.0/64)) > 1e-15 {
		t.Errorf("%v %v %v %v %v", low, high, ranks, coverage, ok)
	}
	if _, _, _, _, ok := MedianInterval([]float64{1, 2, 3, 4, 5}, 0.05); ok {
		t.Error("five values cover 95 %")
	}
	if TrimmedMean([]float64{100, 1, 2, 3, -50}, 0.2) != 2 || !math.IsNaN(TrimmedMean(nil, 0.2)) {
		t.Error("trimmed mean")
	}
}

// The interval shifts with the data and holds its estimate.
func TestHodgesLehmannShifts(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		value := rapid.Map(rapid.IntRange(-1000, 1000), func(i int) float64 { return float64(i) })
		x := rapid.SliceOfN(value, 3, 9).Draw(rt, "x")
		y := rapid.SliceOfN(value, 3, 9).Draw(rt, "y")
		moved := make([]float64, len(x))
		for i, v := range x {
			moved[i] = v + 64
		}
		a, b := HodgesLehmann(x, y, 0.05), HodgesLehmann(moved, y, 0.05)
		if b.Median-a.Median != 64 || b.Low-a.Low != 64 || !(a.Low <= a.Median && a.Median <= a.High) {
			rt.Fatalf("%+v %+v", a, b)
		}
		one, two := HodgesLehmannLocation(x, 0.05), HodgesLehmannLocation(moved, 0.05)
		if two.Median-one.Median != 64 || two.High-one.High != 64 {
			rt.Fatalf("%+v %+v", one, two)
		}
	})
}
