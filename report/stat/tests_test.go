package stat

import (
	"math"
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// A comparison that could not be made counts as 1 and stays in the family.
func TestAdjustCountsMissingAsOne(t *testing.T) {
	got := Holm([]float64{0.01, math.NaN(), 0.02})
	if d := cmp.Diff([]float64{0.03, 1, 0.04}, got); d != "" {
		t.Error(d)
	}
	if len(Holm(nil)) != 0 {
		t.Error("an empty family")
	}
}

// Holm's p lies between the raw one and Bonferroni's, and keeps the order.
func TestAdjustProperties(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := rapid.SliceOfN(rapid.Float64Range(0, 1), 1, 20).Draw(rt, "p")
		holm := Holm(p)
		for i := range p {
			if !(p[i] <= holm[i] && holm[i] <= math.Min(1, float64(len(p))*p[i])) {
				rt.Fatalf("p %v: holm %v in a family of %d", p[i], holm[i], len(p))
			}
			for j := range p {
				if p[i] < p[j] && holm[i] > holm[j] {
					rt.Fatal("the order of p values is lost")
				}
			}
		}
	})
}

// TestFisherExact: R's fisher.test(matrix(c(x, n-x, y, m-y), 2))$p.value.
func TestFisherExact(t *testing.T) {
	for _, c := range []struct {
		x, n, y, m int
		want       float64
	}{
		{6, 6, 0, 6, 0.0021645021645021658},
		{1, 6, 0, 6, 1},
		{3, 10, 0, 20, 0.029556650246305407},
		{0, 5, 0, 5, 1},
		{2, 7, 3, 9, 1},
		{10, 50, 2, 100, 0.00031727376300575436},
		{5, 5, 5, 5, 1},
		{0, 8, 7, 12, 0.014654282765737886},
		{40, 1000, 90, 1000, 6.9970669590413653e-06},
		{0, 0, 3, 5, 1},
	} {
		if got := FisherExact(c.x, c.n, c.y, c.m); math.Abs(got/c.want-1) > 1e-9 {
			t.Errorf("%d of %d against %d of %d: p %v, want %v", c.x, c.n, c.y, c.m, got, c.want)
		}
		if a, b := FisherExact(c.x, c.n, c.y, c.m), FisherExact(c.y, c.m, c.x, c.n); math.Abs(a-b) > 1e-12 {
			t.Errorf("%d of %d against %d of %d: %v, the other way round %v", c.x, c.n, c.y, c.m, a, b)
		}
	}
}

// choose is the binomial coefficient, exactly.
func choose(n, k int) *big.Int { return new(big.Int).Binomial(int64(n), int64(k)) }

// The one-sided p is the hypergeometric tail; counted here in whole numbers.
func TestFisherGreater(t *testing.T) {
	for _, c := range []struct{ x, n, y, m int }{
		{10, 20, 0, 20}, {0, 20, 0, 20}, {3, 3, 0, 3}, {1, 10, 5, 10}, {5, 5, 5, 5}, {2, 4, 1, 50}, {40, 1000, 20, 1000},
	} {
		hits, tail := c.x+c.y, new(big.Int)
		for k := c.x; k <= min(c.n, hits); k++ {
			if hits-k <= c.m {
				tail.Add(tail, new(big.Int).Mul(choose(c.n, k), choose(c.m, hits-k)))
			}
		}
		want, _ := new(big.Rat).SetFrac(tail, choose(c.n+c.m, hits)).Float64()
		if got := FisherGreater(c.x, c.n, c.y, c.m); math.Abs(got/want-1) > 1e-9 {
			t.Errorf("%d of %d against %d of %d: p %v, want %v", c.x, c.n, c.y, c.m, got, want)
		}
	}
}

// Of three groups the chi-square tail is exp(-H/2), of two erfc(sqrt(H/2)).
func TestKruskalWallis(t *testing.T) {
	for _, tt := range []struct {
		name   string
		groups [][]int
		h      float64
		three  bool
	}{
		// H = 12/(n(n+1)) times the sum of n_i (mean rank - (n+1)/2)^2
		{"in turn", [][]int{{1, 2, 3}, {4, 5, 6}, {7, 8, 9}}, 12.0 / 90 * 3 * (9 + 0 + 9), true},
		{"alike", [][]int{{1, 6}, {2, 5}, {3, 4}}, 0, true},
		{"an empty group is none", [][]int{{1, 2}, {}, {3, 4}, {5, 6}}, 12.0 / 42 * 2 * (4 + 0 + 4), true},
		{"two groups", [][]int{{1, 2, 3}, {4, 5, 6}}, 12.0 / 42 * 3 * (2.25 + 2.25), false},
	} {
		want := math.Erfc(math.Sqrt(tt.h / 2))
		if tt.three {
			want = math.Exp(-tt.h / 2)
		}
		if got := KruskalWallis(tt.groups); math.Abs(got-want) > 1e-9 {
			t.Errorf("%s: p %v, want %v", tt.name, got, want)
		}
	}
	if got := KruskalWallis([][]int{{1, 2, 3}, {}}); !math.IsNaN(got) {
		t.Errorf("one group: p %v", got)
	}
}
