package stat

import (
	"math"
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
