package rank

import (
	"errors"

	"gonum.org/v1/gonum/mat"
)

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
