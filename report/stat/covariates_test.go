package stat

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// Arms, blocks and covariates give what dense least squares gives, whichever of arms and blocks is
// eliminated first: also where columns are combinations of others, and where parts hang apart.
func TestCovariatesAgreeWithDense(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := drawDesign(rt)
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "covariates"), 2))
		count := rapid.IntRange(1, 4).Draw(rt, "number")
		for i := range d.obs {
			x := make([]float64, count)
			for k := range x {
				x[k] = float64(rng.IntN(3)) / 2
			}
			if count > 2 {
				x[2] = x[0] + x[1] + float64(d.obs[i].Arm) // says nothing new
			}
			d.obs[i].X = x
		}
		if len(d.obs) < 3 {
			rt.Skip("nothing to fit")
		}
		arms := len(d.cells)
		columns := d.columns(true)[1:]
		for arm := range arms {
			column := make([]float64, len(d.obs))
			for i, o := range d.obs {
				if o.Arm == arm {
					column[i] = 1
				}
			}
			columns = append(columns, column)
		}
		y := make([]float64, len(d.obs))
		for i := range y {
			y[i] = d.obs[i].Y
		}
		for k := range count {
			column := make([]float64, len(d.obs))
			for i, o := range d.obs {
				column[i] = o.X[k]
			}
			columns = append(columns, column)
		}
		want := newDense(columns, y)
		for _, first := range []bool{false, true} {
			f, err := fitBlocks(d.obs, arms, d.blocks, LogResolution, first)
			if err != nil {
				rt.Fatal(err)
			}
			if f.DF != len(d.obs)-want.rank {
				rt.Fatalf("degrees of freedom %d, want %d", f.DF, len(d.obs)-want.rank)
			}
			for i := range d.obs {
				near(rt, "residual", f.Resid[i], want.resid[i], 1e-7)
				near(rt, "1-leverage", f.Free[i], math.Max(0, 1-want.hat.At(i, i)), 1e-7)
			}
			// A contrast that the data can tell is the same whatever is left out; its squared weights, too.
			variance := make([]float64, len(d.obs))
			by := make([]float64, arms)
			for i := range arms {
				for j := range i {
					if f.Part[i] < 0 || f.Part[i] != f.Part[j] {
						continue
					}
					l := make([]float64, len(columns))
					l[d.blocks+i], l[d.blocks+j] = 1, -1
					for k := range variance {
						variance[k] = float64(1 + d.obs[k].Arm)
					}
					estimate, se, ok := want.linear(l, variance)
					if !ok {
						continue
					}
					near(rt, "contrast", f.Mean[i]-f.Mean[j], estimate, 1e-6)
					f.SquaredWeights(i, j, by)
					sum := 0.0
					for arm, a := range by {
						sum += a * float64(1+arm)
					}
					near(rt, "variance of a contrast", sum, se*se, 1e-7)
				}
			}
		}
	})
}

func near(t *rapid.T, what string, got, want, within float64) {
	t.Helper()
	if math.Abs(got-want) > within*math.Max(1, math.Abs(want)) {
		t.Fatalf("%s %v, want %v", what, got, want)
	}
}
