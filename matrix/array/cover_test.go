package array

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// everyRow calls f with every row of the levels.
func everyRow(levels []int, f func(row []int)) {
	row := make([]int, len(levels))
	for {
		f(row)
		i := 0
		for ; i < len(row); i++ {
			if row[i]++; row[i] < levels[i] {
				break
			}
			row[i] = 0
		}
		if i == len(row) {
			return
		}
	}
}

// subsets are all sets of n of k factors.
func subsets(k, n int) [][]int {
	if n == 0 {
		return [][]int{nil}
	}
	var all [][]int
	for _, rest := range subsets(k, n-1) {
		from := 0
		if len(rest) > 0 {
			from = rest[len(rest)-1] + 1
		}
		for f := from; f < k; f++ {
			all = append(all, append(slices.Clone(rest), f))
		}
	}
	return all
}

func levelsOf(row, factors []int) []int {
	var all []int
	for _, f := range factors {
		all = append(all, row[f])
	}
	return all
}

// combinationsIn are the combinations of levels of n factors that rows have, written down.
func combinationsIn(k, n int, rows [][]int) map[string]bool {
	in := map[string]bool{}
	for _, factors := range subsets(k, n) {
		for _, row := range rows {
			in[fmt.Sprint(factors, levelsOf(row, factors))] = true
		}
	}
	return in
}

func alike(levels, n int) []int { return slices.Repeat([]int{levels}, n) }

// TestCoverSizes holds sizes beside the smallest that are known: Colbourn's tables of covering arrays
// (https://www.public.asu.edu/~ccolbou/src/tabby/catable.html), and for two levels at strength 2 Kleitman and Spencer,
// Discrete Mathematics 6 (1973) 255-262.
func TestCoverSizes(t *testing.T) {
	for _, c := range []struct {
		levels          []int
		strength        int
		known, accepted int
	}{
		{alike(2, 4), 2, 5, 6},
		{alike(2, 10), 2, 6, 9},
		{alike(3, 4), 2, 9, 9},
		{alike(3, 13), 2, 15, 20},
		{alike(3, 20), 2, 15, 22}, // at most 27 were wanted
		{alike(4, 10), 2, 24, 31},
		{alike(2, 10), 3, 12, 18},
		{alike(3, 6), 3, 33, 48},
		{[]int{5, 4, 3, 2, 2, 2}, 2, 20, 22},
	} {
		for seed := range uint64(3) {
			rows, impossible, err := Cover(Problem{Levels: c.levels, Strength: c.strength, Seed: seed, MostRows: 1000})
			if err != nil || len(impossible) > 0 {
				t.Fatal(err, impossible)
			}
			t.Logf("%v strength %d seed %d: %d rows, known %d", c.levels, c.strength, seed, len(rows), c.known)
			if len(rows) < c.known || len(rows) > c.accepted {
				t.Errorf("%v strength %d seed %d: %d rows, want %d to %d", c.levels, c.strength, seed, len(rows), c.known, c.accepted)
			}
			want := 0
			for _, set := range subsets(len(c.levels), c.strength) {
				n := 1
				for _, f := range set {
					n *= c.levels[f]
				}
				want += n
			}
			if got := len(combinationsIn(len(c.levels), c.strength, rows)); got != want {
				t.Errorf("%v strength %d: %d of %d combinations are covered", c.levels, c.strength, got, want)
			}
		}
	}
}

// TestCoverProperties: by brute force over every legal row, an array has exactly the combinations that legal rows
// have, no illegal row, no row that the others make superfluous, and names what it cannot have.
func TestCoverProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		levels := rapid.SliceOfN(rapid.IntRange(1, 3), 2, 5).Draw(t, "levels")
		p := Problem{Levels: levels, Strength: rapid.IntRange(2, min(3, len(levels))).Draw(t, "strength"), Seed: rapid.Uint64().Draw(t, "seed"), MostRows: 1000}
		for range rapid.IntRange(0, 4).Draw(t, "rules") {
			var r Rule
			for _, f := range rapid.SliceOfNDistinct(rapid.IntRange(0, len(levels)-1), 1, 3, rapid.ID[int]).Draw(t, "factors") {
				r = append(r, Part{Factor: f, Levels: rapid.SliceOfN(rapid.Bool(), levels[f], levels[f]).Draw(t, "part")})
			}
			p.Rules = append(p.Rules, r)
		}
		illegal := func(row []int) bool { return slices.ContainsFunc(p.Rules, func(r Rule) bool { return r.Meets(row) }) }
		var legal, all [][]int
		everyRow(levels, func(row []int) {
			all = append(all, slices.Clone(row))
			if !illegal(row) {
				legal = append(legal, slices.Clone(row))
			}
		})
		if len(legal) > 0 && rapid.Bool().Draw(t, "given") {
			p.Rows = [][]int{rapid.SampledFrom(legal).Draw(t, "row")}
		}
		rows, impossible, err := Cover(p)
		if len(legal) == 0 {
			if !errors.Is(err, ErrNoRow) {
				t.Fatalf("no row is legal, and the error is %v", err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if again, _, _ := Cover(p); fmt.Sprint(again) != fmt.Sprint(rows) {
			t.Fatal("the same problem gave two arrays")
		}
		if slices.ContainsFunc(rows, illegal) {
			t.Fatalf("a row is illegal: %v", rows)
		}
		k := len(levels)
		want, have := combinationsIn(k, p.Strength, legal), combinationsIn(k, p.Strength, slices.Concat(p.Rows, rows))
		for one := range want {
			if !have[one] {
				t.Fatalf("%s is not covered by %v", one, rows)
			}
		}
		named := map[string]bool{}
		for _, one := range impossible {
			named[fmt.Sprint(one.Factors, one.Levels)] = true
		}
		for one := range combinationsIn(k, p.Strength, all) {
			if named[one] == want[one] {
				t.Fatalf("%s: a legal row has it: %t, named as impossible: %t", one, want[one], named[one])
			}
		}
		for i := range rows {
			rest := slices.Concat(p.Rows, rows[:i], rows[i+1:])
			if len(combinationsIn(k, p.Strength, rest)) == len(have) {
				t.Fatalf("row %d of %v is superfluous", i, rows)
			}
		}
	})
}

func TestCoverRefusesTooMany(t *testing.T) {
	for _, p := range []Problem{
		{Levels: alike(40, 2), Strength: 2, MostRows: 1000},
		{Levels: alike(3, 60), Strength: 6, MostRows: 1000},
	} {
		if _, _, err := Cover(p); !errors.Is(err, ErrTooMany) {
			t.Errorf("%v strength %d: %v", p.Levels, p.Strength, err)
		}
	}
}

func BenchmarkCover3to20(b *testing.B) {
	for b.Loop() {
		if _, _, err := Cover(Problem{Levels: alike(3, 20), Strength: 2, Seed: 1, MostRows: 1000}); err != nil {
			b.Fatal(err)
		}
	}
}
