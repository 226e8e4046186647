package stat

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"
)

// armsFirst is the fit with the arms eliminated: with observations centred on their arm's mean the
// normal equations are those of the blocks alone, which are few where arms are many. The blocks'
// effects are beta = W Z'(y - the arm's mean), one block of each part held at zero, and an arm's is
// its mean less m'beta, where m is the share of its observations in each block.
type armsFirst struct {
	*Fit
	share [][]float64 // m of each arm
	moved [][]float64 // W m of each arm, once it was asked for
	w     [][]float64 // generalised inverse of diag(|block|) - sum over arms of n m m'
}

func eliminateArms(of *Fit) (*armsFirst, error) {
	f := &armsFirst{Fit: of, share: make([][]float64, of.Arms), moved: make([][]float64, of.Arms), w: make([][]float64, len(of.Blocks))}
	for arm := range f.share {
		f.share[arm] = make([]float64, len(f.Blocks))
	}
	for _, b := range f.Obs {
		f.share[b.Arm][b.Block] += 1 / float64(f.N[b.Arm])
	}
	place := make([]int, len(f.Blocks)) // index among the blocks that are not held, -1 when held
	held := make([]bool, f.Parts)
	free := 0
	for b, rows := range f.Blocks {
		f.w[b] = make([]float64, len(f.Blocks))
		place[b] = -1
		if len(rows) == 0 {
			continue
		}
		if p := f.Part[f.Obs[rows[0]].Arm]; !held[p] {
			held[p] = true
			continue
		}
		place[b] = free
		free++
	}
	if free == 0 {
		return f, nil
	}
	s := mat.NewSymDense(free, nil)
	for b, i := range place {
		for c, j := range place {
			if i < 0 || j < i {
				continue
			}
			v := 0.0
			if b == c {
				v = float64(len(f.Blocks[b]))
			}
			for arm, m := range f.share {
				v -= float64(f.N[arm]) * m[b] * m[c]
			}
			s.SetSym(i, j, v)
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(s) {
		return nil, errors.New("least squares: the normal equations are singular")
	}
	var inverse mat.SymDense
	if chol.InverseTo(&inverse) != nil {
		return nil, errors.New("least squares: the normal equations are nearly singular")
	}
	for b, i := range place {
		for c, j := range place {
			if i >= 0 && j >= 0 {
				f.w[b][c] = inverse.At(i, j)
			}
		}
	}
	return f, nil
}

// times is W v.
func (f *armsFirst) times(v []float64) []float64 {
	out := make([]float64, len(v))
	for b, row := range f.w {
		out[b] = dot(row, v)
	}
	return out
}

func (f *armsFirst) effects(y, _ []float64) []float64 {
	mean := make([]float64, f.Arms)
	for i, b := range f.Obs {
		mean[b.Arm] += y[i] / float64(f.N[b.Arm])
	}
	sums := make([]float64, len(f.Blocks))
	for i, b := range f.Obs {
		sums[b.Block] += y[i] - mean[b.Arm]
	}
	beta := f.times(sums)
	for arm := range mean {
		mean[arm] -= dot(f.share[arm], beta)
	}
	return mean
}

// free is 1-leverage, the leverage 1/n + (e-m)'W(e-m), e the observation's block.
func (f *armsFirst) free() []float64 {
	free := make([]float64, len(f.Obs))
	own := make([]float64, f.Arms) // m'Wm
	for arm, m := range f.share {
		own[arm] = dot(m, f.move(arm))
	}
	for i, o := range f.Obs {
		free[i] = freedom(1/float64(f.N[o.Arm]) + f.w[o.Block][o.Block] - 2*f.move(o.Arm)[o.Block] + own[o.Arm])
	}
	return free
}

// move is W m of an arm.
func (f *armsFirst) move(arm int) []float64 {
	if f.moved[arm] == nil {
		f.moved[arm] = f.times(f.share[arm])
	}
	return f.moved[arm]
}

// squares fills by with the summed squared weights, in the contrast of arms i and j, of the arms that
// are named. With u = W(m_i-m_j) an observation of arm k in block b has the weight m_k'u - u_b, and 1/n
// more or less if k is i or j; the squares of an arm's add up to n(sum of m_b u_b^2 - (m'u)^2), and for i
// and j 1/n more.
func (f *armsFirst) squares(i, j int, arms []int, by []float64) {
	a, b := f.move(i), f.move(j)
	u, square := make([]float64, len(a)), make([]float64, len(a))
	for k := range a {
		u[k] = a[k] - b[k]
		square[k] = u[k] * u[k]
	}
	for at, arm := range arms {
		m := f.share[arm]
		mean := dot(m, u)
		by[at] = float64(f.N[arm]) * math.Max(0, dot(m, square)-mean*mean)
		if arm == i || arm == j {
			by[at] += 1 / float64(f.N[arm])
		}
	}
}

func (f *armsFirst) weights(i, j int) func(int) float64 {
	u := make([]float64, len(f.Blocks))
	for b := range u {
		u[b] = f.move(i)[b] - f.move(j)[b]
	}
	own := make([]float64, f.Arms)
	for arm, m := range f.share {
		own[arm] = dot(m, u)
	}
	if i != j {
		own[i] += 1 / float64(f.N[i])
		own[j] -= 1 / float64(f.N[j])
	}
	return func(r int) float64 { return own[f.Obs[r].Arm] - u[f.Obs[r].Block] }
}
