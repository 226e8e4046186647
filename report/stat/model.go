package stat

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Model is a linear model of the arms' means beside the blocks: y = block + terms.
type Model struct {
	// Span is what its terms can explain; further terms can be tested against it.
	Span  *Span
	Terms []Term
	// From is the index of each term's first coefficient in Coefficients.
	From         []int
	Coefficients []float64
	// Rank counts the directions of the terms, DF the residual degrees of freedom.
	Rank, DF int
	// RSS is the residual sum of squares, Resid the residuals by observation.
	RSS   float64
	Resid []float64
	// BreuschPagan is the p of equal variances; Robust says that it is below 0.01, and standard
	// errors are HC3's.
	BreuschPagan float64
	Robust       bool

	y, rest []float64 // the arms' effects in their coordinates: all, and what the span leaves
	null    [][]float64
	// inverse is (X'X)^-, covariance that of the coefficients.
	inverse, covariance [][]float64
}

// Model fits the terms to the observations of f, which FitForModel made.
func (f *Fit) Model(terms []Term) *Model {
	m := f.plainModel(terms)
	m.BreuschPagan = m.equalVariances()
	m.Robust = m.BreuschPagan < robustBelow
	m.setCovariance()
	return m
}

// plainModel is the model without standard errors. Its residuals are those of arms and blocks plus
// the distance of the arms' means from the model.
func (f *Fit) plainModel(terms []Term) *Model {
	m := &Model{Span: f.Span(), Terms: terms, y: f.arms.absorb(f.effect)}
	for _, t := range terms {
		m.From = append(m.From, m.Span.offered)
		m.Span.addTerm(t)
	}
	c := make([]float64, len(m.Span.q))
	for k, q := range m.Span.q {
		c[k] = dot(q, m.y)
	}
	m.Coefficients = m.Span.onColumns(c)
	m.null = m.Span.nullVectors()
	m.rest = m.Span.rest(m.y)
	m.Rank = len(m.Span.q)
	m.DF = len(f.Obs) - f.usedBlocks() - m.Rank - f.Covariates()
	m.residuals(f)
	return m
}

// usedBlocks counts the blocks with an observation.
func (f *Fit) usedBlocks() int {
	n := 0
	for _, rows := range f.Blocks {
		if len(rows) > 0 {
			n++
		}
	}
	return n
}

// residuals sets Resid and RSS.
func (m *Model) residuals(f *Fit) {
	off := m.byArm(f, m.Coefficients)
	for arm := range off {
		off[arm] = f.effect[arm] - off[arm]
	}
	m.Resid = make([]float64, len(f.Obs))
	pure := 0.0
	for _, rows := range f.Blocks {
		centre := meanOf(rows, func(i int) float64 { return off[f.Obs[i].Arm] })
		for _, i := range rows {
			m.Resid[i] = f.Resid[i] + off[f.Obs[i].Arm] - centre
			pure += f.Resid[i] * f.Resid[i]
		}
	}
	m.RSS = pure + dot(m.rest, m.rest)
}

// byArm is the sum of the columns with the given coefficients, by arm.
func (m *Model) byArm(f *Fit, coefficients []float64) []float64 {
	out := make([]float64, f.Arms)
	for k, t := range m.Terms {
		for c, column := range t.Columns {
			if b := coefficients[m.From[k]+c]; b != 0 {
				for arm, v := range column {
					out[arm] += b * v
				}
			}
		}
	}
	return out
}

// Variance is the residual mean square; NaN without degrees of freedom.
func (m *Model) Variance() float64 {
	if m.DF < 1 {
		return math.NaN()
	}
	return m.RSS / float64(m.DF)
}

// estimable says whether a linear function of the coefficients has an estimate.
func (m *Model) estimable(l []float64) bool {
	for _, v := range m.null {
		if math.Abs(dot(l, v)) > 1e-7 {
			return false
		}
	}
	return true
}

// Linear estimates l'b, where b are the Coefficients, with its standard error; ok is false if the
// combinations cannot tell.
func (m *Model) Linear(l []float64) (estimate, se float64, ok bool) {
	if !m.estimable(l) {
		return math.NaN(), math.NaN(), false
	}
	variance := 0.0
	for a, v := range l {
		if v != 0 {
			variance += v * dot(m.covariance[a], l)
		}
	}
	return dot(l, m.Coefficients), math.Sqrt(variance), true
}

// Estimable says whether every coefficient of term k has an estimate.
func (m *Model) Estimable(k int) bool {
	l := make([]float64, m.Span.offered)
	for c := range m.Terms[k].Columns {
		l[m.From[k]+c] = 1
		if !m.estimable(l) {
			return false
		}
		l[m.From[k]+c] = 0
	}
	return true
}

// Further says how much of the residual sum of squares one more term would explain, and in how many
// directions.
func (m *Model) Further(t Term) (ss float64, df int) {
	return m.Span.explains(t, m.rest), m.Span.Adds(t)
}

// TypeThree is the sum of squares of estimable term k after all others; a coding that sums to zero
// makes it the test of effects averaged evenly over the other factors' levels.
func (m *Model) TypeThree(k int) float64 { return m.quadratic(k, m.inverse) }

// TypeTwo is the sum of squares of term k after all terms that do not contain it: what the
// directions that the term adds to them explain of y.
func (m *Model) TypeTwo(k int) float64 {
	var without []Term
	for i, t := range m.Terms {
		if i != k && !t.contains(m.Terms[k]) {
			without = append(without, t)
		}
	}
	if len(without) == len(m.Terms)-1 {
		return m.TypeThree(k) // nothing contains it, so the two are the same
	}
	return m.Span.fit.Span(without...).explains(m.Terms[k], m.y)
}

// Wald is the F of term k with the model's covariance; for equal variances and an
// estimable term it is the type III F.
func (m *Model) Wald(k int) float64 {
	return m.quadratic(k, m.covariance) / float64(len(m.Terms[k].Columns))
}

// quadratic is b'V^-1 b of term k's coefficients b and their part V of a covariance;
// NaN if V has no inverse. With (X'X)^- it is the sum of squares of type III.
func (m *Model) quadratic(k int, covariance [][]float64) float64 {
	n := len(m.Terms[k].Columns)
	from := m.From[k]
	v := mat.NewSymDense(n, nil)
	b := mat.NewVecDense(n, nil)
	for i := range n {
		b.SetVec(i, m.Coefficients[from+i])
		for j := i; j < n; j++ {
			v.SetSym(i, j, covariance[from+i][from+j])
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
