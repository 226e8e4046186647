package stat

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// TTest is a two-sample or paired t test.
type TTest struct {
	// Diff is the mean of x minus that of y; SE its standard error, DF the degrees of freedom.
	Diff, SE, DF float64
	// T and P, two-sided; NaN when SE is 0.
	T, P float64
}

// Welch compares the means of two samples of at least two values each without assuming equal
// variances. DF is Welch and Satterthwaite's. With fewer values everything but Diff is NaN.
func Welch(x, y []float64) TTest {
	mx, vx := MeanVariance(x)
	my, vy := MeanVariance(y)
	ax, ay := vx/float64(len(x)), vy/float64(len(y))
	df := (ax + ay) * (ax + ay) / (ax*ax/float64(len(x)-1) + ay*ay/float64(len(y)-1))
	return NewTTest(mx-my, math.Sqrt(ax+ay), df)
}

// Paired compares two samples value by value; x and y have the same length.
func Paired(x, y []float64) TTest {
	d := make([]float64, len(x))
	for i := range x {
		d[i] = x[i] - y[i]
	}
	mean, variance := MeanVariance(d)
	return NewTTest(mean, math.Sqrt(variance/float64(len(d))), float64(len(d)-1))
}

// NewTTest tests a difference with its standard error.
func NewTTest(diff, se, df float64) TTest {
	t := TTest{Diff: diff, SE: se, DF: df, T: math.NaN(), P: math.NaN()}
	if se > 0 {
		t.T = diff / se
		t.P = TTwoSided(t.T, df)
	}
	return t
}

// Interval is the two-sided interval of Diff with the given error on each side,
// in the unit of Diff.
func (t TTest) Interval(eachSide float64) (low, high float64) {
	w := TUpper(eachSide, t.DF) * t.SE
	return t.Diff - w, t.Diff + w
}

// Percent turns a difference on the scale of 100 ln into percent.
func Percent(x float64) float64 { return 100 * math.Expm1(x/100) }

// Holm controls the chance of any false rejection: the k-th smallest p times
// m-k+1, never less than the one before (Holm 1979). It takes raw p values in any order
// and returns adjusted ones in the same order, as R's p.adjust does. A NaN counts as 1:
// a comparison that could not be made stays in its family.
func Holm(p []float64) []float64 {
	out, order := make([]float64, len(p)), ascending(p)
	running := 0.0
	for k, i := range order {
		running = math.Max(running, math.Min(1, float64(len(p)-k)*orOne(p[i])))
		out[i] = running
	}
	return out
}

// ascending is the order of p by value; equal values keep theirs.
func ascending(p []float64) []int {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(orOne(p[a]), orOne(p[b])) })
	return order
}

func orOne(p float64) float64 {
	if math.IsNaN(p) {
		return 1
	}
	return p
}

// FisherExact is the two-sided p of Fisher's exact test for x of n against y of m:
// the total probability, with both margins held, of the tables that are no more
// likely than the one seen. Probabilities within 1e-7 of each other count as equal,
// as in R's fisher.test. It is 1 where a side has no trial.
func FisherExact(x, n, y, m int) float64 {
	if n == 0 || m == 0 {
		return 1
	}
	hits := x + y
	seen := logHypergeometric(x, n, m, hits)
	p := 0.0
	for k := max(0, hits-m); k <= min(n, hits); k++ {
		if l := logHypergeometric(k, n, m, hits); l <= seen+1e-7 {
			p += math.Exp(l)
		}
	}
	return math.Min(1, p)
}

// FisherGreater is the one-sided p of Fisher's exact test for x of n or more against y of m, with
// both margins held.
func FisherGreater(x, n, y, m int) float64 {
	hits, p := x+y, 0.0
	for k := x; k <= min(n, hits); k++ {
		p += math.Exp(logHypergeometric(k, n, m, hits))
	}
	return math.Min(1, p)
}

// logHypergeometric is the logarithm of the probability of k of n when hits are
// drawn from n+m: C(n,k) C(m,hits-k) / C(n+m,hits).
func logHypergeometric(k, n, m, hits int) float64 {
	return logChoose(n, k) + logChoose(m, hits-k) - logChoose(n+m, hits)
}

func logChoose(n, k int) float64 {
	return logFactorial(n) - logFactorial(k) - logFactorial(n-k)
}

func logFactorial(n int) float64 {
	v, _ := math.Lgamma(float64(n) + 1)
	return v
}

// KruskalWallis is the p of no difference between groups of ranks, by the chi-square distribution;
// together the groups hold the ranks from 1 to their number, without ties (Kruskal and Wallis 1952).
// Groups may be empty; NaN for fewer than two that are not.
func KruskalWallis(groups [][]int) float64 {
	n, filled, h := 0.0, 0.0, 0.0
	for _, ranks := range groups {
		if len(ranks) == 0 {
			continue
		}
		sum := 0.0
		for _, r := range ranks {
			sum += float64(r)
		}
		n += float64(len(ranks))
		filled++
		h += sum * sum / float64(len(ranks))
	}
	if filled < 2 {
		return math.NaN()
	}
	h = 12/(n*(n+1))*h - 3*(n+1)
	return distuv.ChiSquared{K: filled - 1}.Survival(h)
}
