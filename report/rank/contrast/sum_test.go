package contrast

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"vnettune/report/stat"
)

// denseWeights are the weights of the observations in l'b by least squares the long way: a column for each arm,
// each block and each covariate, solved by the singular values of the whole matrix.
func denseWeights(obs []stat.Observation, arms, blocks int, l map[int]float64) []float64 {
	covariates := 0
	for _, o := range obs {
		covariates = max(covariates, len(o.X))
	}
	x := mat.NewDense(len(obs), arms+blocks+covariates, nil)
	for i, o := range obs {
		x.Set(i, o.Arm, 1)
		x.Set(i, arms+o.Block, 1)
		for k, v := range o.X {
			x.Set(i, arms+blocks+k, v)
		}
	}
	var svd mat.SVD
	if !svd.Factorize(x, mat.SVDThin) {
		panic("no singular values")
	}
	var u, v mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	values := svd.Values(nil)
	inverse := mat.NewDense(len(values), len(values), nil)
	for i, s := range values {
		if s > 1e-9*values[0] {
			inverse.Set(i, i, 1/s)
		}
	}
	_, columns := x.Dims()
	lv := mat.NewDense(1, columns, nil)
	for arm, w := range l {
		lv.Set(0, arm, w)
	}
	var a mat.Dense
	a.Product(lv, &v, inverse, u.T())
	return a.RawRowView(0)
}

// A sum of contrasts is one contrast of the model, with its own standard error and Satterthwaite's degrees of
// freedom, whatever is missing, with covariates and without.
func TestSumIsDenseLeastSquares(t *testing.T) {
	seen := 0
	rapid.Check(t, func(rt *rapid.T) {
		obs, arms, blocks := drawn(rt)
		if rapid.Bool().Draw(rt, "covariates") {
			for i := range obs {
				obs[i].X = []float64{rapid.Float64Range(-1, 1).Draw(rt, "x")}
			}
		}
		f, err := stat.FitBlocks(obs, arms, blocks, 1e-9)
		if err != nil {
			rt.Skip()
		}
		family := New(f, Options{Alpha: 0.05, Pooled: rapid.Bool().Draw(rt, "pooled")})
		whole := rapid.IntRange(0, arms-1).Draw(rt, "whole")
		var pairs [][2]int
		l := map[int]float64{}
		for arm := range arms {
			if arm != whole && !family.Equal(arm, whole) && rapid.Bool().Draw(rt, "summed") {
				pairs = append(pairs, [2]int{arm, whole})
				l[arm]++
				l[whole]--
			}
		}
		got := family.Sum(pairs)
		if len(pairs) < 2 || !got.HasInterval() {
			return
		}
		seen++
		variance := func(arm int) float64 { return family.Moderation.V[arm] }
		if family.Kind == Separate {
			most := 0.0
			for arm := range l {
				most = math.Max(most, f.V[arm])
			}
			variance = func(arm int) float64 {
				if _, named := l[arm]; named && f.V[arm] == 0 {
					return most
				}
				return f.V[arm]
			}
		}
		diff, by := 0.0, make([]float64, arms)
		for i, a := range denseWeights(obs, arms, blocks, l) {
			diff += a * obs[i].Y
			by[obs[i].Arm] += a * a
		}
		v, raw, squares, few := 0.0, 0.0, 0.0, false
		for arm, a := range by {
			if a < 1e-15 {
				continue
			}
			if f.D[arm] == 0 {
				few = true
				continue
			}
			v += a * variance(arm)
			raw += a * f.V[arm]
			squares += a * f.V[arm] * a * f.V[arm] / f.D[arm]
		}
		near := func(what string, got, want float64) {
			if !(math.Abs(got-want) <= 1e-7*math.Max(1, math.Abs(want))) {
				rt.Fatalf("%s: %v, want %v", what, got, want)
			}
		}
		near("difference", got.Diff, diff)
		if few {
			return // nothing is claimed of such arms
		}
		near("standard error", got.SE, math.Sqrt(v))
		switch {
		case family.Kind == OneVariance:
			near("degrees of freedom", got.DF, float64(f.DF))
		case squares > 0:
			d0 := 0.0
			if family.Moderation.On {
				d0 = family.Moderation.D0
			}
			near("degrees of freedom", got.DF, math.Min(d0+raw*raw/squares, float64(f.DF)))
		}
	})
	if seen < 20 {
		t.Errorf("%d sums seen: the test proves nothing", seen)
	}
}

// What is compared across blocks adds up by standard errors; what is equal in every boot adds nothing.
func TestSumAcrossBlocksAndOfEqualArms(t *testing.T) {
	var obs []stat.Observation
	y := []float64{0.3, -0.2, 0.5, 0.1, -0.4, 0.2, 0.6, -0.1, 0.05, -0.3, 0.4, 0.15}
	for g := range 4 { // a block of the campaign is two boots, with two arms each
		for arm := range 4 {
			obs = append(obs, stat.Observation{Arm: arm, Block: 2*g + arm/2, Y: float64(arm) + y[(5*g+3*arm)%len(y)] + 0.3*float64((g+arm/2)%3)})
		}
	}
	f, err := stat.FitBlocks(obs, 4, 8, 1e-9)
	if err != nil {
		t.Fatal(err)
	}
	family := New(f, Options{Alpha: 0.05, Across: stat.FitMixed(obs, 4, []int{0, 0, 1, 1, 2, 2, 3, 3}, 1e-9)})
	one, two := family.Compare(1, 0), family.Compare(2, 0)
	got := family.Sum([][2]int{{1, 0}, {2, 0}})
	if !two.HasInterval() || math.Abs(got.SE-one.SE-two.SE) > 1e-12 || math.Abs(got.Diff-one.Diff-two.Diff) > 1e-12 || got.DF != math.Min(one.DF, two.DF) {
		t.Errorf("%+v, of %+v and %+v", got, one, two)
	}
	same := New(fitOf(t, []float64{1, 1, 1}, []float64{1, 1, 1}, []float64{1, 1, 1}, []float64{1, 3, 2}), Options{Alpha: 0.05})
	if c := same.Sum([][2]int{{1, 0}, {2, 0}}); !c.Equal || c.Diff != 0 || c.SE != 0 {
		t.Errorf("equal arms: %+v", c)
	}
	if c, alone := same.Sum([][2]int{{1, 0}, {3, 0}}), same.Compare(3, 0); c.Diff != alone.Diff || c.SE != alone.SE {
		t.Errorf("%+v, want %+v", c, alone)
	}
}
