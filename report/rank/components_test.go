package rank

import (
	"math"
	"testing"
)

// Components are those of each group about its own mean: shifting a group changes
// nothing.
func TestComponentsIgnoreGroupMeans(t *testing.T) {
	group := [][]float64{{1, 2, 4}, {7, 8, 9}, {3, 3, 5}}
	moved := make([][]float64, len(group))
	for i, reps := range group {
		for _, v := range reps {
			moved[i] = append(moved[i], v+1000)
		}
	}
	one, both := NewComponents([][][]float64{group}), NewComponents([][][]float64{group, moved})
	closeTo(t, "boots", both.Boot, one.Boot, 1e-9)
	closeTo(t, "repetitions", both.Rep, one.Rep, 1e-9)
	if both.DF != 4 || both.Boots != 6 || both.Reps != 3 {
		t.Errorf("%+v", both)
	}
}

func TestComponentsUnknown(t *testing.T) {
	if c := NewComponents([][][]float64{{{1}, {2}, {4}}}); !math.IsNaN(c.Rep) || !math.IsNaN(c.Boot) || c.PlannedRepetitions(1, 1, false) != 0 {
		t.Errorf("one repetition: %+v", c)
	}
	if c := NewComponents([][][]float64{{{1, 2}}}); !math.IsNaN(c.Boot) || c.Rep != 0.5 {
		t.Errorf("one boot: %+v", c)
	}
}

func TestPlannedRepetitions(t *testing.T) {
	for _, tt := range []struct {
		boot, rep float64
		pilot     bool
		want      int
	}{{1, 1, false, 3}, {0, 1, false, 10}, {100, 1, false, 1}, {100, 1, true, 2}, {1, 1000, false, 10}} {
		c := Components{Boot: tt.boot, Rep: tt.rep}
		if got := c.PlannedRepetitions(150, 15, tt.pilot); got != tt.want {
			t.Errorf("%+v: %d", tt, got)
		}
	}
}

func TestBootstrapBoots(t *testing.T) {
	mean := func(x []float64) float64 {
		m, _ := meanVariance(x)
		return m
	}
	boots := make([]float64, 30)
	for i := range boots {
		boots[i] = math.Sqrt(float64(i))
	}
	b, ok := BootstrapBoots(boots, mean, 0.05, 2000, 7)
	again, _ := BootstrapBoots(boots, mean, 0.05, 2000, 7)
	if !ok || b != again {
		t.Error("the same seed gives another interval")
	}
	// Over all resamples the standard error is sqrt((n-1)/n) times the usual one.
	_, v := meanVariance(boots)
	if se := math.Sqrt(v / 30 * 29 / 30); math.Abs(b.SE-se) > 0.1*se || !(b.BCa[0] < b.Theta && b.Theta < b.BCa[1]) {
		t.Errorf("%+v, standard error %v", b, se)
	}
	if _, ok := BootstrapBoots(boots[:19], mean, 0.05, 10, 7); ok {
		t.Error("19 boots give an interval")
	}
	equal := make([]float64, 20)
	if jackknifeSkew(equal, mean) != 0 {
		t.Error("equal boots have a skew")
	}
}
