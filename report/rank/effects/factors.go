package effects

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"vnettune/report/rank/boots"
	"vnettune/report/stat"
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
	x     []float64 // columns of carry-over
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

// term is one term of the model: a setting or an interaction of some.
type term struct {
	stat.Term
	name     string
	settings []string
}

// newTerm builds a term's columns over the cells, each with its levels; a cell without
// levels is not looked at.
func newTerm(factors []Factor, cells [][]int, of ...int) term {
	t := term{Term: stat.Term{Factors: of, Columns: columns(factors, cells, of)}}
	for _, f := range of {
		t.settings = append(t.settings, factors[f].ID)
	}
	t.name = strings.Join(t.settings, ":")
	return t
}

// columns are those of a term over the cells.
func columns(factors []Factor, cells [][]int, of []int) [][]float64 {
	var out [][]float64
	for cell, level := range cells {
		if level == nil {
			continue
		}
		code := termCode(factors, of, level)
		if out == nil {
			out = make([][]float64, len(code))
			for k := range out {
				out[k] = make([]float64, len(cells))
			}
		}
		for k, v := range code {
			out[k][cell] = v
		}
	}
	return out
}

// statTerms are the terms as the model takes them.
func statTerms(terms []term) []stat.Term {
	out := make([]stat.Term, len(terms))
	for i, t := range terms {
		out[i] = t.Term
	}
	return out
}

// TermsUpTo are all main effects and interactions of up to size factors, in the coding of effects,
// over the arms with the given levels.
func TermsUpTo(size int, factors []Factor, levels [][]int) []stat.Term {
	var out []stat.Term
	for n := 1; n <= size; n++ {
		for _, set := range interactions(len(factors), n) {
			out = append(out, stat.Term{Factors: set, Columns: columns(factors, levels, set)})
		}
	}
	return out
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

func factorNumber(factors []Factor, id string) int {
	return slices.IndexFunc(factors, func(f Factor) bool { return f.ID == id })
}

// FactorsOf finds the settings that vary between the named arms, and each arm's
// levels, by number; nil for other arms.
func FactorsOf(a boots.Arms, names []string) ([]Factor, [][]int, error) {
	levels := make(map[string]map[string]string, len(names))
	for i, name := range a.Names {
		levels[name] = a.Levels[i]
	}
	ids := make(map[string]bool)
	for _, name := range names {
		for id := range levels[name] {
			ids[id] = true
		}
	}
	var factors []Factor
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		f := Factor{ID: id}
		for _, name := range names {
			level, ok := levels[name][id]
			if !ok {
				return nil, nil, fmt.Errorf("combination %q has no level of %s: every row needs every set: column for effects", name, id)
			}
			if !slices.Contains(f.Levels, level) {
				f.Levels = append(f.Levels, level)
			}
		}
		f.order(levels[a.Names[a.Baseline]][id])
		if len(f.Levels) > 1 {
			factors = append(factors, f)
		}
	}
	if len(factors) == 0 {
		return nil, nil, fmt.Errorf("no setting varies between the combinations: effects need set:ID columns with their levels")
	}
	out := make([][]int, len(a.Names))
	for i, name := range a.Names {
		if !slices.Contains(names, name) {
			continue
		}
		for _, f := range factors {
			out[i] = append(out[i], slices.Index(f.Levels, levels[name][f.ID]))
		}
	}
	return factors, out, nil
}

// order puts first the level that the others are compared with: the baseline's, or,
// where no arm has it, the default, a deleted value, or the first by name.
func (f *Factor) order(baseline string) {
	slices.Sort(f.Levels)
	for _, first := range []string{baseline, "default", "absent"} {
		if i := slices.Index(f.Levels, first); i >= 0 {
			f.Levels = append([]string{first}, slices.Delete(f.Levels, i, i+1)...)
			return
		}
	}
}

// together leaves out the settings whose levels go one to one with those of an earlier one in every arm, such as
// linked ones: their effect is one, and it goes by the earlier name.
func together(factors []Factor, levels [][]int) ([]Factor, [][]int, []Alias) {
	var kept []int
	var aliases []Alias
	for f := range factors {
		with := slices.IndexFunc(kept, func(k int) bool { return oneToOne(levels, k, f) })
		if with < 0 {
			kept = append(kept, f)
			continue
		}
		term := factors[kept[with]].ID
		if i := slices.IndexFunc(aliases, func(a Alias) bool { return a.Term == term }); i >= 0 {
			aliases[i].With = append(aliases[i].With, factors[f].ID)
		} else {
			aliases = append(aliases, Alias{Term: term, With: []string{factors[f].ID}})
		}
	}
	if len(kept) == len(factors) {
		return factors, levels, nil
	}
	var fewer []Factor
	for _, k := range kept {
		fewer = append(fewer, factors[k])
	}
	rest := make([][]int, len(levels))
	for arm, level := range levels {
		if level == nil {
			continue
		}
		for _, k := range kept {
			rest[arm] = append(rest[arm], level[k])
		}
	}
	return fewer, rest, aliases
}

// oneToOne says whether each level of a factor always occurs with the same level of the other, and the other way round.
func oneToOne(levels [][]int, a, b int) bool {
	there, back := map[int]int{}, map[int]int{}
	for _, level := range levels {
		if level == nil {
			continue
		}
		if is, ok := there[level[a]]; ok && is != level[b] {
			return false
		}
		if is, ok := back[level[b]]; ok && is != level[a] {
			return false
		}
		there[level[a]], back[level[b]] = level[b], level[a]
	}
	return true
}
