package contrast

import (
	"math"

	"vnettune/report/stat"
)

// MinPairs is the least number of blocks with both arms for the paired test.
const MinPairs = 6

// twoArms compares the only two arms there are: with enough blocks by the paired
// t test on block differences, else by Welch's test on all boots, blocks ignored.
type twoArms struct {
	paired bool
	test   stat.TTest
	// noVariance: the test has no standard error.
	noVariance bool
	// few: an arm has fewer than two boots; nothing can be tested.
	few bool
}

// newTwoArms prepares the comparison of arm 0 with arm 1 from the fit. Under Welch's test it makes
// the fit's per-arm numbers those of the raw boots, so that estimates and differences agree.
func newTwoArms(f *stat.Fit) *twoArms {
	x, y := BlockPairs(f)
	if len(x) >= MinPairs {
		t := &twoArms{paired: true, test: stat.Paired(x, y)}
		if t.test.SE*t.test.SE < stat.ExactZero {
			t.noVariance = true
		}
		return t
	}
	t := &twoArms{few: f.N[0] < 2 || f.N[1] < 2}
	values := make([][]float64, 2)
	for _, b := range f.Obs {
		values[b.Arm] = append(values[b.Arm], b.Y)
	}
	for arm := range values {
		f.Mean[arm] = f.Raw[arm]
		f.D[arm] = math.Max(0, float64(f.N[arm]-1))
		_, f.V[arm] = stat.MeanVariance(values[arm])
		if f.V[arm] < stat.ExactZero {
			f.V[arm] = 0
		}
	}
	t.test = stat.Welch(values[0], values[1])
	if v := math.Max(f.V[0], f.V[1]); v == 0 {
		t.noVariance = true
	} else if f.V[0] == 0 || f.V[1] == 0 {
		// No variance in a few boots is not the absence of noise: both arms get the
		// larger one; the degrees of freedom stay those of the arm that shows it.
		se := math.Sqrt(v/float64(f.N[0]) + v/float64(f.N[1]))
		t.test = stat.NewTTest(t.test.Diff, se, t.test.DF)
	}
	return t
}

// BlockPairs returns the block means of both arms over the blocks that hold both.
func BlockPairs(f *stat.Fit) (x, y []float64) {
	for _, rows := range f.Blocks {
		sum, n := [2]float64{}, [2]float64{}
		for _, i := range rows {
			sum[f.Obs[i].Arm] += f.Obs[i].Y
			n[f.Obs[i].Arm]++
		}
		if n[0] > 0 && n[1] > 0 {
			x = append(x, sum[0]/n[0])
			y = append(y, sum[1]/n[1])
		}
	}
	return x, y
}

func (t *twoArms) Compare(i, j int) Contrast {
	c := None()
	c.Comparable = true
	c.Diff = t.test.Diff
	if i > j {
		c.Diff = -c.Diff
	}
	switch {
	case t.few:
	case t.noVariance:
		c.SE, c.NoVariance = 0, true
	default:
		c.SE, c.DF, c.P = t.test.SE, t.test.DF, t.test.P
	}
	return c
}
