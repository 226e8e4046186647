package array

import (
	"slices"
	"strings"
)

// Fraction is a two-level fractional factorial: the rows of all levels of the first Basic factors, in which each
// further factor has the level that its generator gives. Levels are 0 and 1; the row of zeros is among them.
type Fraction struct {
	Basic      int
	Resolution int // 0: every combination is a row, and nothing is aliased
	columns    []uint
}

// published are fractions by their resolution, each with the generators of the factors behind the basic ones: those
// of NIST/SEMATECH e-Handbook of Statistical Methods, 5.3.3.4.7 (https://www.itl.nist.gov/div898/handbook/pri/section3/pri3347.htm)
// and of Montgomery, Design and Analysis of Experiments, Appendix (Alias Relationships). Of the signs that both leave open, a
// generator of an even number of letters has the minus, so that the row of low levels belongs to each.
var published = []struct {
	basic, resolution int
	generators        string
}{
	{2, 3, "AB"},
	{3, 3, "AB AC"},
	{3, 3, "AB AC BC"},
	{3, 3, "AB AC BC ABC"},
	{3, 4, "ABC"},
	{4, 3, "ABC BCD ACD ABD ABCD"},
	{4, 3, "ABC BCD ACD ABD ABCD AB"},
	{4, 3, "ABC BCD ACD ABD ABCD AB AC"},
	{4, 3, "ABC BCD ACD ABD ABCD AB AC AD"},
	{4, 3, "ABC BCD ACD ABD ABCD AB AC AD BC"},
	{4, 3, "ABC BCD ACD ABD ABCD AB AC AD BC BD"},
	{4, 3, "ABC BCD ACD ABD ABCD AB AC AD BC BD CD"},
	{4, 4, "ABC BCD"},
	{4, 4, "ABC BCD ACD"},
	{4, 4, "BCD ACD ABC ABD"},
	{4, 5, "ABCD"},
	{5, 4, "BCDE ACDE ABDE ABCE"},
	{5, 4, "ABCD ABCE ABDE ACDE BCDE"},
	{5, 4, "ABC BCD CDE ACD ADE BDE"},
	{5, 6, "ABCDE"},
	{6, 5, "ABCD ABEF"},
	{6, 7, "ABCDEF"},
	{7, 6, "ACDFG BCEFG"},
	{7, 5, "ABCG BCDE ACDF"},
	{7, 5, "ABCG BCDE ACDF ABCDEFG"},
}

// NewFraction is the smallest fraction of k factors of at least the resolution, or all rows where none is smaller;
// false where it knows none.
func NewFraction(k, resolution int) (Fraction, bool) {
	best := Fraction{Basic: k}
	known := k <= mostBasic
	for _, p := range published {
		words := strings.Fields(p.generators)
		if p.basic+len(words) == k && p.resolution >= resolution && p.basic < best.Basic {
			best, known = newFraction(p.basic, p.resolution, words), true
		}
	}
	// With 5 basic factors, every further column of an odd number of them keeps the resolution IV, and any column III
	// (Box and Hunter, Technometrics 3 (1961) 311-351).
	for _, least := range []int{4, 3} {
		if words := columnsOf(5, least == 4); resolution <= least && best.Basic > 5 && k > 5 && k-5 <= len(words) {
			best, known = newFraction(5, least, words[:k-5]), true
		}
	}
	if best.columns == nil {
		best = newFraction(k, 0, nil)
	}
	return best, known
}

// mostBasic is the number of basic factors of the largest design, 128 rows.
const mostBasic = 7

// columnsOf are the words of two letters or more of n: those of an odd number, or all.
func columnsOf(n int, odd bool) []string {
	var all []string
	for mask := range 1 << n {
		word := ""
		for f := range n {
			if mask>>f&1 == 1 {
				word += Letter(f)
			}
		}
		if len(word) > 1 && (!odd || len(word)%2 == 1) {
			all = append(all, word)
		}
	}
	return all
}

func newFraction(basic, resolution int, words []string) Fraction {
	f := Fraction{Basic: basic, Resolution: resolution}
	for i := range basic {
		f.columns = append(f.columns, 1<<i)
	}
	for _, w := range words {
		var mask uint
		for _, l := range w {
			mask |= 1 << strings.IndexRune(letters, l)
		}
		f.columns = append(f.columns, mask)
	}
	return f
}

// letters name factors, as the tables do: without I, which is the mean.
const letters = "ABCDEFGHJKLMNOPQRSTUVWXYZabcdefghjk"

// Letter names a factor by its number.
func Letter(factor int) string { return letters[factor : factor+1] }

// Rows are all rows, the first of zeros only.
func (f Fraction) Rows() [][]int {
	rows := make([][]int, 1<<f.Basic)
	for n := range rows {
		for _, c := range f.columns {
			level := 0
			for b := range f.Basic {
				level ^= n >> b & 1 & int(c>>b)
			}
			rows[n] = append(rows[n], level)
		}
	}
	return rows
}

// Generators say how the factors behind the basic ones follow from these, with levels as -1 and 1: "D = ABC".
func (f Fraction) Generators() []string {
	var all []string
	for i, c := range f.columns[f.Basic:] {
		word := ""
		for b := range f.Basic {
			if c>>b&1 == 1 {
				word += Letter(b)
			}
		}
		if len(word)%2 == 0 {
			word = "-" + word
		}
		all = append(all, Letter(f.Basic+i)+" = "+word)
	}
	return all
}

// Aliases are the effects of one factor and of two together that the rows cannot tell apart, a group each, those
// that are aliased with none left out: "A = -BC = -DE", "AB = CD". What is aliased with three factors or more is not said.
func (f Fraction) Aliases() []string {
	groups := map[uint][]string{}
	var order []uint
	add := func(c uint, word string) {
		if groups[c] == nil {
			order = append(order, c)
		}
		groups[c] = append(groups[c], word)
	}
	for i, c := range f.columns {
		add(c, Letter(i))
	}
	for i, c := range f.columns {
		for j, d := range f.columns[:i] {
			word := Letter(j) + Letter(i)
			if slices.Contains(f.columns, c^d) {
				word = "-" + word
			}
			add(c^d, word)
		}
	}
	var all []string
	for _, c := range order {
		if len(groups[c]) > 1 {
			all = append(all, strings.Join(groups[c], " = "))
		}
	}
	return all
}

// first are the first rows of Plackett and Burman, Biometrika 33 (1946) 305-325, by the length of their
// arrays less 1. The other rows are its cyclic shifts and the row of minuses.
var first = []string{
	"++-",
	"+++-+--",
	"++-+++---+-",
	"++++-+-++--+---",
	"++--++++-+-+----++-",
	"+++++-+-++--++--+-+----",
	"----+-+-+++-++---+++++--++-+--+",
	"-+-+++---+++++-+++--+----+-+-++--+-",
}

// MostPlackettBurman is the number of factors of the largest array that PlackettBurman knows.
const MostPlackettBurman = 35

// PlackettBurman is the smallest of Plackett and Burman's arrays that has k columns, of levels 0 and 1; the first
// row is of zeros only. nil where none is so large.
func PlackettBurman(k int) [][]int {
	for _, signs := range first {
		n := len(signs)
		if n < k {
			continue
		}
		rows := [][]int{make([]int, k)}
		for shift := range n {
			row := make([]int, k)
			for f := range row {
				if signs[(f+n-shift)%n] == '+' {
					row[f] = 1
				}
			}
			rows = append(rows, row)
		}
		return rows
	}
	return nil
}
