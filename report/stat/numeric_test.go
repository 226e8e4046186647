package stat

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func closeTo(t *testing.T, what string, got, want, relative float64) {
	t.Helper()
	if !(math.Abs(got-want) <= relative*math.Abs(want)) {
		t.Errorf("%s = %.15g, want %.15g", what, got, want)
	}
}

// Quantiles known in closed form: df 1 is tan, df 2 is algebraic.
func TestTUpper(t *testing.T) {
	for _, p := range []float64{0.4, 0.1, 0.025, 1e-3, 1e-6, 1e-10} {
		closeTo(t, "df 1", TUpper(p, 1), 1/math.Tan(math.Pi*p), 1e-10)
		a := 4 * p * (1 - p)
		closeTo(t, "df 2", TUpper(p, 2), (1-2*p)*math.Sqrt(2/a), 1e-10)
	}
	if TUpper(0.5, 7) != 0 {
		t.Error("the median is not 0")
	}
	closeTo(t, "normal", TUpper(0.025, math.Inf(1)), 1.959963984540054, 1e-12)
	// Cornish and Fisher's expansion, two terms; the third is below 1e-13 here.
	const z, df = 1.959963984540054, 1e5
	want := z + z*(z*z+1)/(4*df) + z*(5*z*z*z*z+16*z*z+3)/(96*df*df)
	closeTo(t, "many degrees of freedom", TUpper(0.025, df), want, 1e-10)
}

func TestTUpperInvertsTheTail(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		df := math.Exp(rapid.Float64Range(0, 9).Draw(rt, "ln df"))
		p := math.Exp(rapid.Float64Range(-25, -0.7).Draw(rt, "ln p"))
		if got := TSurvival(TUpper(p, df), df); math.Abs(got-p) > 1e-10*p {
			rt.Fatalf("df %v: P(T > t(%v)) = %v", df, p, got)
		}
	})
}

// The tail of F is computed as such: R's pf(f, d1, d2, lower.tail = FALSE).
func TestFTail(t *testing.T) {
	for _, c := range []struct{ f, d1, d2, want float64 }{
		{804.4195644, 1, 29, 1.06275257512146e-22},
		{160, 3, 20, 3.80867393133366e-14},
		{5000, 4, 12, 3.252514760391e-19},
		{2.5, 2, 8, 0.14341234550611},
		{0.3, 7, 3, 0.914125497747915},
		{0, 4, 12, 1},
	} {
		closeTo(t, "tail of F", FUpper(c.f, c.d1, c.d2), c.want, 1e-9)
	}
}

func TestTrigamma(t *testing.T) {
	closeTo(t, "trigamma(1)", trigamma(1), math.Pi*math.Pi/6, 1e-14)
	closeTo(t, "trigamma(1/2)", trigamma(0.5), math.Pi*math.Pi/2, 1e-14)
	for _, x := range []float64{1e-7, 1e-3, 0.1, 1, 10, 1e4, 1e8} {
		closeTo(t, "trigamma of its inverse", trigamma(trigammaInverse(x)), x, 1e-12)
	}
}

func TestNoncentralTail(t *testing.T) {
	// Without noncentrality it is Student's.
	for _, df := range []float64{1, 2.5, 8, 40, 3000} {
		for _, q := range []float64{0.5, 2, 6} {
			if got, want := noncentralTail(q, df, 0), TSurvival(q, df); math.Abs(got-want) > 1e-12 {
				t.Errorf("central, df %v: P(T > %v) = %v, want %v", df, q, got, want)
			}
		}
	}
	// With many degrees of freedom it is the normal tail.
	closeTo(t, "normal", noncentralTail(2, 1e9, 2.5), 0.5*math.Erfc(-0.5/math.Sqrt2), 1e-7)
	// The other way round: over the distribution of S, by Simpson's rule.
	for _, c := range []struct{ q, df, ncp float64 }{{2.1, 3, 2.8}, {30, 2, 40}, {3.7, 11.5, 4.4}, {700, 1, 800}, {2, 200, 0.3}} {
		closeTo(t, "the other integral", noncentralTail(c.q, c.df, c.ncp), noncentralOverS(c.q, c.df, c.ncp), 1e-7)
	}
}

// noncentralOverS is P(T' > q) as the integral of P(Z > q s - ncp) over the
// density of s = sqrt(chi-square/df), in the variable ln s.
func noncentralOverS(q, df, ncp float64) float64 {
	lg, _ := math.Lgamma(df / 2)
	f := func(u float64) float64 {
		s := math.Exp(u)
		density := math.Ln2 + df/2*math.Log(df/2) - lg + df*u - df/2*s*s
		return math.Exp(density) * 0.5 * math.Erfc((q*s-ncp)/math.Sqrt2)
	}
	const n = 40000
	lo, hi := -30.0, 3.0
	h := (hi - lo) / n
	sum := f(lo) + f(hi)
	for i := 1; i < n; i++ {
		sum += float64(2+2*(i%2)) * f(lo+float64(i)*h)
	}
	return sum * h / 3
}

func TestDetectableHasThePower(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		df := rapid.Float64Range(1, 300).Draw(rt, "df")
		level := rapid.Float64Range(1e-4, 0.05).Draw(rt, "level")
		ncp := Detectable(UsualPower, 1, df, level)
		if got := noncentralTail(TUpper(level, df), df, ncp); math.Abs(got-UsualPower) > 1e-9 {
			rt.Fatalf("power %v at %v", got, ncp)
		}
	})
}

func TestBootsFor(t *testing.T) {
	plan := func(sd float64) Plan {
		return func(n int) (se, df float64) { return sd * math.Sqrt(2/float64(n)), float64(2 * (n - 1)) }
	}
	power := func(n int, sd float64) float64 {
		se, df := plan(sd)(n)
		return noncentralTail(TUpper(0.025, df), df, 2/se)
	}
	for _, sd := range []float64{0.01, 0.5, 1.2, 2.3, 17} {
		n := BootsFor(UsualPower, 2, 0.025, plan(sd))
		if n < 2 || power(n, sd) < UsualPower || n > 2 && power(n-1, sd) >= UsualPower {
			t.Errorf("sd %v: %d boots", sd, n)
		}
	}
	if n := BootsFor(UsualPower, 1e-6, 0.025, plan(1000)); n != 0 {
		t.Errorf("a hopeless plan: %d boots, want 0", n)
	}
}

func TestVarianceUpper80(t *testing.T) {
	// With 2 degrees of freedom chi-square is exponential: P(X < x) = 1-exp(-x/2).
	closeTo(t, "df 2", VarianceUpper80(3, 2), 2*3/(-2*math.Log(0.8)), 1e-10)
	if !math.IsNaN(VarianceUpper80(3, 0)) || !math.IsNaN(VarianceUpper80(math.NaN(), 5)) {
		t.Error("a limit without degrees of freedom or variance")
	}
}

func TestMeanVarianceKeepsDigits(t *testing.T) {
	mean, v := MeanVariance([]float64{1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16})
	closeTo(t, "mean", mean, 1e9+10, 1e-15)
	closeTo(t, "variance", v, 30, 1e-12)
	if _, v := MeanVariance([]float64{5}); !math.IsNaN(v) {
		t.Errorf("the variance of one value is %v", v)
	}
}

func TestMedian(t *testing.T) {
	for _, tt := range []struct {
		in   []float64
		want float64
	}{{[]float64{3, 1, 2}, 2}, {[]float64{4, 1, 3, 2}, 2.5}, {[]float64{7}, 7}} {
		if got := Median(tt.in); got != tt.want {
			t.Errorf("Median(%v) = %v", tt.in, got)
		}
	}
	if !math.IsNaN(Median(nil)) {
		t.Error("the median of nothing")
	}
}

func TestModerate(t *testing.T) {
	nan := math.NaN()
	t.Run("fewer than six arms keep their own", func(t *testing.T) {
		m := Moderate([]float64{1, 2, 3, 4, 5, nan}, []float64{4, 4, 4, 4, 4, 0})
		if m.On || m.D0 != 0 || m.V[4] != 5 || !math.IsNaN(m.S0) {
			t.Errorf("%+v", m)
		}
	})
	t.Run("no variance anywhere", func(t *testing.T) {
		m := Moderate(make([]float64, 8), []float64{4, 4, 4, 4, 4, 4, 4, 4})
		if m.On || !m.NoVariance {
			t.Errorf("%+v", m)
		}
	})
	t.Run("equal variances become one", func(t *testing.T) {
		m := Moderate([]float64{2, 2, 2, 2, 2, 2, nan}, []float64{4, 4, 4, 4, 4, 4, 0})
		if !m.On || !math.IsInf(m.D0, 1) || m.V[0] != m.S0 || m.V[6] != m.S0 {
			t.Errorf("%+v", m)
		}
	})
	t.Run("moderated lies between own and common", func(t *testing.T) {
		v := []float64{0.01, 0.1, 1, 10, 100, 1000}
		m := Moderate(v, []float64{4, 4, 4, 4, 4, 4})
		if !m.On || math.IsInf(m.D0, 1) || m.D0 <= 0 {
			t.Fatalf("%+v", m)
		}
		for i := range v {
			if m.V[i] < min(v[i], m.S0) || m.V[i] > max(v[i], m.S0) {
				t.Errorf("%v becomes %v, common %v", v[i], m.V[i], m.S0)
			}
		}
	})
}
