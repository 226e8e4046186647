package stat

import (
	"math"
	"testing"
)

// A covariate beside arms and blocks, with two boots of an arm in a block and cells that are missing: R's
// summary(lm(y ~ arm + block + x)) of the same numbers.
func TestSlopeAgainstR(t *testing.T) {
	arms := []int{0, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 0, 1}
	blocks := []int{0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4}
	x := []float64{0.5, -1.2, 2.1, 0.3, -0.7, 1.9, -2.2, 0.8, -0.4, 1.1, -1.5, 0.6, 2.4, -0.9, 1.3, -2.0}
	y := []float64{10.1, 8.7, 13.9, 9.6, 7.4, 11.8, 5.9, 12.2, 11.5, 10.4, 8.1, 12.7, 12.9, 9.9, 12.0, 8.8}
	obs := make([]Observation, len(y))
	for i := range y {
		obs[i] = Observation{Arm: arms[i], Block: blocks[i], Y: y[i], X: x[i : i+1]}
	}
	f, err := FitBlocks(obs, 3, 5, 0)
	if err != nil {
		t.Fatal(err)
	}
	slope, se := f.Slope()
	for _, c := range []struct {
		what      string
		got, want float64
	}{
		{"slope", slope, 1.198717237554}, {"its standard error", se, 0.116989413727},
		{"arm a", f.Mean[1] - f.Mean[0], 1.205524199140}, {"arm b", f.Mean[2] - f.Mean[0], -0.670585217030},
		{"residual variance", f.Pooled, 0.373308810613}, {"degrees of freedom", float64(f.DF), 8},
	} {
		if math.Abs(c.got-c.want) > 1e-10 {
			t.Errorf("%s: %.12f, R has %.12f", c.what, c.got, c.want)
		}
	}
	by := make([]float64, 3)
	for arm, want := range map[int]float64{1: 0.370095977901, 2: 0.407465581981} {
		f.SquaredWeights(arm, 0, by)
		if got := math.Sqrt(f.Pooled * (by[0] + by[1] + by[2])); math.Abs(got-want) > 1e-10 {
			t.Errorf("standard error of arm %d: %.12f, R has %.12f", arm, got, want)
		}
	}
	if slope, _ := mustFit(t, obs[:3], 3, 5).Slope(); !math.IsNaN(slope) {
		t.Errorf("a slope of boots of which each has a mean of its own: %v", slope)
	}
}

func mustFit(t *testing.T, obs []Observation, arms, blocks int) *Fit {
	t.Helper()
	for i := range obs {
		obs[i].X = nil
	}
	f, err := FitBlocks(obs, arms, blocks, 0)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
