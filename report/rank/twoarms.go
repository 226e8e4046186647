package rank

import "math"

// minPairs is the least number of blocks with both arms for the paired test.
const minPairs = 6

// twoArms compares the only two arms there are: with enough blocks by the paired
// t test on block differences, else by Welch's test on all boots, blocks ignored.
type twoArms struct {
	method Method
	test   TTest
	// noVariance: the test has no standard error.
	noVariance bool
	// few: an arm has fewer than two boots; nothing can be tested.
	few bool
}

// newTwoArms prepares the comparison of arm 0 with arm 1 from the fit. Under
// Welch's test it makes the fit's per-arm numbers those of the raw boots, so that
// estimates and differences agree.
func newTwoArms(f *fit) *twoArms {
	x, y := pairs(f)
	if len(x) >= minPairs {
		t := &twoArms{method: MethodPaired, test: Paired(x, y)}
		if t.test.SE*t.test.SE < exactZero {
			t.noVariance = true
		}
		return t
	}
	t := &twoArms{method: MethodWelch, few: f.n[0] < 2 || f.n[1] < 2}
	values := make([][]float64, 2)
	for _, b := range f.boots {
		values[b.arm] = append(values[b.arm], b.y)
	}
	for arm := range values {
		f.mean[arm] = f.raw[arm]
		f.d[arm] = math.Max(0, float64(f.n[arm]-1))
		_, f.v[arm] = meanVariance(values[arm])
		if f.v[arm] < exactZero {
			f.v[arm] = 0
		}
	}
	t.test = Welch(values[0], values[1])
	if v := math.Max(f.v[0], f.v[1]); v == 0 {
		t.noVariance = true
	} else if f.v[0] == 0 || f.v[1] == 0 {
		// No variance in a few boots is not the absence of noise: both arms get the
		// larger one; the degrees of freedom stay those of the arm that shows it.
		se := math.Sqrt(v/float64(f.n[0]) + v/float64(f.n[1]))
		t.test = newTTest(t.test.Diff, se, t.test.DF)
	}
	return t
}

// pairs returns the block means of both arms over the blocks that hold both.
func pairs(f *fit) (x, y []float64) {
	for _, rows := range f.blockRows {
		sum, n := [2]float64{}, [2]float64{}
		for _, i := range rows {
			sum[f.boots[i].arm] += f.boots[i].y
			n[f.boots[i].arm]++
		}
		if n[0] > 0 && n[1] > 0 {
			x = append(x, sum[0]/n[0])
			y = append(y, sum[1]/n[1])
		}
	}
	return x, y
}

func (t *twoArms) compare(i, j int) contrast {
	c := noContrast()
	c.comparable = true
	c.diff = t.test.Diff
	if i > j {
		c.diff = -c.diff
	}
	switch {
	case t.few:
	case t.noVariance:
		c.se, c.noVariance = 0, true
	default:
		c.se, c.df, c.p = t.test.SE, t.test.DF, t.test.P
	}
	return c
}
