package stat

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// Of two means the studentized range is sqrt(2) |t|.
func TestStudentRangeOfTwo(t *testing.T) {
	for _, df := range []float64{1, 2, 3.5, 9, 60, 5000, math.Inf(1)} {
		for _, q := range []float64{0.1, 1, 4, 9, 30} {
			want := TTwoSided(q/math.Sqrt2, df)
			if got := NewRange(2).Tail(q, df); math.Abs(got-want) > 1e-9*want+1e-14 {
				t.Errorf("df %v: P(Q > %v) = %v, want %v", df, q, got, want)
			}
		}
	}
}

// With lambda 0 the comparisons are independent given the scale; of one comparison
// it is Student's t.
func TestControlOfOneIsStudent(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		df := math.Exp(rapid.Float64Range(0.7, 8).Draw(rt, "ln df"))
		x := rapid.Float64Range(0.05, 12).Draw(rt, "t")
		c := NewControl([]int{rapid.IntRange(1, 30).Draw(rt, "control"), rapid.IntRange(1, 30).Draw(rt, "n")}, 0)
		for _, two := range []bool{false, true} {
			want := TSurvival(x, df)
			if two {
				want *= 2
			}
			if got := c.Tail(x, df, two); math.Abs(got-want) > 1e-5*want+1e-11 { // what the integral is good to at thousands of degrees of freedom
				rt.Fatalf("two-sided %v, df %v: %v, want %v", two, df, got, want)
			}
		}
	})
	free := Control{{Lambda: 0, Count: 7}}
	q := normalUpper(2.2)
	closeTo(t, "independent", free.Tail(2.2, math.Inf(1), false), 1-math.Pow(1-q, 7), 1e-12)
}

// An arm without boots stays in the family.
func TestControlKeepsTheFamily(t *testing.T) {
	with, without := NewControl([]int{5, 5, 5, 0}, 0), NewControl([]int{5, 5, 5}, 0)
	if with.Upper(0.05, 8, true) <= without.Upper(0.05, 8, true) {
		t.Error("the family shrank")
	}
}

// The same integrals by Simpson's rule on a fine grid.
func TestTailsByAnotherRule(t *testing.T) {
	simpson := func(f func(float64) float64, lo, hi float64, n int) float64 {
		h := (hi - lo) / float64(n)
		sum := f(lo) + f(hi)
		for i := 1; i < n; i++ {
			sum += float64(2+2*(i%2)) * f(lo+float64(i)*h)
		}
		return sum * h / 3
	}
	for _, k := range []int{3, 20, 128, 1000} {
		for _, w := range []float64{0.5, 3, 6, 9} {
			want := simpson(func(z float64) float64 {
				below, beyond := normalUpper(-z), normalUpper(w-z)
				n := float64(k - 1)
				return float64(k) * normalDensity(z) * (math.Pow(below, n) - math.Pow(math.Max(0, below-beyond), n))
			}, -9, 9, 20000)
			if got := NewRange(k).known(w); math.Abs(got-want) > 1e-8*want+1e-12 {
				t.Errorf("range of %d: P(W > %v) = %v, want %v", k, w, got, want)
			}
		}
	}
	c := Control{{0.4, 3}, {0.8, 60}}
	for _, x := range []float64{0.5, 2.5, 5} {
		want := simpson(func(z float64) float64 {
			p := 1.0
			for _, g := range c {
				rest := math.Sqrt(1 - g.Lambda*g.Lambda)
				p *= math.Pow(normalUpper(-(x-g.Lambda*z)/rest)-normalUpper((x+g.Lambda*z)/rest), g.Count)
			}
			return normalDensity(z) * (1 - p)
		}, -9, 9, 20000)
		if got := c.Tail(x, math.Inf(1), true); math.Abs(got-want) > 1e-7*want+1e-12 {
			t.Errorf("control: tail at %v = %v, want %v", x, got, want)
		}
	}
	for _, df := range []float64{1, 2, 7, 60, 1000} {
		if got := overScale(df, func(float64) float64 { return 1 }); math.Abs(got-1) > 1e-9 {
			t.Errorf("df %v: the density sums to %v", df, got)
		}
		if got := overScale(df, func(s float64) float64 { return s * s }); math.Abs(got-1) > 1e-8 {
			t.Errorf("df %v: the mean of s^2 is %v", df, got)
		}
	}
}
