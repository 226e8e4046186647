package stat

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The limits of O'Brien and Fleming's spending function at evenly spread looks, two-sided 0.05, are those that ldbounds and
// gsDesign print (Reboussin, DeMets, Kim and Lan 2000, programs for computing group sequential bounds).
func TestSpentLevels(t *testing.T) {
	for looks, want := range map[int][]float64{
		1: {1.95996},
		2: {2.96259, 1.96857},
		3: {3.71030, 2.51143, 1.99302},
		4: {4.33263, 2.96309, 2.35902, 2.01406},
		5: {4.87688, 3.35695, 2.68026, 2.28979, 2.03100},
	} {
		for k, level := range SpentLevels(0.05, evenly(looks)) {
			if z := TUpper(level/2, math.Inf(1)); math.Abs(z-want[k]) > 2e-4 {
				t.Errorf("look %d of %d: limit %.5f, want %.5f", k+1, looks, z, want[k])
			}
		}
	}
}

// Whatever the number of looks and alpha, the levels rise, together they err as often as alpha says, and the last
// has nearly all of it. The drawn error is bounded by chance at 0.001.
func TestSpentLevelsSpendAlpha(t *testing.T) {
	for _, alpha := range []float64{0.2, 0.05, 0.05 / 7, 0.05 / 28} {
		for _, looks := range []int{2, 4, 8, 10} {
			levels := SpentLevels(alpha, evenly(looks))
			for k, level := range levels {
				if level < 0 || level > alpha*(1+1e-9) || k > 0 && level < levels[k-1] {
					t.Errorf("alpha %g: levels %v", alpha, levels)
				}
			}
			if last := levels[looks-1]; last < 0.7*alpha {
				t.Errorf("alpha %g, %d looks: the last has %g", alpha, looks, last)
			}
		}
	}
	const runs, looks, alpha = 100_000, 8, 0.05
	levels := SpentLevels(alpha, evenly(looks))
	limits := make([]float64, looks)
	for k := range limits {
		limits[k] = math.Inf(1)
		if levels[k] > 0 {
			limits[k] = TUpper(levels[k]/2, math.Inf(1))
		}
	}
	random, wrong := rand.New(rand.NewPCG(5, 0)), 0
	for range runs {
		sum := 0.0
		for k := range looks {
			sum += random.NormFloat64()
			if math.Abs(sum)/math.Sqrt(float64(k+1)) > limits[k] {
				wrong++
				break
			}
		}
	}
	if share, chance := float64(wrong)/runs, 3.29*math.Sqrt(alpha*(1-alpha)/runs); math.Abs(share-alpha) > chance {
		t.Errorf("%d looks err in %.4f of runs, want %g within %.4f", looks, share, alpha, chance)
	}
}

func evenly(looks int) []float64 {
	times := make([]float64, looks)
	for k := range times {
		times[k] = float64(k+1) / float64(looks)
	}
	return times
}
