package rank

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// fittedModel is a linear model of boots on factors and blocks.
type fittedModel struct {
	terms []modelTerm
	from  []int // first column of each term
	y     []float64
	basis *orthogonal
	null  [][]float64
	beta  []float64
	resid []float64
	df    int
	rss   float64
	// inverse is (X'X)^-, covariance that of beta; with robust it is HC3's.
	inverse, covariance *mat.SymDense
	// breuschPagan is the p of equal variances.
	breuschPagan float64
	robust       bool
}

// robustBelow is the p of equal variances below which HC3 standard errors are used.
const robustBelow = 0.01

// fitModel fits y on the terms.
func fitModel(terms []modelTerm, y []float64) *fittedModel {
	m := &fittedModel{terms: terms, y: y, basis: newOrthogonal()}
	for _, t := range terms {
		m.from = append(m.from, m.basis.offered)
		for _, c := range t.columns {
			m.basis.add(c)
		}
	}
	c := make([]float64, len(m.basis.q))
	for k, q := range m.basis.q {
		c[k] = dot(q, y)
	}
	m.beta = m.basis.onColumns(c)
	m.null = m.basis.nullVectors()
	m.resid = m.basis.residuals(y)
	m.rss = dot(m.resid, m.resid)
	m.df = len(y) - len(m.basis.q)
	m.breuschPagan = m.equalVariances()
	m.robust = m.breuschPagan < robustBelow
	m.setCovariance()
	return m
}

// variance is the residual mean square; NaN without degrees of freedom.
func (m *fittedModel) variance() float64 {
	if m.df < 1 {
		return math.NaN()
	}
	return m.rss / float64(m.df)
}

// equalVariances is Breusch and Pagan's test in Koenker's form: n R^2 of the
// squared residuals on the columns of the factors is chi-square. The question is
// whether noise depends on settings, so the blocks are left out. NaN where there
// is nothing to test.
func (m *fittedModel) equalVariances() float64 {
	squares := make([]float64, len(m.resid))
	for i, e := range m.resid {
		squares[i] = e * e
	}
	mean, v := meanVariance(squares)
	o := newOrthogonal()
	o.add(m.terms[0].columns[0])
	for _, t := range m.terms {
		for _, c := range t.columns {
			if len(t.factors) > 0 {
				o.add(c)
			}
		}
	}
	if m.df < 1 || !(v > 0) || m.rss < exactZero*float64(len(m.y)) || len(o.q) < 2 {
		return math.NaN()
	}
	for i := range squares {
		squares[i] -= mean
	}
	rest := o.residuals(squares)
	n := float64(len(m.y))
	share := 1 - dot(rest, rest)/(v*(n-1))
	return distuv.ChiSquared{K: float64(len(o.q) - 1)}.Survival(n * share)
}

// setCovariance is (X'X)^-, times s^2 or made HC3's, which weighs each residual by
// 1/(1-leverage) (MacKinnon and White 1985).
func (m *fittedModel) setCovariance() {
	rank := len(m.basis.q)
	// Row k: the coefficients on the columns of basis vector q_k.
	back := mat.NewDense(rank, m.basis.offered, nil)
	for k := range rank {
		unit := make([]float64, rank)
		unit[k] = 1
		back.SetRow(k, m.basis.onColumns(unit))
	}
	plain := mat.NewSymDense(rank, nil)
	for k := range rank {
		plain.SetSym(k, k, 1)
	}
	m.inverse = sandwich(back, plain)
	middle := mat.NewSymDense(rank, nil)
	for k := range rank {
		middle.SetSym(k, k, m.variance())
	}
	if m.robust {
		weight := make([]float64, len(m.y))
		for i, e := range m.resid {
			rest := 1.0
			for _, q := range m.basis.q {
				rest -= q[i] * q[i]
			}
			if rest > tinyResidual {
				weight[i] = e / rest * e / rest
			}
		}
		for a := range rank {
			for b := a; b < rank; b++ {
				sum := 0.0
				for i, w := range weight {
					sum += m.basis.q[a][i] * m.basis.q[b][i] * w
				}
				middle.SetSym(a, b, sum)
			}
		}
	}
	m.covariance = sandwich(back, middle)
}

// sandwich is back' middle back.
func sandwich(back *mat.Dense, middle *mat.SymDense) *mat.SymDense {
	var half, whole mat.Dense
	half.Mul(middle, back)
	whole.Mul(back.T(), &half)
	n := whole.RawMatrix().Rows
	out := mat.NewSymDense(n, nil)
	for a := range n {
		for b := a; b < n; b++ {
			out.SetSym(a, b, whole.At(a, b))
		}
	}
	return out
}

// estimable says whether a linear function of the coefficients has an estimate.
func (m *fittedModel) estimable(l []float64) bool {
	for _, v := range m.null {
		if math.Abs(dot(l, v)) > 1e-7 {
			return false
		}
	}
	return true
}

// linear is the estimate of l'beta with its standard error; ok is false where it
// has none.
func (m *fittedModel) linear(l []float64) (estimate, se float64, ok bool) {
	if !m.estimable(l) {
		return math.NaN(), math.NaN(), false
	}
	v := mat.NewVecDense(len(l), l)
	return dot(l, m.beta), math.Sqrt(mat.Inner(v, m.covariance, v)), true
}

// termEstimable says whether every coefficient of term k has an estimate.
func (m *fittedModel) termEstimable(k int) bool {
	l := make([]float64, m.basis.offered)
	for c := range m.terms[k].columns {
		l[m.from[k]+c] = 1
		if !m.estimable(l) {
			return false
		}
		l[m.from[k]+c] = 0
	}
	return true
}

// typeThree is the sum of squares of estimable term k after all others; the coding
// makes it the test of effects averaged evenly over the other factors' levels.
func (m *fittedModel) typeThree(k int) float64 { return m.quadratic(k, m.inverse) }

// typeTwo is the sum of squares of term k after all terms that do not contain it: what
// the directions that the term adds to them take of y.
func (m *fittedModel) typeTwo(k int) float64 {
	var without []modelTerm
	for i, t := range m.terms {
		if i != k && !t.contains(m.terms[k]) {
			without = append(without, t)
		}
	}
	if len(without) == len(m.terms)-1 {
		return m.typeThree(k) // nothing contains it: the two are one
	}
	o := basisOf(without)
	return o.explains(m.terms[k], m.y)
}

// wald is the F of term k with the model's covariance; for equal variances and an
// estimable term it is the type III F.
func (m *fittedModel) wald(k int) float64 {
	return m.quadratic(k, m.covariance) / float64(len(m.terms[k].columns))
}

// quadratic is b'V^-1 b of term k's coefficients b and their part V of a covariance;
// NaN where V has no inverse. With (X'X)^- it is the sum of squares of type III.
func (m *fittedModel) quadratic(k int, covariance *mat.SymDense) float64 {
	n := len(m.terms[k].columns)
	from := m.from[k]
	v := mat.NewSymDense(n, nil)
	b := mat.NewVecDense(n, nil)
	for i := range n {
		b.SetVec(i, m.beta[from+i])
		for j := i; j < n; j++ {
			v.SetSym(i, j, covariance.At(from+i, from+j))
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(v) {
		return math.NaN()
	}
	var x mat.VecDense
	if chol.SolveVecTo(&x, b) != nil {
		return math.NaN()
	}
	return mat.Dot(b, &x)
}
