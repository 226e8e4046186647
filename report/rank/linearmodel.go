package rank

import (
	"math"
	"slices"
)

// modelTerm is one term of a linear model: its columns, and the factors in it;
// the constant and the blocks have none.
type modelTerm struct {
	name     string
	settings []string
	factors  []int
	columns  [][]float64
}

// contains says whether every factor of u is in t, which has more of them.
func (t modelTerm) contains(u modelTerm) bool {
	if len(u.factors) == 0 || len(t.factors) <= len(u.factors) {
		return false
	}
	found := 0
	for _, f := range u.factors {
		for _, g := range t.factors {
			if f == g {
				found++
			}
		}
	}
	return found == len(u.factors)
}

// dependent is the share of a column's length that must be left for the column not
// to be a combination of those before it.
const dependent = 1e-8

// orthogonal is a basis built column by column (modified Gram and Schmidt, twice).
type orthogonal struct {
	q [][]float64
	r [][]float64 // of each basis column: its coefficients on q
	// index of the basis columns among all that were offered, and for the others
	// the coefficients on q.
	basis   []int
	aliased map[int][]float64
	offered int
}

func newOrthogonal() *orthogonal { return &orthogonal{aliased: make(map[int][]float64)} }

// add offers a column; it says whether the column is new.
func (o *orthogonal) add(column []float64) bool {
	v := make([]float64, len(column))
	copy(v, column)
	r := make([]float64, len(o.q)+1)
	for range 2 {
		for k, q := range o.q {
			d := dot(q, v)
			r[k] += d
			for i := range v {
				v[i] -= d * q[i]
			}
		}
	}
	norm, whole := math.Sqrt(dot(v, v)), math.Sqrt(dot(column, column))
	place := o.offered
	o.offered++
	if norm <= dependent*whole {
		o.aliased[place] = r[:len(o.q)]
		return false
	}
	for i := range v {
		v[i] /= norm
	}
	r[len(o.q)] = norm
	o.q, o.r, o.basis = append(o.q, v), append(o.r, r), append(o.basis, place)
	return true
}

// residuals is what y leaves beside the basis.
func (o *orthogonal) residuals(y []float64) []float64 {
	e := make([]float64, len(y))
	copy(e, y)
	for range 2 {
		for _, q := range o.q {
			d := dot(q, e)
			for i := range e {
				e[i] -= d * q[i]
			}
		}
	}
	return e
}

// onColumns turns coefficients on q into coefficients on all offered columns, 0 on
// those that are aliased: it solves R x = c from the last column back.
func (o *orthogonal) onColumns(c []float64) []float64 {
	x := make([]float64, len(o.q))
	for k := len(o.q) - 1; k >= 0; k-- {
		sum := 0.0
		if k < len(c) {
			sum = c[k]
		}
		for j := k + 1; j < len(o.q); j++ {
			sum -= o.r[j][k] * x[j]
		}
		x[k] = sum / o.r[k][k]
	}
	out := make([]float64, o.offered)
	for k, place := range o.basis {
		out[place] = x[k]
	}
	return out
}

// nullVectors are combinations of the columns that are zero: a linear function of
// the coefficients can be estimated when it is orthogonal to all of them.
func (o *orthogonal) nullVectors() [][]float64 {
	var out [][]float64
	for place := range o.offered {
		if c, ok := o.aliased[place]; ok {
			v := o.onColumns(c)
			v[place] = -1
			out = append(out, v)
		}
	}
	return out
}

// basisOf spans the terms.
func basisOf(terms []modelTerm) *orthogonal {
	o := newOrthogonal()
	for _, t := range terms {
		for _, c := range t.columns {
			o.add(c)
		}
	}
	return o
}

// spanned is the basis's directions alone: columns that are added to it leave the
// basis as it is.
func (o *orthogonal) spanned() *orthogonal {
	return &orthogonal{q: slices.Clip(o.q), r: slices.Clip(o.r), basis: slices.Clip(o.basis), aliased: make(map[int][]float64)}
}

// explains is the sum of squares of y in the directions that t adds to the basis.
func (o *orthogonal) explains(t modelTerm, y []float64) float64 {
	more := o.spanned()
	for _, c := range t.columns {
		more.add(c)
	}
	ss := 0.0
	for _, q := range more.q[len(o.q):] {
		d := dot(q, y)
		ss += d * d
	}
	return ss
}

// adds is the number of directions that t adds to the basis.
func (o *orthogonal) adds(t modelTerm) int {
	more := o.spanned()
	for _, c := range t.columns {
		more.add(c)
	}
	return len(more.q) - len(o.q)
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}
