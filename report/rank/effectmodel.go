package rank

import (
	"slices"
	"strings"
)

// Factor is one setting that varies. Levels[0] is what the others are compared with:
// the baseline's where a combination of the model has it.
type Factor struct {
	ID     string
	Levels []string
}

// observation is one boot in terms of factor levels.
type observation struct {
	level []int
	block int
	y     float64
}

// code is the sum-to-zero coding of a level: one column for each level but the
// first, which is -1 in all of them. A coefficient of two levels is then half of
// high minus low, and an effect averages evenly over the levels of all others.
func (f Factor) code(level int) []float64 {
	c := make([]float64, len(f.Levels)-1)
	for k := range c {
		switch level {
		case 0:
			c[k] = -1
		case k + 1:
			c[k] = 1
		}
	}
	return c
}

// termCode is the product coding of a term's factors at the given levels.
func termCode(factors []Factor, term []int, level []int) []float64 {
	code := []float64{1}
	for _, f := range term {
		var next []float64
		for _, b := range factors[f].code(level[f]) {
			for _, a := range code {
				next = append(next, a*b)
			}
		}
		code = next
	}
	return code
}

// newTerm builds a term's columns over the observations.
func newTerm(factors []Factor, obs []observation, term ...int) modelTerm {
	names := make([]string, len(term))
	for i, f := range term {
		names[i] = factors[f].ID
	}
	t := modelTerm{name: strings.Join(names, ":"), settings: names, factors: term}
	for _, o := range obs {
		code := termCode(factors, term, o.level)
		if t.columns == nil {
			t.columns = make([][]float64, len(code))
		}
		for k, v := range code {
			t.columns[k] = append(t.columns[k], v)
		}
	}
	return t
}

// nuisance is the constant and the blocks, coded to sum to zero.
func nuisance(obs []observation) (constant, blocks modelTerm) {
	constant = modelTerm{name: "(constant)", columns: [][]float64{make([]float64, len(obs))}}
	var numbers []int
	for i, o := range obs {
		constant.columns[0][i] = 1
		numbers = append(numbers, o.block)
	}
	slices.Sort(numbers)
	numbers = slices.Compact(numbers)
	blocks = modelTerm{name: "block"}
	for _, b := range numbers[1:] {
		column := make([]float64, len(obs))
		for i, o := range obs {
			switch o.block {
			case b:
				column[i] = 1
			case numbers[0]:
				column[i] = -1
			}
		}
		blocks.columns = append(blocks.columns, column)
	}
	return constant, blocks
}

// interactions lists all sets of n of the factors.
func interactions(factors, n int) [][]int {
	var out [][]int
	var grow func(set []int, from int)
	grow = func(set []int, from int) {
		if len(set) == n {
			out = append(out, slices.Clone(set))
			return
		}
		for f := from; f < factors; f++ {
			grow(append(set, f), f+1)
		}
	}
	grow(nil, 0)
	return out
}
