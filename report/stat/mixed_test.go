package stat

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// mixedCase is a data set with what R's lmerTest makes of it; testdata/mixed.R has the commands.
type mixedCase struct {
	Name string `json:"name"`
	Rows []struct {
		Arm         string
		Boot, Block int
		X           []float64
		Y           float64
	} `json:"rows"`
	BootVariance float64 `json:"boot_variance"`
	UnitVariance float64 `json:"unit_variance"`
	Contrasts    []struct {
		Arm, Against     string
		Estimate, SE, DF float64
	} `json:"contrasts"`
}

func (c mixedCase) observations() (obs []Observation, arms []string, group []int) {
	for _, r := range c.Rows {
		if !slices.Contains(arms, r.Arm) {
			arms = append(arms, r.Arm)
		}
	}
	slices.Sort(arms)
	for _, r := range c.Rows {
		for len(group) <= r.Boot {
			group = append(group, 0)
		}
		group[r.Boot] = r.Block - 1
		obs = append(obs, Observation{Arm: slices.Index(arms, r.Arm), Block: r.Boot, Y: r.Y, X: r.X})
	}
	return obs, arms, group
}

func TestMixedAgreesWithLmerTest(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "mixed.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []mixedCase }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Cases) < 5 {
		t.Fatalf("%d cases", len(file.Cases))
	}
	for _, c := range file.Cases {
		obs, arms, group := c.observations()
		m := FitMixed(obs, len(arms), group, LogResolution)
		if m == nil {
			t.Fatalf("%s: no fit", c.Name)
		}
		within(t, c.Name+": variance", m.Variance, c.UnitVariance, 1e-5)
		within(t, c.Name+": variance of boots", m.Lambda*m.Variance, c.BootVariance, 1e-5)
		for _, k := range c.Contrasts {
			diff, se, df := m.Contrast(slices.Index(arms, k.Arm), slices.Index(arms, k.Against))
			what := fmt.Sprintf("%s: %s - %s: ", c.Name, k.Arm, k.Against)
			within(t, what+"estimate", diff, k.Estimate, 1e-5)
			within(t, what+"standard error", se, k.SE, 1e-5)
			within(t, what+"degrees of freedom", df, k.DF, 1e-3)
		}
	}
}

func within(t *testing.T, what string, got, want, share float64) {
	t.Helper()
	if !(math.Abs(got-want) <= share*math.Max(1, math.Abs(want))) {
		t.Errorf("%s %v, want %v", what, got, want)
	}
}

// naiveDeviance is -2 times the restricted likelihood the long way, with whole matrices.
func naiveDeviance(x *mat.Dense, y *mat.VecDense, boot []int, lambda float64) (deviance, variance float64, beta *mat.VecDense, of *mat.Dense) {
	n, p := x.Dims()
	v := mat.NewDense(n, n, nil)
	for i := range n {
		for j := range n {
			if boot[i] == boot[j] {
				v.Set(i, j, lambda)
			}
		}
		v.Set(i, i, 1+lambda)
	}
	var vi, xvx, xv, inverse mat.Dense
	if vi.Inverse(v) != nil {
		panic("singular")
	}
	xv.Mul(x.T(), &vi)
	xvx.Mul(&xv, x)
	if inverse.Inverse(&xvx) != nil {
		panic("singular")
	}
	var xvy mat.VecDense
	xvy.MulVec(&xv, y)
	beta = new(mat.VecDense)
	beta.MulVec(&inverse, &xvy)
	var rest mat.VecDense
	rest.MulVec(x, beta)
	rest.SubVec(y, &rest)
	q := mat.Inner(&rest, &vi, &rest)
	df := float64(n - p)
	logV, _ := mat.LogDet(v)
	logX, _ := mat.LogDet(&xvx)
	return logV + logX + df*math.Log(q/df) + df, q / df, beta, &inverse
}

// Over random designs the fit is that of whole matrices, with the likelihood searched on a grid and the
// degrees of freedom from differences of it.
func TestMixedAgreesWithNaive(t *testing.T) {
	interior := 0
	for seed := range uint64(12) {
		rng := rand.New(rand.NewPCG(seed, 5))
		arms, blocks := 3+rng.IntN(3), 4+rng.IntN(3)
		var obs []Observation
		var group []int
		for b := range blocks {
			for level := range 2 {
				boot := 2 * rng.NormFloat64()
				group = append(group, b)
				for arm := range arms {
					if (arm == 0) == (level == 1) && (b < 2 || rng.Float64() > 0.15) {
						obs = append(obs, Observation{Arm: arm, Block: len(group) - 1, Y: 50 + float64(b) + boot + rng.NormFloat64(), X: []float64{rng.Float64()}})
					}
				}
			}
		}
		x, y, boot := mat.NewDense(len(obs), arms+blocks, nil), mat.NewVecDense(len(obs), nil), make([]int, len(obs))
		for i, o := range obs {
			x.Set(i, o.Arm, 1)
			if g := group[o.Block]; g > 0 {
				x.Set(i, arms+g-1, 1)
			}
			x.Set(i, arms+blocks-1, o.X[0])
			y.SetVec(i, o.Y)
			boot[i] = o.Block
		}
		profile := func(lambda float64) float64 {
			d, _, _, _ := naiveDeviance(x, y, boot, lambda)
			return d
		}
		best := 0.0
		for l := -8.0; l < 8; l += 0.25 {
			if lambda := math.Exp(l); profile(lambda) < profile(best) {
				best = lambda
			}
		}
		if best > 0 { // golden section
			lo, hi := best*math.Exp(-0.3), best*math.Exp(0.3)
			for range 60 {
				a, b := hi-(hi-lo)*0.618033988749895, lo+(hi-lo)*0.618033988749895
				if profile(a) < profile(b) {
					hi = b
				} else {
					lo = a
				}
			}
			best = (lo + hi) / 2
		}
		m := FitMixed(obs, arms, group, LogResolution)
		within(t, "lambda", m.Lambda, best, 1e-5)
		_, s, beta, inverse := naiveDeviance(x, y, boot, m.Lambda)
		n, p := x.Dims()
		deviance := func(lambda, v float64) float64 { // not maximised over the variance
			d, at, _, _ := naiveDeviance(x, y, boot, lambda)
			df := float64(n - p)
			return d - df*math.Log(at) - df + df*math.Log(v) + df*at/v
		}
		for arm := 1; arm < arms; arm++ {
			l := mat.NewVecDense(p, nil)
			l.SetVec(0, -1)
			l.SetVec(arm, 1)
			diff, se, df := m.Contrast(arm, 0)
			within(t, "difference", diff, mat.Dot(l, beta), 1e-6)
			within(t, "standard error", se, math.Sqrt(s*mat.Inner(l, inverse, l)), 1e-6)
			if m.Lambda == 0 {
				within(t, "degrees of freedom", df, float64(n-p), 1e-9)
				continue
			}
			interior++
			at := [2]float64{m.Lambda, s}
			of := func(z [2]float64) float64 { return deviance(z[0], z[1]) }
			variance := func(z [2]float64) float64 {
				_, _, _, inverse := naiveDeviance(x, y, boot, z[0])
				return z[1] * mat.Inner(l, inverse, l)
			}
			var h [2][2]float64
			var g [2]float64
			for a := range 2 {
				up, down := at, at
				step := 1e-4 * at[a]
				up[a], down[a] = at[a]+step, at[a]-step
				g[a] = (variance(up) - variance(down)) / (2 * step)
				for b := range 2 {
					other := 1e-4 * at[b]
					pp, pm, mp, mm := up, up, down, down
					pp[b], pm[b], mp[b], mm[b] = pp[b]+other, pm[b]-other, mp[b]+other, mm[b]-other
					h[a][b] = (of(pp) - of(pm) - of(mp) + of(mm)) / (4 * step * other)
				}
			}
			det := h[0][0]*h[1][1] - h[0][1]*h[1][0]
			gAg := 2 * (g[0]*g[0]*h[1][1] - 2*g[0]*g[1]*h[0][1] + g[1]*g[1]*h[0][0]) / det
			v := variance(at)
			within(t, "degrees of freedom", df, 2*v*v/gAg, 1e-3)
		}
	}
	if interior < 10 {
		t.Errorf("%d contrasts with a variance of boots", interior)
	}
}
