package contrast

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"vnettune/report/stat"
)

// drawn is a campaign of random arms, some of whose boots are missing, so that arms have boots in
// different blocks.
func drawn(t *testing.T, rng *rand.Rand, arms, blocks int, missing float64) *stat.Fit {
	t.Helper()
	var obs []stat.Observation
	for b := range blocks {
		shift := 3 * rng.NormFloat64()
		for a := range arms {
			if rng.Float64() >= missing {
				obs = append(obs, stat.Observation{Arm: a, Block: b, Y: shift + float64(a%5) + (1+float64(a%3))*rng.NormFloat64()})
			}
		}
	}
	f, err := stat.FitBlocks(obs, arms, blocks, stat.LogResolution)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func withNoise(f *stat.Fit) []int {
	var out []int
	for i, d := range f.D {
		if d > 0 {
			out = append(out, i)
		}
	}
	return out
}

// The weights that patterns remember are those of least squares, pair by pair.
func TestPatternsAreLeastSquares(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 20 {
		f := drawn(t, rng, 4+rng.IntN(12), 3+rng.IntN(6), 0.2)
		p := newPatterns(f)
		want := make([]float64, f.Arms)
		for _, i := range withNoise(f) {
			for _, j := range withNoise(f) {
				if i == j || f.Part[i] != f.Part[j] {
					continue
				}
				f.SquaredWeights(i, j, want)
				largest := slices.Max(want)
				got := make([]float64, f.Arms)
				p.visit(i, j, func(k int, a float64) { got[k] += a })
				for k := range got {
					if math.Abs(got[k]-want[k]) > 1e-10*largest {
						t.Fatalf("pair %d, %d: arm %d has the weight %v, by least squares %v", i, j, k, got[k], want[k])
					}
				}
			}
		}
	}
}

// Holm's rule and Hsu's comparison, which look at few pairs closely, come to what they would with all
// of them in full.
func TestTableIsWhatItWouldBeInFull(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	for range 30 {
		f := drawn(t, rng, 6+rng.IntN(15), 4+rng.IntN(6), 0.15)
		if f.Parts > 1 {
			continue
		}
		family := New(f, Options{Alpha: 0.05})
		table := family.Pairs(withNoise(f))
		checkHolm(t, table)
		checkBest(t, f, family, table)
		checkReplaced(t, rng, f, family, table)
	}
}

func checkHolm(t *testing.T, table *Table) {
	t.Helper()
	p := make([]float64, len(table.contrast))
	for k, c := range table.contrast {
		p[k] = c.tested().P
	}
	for k, adjusted := range stat.Holm(p) {
		if table.differs[k] != (adjusted <= 0.05) {
			t.Errorf("pair %d: differs %v, adjusted p %v", k, table.differs[k], adjusted)
		}
	}
}

func checkBest(t *testing.T, f *stat.Fit, family *Family, table *Table) {
	t.Helper()
	best := family.Best(table)
	width := func(c Contrast) float64 { return c.Width(0.05 / float64(f.Arms-1)) }
	for _, i := range table.participants {
		upper := math.Inf(1)
		for _, j := range table.participants {
			if j != i {
				c := table.Get(i, j)
				upper = math.Min(upper, c.Diff+width(c))
			}
		}
		lower := 0.0
		for _, j := range best.Members {
			if j != i {
				c := table.Get(i, j)
				lower = math.Min(lower, c.Diff-width(c))
			}
		}
		if best.Upper[i] != math.Max(0, upper) || best.Lower[i] != lower || best.May[i] != (upper > 0) {
			t.Errorf("arm %d: [%v, %v], may be the best %v; in full [%v, %v]", i, best.Lower[i], best.Upper[i], best.May[i], lower, math.Max(0, upper))
		}
	}
}

// checkReplaced compares the pairs of one arm, replaced, with a table in which they stand.
func checkReplaced(t *testing.T, rng *rand.Rand, f *stat.Fit, family *Family, table *Table) {
	t.Helper()
	arm := table.participants[rng.IntN(len(table.participants))]
	obs := slices.Clone(f.Obs)
	obs = append(obs, stat.Observation{Arm: arm, Block: 0, Y: 20 * rng.NormFloat64()})
	other, err := stat.FitBlocks(obs, f.Arms, len(f.Blocks), stat.LogResolution)
	if err != nil {
		t.Fatal(err)
	}
	r := family.Replace(table, arm, New(other, Options{Alpha: 0.05}))
	full := &Table{arms: table.arms, participants: table.participants, contrast: slices.Clone(table.contrast), differs: make([]bool, len(table.differs))}
	for _, j := range table.participants {
		switch {
		case j < arm:
			full.contrast[full.at(j, arm)] = r.own[j].turned()
		case j > arm:
			full.contrast[full.at(arm, j)] = r.own[j]
		}
	}
	family.settle(full)
	best, inFull := family.Best(table), family.Best(full)
	for _, j := range table.participants {
		if j != arm && r.differs[j] != full.Significant(arm, j) {
			t.Errorf("arms %d and %d: differ %v, in full %v", arm, j, r.differs[j], full.Significant(arm, j))
		}
		if best.MayIn(r, j) != inFull.May[j] {
			t.Errorf("arm %d, with the pairs of %d replaced: may be the best %v, in full %v", j, arm, best.MayIn(r, j), inFull.May[j])
		}
	}
}

// The bounds of quantiles hold them.
func TestQuantilesAreBounded(t *testing.T) {
	q := newQuantiles(0.001)
	for _, df := range []float64{1, 1.019, 1.7, 4, 11.3, 250, 1e7, math.Inf(1)} {
		least, most := q.bounds(df)
		if x := q.at(df); !(least <= x && x <= most) || most > 1.2*least {
			t.Errorf("%v degrees of freedom: %v is not within [%v, %v]", df, x, least, most)
		}
	}
}
