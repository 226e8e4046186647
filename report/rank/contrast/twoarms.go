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
	if x, y := BlockPairs(f); len(x) >= MinPairs {
		t := stat.Paired(x, y)
		return &twoArms{paired: true, test: t, noVariance: f.Variance(t.SE*t.SE) == 0}
	}
	t := &twoArms{few: f.N[0] < 2 || f.N[1] < 2}
	for arm := range 2 {
		f.Mean[arm] = f.Raw[arm]
		f.D[arm] = math.Max(0, float64(f.N[arm]-1))
		_, v := stat.MeanVariance(valuesOf(f, arm))
		f.V[arm] = f.Variance(v)
	}
	t.test = WelchTest(f, 0, 1)
	t.noVariance = f.V[0] == 0 && f.V[1] == 0
	return t
}

// valuesOf are the boots of an arm.
func valuesOf(f *stat.Fit, arm int) []float64 {
	var y []float64
	for _, b := range f.Obs {
		if b.Arm == arm {
			y = append(y, b.Y)
		}
	}
	return y
}

// WelchTest is Welch's test of all boots of arm i less those of arm j, blocks ignored. No variance in
// a few boots is not the absence of noise: if one side shows none, both get the other's, and the
// degrees of freedom stay those of the side that varies. If both show none, SE is 0.
func WelchTest(f *stat.Fit, i, j int) stat.TTest {
	x, y := valuesOf(f, i), valuesOf(f, j)
	_, vx := stat.MeanVariance(x)
	_, vy := stat.MeanVariance(y)
	vx, vy = f.Variance(vx), f.Variance(vy)
	t := stat.Welch(x, y)
	if vx > 0 && vy > 0 || len(x) < 2 || len(y) < 2 {
		return t
	}
	df := float64(len(x) - 1)
	if vx == 0 {
		df = float64(len(y) - 1)
	}
	v := math.Max(vx, vy)
	return stat.NewTTest(t.Diff, math.Sqrt(v/float64(len(x))+v/float64(len(y))), df)
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

func (t *twoArms) compare(i, j int) Contrast {
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
