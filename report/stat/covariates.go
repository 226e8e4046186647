package stat

import "math"

// covariates are columns beside arms and blocks, partialled out (Frisch and Waugh 1933): what arms and
// blocks leave of the columns, as an orthonormal basis Q with X~ = Q R, so that the coefficients are
// R^-1 Q'y.
type covariates struct {
	columns [][]float64 // the columns that stay, by observation
	place   []int       // their places in Observation.X
	q       [][]float64
	r       [][]float64 // of each column of the basis: its coefficients on q
	gamma   []float64   // the coefficients
	weights [][]float64 // of the contrast of each arm with the first of its part, once it was asked for
	first   []int       // arm of each part
}

// addCovariates finds the covariates that say more than arms and blocks, and takes their part out of y.
// A column that is a combination of arms, blocks and the columns before it is left out.
func (f *Fit) addCovariates(y []float64) {
	count := 0
	for _, o := range f.Obs {
		count = max(count, len(o.X))
	}
	if count == 0 {
		return
	}
	c := &covariates{}
	for k := range count {
		column := make([]float64, len(f.Obs))
		for i, o := range f.Obs {
			if k < len(o.X) {
				column[i] = o.X[k]
			}
		}
		_, _, rest := f.residuals(column)
		r, ok := c.orthogonal(rest, math.Sqrt(dot(column, column)))
		if !ok {
			continue
		}
		c.columns, c.place, c.r = append(c.columns, column), append(c.place, k), append(c.r, r)
	}
	if len(c.columns) == 0 {
		return
	}
	f.extra = c
	_, _, rest := f.residuals(y)
	onQ := make([]float64, len(c.q))
	for k, q := range c.q {
		onQ[k] = dot(q, rest)
	}
	c.gamma = c.solve(onQ)
	for k, column := range c.columns {
		for i, x := range column {
			y[i] -= c.gamma[k] * x
		}
	}
	c.weights, c.first = make([][]float64, f.Arms), make([]int, f.Parts)
	for arm := f.Arms - 1; arm >= 0; arm-- {
		if p := f.Part[arm]; p >= 0 {
			c.first[p] = arm
		}
	}
}

// orthogonal adds to the basis what it leaves of a column (Gram and Schmidt, twice), unless that is
// nothing beside the length of the whole column.
func (c *covariates) orthogonal(rest []float64, whole float64) (r []float64, ok bool) {
	r = make([]float64, len(c.q)+1)
	for range 2 {
		for k, q := range c.q {
			d := dot(q, rest)
			r[k] += d
			for i := range rest {
				rest[i] -= d * q[i]
			}
		}
	}
	norm := math.Sqrt(dot(rest, rest))
	if norm <= dependent*whole {
		return nil, false
	}
	for i := range rest {
		rest[i] /= norm
	}
	r[len(c.q)] = norm
	c.q = append(c.q, rest)
	return r, true
}

// solve is R^-1 v.
func (c *covariates) solve(v []float64) []float64 {
	x := make([]float64, len(v))
	for k := len(v) - 1; k >= 0; k-- {
		sum := v[k]
		for j := k + 1; j < len(v); j++ {
			sum -= c.r[j][k] * x[j]
		}
		x[k] = sum / c.r[k][k]
	}
	return x
}

// solveTurned is R'^-1 v.
func (c *covariates) solveTurned(v []float64) []float64 {
	x := make([]float64, len(v))
	for k := range v {
		sum := v[k]
		for j := range k {
			sum -= c.r[k][j] * x[j]
		}
		x[k] = sum / c.r[k][k]
	}
	return x
}

// leverage takes that of the covariates off 1-leverage.
func (c *covariates) leverage(free []float64) {
	if c == nil {
		return
	}
	for i := range free {
		own := 1 - free[i]
		for _, q := range c.q {
			own += q[i] * q[i]
		}
		free[i] = freedom(own)
	}
}

// Covariates is the number of covariates that stay in the model.
func (f *Fit) Covariates() int {
	if f.extra == nil {
		return 0
	}
	return len(f.extra.columns)
}

// Slope is the coefficient of the only covariate with its standard error, by the pooled variance; NaN without one.
func (f *Fit) Slope() (slope, se float64) {
	if f.Covariates() != 1 {
		return math.NaN(), math.NaN()
	}
	return f.extra.gamma[0], math.Sqrt(f.Pooled) / f.extra.r[0][0]
}

// Explained is what the covariates x explain of a value, by the fit.
func (f *Fit) Explained(x []float64) float64 {
	sum := 0.0
	if f.extra != nil && len(x) > 0 {
		for k, place := range f.extra.place {
			sum += f.extra.gamma[k] * x[place]
		}
	}
	return sum
}

// weights are those of the observations in the contrast of arms i and j: a - Q R'^-1 X'a, where a are
// those without covariates.
func (f *Fit) weights(i, j int) func(observation int) float64 {
	if f.extra == nil {
		return f.solver.weights(i, j)
	}
	a, b := f.fromFirst(i), f.fromFirst(j)
	return func(k int) float64 { return a[k] - b[k] }
}

// fromFirst are the weights in the contrast of an arm with the first of its part.
func (f *Fit) fromFirst(arm int) []float64 {
	c := f.extra
	if c.weights[arm] != nil {
		return c.weights[arm]
	}
	own := f.solver.weights(arm, c.first[f.Part[arm]])
	a := make([]float64, len(f.Obs))
	for i := range a {
		a[i] = own(i)
	}
	onX := make([]float64, len(c.columns))
	for k, column := range c.columns {
		onX[k] = dot(column, a)
	}
	for k, s := range c.solveTurned(onX) {
		for i, q := range c.q[k] {
			a[i] -= s * q
		}
	}
	c.weights[arm] = a
	return a
}
