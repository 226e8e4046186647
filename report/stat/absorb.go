package stat

import (
	"errors"

	"gonum.org/v1/gonum/mat"
)

// findParts joins the arms that share a block into parts (union-find).
func (f *Fit) findParts() {
	parent := make([]int, f.Arms)
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
	for _, rows := range f.Blocks {
		for _, i := range rows {
			parent[root(f.Obs[i].Arm)] = root(f.Obs[rows[0]].Arm)
		}
	}
	f.Part = make([]int, f.Arms)
	number := make(map[int]int)
	for arm := range f.Part {
		if f.N[arm] == 0 {
			f.Part[arm] = -1
			continue
		}
		r := root(arm)
		if _, ok := number[r]; !ok {
			number[r] = len(number)
		}
		f.Part[arm] = number[r]
	}
	f.Parts = len(number)
}

// absorbed is the fit with the blocks eliminated: with observations centred on their block's mean
// the normal equations are those of the arms alone, S mu = q, with one equation too many for each
// part of the design.
type absorbed struct {
	*Fit
	unheld  []int         // the arms that are not held and have observations
	held    []int         // the held arm of each part
	root    *mat.TriDense // R of the free arms' normal equations S = R'R
	inverse *mat.Dense    // generalised inverse of S
}

// eliminateBlocks builds S = diag(n) - sum over blocks of m m'/|block|, m the arms' counts
// in the block, and inverts it with one arm of each part held at zero.
func eliminateBlocks(of *Fit) (*absorbed, error) {
	f := &absorbed{Fit: of}
	place := make([]int, f.Arms) // index among the free arms, -1 when held
	f.held = make([]int, f.Parts)
	for p := range f.held {
		f.held[p] = -1
	}
	for arm := range place {
		place[arm] = -1
		if f.N[arm] == 0 {
			continue
		}
		if p := f.Part[arm]; f.held[p] < 0 {
			f.held[p] = arm
			continue
		}
		place[arm] = len(f.unheld)
		f.unheld = append(f.unheld, arm)
	}
	free := len(f.unheld)
	f.inverse = mat.NewDense(f.Arms, f.Arms, nil)
	if free == 0 {
		return f, nil
	}
	s := mat.NewSymDense(free, nil)
	add := func(a, b int, x float64) {
		if i, j := place[a], place[b]; i >= 0 && j >= 0 && i <= j {
			s.SetSym(i, j, s.At(i, j)+x)
		}
	}
	for arm, n := range f.N {
		add(arm, arm, float64(n))
	}
	for _, rows := range f.Blocks {
		arms, counts := f.armsOf(rows)
		for i, a := range arms {
			for j, b := range arms {
				add(a, b, -counts[i]*counts[j]/float64(len(rows)))
			}
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(s) {
		return nil, errors.New("least squares: the normal equations are singular")
	}
	f.root = new(mat.TriDense)
	chol.UTo(f.root)
	var inv mat.SymDense
	if err := chol.InverseTo(&inv); err != nil {
		return nil, errors.New("least squares: the normal equations are nearly singular")
	}
	for a, i := range place {
		for b, j := range place {
			if i >= 0 && j >= 0 {
				f.inverse.Set(a, b, inv.At(i, j))
			}
		}
	}
	return f, nil
}

// effects solves S mu = q with q the arms' sums of block-centred values.
func (f *absorbed) effects(y, blockMean []float64) []float64 {
	q := make([]float64, f.Arms)
	for i, b := range f.Obs {
		q[b.Arm] += y[i] - blockMean[b.Block]
	}
	var mu mat.VecDense
	mu.MulVec(f.inverse, mat.NewVecDense(f.Arms, q))
	return mu.RawVector().Data
}

// free is 1-leverage. With w the mean of the arms' unit vectors over an observation's block and e
// its own, the leverage is 1/|block| + (e-w)' S^- (e-w).
func (f *absorbed) free() []float64 {
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
			free[i] = freedom(1/size + f.inverse.At(arm, arm) - 2*u[arm] + ww)
		}
	}
	return free
}

// freedom is 1-leverage, and 0 where that is rounding.
func freedom(leverage float64) float64 {
	if free := 1 - leverage; free >= tinyResidual {
		return free
	}
	return 0
}

// weights are the block-centred S^-(e_i - e_j) at each observation's arm.
func (f *absorbed) weights(i, j int) func(int) float64 {
	gi, gj := f.inverse.RawRowView(i), f.inverse.RawRowView(j)
	centre := make([]float64, len(f.Blocks))
	for b, rows := range f.Blocks {
		centre[b] = meanOf(rows, func(r int) float64 { return gi[f.Obs[r].Arm] - gj[f.Obs[r].Arm] })
	}
	return func(r int) float64 {
		arm := f.Obs[r].Arm
		return gi[arm] - gj[arm] - centre[f.Obs[r].Block]
	}
}

// armsOf lists the arms that occur in rows, in their order, and counts their observations.
func (f *Fit) armsOf(rows []int) (arms []int, counts []float64) {
	at := make(map[int]int, len(rows))
	for _, i := range rows {
		arm := f.Obs[i].Arm
		k, seen := at[arm]
		if !seen {
			k = len(arms)
			at[arm] = k
			arms, counts = append(arms, arm), append(counts, 0)
		}
		counts[k]++
	}
	return arms, counts
}

// absorb takes the blocks out of a column that is given by arm. In the coordinates of the result
// least squares over the observations is least squares over the arms: it is R v with S = R'R, where
// v is the column less its value at the held arm of each part. The inner product of two columns is
// then that of their block-centred values over all observations (Frisch and Waugh 1933), however
// unbalanced the blocks are.
func (f *absorbed) absorb(column []float64) []float64 {
	v := make([]float64, len(f.unheld))
	for k, arm := range f.unheld {
		v[k] = column[arm] - column[f.held[f.Part[arm]]]
	}
	out := make([]float64, len(v))
	for i := range out {
		for j := i; j < len(v); j++ {
			out[i] += f.root.At(i, j) * v[j]
		}
	}
	return out
}
