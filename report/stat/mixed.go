package stat

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Mixed is the fit of y = arm + group + covariates + block + e, where blocks and e are random: arms that
// share no block are compared through the groups that their blocks belong to. Variances are by restricted
// maximum likelihood (Patterson and Thompson 1971).
type Mixed struct {
	// Lambda is the variance of blocks over that of e, which is Variance. DF is the number of
	// observations less that of fixed effects.
	Lambda, Variance float64
	DF               int

	part       []int // arms of one part are connected by groups; -1 without observations
	resolution float64
	place      []int     // of each arm's column
	beta       []float64 // fixed effects, by column
	inverse    *mat.SymDense
	slope      *mat.Dense // derivative of inverse by lambda
	// covariance of Lambda and Variance; all zero but the last where Lambda is 0.
	ofLambda, ofBoth, ofVariance float64
}

// mixedSums are what the likelihood is made of: sums over observations and within blocks.
type mixedSums struct {
	n       int
	xx      *mat.SymDense // X'X
	xy      []float64     // X'y
	yy      float64
	size    []float64   // observations of each block
	x       [][]float64 // sums of the rows of X in each block
	y       []float64   // sums of y
	columns int
}

// FitMixed fits the observations; group is that of each block. It is nil where nothing is left to
// estimate variances from. Columns that are combinations of arms, groups and those before them are left
// out. A contrast's value does not depend on which, as long as it can be told.
func FitMixed(obs []Observation, arms int, group []int, resolution float64) *Mixed {
	m := &Mixed{resolution: resolution, place: make([]int, arms)}
	m.findParts(obs, arms, group)
	columns, y := m.columns(obs, arms, group)
	m.DF = len(obs) - len(columns)
	if m.DF < 1 {
		return nil
	}
	s := newMixedSums(columns, y, obs, len(group))
	if !m.maximise(s) {
		return nil
	}
	return m
}

// findParts joins the arms that groups connect.
func (m *Mixed) findParts(obs []Observation, arms int, group []int) {
	groups := 0
	for _, g := range group {
		groups = max(groups, g+1)
	}
	of := make([]Observation, len(obs))
	for i, o := range obs {
		of[i] = Observation{Arm: o.Arm, Block: group[o.Block]}
	}
	f := &Fit{Obs: of, Arms: arms, N: make([]int, arms), Blocks: make([][]int, groups)}
	for i, o := range of {
		f.N[o.Arm]++
		f.Blocks[o.Block] = append(f.Blocks[o.Block], i)
	}
	f.findParts()
	m.part = f.Part
}

// columns are those of X that say more than the ones before: arms, groups, covariates. y is less its
// mean, which the arms take up.
func (m *Mixed) columns(obs []Observation, arms int, group []int) (columns [][]float64, y []float64) {
	y = make([]float64, len(obs))
	mean := 0.0
	for i, o := range obs {
		mean += (o.Y - mean) / float64(i+1)
	}
	groups, covariates := 0, 0
	for i, o := range obs {
		y[i] = o.Y - mean
		groups, covariates = max(groups, group[o.Block]+1), max(covariates, len(o.X))
	}
	basis := &covariatesBasis{}
	offer := func(value func(o Observation) float64) bool {
		column := make([]float64, len(obs))
		for i, o := range obs {
			column[i] = value(o)
		}
		if !basis.takes(column) {
			return false
		}
		columns = append(columns, column)
		return true
	}
	indicator := func(is bool) float64 {
		if is {
			return 1
		}
		return 0
	}
	for arm := range arms {
		m.place[arm] = -1
		if offer(func(o Observation) float64 { return indicator(o.Arm == arm) }) {
			m.place[arm] = len(columns) - 1
		}
	}
	for g := range groups {
		offer(func(o Observation) float64 { return indicator(group[o.Block] == g) })
	}
	for k := range covariates {
		offer(func(o Observation) float64 {
			if k < len(o.X) {
				return o.X[k]
			}
			return 0
		})
	}
	return columns, y
}

// covariatesBasis tells which columns say more than those before.
type covariatesBasis struct{ covariates }

func (b *covariatesBasis) takes(column []float64) bool {
	rest := append([]float64(nil), column...)
	_, ok := b.orthogonal(rest, math.Sqrt(dot(column, column)))
	return ok
}

func newMixedSums(columns [][]float64, y []float64, obs []Observation, blocks int) *mixedSums {
	p := len(columns)
	s := &mixedSums{n: len(obs), xx: mat.NewSymDense(p, nil), xy: make([]float64, p), yy: dot(y, y), columns: p,
		size: make([]float64, blocks), x: make([][]float64, blocks), y: make([]float64, blocks)}
	for a, x := range columns {
		s.xy[a] = dot(x, y)
		for b := a; b < p; b++ {
			s.xx.SetSym(a, b, dot(x, columns[b]))
		}
	}
	for i, o := range obs {
		if s.x[o.Block] == nil {
			s.x[o.Block] = make([]float64, p)
		}
		s.size[o.Block]++
		s.y[o.Block] += y[i]
		for a, x := range columns {
			s.x[o.Block][a] += x[i]
		}
	}
	return s
}

// mixedAt is the fit at one lambda.
type mixedAt struct {
	chol mat.Cholesky // of M = X'WX
	beta []float64
	q    float64   // weighted residual sum of squares
	rest []float64 // the sum of residuals in each block
	logs float64   // the part of the likelihood without q
}

// at solves by generalised least squares with W = I - k J in each block, k = lambda/(1 + n lambda).
func (s *mixedSums) at(lambda float64) (*mixedAt, bool) {
	m := mat.NewSymDense(s.columns, nil)
	m.CopySym(s.xx)
	v, q := append([]float64(nil), s.xy...), s.yy
	r := &mixedAt{}
	for b, n := range s.size {
		if n == 0 {
			continue
		}
		k := lambda / (1 + n*lambda)
		r.logs += math.Log1p(n * lambda)
		m.SymRankOne(m, -k, mat.NewVecDense(s.columns, s.x[b]))
		for a, x := range s.x[b] {
			v[a] -= k * x * s.y[b]
		}
		q -= k * s.y[b] * s.y[b]
	}
	if !r.chol.Factorize(m) {
		return nil, false
	}
	r.logs += r.chol.LogDet()
	var beta mat.VecDense
	if r.chol.SolveVecTo(&beta, mat.NewVecDense(s.columns, v)) != nil {
		return nil, false
	}
	r.beta = beta.RawVector().Data
	r.q = math.Max(0, q-dot(r.beta, v))
	r.rest = make([]float64, len(s.size))
	for b, n := range s.size {
		if n > 0 {
			r.rest[b] = s.y[b] - dot(s.x[b], r.beta)
		}
	}
	return r, true
}

// mixedSlopes are the derivatives of M, of ln|M| with the blocks' part, and of q, by lambda.
type mixedSlopes struct {
	m              *mat.Dense // M'
	logs, logs2    float64
	q, q2          float64    // first and second
	inverse, slope *mat.Dense // M^-1 and its first
}

func (s *mixedSums) slopes(r *mixedAt, lambda float64) (*mixedSlopes, bool) {
	p := s.columns
	d := &mixedSlopes{m: mat.NewDense(p, p, nil)}
	second, u := mat.NewDense(p, p, nil), make([]float64, p)
	for b, n := range s.size {
		if n == 0 {
			continue
		}
		one := 1 + n*lambda
		k1, k2 := 1/(one*one), -2*n/(one*one*one)
		d.logs += n / one
		d.logs2 -= n * n / (one * one)
		x := mat.NewVecDense(p, s.x[b])
		d.m.RankOne(d.m, -k1, x, x)
		second.RankOne(second, -k2, x, x)
		d.q -= k1 * r.rest[b] * r.rest[b]
		d.q2 -= k2 * r.rest[b] * r.rest[b]
		for a, v := range s.x[b] {
			u[a] += k1 * r.rest[b] * v
		}
	}
	var inverse mat.SymDense
	if r.chol.InverseTo(&inverse) != nil {
		return nil, false
	}
	d.inverse = mat.DenseCopyOf(&inverse)
	var a, b, twice mat.Dense
	a.Mul(d.inverse, d.m)
	b.Mul(d.inverse, second)
	twice.Mul(&a, &a)
	d.logs += mat.Trace(&a)
	d.logs2 += mat.Trace(&b) - mat.Trace(&twice)
	uv := mat.NewVecDense(p, u)
	d.q2 -= 2 * mat.Inner(uv, d.inverse, uv)
	d.slope = new(mat.Dense)
	d.slope.Mul(&a, d.inverse)
	d.slope.Scale(-1, d.slope)
	return d, true
}

// lambdas are the first values that are tried: 0, and powers of the square root of 10.
func lambdas() []float64 {
	out := []float64{0}
	for k := -12; k <= 14; k++ {
		out = append(out, math.Pow(10, float64(k)/2))
	}
	return out
}

// maximise finds the lambda of the largest restricted likelihood, and what is needed of it.
func (m *Mixed) maximise(s *mixedSums) bool {
	df := float64(m.DF)
	tried := lambdas()
	best, least := -1, math.Inf(1)
	for k, lambda := range tried {
		r, ok := s.at(lambda)
		if !ok {
			continue
		}
		if r.q/df <= m.resolution*m.resolution {
			m.Variance = 0
			return m.keep(s, r, 0)
		}
		if deviance := df*math.Log(r.q) + r.logs; deviance < least {
			best, least = k, deviance
		}
	}
	if best < 0 {
		return false
	}
	// The derivative of the profile is zero between the neighbours of the best, or positive at 0.
	slope := func(lambda float64) float64 {
		r, ok := s.at(lambda)
		if !ok {
			return math.NaN()
		}
		d, ok := s.slopes(r, lambda)
		if !ok {
			return math.NaN()
		}
		return d.logs + df*d.q/r.q
	}
	lo, hi := tried[max(0, best-1)], tried[min(len(tried)-1, best+1)]
	lambda := tried[best]
	switch {
	case best == 0 && !(slope(0) < 0):
		lambda = 0
	case slope(lo) < 0 && slope(hi) > 0:
		for range 200 {
			mid := (lo + hi) / 2
			if slope(mid) < 0 {
				lo = mid
			} else {
				hi = mid
			}
			if hi-lo <= 1e-14*hi {
				break
			}
		}
		lambda = (lo + hi) / 2
	}
	r, ok := s.at(lambda)
	if !ok {
		return false
	}
	m.Variance = r.q / df
	return m.keep(s, r, lambda)
}

// keep fills in the fit at lambda, with the covariance of the two variances from the second derivatives
// of the deviance (Satterthwaite 1946; Giesbrecht and Burns 1985).
func (m *Mixed) keep(s *mixedSums, r *mixedAt, lambda float64) bool {
	d, ok := s.slopes(r, lambda)
	if !ok {
		return false
	}
	m.Lambda, m.beta = lambda, r.beta
	m.inverse = mat.NewSymDense(s.columns, nil)
	for a := range s.columns {
		for b := a; b < s.columns; b++ {
			m.inverse.SetSym(a, b, d.inverse.At(a, b))
		}
	}
	m.slope = d.slope
	v, df := m.Variance, float64(m.DF)
	if v == 0 {
		return true
	}
	ofV := df / (v * v)
	if lambda == 0 {
		m.ofVariance = 2 / ofV
		return true
	}
	ofLambda, both := d.logs2+d.q2/v, -d.q/(v*v)
	det := ofLambda*ofV - both*both
	if !(det > 0) {
		m.ofVariance = 2 / ofV
		return true
	}
	m.ofLambda, m.ofBoth, m.ofVariance = 2*ofV/det, -2*both/det, 2*ofLambda/det
	return true
}

// Comparable says whether two arms are connected.
func (m *Mixed) Comparable(i, j int) bool { return m.part[i] >= 0 && m.part[i] == m.part[j] }

// Contrast is arm i minus arm j, of comparable arms: its standard error is 0 where nothing varies. The
// degrees of freedom are Satterthwaite's.
func (m *Mixed) Contrast(i, j int) (diff, se, df float64) {
	a, b := m.place[i], m.place[j]
	of := func(x mat.Matrix) float64 { return x.At(a, a) + x.At(b, b) - x.At(a, b) - x.At(b, a) }
	diff = m.beta[a] - m.beta[b]
	unit, slope := of(m.inverse), m.Variance*of(m.slope)
	v := m.Variance * unit
	of2 := slope*slope*m.ofLambda + 2*slope*unit*m.ofBoth + unit*unit*m.ofVariance
	return diff, math.Sqrt(v), 2 * v * v / of2
}
