package array

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// signOf is the product of a row's levels, as -1 and 1, over the factors of a word.
func signOf(row, word []int) int {
	sign := 1
	for _, f := range word {
		sign *= 2*row[f] - 1
	}
	return sign
}

// constant says whether a word's product is the same in every row: then it is in the defining relation.
func constant(rows [][]int, word []int) bool {
	return !slices.ContainsFunc(rows, func(row []int) bool { return signOf(row, word) != signOf(rows[0], word) })
}

// balanced says whether a word's product is as often 1 as -1.
func balanced(rows [][]int, word []int) bool {
	sum := 0
	for _, row := range rows {
		sum += signOf(row, word)
	}
	return sum == 0
}

// resolutionOf is the length of the shortest word that is constant, by brute force up to 7; 0 for none.
func resolutionOf(rows [][]int) int {
	for n := 1; n <= min(7, len(rows[0])); n++ {
		for _, word := range subsets(len(rows[0]), n) {
			if constant(rows, word) {
				return n
			}
		}
	}
	return 0
}

// TestFractionsOfTheTables holds rows and resolution beside the published ones (NIST 5.3.3.4.7; Montgomery,
// Table 8.14), by brute force over the rows.
func TestFractionsOfTheTables(t *testing.T) {
	for _, c := range []struct{ k, asked, rows, resolution int }{
		{2, 3, 4, 0}, {3, 3, 4, 3}, {3, 4, 8, 0}, {3, 5, 8, 0},
		{4, 3, 8, 4}, {4, 4, 8, 4}, {4, 5, 16, 0},
		{5, 3, 8, 3}, {5, 4, 16, 5}, {5, 5, 16, 5},
		{6, 3, 8, 3}, {6, 4, 16, 4}, {6, 5, 32, 6},
		{7, 3, 8, 3}, {7, 4, 16, 4}, {7, 5, 64, 7},
		{8, 3, 16, 4}, {8, 4, 16, 4}, {8, 5, 64, 5},
		{9, 3, 16, 3}, {9, 4, 32, 4}, {9, 5, 128, 6},
		{10, 3, 16, 3}, {10, 4, 32, 4}, {10, 5, 128, 5},
		{11, 3, 16, 3}, {11, 4, 32, 4}, {11, 5, 128, 5},
		{12, 3, 16, 3}, {13, 3, 16, 3}, {14, 3, 16, 3}, {15, 3, 16, 3},
		{12, 4, 32, 4}, {16, 4, 32, 4}, {17, 3, 32, 3}, {31, 3, 32, 3},
	} {
		f, ok := NewFraction(c.k, c.asked)
		if !ok {
			t.Errorf("%d factors at resolution %d: none", c.k, c.asked)
			continue
		}
		rows := f.Rows()
		if len(rows) != c.rows || f.Resolution != c.resolution || resolutionOf(rows) != c.resolution {
			t.Errorf("%d factors at resolution %d: %d rows of resolution %d, by brute force %d; want %d of %d",
				c.k, c.asked, len(rows), f.Resolution, resolutionOf(rows), c.rows, c.resolution)
		}
		if slices.Contains(rows[0], 1) {
			t.Errorf("%d factors at resolution %d: the first row is %v", c.k, c.asked, rows[0])
		}
	}
	for _, none := range [][2]int{{12, 5}, {17, 4}, {32, 3}} {
		if f, ok := NewFraction(none[0], none[1]); ok {
			t.Errorf("%d factors at resolution %d: %+v", none[0], none[1], f)
		}
	}
}

// TestAliases: what is said of aliases is what the rows show, sign for sign, and nothing is left out.
func TestAliases(t *testing.T) {
	effect := func(word string) (int, []int) {
		word, minus := strings.CutPrefix(word, "-")
		sign := 1
		if minus {
			sign = -1
		}
		var of []int
		for _, l := range word {
			of = append(of, strings.IndexRune(letters, l))
		}
		return sign, of
	}
	for k := 2; k <= 16; k++ {
		for resolution := 3; resolution <= 5; resolution++ {
			f, ok := NewFraction(k, resolution)
			if !ok {
				continue
			}
			rows := f.Rows()
			for _, g := range f.Generators() {
				left, right, _ := strings.Cut(g, " = ")
				_, a := effect(left)
				sign, b := effect(right)
				for _, row := range rows {
					if signOf(row, a) != sign*signOf(row, b) {
						t.Fatalf("%d factors: %s does not hold in %v", k, g, row)
					}
				}
			}
			said := map[string]bool{}
			for _, line := range f.Aliases() {
				words := strings.Split(line, " = ")
				first, a := effect(words[0])
				for _, w := range words[1:] {
					sign, b := effect(w)
					for _, row := range rows {
						if first*signOf(row, a) != sign*signOf(row, b) {
							t.Fatalf("%d factors at %d: %s does not hold in %v", k, resolution, line, row)
						}
					}
				}
				for _, w := range words {
					said[strings.TrimPrefix(w, "-")] = true
				}
			}
			effects := slices.Concat(subsets(k, 1), subsets(k, 2))
			for _, a := range effects {
				aliased := slices.ContainsFunc(effects, func(b []int) bool {
					return fmt.Sprint(a) != fmt.Sprint(b) && constant(rows, slices.Concat(a, b))
				})
				word := ""
				for _, x := range a {
					word += Letter(x)
				}
				if aliased != said[word] {
					t.Fatalf("%d factors at %d: %s is aliased: %t, said: %t", k, resolution, word, aliased, said[word])
				}
			}
		}
	}
}

// TestAliasesOfTheTables are some that are printed in Montgomery's Appendix, but for the signs, which those leave open.
func TestAliasesOfTheTables(t *testing.T) {
	for _, c := range []struct {
		k, resolution int
		want          string
	}{
		{3, 3, "A = -BC; B = -AC; C = -AB"},
		{4, 4, "AB = CD; AC = BD; BC = AD"},
		{5, 3, "A = -BD = -CE; B = -AD; C = -AE; D = -AB; E = -AC; BC = DE; CD = BE"},
		{6, 4, "AB = CE; AC = BE; BC = AE = DF; AD = EF; BD = CF; CD = BF; DE = AF"},
		{5, 5, ""},
	} {
		f, _ := NewFraction(c.k, c.resolution)
		got := f.Aliases()
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%d factors at %d: %q, want %q", c.k, c.resolution, strings.Join(got, "; "), c.want)
		}
	}
}

// TestPlackettBurman: every two columns have each of their four combinations equally often, which makes the
// arrays Hadamard matrices, and the rows are the fewest multiple of 4 that the tables have.
func TestPlackettBurman(t *testing.T) {
	sizes := map[int]int{3: 4, 7: 8, 11: 12, 15: 16, 19: 20, 23: 24, 31: 32, 35: 36}
	for k := 1; k <= MostPlackettBurman; k++ {
		rows := PlackettBurman(k)
		want := 0
		for most, n := range sizes {
			if k <= most && (want == 0 || n < want) {
				want = n
			}
		}
		if len(rows) != want {
			t.Errorf("%d factors: %d rows, want %d", k, len(rows), want)
		}
		for _, word := range slices.Concat(subsets(k, 1), subsets(k, 2)) {
			if !balanced(rows, word) {
				t.Fatalf("%d factors in %d rows: columns %v are not balanced", k, len(rows), word)
			}
		}
		if slices.Contains(rows[0], 1) {
			t.Errorf("%d factors: the first row is %v", k, rows[0])
		}
	}
	if PlackettBurman(MostPlackettBurman+1) != nil {
		t.Error("more factors than the tables have")
	}
}

// TestSampleProperties: rows are different, legal, none of those that are there anyway, and all that there are
// where so many are asked for.
func TestSampleProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		levels := rapid.SliceOfN(rapid.IntRange(1, 3), 1, 4).Draw(t, "levels")
		f := rapid.IntRange(0, len(levels)-1).Draw(t, "factor")
		p := Problem{Levels: levels, Seed: rapid.Uint64().Draw(t, "seed"), Rows: [][]int{make([]int, len(levels))},
			Rules: []Rule{{{Factor: f, Levels: rapid.SliceOfN(rapid.Bool(), levels[f], levels[f]).Draw(t, "part")}}}}
		legal := map[string]bool{}
		everyRow(levels, func(row []int) {
			if !p.Rules[0].Meets(row) && slices.Max(row) > 0 {
				legal[fmt.Sprint(row)] = true
			}
		})
		n := rapid.IntRange(1, len(legal)+1).Draw(t, "rows")
		rows, err := Sample(p, n)
		if n > len(legal) {
			if err != ErrNoRow {
				t.Fatalf("%d of %d rows: %v", n, len(legal), err)
			}
			return
		}
		if err != nil || len(rows) != n {
			t.Fatalf("%d rows, want %d: %v", len(rows), n, err)
		}
		for _, row := range rows {
			if !legal[fmt.Sprint(row)] {
				t.Fatalf("%v is illegal or occurs twice in %v", row, rows)
			}
			delete(legal, fmt.Sprint(row))
		}
	})
}

// TestSampleOfMany: where the rows are too many to look at each, they are drawn, and rules hold.
func TestSampleOfMany(t *testing.T) {
	p := Problem{Levels: alike(3, 30), Seed: 7, Rules: []Rule{{{0, []bool{true, true, false}}, {1, []bool{true, false, false}}}}}
	rows, err := Sample(p, 200)
	if err != nil || len(rows) != 200 {
		t.Fatal(len(rows), err)
	}
	seen := map[string]bool{}
	for _, row := range rows {
		if p.Rules[0].Meets(row) || seen[key(row)] {
			t.Errorf("%v is illegal or occurs twice", row)
		}
		seen[key(row)] = true
	}
	p.Rules = []Rule{{{0, []bool{true, true, true}}}}
	if _, err := Sample(p, 3); err != ErrNoRow {
		t.Errorf("no row is legal: %v", err)
	}
}

// TestLetters: there are as many as the widest design has factors, and none twice.
func TestLetters(t *testing.T) {
	var seen [128]int
	for i := range letters {
		if letters[i] == 'I' {
			t.Error("I is the mean")
		}
		seen[letters[i]]++
	}
	if slices.Max(seen[:]) > 1 || len(letters) < MostPlackettBurman {
		t.Errorf("%d letters", len(letters))
	}
}
