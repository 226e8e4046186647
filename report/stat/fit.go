package stat

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Observation is one value of an arm in a block. The arm is whatever has a mean of its
// own: a combination, or a cell of factor levels.
type Observation struct {
	Arm, Block int
	Y          float64
}

// ExactZero is the variance below which one counts as zero: rounding leaves residuals of
// about 1e-14 on the scale of 100 ln.
const ExactZero = 1e-18

// tinyResidual is what 1-leverage must exceed for an observation to say anything about noise.
const tinyResidual = 1e-9

// Fit is the least-squares fit of y = arm + block. Contrasts and models of the arms' means need the
// arms alone: the blocks are absorbed once and for all.
type Fit struct {
	Obs    []Observation
	Arms   int
	N      []int     // observations of each arm
	Mean   []float64 // arm mean adjusted for blocks, NaN without observations
	Raw    []float64 // plain mean of the arm's observations
	Part   []int     // part of the design the arm is in, -1 without observations
	Parts  int       // number of parts that no block connects
	DF     int       // residual degrees of freedom
	Pooled float64   // residual variance, NaN when DF is 0
	V, D   []float64 // each arm's own residual variance and its degrees of freedom
	Resid  []float64 // by observation
	Blocks [][]int   // observations of each block

	effect  []float64     // of each arm, 0 for the one that is held in its part
	free    []int         // the arms that are not held and have observations
	held    []int         // the held arm of each part
	root    *mat.TriDense // R of the free arms' normal equations S = R'R
	inverse *mat.Dense    // generalised inverse of S
}

// FitBlocks fits the model. arms and blocks say how many were declared; those without an
// observation take no part.
//
// The blocks are eliminated: with observations centred on their block's mean the normal equations
// are those of the arms alone, S mu = q, with one equation too many for each part of the design.
// Sums are over values centred on the grand mean.
func FitBlocks(obs []Observation, arms, blocks int) (*Fit, error) {
	f := &Fit{Obs: obs, Arms: arms, N: make([]int, arms), Blocks: make([][]int, blocks)}
	grand := 0.0
	for i, b := range obs {
		f.N[b.Arm]++
		f.Blocks[b.Block] = append(f.Blocks[b.Block], i)
		grand += (b.Y - grand) / float64(i+1)
	}
	f.findParts()
	y := make([]float64, len(obs))
	for i, b := range obs {
		y[i] = b.Y - grand
	}
	blockMean := make([]float64, blocks)
	for k, rows := range f.Blocks {
		blockMean[k] = meanOf(rows, func(i int) float64 { return y[i] })
	}
	if err := f.invert(); err != nil {
		return nil, err
	}
	mu := f.armEffects(y, blockMean)
	f.effect = mu
	beta := make([]float64, blocks)
	for k, rows := range f.Blocks {
		beta[k] = blockMean[k] - meanOf(rows, func(i int) float64 { return mu[obs[i].Arm] })
	}
	f.Resid = make([]float64, len(obs))
	for i, b := range obs {
		f.Resid[i] = y[i] - mu[b.Arm] - beta[b.Block]
	}
	f.means(grand, y, mu, beta)
	f.variances()
	return f, nil
}

// armEffects solves S mu = q with q the arms' sums of block-centred values.
func (f *Fit) armEffects(y, blockMean []float64) []float64 {
	q := make([]float64, f.Arms)
	for i, b := range f.Obs {
		q[b.Arm] += y[i] - blockMean[b.Block]
	}
	var mu mat.VecDense
	mu.MulVec(f.inverse, mat.NewVecDense(f.Arms, q))
	return mu.RawVector().Data
}

// means sets the adjusted and the plain mean of each arm: the adjusted one is taken at the
// unweighted mean over the blocks of its part.
func (f *Fit) means(grand float64, y, mu, beta []float64) {
	sum, count := make([]float64, f.Parts), make([]float64, f.Parts)
	for k, rows := range f.Blocks {
		if len(rows) > 0 {
			p := f.Part[f.Obs[rows[0]].Arm]
			sum[p] += beta[k]
			count[p]++
		}
	}
	f.Mean, f.Raw = make([]float64, f.Arms), make([]float64, f.Arms)
	for i, b := range f.Obs {
		f.Raw[b.Arm] += y[i]
	}
	for arm := range f.Mean {
		if f.N[arm] == 0 {
			f.Mean[arm], f.Raw[arm] = math.NaN(), math.NaN()
			continue
		}
		p := f.Part[arm]
		f.Mean[arm] = grand + mu[arm] + sum[p]/count[p]
		f.Raw[arm] = grand + f.Raw[arm]/float64(f.N[arm])
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

// variances sets DF, the pooled variance and each arm's own: the residual sum of squares of its
// observations over D, the sum of 1-leverage. In a complete design D is the arm's share of DF; with
// missing cells only this form is unbiased.
func (f *Fit) variances() {
	f.DF = len(f.Obs) + f.Parts
	for _, n := range f.N {
		if n > 0 {
			f.DF--
		}
	}
	for _, rows := range f.Blocks {
		if len(rows) > 0 {
			f.DF--
		}
	}
	f.V, f.D = make([]float64, f.Arms), make([]float64, f.Arms)
	free := f.freedoms()
	total := 0.0
	for i, b := range f.Obs {
		sq := f.Resid[i] * f.Resid[i]
		total += sq
		f.V[b.Arm] += sq
		f.D[b.Arm] += free[i]
	}
	for arm := range f.V {
		if f.N[arm] < 2 {
			f.D[arm] = 0
		}
		if f.D[arm] == 0 {
			f.V[arm] = math.NaN()
			continue
		}
		f.V[arm] /= f.D[arm]
		if f.V[arm] < ExactZero {
			f.V[arm] = 0
		}
	}
	f.Pooled = math.NaN()
	if f.DF > 0 {
		f.Pooled = total / float64(f.DF)
		if f.Pooled < ExactZero {
			f.Pooled = 0
		}
	}
}

// freedoms is 1-leverage of each observation. With w the mean of the arms' unit vectors over its
// block and e its own, the leverage is 1/|block| + (e-w)' S^- (e-w).
func (f *Fit) freedoms() []float64 {
	free := make([]float64, len(f.Obs))
	u := make([]float64, f.Arms) // S^- w
	for _, rows := range f.Blocks {
		if len(rows) == 0 {
			continue
		}
		size := float64(len(rows))
		ww := 0.0
		arms, counts := f.armsOf(rows)
		for k, arm := range arms {
			u[arm] = meanOf(rows, func(j int) float64 { return f.inverse.At(arm, f.Obs[j].Arm) })
			ww += counts[k] * u[arm] / size
		}
		for _, i := range rows {
			arm := f.Obs[i].Arm
			free[i] = 1 - 1/size - (f.inverse.At(arm, arm) - 2*u[arm] + ww)
			if free[i] < tinyResidual {
				free[i] = 0
			}
		}
	}
	return free
}

// SquaredWeights fills by, which has a place for each arm, with the sum of the squared
// least-squares weights that the arm's observations have in the contrast i - j, and returns the
// largest. An observation's weight is the block-centred S^-(e_i - e_j) at its arm.
func (f *Fit) SquaredWeights(i, j int, by []float64) float64 {
	clear(by)
	gi, gj := f.inverse.RawRowView(i), f.inverse.RawRowView(j)
	for _, rows := range f.Blocks {
		centre := 0.0
		for _, r := range rows {
			arm := f.Obs[r].Arm
			centre += gi[arm] - gj[arm]
		}
		centre /= float64(len(rows))
		for _, r := range rows {
			arm := f.Obs[r].Arm
			a := gi[arm] - gj[arm] - centre
			by[arm] += a * a
		}
	}
	largest := 0.0
	for _, a := range by {
		largest = math.Max(largest, a)
	}
	return largest
}
