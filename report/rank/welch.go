package rank

import "math"

// TTest is a two-sample or paired t test.
type TTest struct {
	// Diff is the mean of x minus that of y; SE its standard error, DF the degrees
	// of freedom.
	Diff, SE, DF float64
	// T and P, two-sided; NaN when SE is 0.
	T, P float64
}

// Welch compares the means of two samples of at least two values each without
// assuming equal variances. DF is Welch and Satterthwaite's. With fewer values
// everything but Diff is NaN.
func Welch(x, y []float64) TTest {
	mx, vx := meanVariance(x)
	my, vy := meanVariance(y)
	ax, ay := vx/float64(len(x)), vy/float64(len(y))
	df := (ax + ay) * (ax + ay) / (ax*ax/float64(len(x)-1) + ay*ay/float64(len(y)-1))
	return newTTest(mx-my, math.Sqrt(ax+ay), df)
}

// Paired compares two samples value by value; x and y have the same length.
func Paired(x, y []float64) TTest {
	d := make([]float64, len(x))
	for i := range x {
		d[i] = x[i] - y[i]
	}
	mean, variance := meanVariance(d)
	return newTTest(mean, math.Sqrt(variance/float64(len(d))), float64(len(d)-1))
}

func newTTest(diff, se, df float64) TTest {
	t := TTest{Diff: diff, SE: se, DF: df, T: math.NaN(), P: math.NaN()}
	if se > 0 {
		t.T = diff / se
		t.P = tTwoSided(t.T, df)
	}
	return t
}

// Interval is the two-sided interval of Diff with the given error on each side,
// in the unit of Diff.
func (t TTest) Interval(eachSide float64) (low, high float64) {
	w := tUpper(eachSide, t.DF) * t.SE
	return t.Diff - w, t.Diff + w
}

// percent turns a difference on the scale of 100 ln into percent.
func percent(x float64) float64 { return 100 * math.Expm1(x/100) }
