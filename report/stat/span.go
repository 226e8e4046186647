package stat

import (
	"math"
	"slices"
)

// Term is one term of a linear model of arm means: its columns, each with a value for
// every arm, and the factors in it.
type Term struct {
	Factors []int
	Columns [][]float64
}

// contains says whether t has every factor of u and more.
func (t Term) contains(u Term) bool {
	if len(u.Factors) == 0 || len(t.Factors) <= len(u.Factors) {
		return false
	}
	return !slices.ContainsFunc(u.Factors, func(f int) bool { return !slices.Contains(t.Factors, f) })
}

// dependent is the share of a column's length that must be left for the column not
// to be a combination of those before it.
const dependent = 1e-8

// Span is what columns can explain beside the blocks: an orthogonal basis in the arms' coordinates,
// built column by column (modified Gram and Schmidt, twice).
type Span struct {
	fit *Fit
	q   [][]float64
	r   [][]float64 // of each basis column: its coefficients on q
	// basis is the place of each basis column among all that were offered; aliased has the
	// coefficients on q of the others.
	basis   []int
	aliased map[int][]float64
	offered int
}

// Span spans the terms.
func (f *Fit) Span(terms ...Term) *Span {
	s := &Span{fit: f, aliased: make(map[int][]float64)}
	for _, t := range terms {
		s.addTerm(t)
	}
	return s
}

func (s *Span) addTerm(t Term) {
	for _, c := range t.Columns {
		s.add(s.fit.arms.absorb(c))
	}
}

// add offers a column.
func (s *Span) add(column []float64) {
	v := slices.Clone(column)
	r := make([]float64, len(s.q)+1)
	for range 2 {
		for k, q := range s.q {
			d := dot(q, v)
			r[k] += d
			for i := range v {
				v[i] -= d * q[i]
			}
		}
	}
	norm, whole := math.Sqrt(dot(v, v)), math.Sqrt(dot(column, column))
	place := s.offered
	s.offered++
	if norm <= dependent*whole {
		s.aliased[place] = r[:len(s.q)]
		return
	}
	for i := range v {
		v[i] /= norm
	}
	r[len(s.q)] = norm
	s.q, s.r, s.basis = append(s.q, v), append(s.r, r), append(s.basis, place)
}

// rest is what the basis does not explain of y.
func (s *Span) rest(y []float64) []float64 {
	e := slices.Clone(y)
	for range 2 {
		for _, q := range s.q {
			d := dot(q, e)
			for i := range e {
				e[i] -= d * q[i]
			}
		}
	}
	return e
}

// onColumns turns coefficients on q into coefficients on all offered columns, 0 on those that are
// aliased: it solves R x = c from the last column back. Coefficients that are left out are 0.
func (s *Span) onColumns(c []float64) []float64 {
	x := make([]float64, len(s.q))
	for k := len(s.q) - 1; k >= 0; k-- {
		sum := 0.0
		if k < len(c) {
			sum = c[k]
		}
		for j := k + 1; j < len(s.q); j++ {
			sum -= s.r[j][k] * x[j]
		}
		x[k] = sum / s.r[k][k]
	}
	out := make([]float64, s.offered)
	for k, place := range s.basis {
		out[place] = x[k]
	}
	return out
}

// nullVectors are combinations of the columns that are zero: a linear function of
// the coefficients can be estimated when it is orthogonal to all of them.
func (s *Span) nullVectors() [][]float64 {
	var out [][]float64
	for place := range s.offered {
		if c, ok := s.aliased[place]; ok {
			v := s.onColumns(c)
			v[place] = -1
			out = append(out, v)
		}
	}
	return out
}

// with is the span with one more term; s stays as it is.
func (s *Span) with(t Term) *Span {
	more := &Span{fit: s.fit, q: slices.Clip(s.q), r: slices.Clip(s.r), basis: slices.Clip(s.basis), aliased: make(map[int][]float64)}
	more.addTerm(t)
	return more
}

// Adds is the number of directions that t adds to the span.
func (s *Span) Adds(t Term) int { return len(s.with(t).q) - len(s.q) }

// explains is the sum of squares of y in the directions that t adds to the span.
func (s *Span) explains(t Term, y []float64) float64 {
	ss := 0.0
	for _, q := range s.with(t).q[len(s.q):] {
		d := dot(q, y)
		ss += d * d
	}
	return ss
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}
