package stat

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"
)

// dense is least squares the long way: every block a column, solved by the singular
// values of the whole matrix. What blocks that are absorbed give must be what it gives.
type dense struct {
	x      *mat.Dense
	pseudo *mat.Dense // X^+
	hat    *mat.Dense // X X^+
	y      []float64
	rank   int
	resid  []float64
	rss    float64
}

func newDense(columns [][]float64, y []float64) *dense {
	n, p := len(y), len(columns)
	d := &dense{x: mat.NewDense(n, p, nil), y: y}
	for c, column := range columns {
		d.x.SetCol(c, column)
	}
	var svd mat.SVD
	if !svd.Factorize(d.x, mat.SVDThin) {
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
			d.rank++
		}
	}
	d.pseudo, d.hat = new(mat.Dense), new(mat.Dense)
	d.pseudo.Product(&v, inverse, u.T())
	d.hat.Mul(d.x, d.pseudo)
	var fitted mat.VecDense
	fitted.MulVec(d.hat, mat.NewVecDense(n, y))
	for i := range y {
		e := y[i] - fitted.AtVec(i)
		d.resid = append(d.resid, e)
		d.rss += e * e
	}
	return d
}

// linear is l'b with its standard error by the given variances of the observations.
func (d *dense) linear(l []float64, variance []float64) (estimate, se float64, ok bool) {
	lv := mat.NewDense(1, len(l), l)
	var a, back mat.Dense
	a.Mul(lv, d.pseudo) // weights of the observations
	back.Mul(&a, d.x)
	for c := range l {
		if math.Abs(back.At(0, c)-l[c]) > 1e-8 {
			return 0, 0, false
		}
	}
	for i, y := range d.y {
		estimate += a.At(0, i) * y
		se += a.At(0, i) * a.At(0, i) * variance[i]
	}
	return estimate, math.Sqrt(se), true
}

// hc3 is the variance of each observation as HC3 has it.
func (d *dense) hc3() []float64 {
	out := make([]float64, len(d.y))
	for i, e := range d.resid {
		if rest := 1 - d.hat.At(i, i); rest > 1e-9 {
			out[i] = e / rest * e / rest
		}
	}
	return out
}

// randomDesign is a design with anything missing: cells of two or three factors, blocks
// that hold some of them, once or more, and parts that no block connects.
type randomDesign struct {
	levels []int   // of each factor
	cells  [][]int // levels of each cell
	obs    []Observation
	blocks int
}

func drawDesign(rt *rapid.T) randomDesign {
	d := randomDesign{levels: rapid.SliceOfN(rapid.IntRange(2, 3), 1, 3).Draw(rt, "levels"), blocks: rapid.IntRange(1, 7).Draw(rt, "blocks")}
	d.cells = [][]int{nil}
	for _, n := range d.levels {
		var next [][]int
		for _, cell := range d.cells {
			for level := range n {
				next = append(next, append(append([]int(nil), cell...), level))
			}
		}
		d.cells = next
	}
	rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
	share := rapid.Float64Range(0.2, 1).Draw(rt, "share of places")
	noisy := rapid.Bool().Draw(rt, "noise by factor")
	for block := range d.blocks {
		for cell, level := range d.cells {
			for range 1 + rng.IntN(2) {
				if rng.Float64() < share {
					noise := 1.0
					if noisy && level[0] == 1 {
						noise = 9
					}
					d.obs = append(d.obs, Observation{Arm: cell, Block: block, Y: 900 + 3*float64(block) + float64(cell) + noise*rng.NormFloat64()})
				}
			}
		}
	}
	return d
}

// term is the sum-to-zero coding of an interaction of factors, by cell.
func (d randomDesign) term(factors ...int) Term {
	t := Term{Factors: factors, Columns: [][]float64{ones(len(d.cells))}}
	for _, f := range factors {
		var next [][]float64
		for k := 1; k < d.levels[f]; k++ {
			for _, column := range t.Columns {
				product := append([]float64(nil), column...)
				for cell, level := range d.cells {
					switch level[f] {
					case 0:
						product[cell] *= -1
					case k:
					default:
						product[cell] = 0
					}
				}
				next = append(next, product)
			}
		}
		t.Columns = next
	}
	return t
}

func (d randomDesign) terms() []Term {
	var out []Term
	for f := range d.levels {
		out = append(out, d.term(f))
	}
	for f := range d.levels {
		for g := f + 1; g < len(d.levels); g++ {
			out = append(out, d.term(f, g))
		}
	}
	return out
}

func ones(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = 1
	}
	return x
}

// columns are those of blocks, or of a constant, and of terms, by observation.
func (d randomDesign) columns(withBlocks bool, terms ...Term) [][]float64 {
	out := [][]float64{ones(len(d.obs))}
	if withBlocks {
		for block := range d.blocks {
			column := make([]float64, len(d.obs))
			for i, o := range d.obs {
				if o.Block == block {
					column[i] = 1
				}
			}
			out = append(out, column)
		}
	}
	for _, t := range terms {
		for _, c := range t.Columns {
			column := make([]float64, len(d.obs))
			for i, o := range d.obs {
				column[i] = c[o.Arm]
			}
			out = append(out, column)
		}
	}
	return out
}

func (d randomDesign) y() []float64 {
	var y []float64
	for _, o := range d.obs {
		y = append(y, o.Y-900)
	}
	return y
}

// agree compares with the scale that the numbers have.
func agree(rt *rapid.T, what string, got, want, scale float64) {
	if !(math.Abs(got-want) <= 1e-9*(math.Abs(want)+scale)) && !(math.IsNaN(got) && math.IsNaN(want)) {
		rt.Fatalf("%s = %.15g, the long way %.15g", what, got, want)
	}
}

// Models with absorbed blocks are those with blocks as columns, to the last: rank,
// residuals, estimates and their standard errors (HC3's included), what is estimable,
// and the sums of squares of both types.
func TestModelIsDenseLeastSquares(t *testing.T) {
	robust, lost, models := 0, 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		d := drawDesign(rt)
		if len(d.obs) < 2 {
			return
		}
		f, err := FitForModel(d.obs, len(d.cells), d.blocks, LogResolution)
		if err != nil {
			rt.Fatal(err)
		}
		terms := d.terms()
		m, y := f.Model(terms), d.y()
		long := newDense(d.columns(true, terms...), y)
		scale := 1 + newDense(d.columns(false), y).rss
		if m.DF != len(y)-long.rank {
			rt.Fatalf("%d degrees of freedom, the long way %d", m.DF, len(y)-long.rank)
		}
		agree(rt, "RSS", m.RSS, long.rss, scale)
		for i := range y {
			agree(rt, "residual", m.Resid[i], long.resid[i], math.Sqrt(scale))
		}
		if m.DF < 1 || m.RSS < 1e-6 {
			return // no noise to compare
		}
		models++
		if p := d.breuschPagan(long.resid, terms); p < 0.999 { // near 1 it is all rounding
			agree(rt, "Breusch and Pagan's p", m.BreuschPagan, p, 1)
		}
		variance := ones(len(y))
		for i := range variance {
			variance[i] = m.Variance()
		}
		if m.Robust {
			robust++
			variance = long.hc3()
		}
		nuisance := len(d.columns(true))
		rng := rand.New(rand.NewPCG(uint64(len(y)), 2))
		for c := range 2 * len(m.Coefficients) {
			l := make([]float64, len(m.Coefficients))
			if c < len(l) {
				l[c] = 1
			} else {
				for k := range l {
					l[k] = float64(rng.IntN(3) - 1)
				}
			}
			got, se, ok := m.Linear(l)
			want, wantSE, wantOK := long.linear(append(make([]float64, nuisance), l...), variance)
			if ok != wantOK {
				rt.Fatalf("%v estimable: %v, the long way %v", l, ok, wantOK)
			}
			if !ok {
				lost++
				continue
			}
			agree(rt, "estimate", got, want, math.Sqrt(scale))
			agree(rt, "standard error", se, wantSE, math.Sqrt(scale))
		}
		for k, term := range terms {
			var lower, others []Term
			for i, other := range terms {
				if i != k {
					others = append(others, other)
					if !other.contains(term) {
						lower = append(lower, other)
					}
				}
			}
			two := newDense(d.columns(true, lower...), y).rss - newDense(d.columns(true, append(lower, term)...), y).rss
			if m.Estimable(k) {
				agree(rt, fmt.Sprint("type III of ", term.Factors), m.TypeThree(k), newDense(d.columns(true, others...), y).rss-long.rss, scale)
				agree(rt, fmt.Sprint("type II of ", term.Factors), m.TypeTwo(k), two, scale)
			}
		}
	})
	if robust == 0 || lost == 0 || models < 30 {
		t.Errorf("%d models, %d with unequal variances, %d functions that are not estimable: it proves little", models, robust, lost)
	}
}

// breuschPagan is Koenker's form the long way; NaN if all residuals are of one size,
// so that rounding would decide.
func (d randomDesign) breuschPagan(resid []float64, terms []Term) float64 {
	squares, sum := make([]float64, len(resid)), 0.0
	for i, e := range resid {
		squares[i] = e * e
		sum += squares[i] * squares[i]
	}
	whole, of := newDense(d.columns(false), squares), newDense(d.columns(false, terms...), squares)
	if of.rank < 2 || whole.rss < 1e-6*sum {
		return math.NaN()
	}
	n := float64(len(resid))
	return distuv.ChiSquared{K: float64(of.rank - 1)}.Survival(n * (1 - of.rss/whole.rss))
}

// So is the fit of arms, whether blocks or arms are eliminated first: contrasts, what weights the
// arms' observations have in them, and the degrees of freedom of each arm's own variance.
func TestFitIsDenseLeastSquares(t *testing.T) {
	apart := 0
	rapid.Check(t, func(rt *rapid.T) {
		d := drawDesign(rt)
		if len(d.obs) < 2 {
			return
		}
		armsFirst := rapid.Bool().Draw(rt, "arms first")
		f, err := fitBlocks(d.obs, len(d.cells), d.blocks, LogResolution, armsFirst)
		if err != nil {
			rt.Fatal(err)
		}
		arms := Term{}
		for cell := range d.cells {
			column := make([]float64, len(d.cells))
			column[cell] = 1
			arms.Columns = append(arms.Columns, column)
		}
		y := d.y()
		long := newDense(d.columns(true, arms), y)
		scale := 1 + newDense(d.columns(false), y).rss
		if f.DF != len(y)-long.rank {
			rt.Fatalf("%d degrees of freedom, the long way %d", f.DF, len(y)-long.rank)
		}
		free := make([]float64, len(d.cells))
		for i, o := range d.obs {
			agree(rt, "residual", f.Resid[i], long.resid[i], math.Sqrt(scale))
			free[o.Arm] += 1 - long.hat.At(i, i)
		}
		nuisance := len(d.columns(true))
		weight := make([]float64, len(d.cells))
		for i := range d.cells {
			if f.N[i] >= 2 {
				agree(rt, "degrees of freedom of an arm", f.D[i], free[i], 1)
			}
			for j := range d.cells {
				if i == j || f.N[i] == 0 || f.N[j] == 0 {
					continue
				}
				l := make([]float64, nuisance+len(d.cells))
				l[nuisance+i], l[nuisance+j] = 1, -1
				want, se, ok := long.linear(l, ones(len(y)))
				if ok != (f.Part[i] == f.Part[j]) {
					rt.Fatalf("arms %d and %d: comparable the long way %v, parts %v", i, j, ok, f.Part)
				}
				if !ok {
					apart++
					continue
				}
				agree(rt, "contrast", f.Mean[i]-f.Mean[j], want, math.Sqrt(scale))
				f.SquaredWeights(i, j, weight)
				sum := 0.0
				for _, w := range weight {
					sum += w
				}
				agree(rt, "sum of squared weights", sum, se*se, 1)
			}
		}
	})
	if apart == 0 {
		t.Error("no design fell apart: it proves little")
	}
}
