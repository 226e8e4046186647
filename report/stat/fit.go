package stat

import "math"

// Observation is one value of an arm in a block. The arm is whatever has a mean of its
// own: a combination, or a cell of factor levels.
type Observation struct {
	Arm, Block int
	Y          float64
	// X are the covariates, of one number for all observations; nil is 0 of each.
	X []float64
}

// LogResolution is the difference of two values on the scale of 100 ln that is rounding, which
// leaves residuals of about 1e-14. A variance up to its square is zero.
const LogResolution = 1e-9

// tinyResidual is what 1-leverage must exceed for an observation to say anything about noise.
const tinyResidual = 1e-9

// Fit is the least-squares fit of y = arm + block, or of y = arm + block + covariates. Contrasts and models of the arms' means need the
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
	// Effect of each block, on the scale of Mean: of an arm at the mean of its part's arms; NaN
	// without observations.
	Effect []float64
	Free   []float64 // 1-leverage of each observation; 0 where it says nothing about noise
	Blocks [][]int   // observations of each block
	// Resolution is the difference of two values that is rounding; a variance up to its
	// square is zero.
	Resolution float64

	effect []float64 // of each arm, up to a constant of its part
	solver solver
	arms   *absorbed // the solver with the blocks eliminated, for models of the arms' means
	extra  *covariates
}

// solver is the least-squares solution with arms or blocks eliminated, whichever are more.
type solver interface {
	// effects of the arms, each up to a constant of its part; y and the blocks' means of it
	// are centred.
	effects(y, blockMean []float64) []float64
	// free is 1-leverage of each observation.
	free() []float64
	// weights are those of the observations in the contrast of arms i and j.
	weights(i, j int) func(observation int) float64
}

// FitBlocks fits the model. arms and blocks say how many were declared; those without an
// observation take no part. resolution is the difference of two values that is rounding. Sums are
// over values centred on the grand mean.
func FitBlocks(obs []Observation, arms, blocks int, resolution float64) (*Fit, error) {
	complete := len(obs) == arms*blocks // as far as that tells: then most arms share their weights
	return fitBlocks(obs, arms, blocks, resolution, arms > blocks || !complete && blocks <= manyBlocks)
}

// manyBlocks is the number of blocks from which on their own normal equations cost more than they save.
const manyBlocks = 300

// FitForModel is FitBlocks for models of the arms' means, which rest on the arms' own normal
// equations.
func FitForModel(obs []Observation, arms, blocks int, resolution float64) (*Fit, error) {
	return fitBlocks(obs, arms, blocks, resolution, false)
}

func fitBlocks(obs []Observation, arms, blocks int, resolution float64, armsFirst bool) (*Fit, error) {
	f := &Fit{Obs: obs, Arms: arms, N: make([]int, arms), Blocks: make([][]int, blocks), Resolution: resolution}
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
	if err := f.solve(armsFirst); err != nil {
		return nil, err
	}
	f.addCovariates(y)
	var mu, beta []float64
	mu, beta, f.Resid = f.residuals(y)
	f.effect = mu
	f.means(grand, y, mu, beta)
	f.variances()
	return f, nil
}

// residuals solves y = arm + block: the effects of arms and of blocks, and what they leave.
func (f *Fit) residuals(y []float64) (mu, beta, rest []float64) {
	blockMean := make([]float64, len(f.Blocks))
	for k, rows := range f.Blocks {
		blockMean[k] = meanOf(rows, func(i int) float64 { return y[i] })
	}
	mu = f.solver.effects(y, blockMean)
	beta = make([]float64, len(f.Blocks))
	for k, rows := range f.Blocks {
		beta[k] = blockMean[k] - meanOf(rows, func(i int) float64 { return mu[f.Obs[i].Arm] })
	}
	rest = make([]float64, len(y))
	for i, b := range f.Obs {
		rest[i] = y[i] - mu[b.Arm] - beta[b.Block]
	}
	return mu, beta, rest
}

// solve prepares the solution.
func (f *Fit) solve(armsFirst bool) (err error) {
	if armsFirst {
		f.solver, err = eliminateArms(f)
		return err
	}
	f.arms, err = eliminateBlocks(f)
	f.solver = f.arms
	return err
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
	f.blockEffects(grand, mu, beta)
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

// blockEffects sets Effect.
func (f *Fit) blockEffects(grand float64, mu, beta []float64) {
	sum, count := make([]float64, f.Parts), make([]float64, f.Parts)
	for arm, p := range f.Part {
		if p >= 0 {
			sum[p] += mu[arm]
			count[p]++
		}
	}
	f.Effect = make([]float64, len(f.Blocks))
	for k, rows := range f.Blocks {
		f.Effect[k] = math.NaN()
		if len(rows) > 0 {
			p := f.Part[f.Obs[rows[0]].Arm]
			f.Effect[k] = grand + beta[k] + sum[p]/count[p]
		}
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
	f.DF -= f.Covariates()
	f.V, f.D = make([]float64, f.Arms), make([]float64, f.Arms)
	f.Free = f.solver.free()
	f.extra.leverage(f.Free)
	total := 0.0
	for i, b := range f.Obs {
		sq := f.Resid[i] * f.Resid[i]
		total += sq
		f.V[b.Arm] += sq
		f.D[b.Arm] += f.Free[i]
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
		f.V[arm] = f.Variance(f.V[arm])
	}
	f.Pooled = math.NaN()
	if f.DF > 0 {
		f.Pooled = total / float64(f.DF)
		f.Pooled = f.Variance(f.Pooled)
	}
}

// Variance is v, or 0 where v is no more than rounding.
func (f *Fit) Variance(v float64) float64 {
	if v <= f.Resolution*f.Resolution {
		return 0
	}
	return v
}

// SquaredWeights fills by, which has a place for each arm, with the sum of the squared
// least-squares weights that the arm's observations have in the contrast i - j.
func (f *Fit) SquaredWeights(i, j int, by []float64) {
	clear(by)
	weight := f.weights(i, j)
	for k, b := range f.Obs {
		a := weight(k)
		by[b.Arm] += a * a
	}
}

// SquaredWeightsOfSum is SquaredWeights of the sum of several contrasts, each of arm pair[0] less arm
// pair[1] of one part: what the pairs share is added before it is squared.
func (f *Fit) SquaredWeightsOfSum(pairs [][2]int, by []float64) {
	clear(by)
	sum := make([]float64, len(f.Obs))
	for _, pair := range pairs {
		weight := f.weights(pair[0], pair[1])
		for k := range sum {
			sum[k] += weight(k)
		}
	}
	for k, b := range f.Obs {
		by[b.Arm] += sum[k] * sum[k]
	}
}

// SquaresOf fills by with the squared weights in the contrast i - j of the arms that are named, each with
// observations: SquaredWeights for a few of many arms.
func (f *Fit) SquaresOf(i, j int, arms []int, by []float64) {
	if s, ok := f.solver.(*armsFirst); ok && f.extra == nil {
		s.squares(i, j, arms, by)
		return
	}
	all := make([]float64, f.Arms)
	f.SquaredWeights(i, j, all)
	for at, arm := range arms {
		by[at] = all[arm]
	}
}
