package rank

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"
)

// bootValue is one usable boot: the analysed number y = ±100 ln of its
// measurement, larger is better.
type bootValue struct {
	arm, block int
	y          float64
	name       string
}

// tinyResidual is what 1-leverage must exceed for a boot to say anything about
// noise, and exactZero the variance below which there is none: rounding leaves
// residuals of about 1e-14 on this scale.
const (
	tinyResidual = 1e-9
	exactZero    = 1e-18
)

// fit is the least-squares fit of y = arm + block over usable boots.
type fit struct {
	boots  []bootValue
	arms   int
	n      []int     // boots of each arm
	mean   []float64 // arm mean adjusted for blocks, NaN without boots
	raw    []float64 // plain mean of the arm's boots
	part   []int     // part of the design the arm is in, -1 without boots
	parts  int
	df     int       // residual degrees of freedom
	pooled float64   // residual variance, NaN when df is 0
	v, d   []float64 // each arm's own residual variance and its degrees of freedom
	resid  []float64 // by boot

	inverse   *mat.Dense // generalised inverse of the arms' reduced normal equations
	blockRows [][]int    // boots of each block
}

// fitBlocks fits the model. arms and blocks are the declared numbers; those
// without a boot take no part.
//
// The blocks are eliminated: with boots centred on their block's mean the normal
// equations are those of the arms alone, S mu = q, one equation a part of the
// design too many. Sums are over values centred on the grand mean.
func fitBlocks(boots []bootValue, arms, blocks int) (*fit, error) {
	f := &fit{boots: boots, arms: arms, n: make([]int, arms), blockRows: make([][]int, blocks)}
	grand := 0.0
	for i, b := range boots {
		f.n[b.arm]++
		f.blockRows[b.block] = append(f.blockRows[b.block], i)
		grand += (b.y - grand) / float64(i+1)
	}
	f.findParts()
	y := make([]float64, len(boots))
	for i, b := range boots {
		y[i] = b.y - grand
	}
	blockMean := make([]float64, blocks)
	for k, rows := range f.blockRows {
		blockMean[k] = meanOf(rows, func(i int) float64 { return y[i] })
	}
	if err := f.invert(); err != nil {
		return nil, err
	}
	mu := f.armEffects(y, blockMean)
	beta := make([]float64, blocks)
	for k, rows := range f.blockRows {
		beta[k] = blockMean[k] - meanOf(rows, func(i int) float64 { return mu[boots[i].arm] })
	}
	f.resid = make([]float64, len(boots))
	for i, b := range boots {
		f.resid[i] = y[i] - mu[b.arm] - beta[b.block]
	}
	f.means(grand, y, mu, beta)
	f.variances()
	return f, nil
}

// findParts joins arms that share a block, by repeated labelling.
func (f *fit) findParts() {
	parent := make([]int, f.arms)
	for i := range parent {
		parent[i] = i
	}
	root := func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	for _, rows := range f.blockRows {
		for _, i := range rows {
			parent[root(f.boots[i].arm)] = root(f.boots[rows[0]].arm)
		}
	}
	f.part = make([]int, f.arms)
	number := make(map[int]int)
	for arm := range f.part {
		if f.n[arm] == 0 {
			f.part[arm] = -1
			continue
		}
		r := root(arm)
		if _, ok := number[r]; !ok {
			number[r] = len(number)
		}
		f.part[arm] = number[r]
	}
	f.parts = len(number)
}

// invert builds S = diag(n) - sum over blocks of m m'/|block|, m the arms' counts
// in the block, and inverts it with one arm of each part held at zero.
func (f *fit) invert() error {
	place := make([]int, f.arms) // index among the free arms, -1 when held
	held := make(map[int]bool)
	free := 0
	for arm := range place {
		place[arm] = -1
		if f.n[arm] == 0 {
			continue
		}
		if !held[f.part[arm]] {
			held[f.part[arm]] = true
			continue
		}
		place[arm] = free
		free++
	}
	f.inverse = mat.NewDense(f.arms, f.arms, nil)
	if free == 0 {
		return nil
	}
	s := mat.NewSymDense(free, nil)
	add := func(a, b int, x float64) {
		if i, j := place[a], place[b]; i >= 0 && j >= 0 && i <= j {
			s.SetSym(i, j, s.At(i, j)+x)
		}
	}
	for arm, n := range f.n {
		add(arm, arm, float64(n))
	}
	for _, rows := range f.blockRows {
		for _, i := range rows {
			for _, j := range rows {
				add(f.boots[i].arm, f.boots[j].arm, -1/float64(len(rows)))
			}
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(s) {
		return errors.New("least squares: the normal equations are singular")
	}
	var inv mat.SymDense
	if err := chol.InverseTo(&inv); err != nil {
		return errors.New("least squares: the normal equations are nearly singular")
	}
	for a, i := range place {
		for b, j := range place {
			if i >= 0 && j >= 0 {
				f.inverse.Set(a, b, inv.At(i, j))
			}
		}
	}
	return nil
}

// armEffects solves S mu = q with q the arms' sums of block-centred values.
func (f *fit) armEffects(y, blockMean []float64) []float64 {
	q := make([]float64, f.arms)
	for i, b := range f.boots {
		q[b.arm] += y[i] - blockMean[b.block]
	}
	var mu mat.VecDense
	mu.MulVec(f.inverse, mat.NewVecDense(f.arms, q))
	return mu.RawVector().Data
}

// means sets the adjusted and the plain mean of each arm: the adjusted one is at
// the unweighted mean over the blocks of its part.
func (f *fit) means(grand float64, y, mu, beta []float64) {
	sum, count := make([]float64, f.parts), make([]float64, f.parts)
	for k, rows := range f.blockRows {
		if len(rows) > 0 {
			p := f.part[f.boots[rows[0]].arm]
			sum[p] += beta[k]
			count[p]++
		}
	}
	f.mean, f.raw = make([]float64, f.arms), make([]float64, f.arms)
	for i, b := range f.boots {
		f.raw[b.arm] += y[i]
	}
	for arm := range f.mean {
		if f.n[arm] == 0 {
			f.mean[arm], f.raw[arm] = math.NaN(), math.NaN()
			continue
		}
		p := f.part[arm]
		f.mean[arm] = grand + mu[arm] + sum[p]/count[p]
		f.raw[arm] = grand + f.raw[arm]/float64(f.n[arm])
	}
}

// variances sets df, the pooled variance and each arm's own: the residual sum of
// squares of its boots over d, the sum of 1-leverage. For complete designs d is
// boots times df over all boots; with missing cells only this form is unbiased.
func (f *fit) variances() {
	f.df = len(f.boots) + f.parts
	for _, n := range f.n {
		if n > 0 {
			f.df--
		}
	}
	for _, rows := range f.blockRows {
		if len(rows) > 0 {
			f.df--
		}
	}
	f.v, f.d = make([]float64, f.arms), make([]float64, f.arms)
	free := f.freedoms()
	total := 0.0
	for i, b := range f.boots {
		sq := f.resid[i] * f.resid[i]
		total += sq
		f.v[b.arm] += sq
		f.d[b.arm] += free[i]
	}
	for arm := range f.v {
		if f.n[arm] < 2 {
			f.d[arm] = 0
		}
		if f.d[arm] == 0 {
			f.v[arm] = math.NaN()
			continue
		}
		f.v[arm] /= f.d[arm]
		if f.v[arm] < exactZero {
			f.v[arm] = 0
		}
	}
	f.pooled = math.NaN()
	if f.df > 0 {
		f.pooled = total / float64(f.df)
		if f.pooled < exactZero {
			f.pooled = 0
		}
	}
}

// freedoms is 1-leverage of each boot. With w the mean of the arms' unit vectors
// over the boot's block and e the boot's own, the leverage is
// 1/|block| + (e-w)' S^- (e-w).
func (f *fit) freedoms() []float64 {
	free := make([]float64, len(f.boots))
	u := make([]float64, f.arms) // S^- w
	for _, rows := range f.blockRows {
		if len(rows) == 0 {
			continue
		}
		size := float64(len(rows))
		ww := 0.0
		for _, i := range rows {
			arm := f.boots[i].arm
			u[arm] = meanOf(rows, func(j int) float64 { return f.inverse.At(arm, f.boots[j].arm) })
			ww += u[arm] / size
		}
		for _, i := range rows {
			arm := f.boots[i].arm
			free[i] = 1 - 1/size - (f.inverse.At(arm, arm) - 2*u[arm] + ww)
			if free[i] < tinyResidual {
				free[i] = 0
			}
		}
	}
	return free
}

// meanOf is the mean of x over rows; 0 for no rows.
func meanOf(rows []int, x func(int) float64) float64 {
	sum := 0.0
	for _, i := range rows {
		sum += x(i)
	}
	if len(rows) == 0 {
		return 0
	}
	return sum / float64(len(rows))
}
