package contrast

import (
	"math"
	"slices"
	"testing"

	"vnettune/report/stat"
)

// fitOf fits arms of one boot a block each, given by their y.
func fitOf(t *testing.T, arms ...[]float64) *stat.Fit {
	t.Helper()
	var obs []stat.Observation
	blocks := 0
	for arm, ys := range arms {
		for block, y := range ys {
			obs = append(obs, stat.Observation{Arm: arm, Block: block, Y: y})
			blocks = max(blocks, block+1)
		}
	}
	f, err := stat.FitBlocks(obs, len(arms), blocks, 1e-12)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Arms that gave one and the same value in every boot are equal, whatever the blocks and other arms
// say; it takes three boots on both sides.
func TestEqualInEveryBoot(t *testing.T) {
	noisy := []float64{1, 3, 2, 5}
	for _, tt := range []struct {
		name string
		a, b []float64
		want bool
	}{
		{"zero in all", []float64{0, 0, 0}, []float64{0, 0, 0}, true},
		{"up to rounding", []float64{0.5, 0.5, 0.5}, []float64{0.5, 0.5 + 1e-13, 0.5}, true},
		{"two boots", []float64{0, 0, 0}, []float64{0, 0}, false},
		{"one boot is another", []float64{0, 0, 0, 0}, []float64{0, 0, 0, 1e-6}, false},
		{"constant and different", []float64{1, 1, 1}, []float64{0, 0, 0}, false},
	} {
		c := New(fitOf(t, tt.a, tt.b, noisy), Options{Alpha: 0.05, Baseline: 0}).Compare(1, 0)
		if c.Equal != tt.want {
			t.Errorf("%s: %+v", tt.name, c)
		}
		if tt.want && (c.Diff != 0 || c.SE != 0 || !math.IsNaN(c.P) || c.Around(0.025) != Ends{}) {
			t.Errorf("%s: %+v: the difference is zero and has no test", tt.name, c)
		}
	}
}

// Equal arms bound each other in neither minimum of the comparison with the best.
func TestEqualArmsAndTheBest(t *testing.T) {
	zero := []float64{0, 0, 0, 0, 0}
	f := New(fitOf(t, zero, zero, []float64{-3, -4, -3.5, -4.2, -2.8}, []float64{-5, -6.5, -6, -5.5, -7}), Options{Alpha: 0.05})
	all := []int{0, 1, 2, 3}
	table := f.Pairs(all)
	best := f.Best(table)
	if !slices.Equal(best.Members, []int{0, 1}) {
		t.Fatalf("may be the best: %v", best.Members)
	}
	for _, i := range []int{0, 1} {
		want := math.Inf(1)
		for _, j := range []int{2, 3} {
			c := table.Get(i, j)
			want = math.Min(want, c.Diff+c.Width(0.05/3))
		}
		if math.Abs(best.Upper[i]-want) > 1e-12 || best.Lower[i] != 0 {
			t.Errorf("arm %d: [%v, %v], want [0, %v]", i, best.Lower[i], best.Upper[i], want)
		}
	}
	// Where everything is equal no width bounds the ends.
	same := New(fitOf(t, zero, zero), Options{Alpha: 0.05})
	if b := same.Best(same.Pairs([]int{0, 1})); b == nil || !math.IsNaN(b.Upper[0]) || len(b.Members) != 2 {
		t.Errorf("all equal: %+v", b)
	}
}

// A side of Welch's test that shows no variance gets the other's, whose degrees of freedom stay.
func TestWelchWithAConstantSide(t *testing.T) {
	f := fitOf(t, []float64{1, 1, 1}, []float64{1, 2, 3, 6})
	const mean, v = 3.0, 14.0 / 3 // of the second arm
	for _, tt := range []struct {
		i, j int
		diff float64
	}{{1, 0, mean - 1}, {0, 1, 1 - mean}} {
		got := WelchTest(f, tt.i, tt.j)
		if math.Abs(got.Diff-tt.diff) > 1e-12 || math.Abs(got.SE-math.Sqrt(v/3+v/4)) > 1e-12 || got.DF != 3 {
			t.Errorf("%d - %d: %+v", tt.i, tt.j, got)
		}
	}
	if got := WelchTest(fitOf(t, []float64{1, 1, 1}, []float64{2, 2, 2}), 0, 1); got.SE != 0 || got.Diff != -1 {
		t.Errorf("both constant: %+v", got)
	}
}

// The baseline's noise is not borrowed away; a quiet one borrows as every arm does.
func TestBaselineKeepsItsNoise(t *testing.T) {
	arms := [][]float64{{9, -8, 7, -9, 8}, {1, 0.5, -1, 0, 0.3}, {0.4, 1.1, -0.7, 0, 0.2}, {-1, 0.8, 0.1, 0.6, -0.4}, {0, 0.7, 1, -0.8, -0.3}, {0.2, -1.2, 0.6, 0.4, 0}}
	f := fitOf(t, arms...)
	plain := stat.Moderate(f.V, f.D)
	for base := range arms {
		m := New(f, Options{Alpha: 0.05, Baseline: base}).Moderation
		if !m.On || m.D0 != plain.D0 || m.S0 != plain.S0 {
			t.Errorf("baseline %d: prior %v, %v; want %v, %v", base, m.D0, m.S0, plain.D0, plain.S0)
		}
		for i, v := range m.V {
			want := plain.V[i]
			if i == base {
				want = math.Max(f.V[i], want)
			}
			if v != want {
				t.Errorf("baseline %d, arm %d: variance %v, want %v", base, i, v, want)
			}
		}
	}
	if !(f.V[0] > plain.V[0]) {
		t.Errorf("the noisy arm has %v, moderated %v: the case proves nothing", f.V[0], plain.V[0])
	}
}
