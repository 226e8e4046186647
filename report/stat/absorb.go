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

// invert builds S = diag(n) - sum over blocks of m m'/|block|, m the arms' counts
// in the block, and inverts it with one arm of each part held at zero.
func (f *Fit) invert() error {
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
		place[arm] = len(f.free)
		f.free = append(f.free, arm)
	}
	free := len(f.free)
	f.inverse = mat.NewDense(f.Arms, f.Arms, nil)
	if free == 0 {
		return nil
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
		return errors.New("least squares: the normal equations are singular")
	}
	f.root = new(mat.TriDense)
	chol.UTo(f.root)
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
func (f *Fit) absorb(column []float64) []float64 {
	v := make([]float64, len(f.free))
	for k, arm := range f.free {
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
