package contrast

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"vnettune/report/stat"
)

// drawn is a random campaign: observations of arms in blocks, some missing, of any size of noise and
// effect, some arms without noise.
func drawn(rt *rapid.T) (obs []stat.Observation, arms, blocks int) {
	arms, blocks = rapid.IntRange(3, 9).Draw(rt, "arms"), rapid.IntRange(3, 6).Draw(rt, "blocks")
	for arm := range arms {
		effect := rapid.SampledFrom([]float64{0, 0, 1, 5, -5, 20}).Draw(rt, "effect")
		noise := rapid.SampledFrom([]float64{0, 0.1, 1, 1, 3}).Draw(rt, "noise")
		for block := range blocks {
			if rapid.IntRange(0, 9).Draw(rt, "lost") == 0 {
				continue
			}
			y := effect + 2*float64(block%3) + noise*rapid.Float64Range(-1, 1).Draw(rt, "y")
			obs = append(obs, stat.Observation{Arm: arm, Block: block, Y: y})
		}
	}
	return obs, arms, blocks
}

// compared has those arms take part that show noise in three boots or more.
func compared(f *stat.Fit) []int {
	var out []int
	for i, d := range f.D {
		if d > 0 && f.N[i] >= 3 {
			out = append(out, i)
		}
	}
	return out
}

// What the weights that arms share by their pattern of blocks come to is what those of each pair do.
func TestPatternsHaveTheWeightsOfEachPair(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		obs, arms, blocks := drawn(rt)
		f, err := stat.FitBlocks(obs, arms, blocks, 1e-9)
		if err != nil {
			rt.Fatal(err)
		}
		variance := make([]float64, arms)
		for arm := range variance {
			variance[arm] = 1 + float64(arm)
		}
		p, weight := newPatterns(f), make([]float64, arms)
		p.sum(variance)
		for i := range arms {
			for j := range arms {
				if i == j || f.N[i] == 0 || f.N[j] == 0 || f.Part[i] != f.Part[j] {
					continue
				}
				got := p.contrast(i, j, variance, func(arm int) float64 { return variance[arm] })
				f.SquaredWeights(i, j, weight)
				want := sums{fewest: math.Inf(1)}
				for arm, a := range weight {
					if a > negligible*slices.Max(weight) {
						want.add(a, variance[arm], f.V[arm], f.D[arm])
					}
				}
				for _, x := range [][2]float64{{got.plain, want.plain}, {got.variance, want.variance}, {got.raw, want.raw}, {got.squares, want.squares}, {got.fewest, want.fewest}} {
					if math.Abs(x[0]-x[1]) > 1e-9*math.Max(1, math.Abs(x[1])) && x[0] != x[1] {
						rt.Fatalf("%d - %d: %+v, want %+v", i, j, got, want)
					}
				}
				if got.few != want.few {
					rt.Fatalf("%d - %d: %+v, want %+v", i, j, got, want)
				}
			}
		}
	})
}

// What the table finds with few p values and quantiles is what Holm's rule says of all of them, and Hsu's
// formula: of the campaign, and where one arm has another value.
func TestPairsAreHolmsAndHsus(t *testing.T) {
	const alpha = 0.05
	differing := 0
	rapid.Check(t, func(rt *rapid.T) {
		obs, arms, blocks := drawn(rt)
		f, err := stat.FitBlocks(obs, arms, blocks, 1e-9)
		if err != nil || f.Parts != 1 {
			return
		}
		participants := compared(f)
		family := New(f, Options{Alpha: alpha})
		table := family.Pairs(participants)
		if len(participants) == 0 {
			return
		}
		arm := rapid.SampledFrom(participants).Draw(rt, "arm")
		more := append(obs[:len(obs):len(obs)], stat.Observation{Arm: arm, Block: 0, Y: rapid.Float64Range(-9, 9).Draw(rt, "found")})
		g, err := stat.FitBlocks(more, arms, blocks, 1e-9)
		if err != nil {
			rt.Fatal(err)
		}
		other := New(g, Options{Alpha: alpha})
		replaced := family.Replace(table, arm, other)

		naive := func(compare func(i, j int) Contrast) (differs map[[2]int]bool, of map[[2]int]Contrast) {
			differs, of = map[[2]int]bool{}, map[[2]int]Contrast{}
			p := make([]float64, arms*(arms-1)/2)
			for k := range p {
				p[k] = math.NaN()
			}
			k := 0
			for a, i := range participants {
				for _, j := range participants[a+1:] {
					c := compare(i, j)
					of[[2]int{i, j}], p[k] = c, c.P
					k++
				}
			}
			adjusted := stat.Holm(p)
			k = 0
			for a, i := range participants {
				for _, j := range participants[a+1:] {
					differs[[2]int{i, j}] = adjusted[k] <= alpha
					k++
				}
			}
			return differs, of
		}
		differs, contrasts := naive(family.Compare)
		for pair, want := range differs {
			if want {
				differing++
			}
			if got := table.Significant(pair[0], pair[1]); got != want {
				rt.Fatalf("pair %v: differs %v, want %v", pair, got, want)
			}
		}
		lost, otherwise := naive(func(i, j int) Contrast {
			if i == arm || j == arm {
				return other.Compare(i, j)
			}
			return family.Compare(i, j)
		})
		for pair, want := range lost {
			if pair[0] != arm && pair[1] != arm {
				continue
			}
			j := pair[0] + pair[1] - arm
			if got := replaced.Shows(j, true) || replaced.Shows(j, false); got != want {
				rt.Fatalf("pair %v with another value of arm %d: differs %v, want %v", pair, arm, got, want)
			}
		}
		for _, c := range contrasts {
			if c.NoVariance {
				return
			}
		}
		best := family.Best(table)
		upperOf := func(i int, of map[[2]int]Contrast) float64 {
			upper := math.Inf(1)
			for _, j := range participants {
				if i == j {
					continue
				}
				c := of[[2]int{min(i, j), max(i, j)}]
				if i > j {
					c = c.turned()
				}
				if !c.Equal {
					upper = math.Min(upper, c.Diff+c.Width(alpha/float64(arms-1)))
				}
			}
			return math.Max(0, upper)
		}
		for _, i := range participants {
			upper := upperOf(i, contrasts)
			if !replaced.NoVariance() {
				if got, want := best.MayIn(replaced, i), upperOf(i, otherwise) > 0; got != want {
					rt.Fatalf("arm %d may be the best with another value of arm %d: %v, want %v", i, arm, got, want)
				}
			}
			if got := best.Upper[i]; best.May[i] != (upper > 0) || !math.IsInf(upper, 1) && math.Abs(got-upper) > 1e-9*(1+upper) {
				rt.Fatalf("arm %d: upper end %v, want %v", i, got, upper)
			}
		}
	})
	if differing == 0 {
		t.Error("no pair differs: it proves little")
	}
}
