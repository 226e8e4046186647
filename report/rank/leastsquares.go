package rank

import (
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
