package contrast

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestOrderArms(t *testing.T) {
	mean := []float64{1, 5, 5 + 1e-10, 3, 5 - 1e-10, math.NaN()}
	changed := []int{0, 2, 1, 0, 1, 0}
	name := []string{"a", "b", "z", "d", "c", "e"}
	order, rank := Order([]int{0, 1, 2, 3, 4}, mean, 1e-9, changed, name)
	if d := cmp.Diff([]int{4, 2, 1, 3, 0}, order); d != "" {
		t.Errorf("order:\n%s", d)
	}
	if d := cmp.Diff([]int{5, 1, 1, 4, 1, 0}, rank); d != "" {
		t.Errorf("ranks:\n%s", d)
	}
}

// Means within the resolution are one tie group, chained, whatever the scale.
func TestOrderByTheResolution(t *testing.T) {
	mean := []float64{0.1, 0.2, 0.25, 0.3, 1}
	for resolution, want := range map[float64][]int{1e-12: {5, 4, 3, 2, 1}, 0.06: {5, 2, 2, 2, 1}, 0.2: {2, 2, 2, 2, 1}} {
		if _, rank := Order([]int{0, 1, 2, 3, 4}, mean, resolution, make([]int, 5), []string{"a", "b", "c", "d", "e"}); !slices.Equal(rank, want) {
			t.Errorf("resolution %v: ranks %v, want %v", resolution, rank, want)
		}
	}
}

// differ makes a symmetric relation from pairs such as "ab".
func differ(pairs ...string) func(i, j int) bool {
	return func(i, j int) bool {
		p := string([]byte{byte('a' + min(i, j)), byte('a' + max(i, j))})
		return slices.Contains(pairs, p)
	}
}

func TestTiers(t *testing.T) {
	// a differs from c and d, b from d only: b stays with a, c and d are left.
	got := Tiers([]int{0, 1, 2, 3}, differ("ac", "ad", "bd"))
	if d := cmp.Diff([][]int{{0, 1}, {2, 3}}, got); d != "" {
		t.Error(d)
	}
	if Tiers(nil, differ()) != nil {
		t.Error("tiers of nothing")
	}
}

func TestLetters(t *testing.T) {
	for _, tt := range []struct {
		name  string
		pairs []string
		want  []string
	}{
		{"all the same", nil, []string{"a", "a", "a", "a"}},
		{"a chain", []string{"ac", "ad", "bd"}, []string{"a", "ab", "bc", "c"}},
		{"all differ", []string{"ab", "ac", "ad", "bc", "bd", "cd"}, []string{"a", "b", "c", "d"}},
	} {
		got := Letters([]int{0, 1, 2, 3}, differ(tt.pairs...))
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s:\n%s", tt.name, d)
		}
	}
}

// Two arms share a letter exactly when they are not shown to differ.
func TestLettersSayWhatThePairsSay(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 7).Draw(rt, "arms")
		var pairs []string
		order := make([]int, n)
		for i := range n {
			order[i] = i
			for j := i + 1; j < n; j++ {
				if rapid.Bool().Draw(rt, "differ") {
					pairs = append(pairs, string([]byte{byte('a' + i), byte('a' + j)}))
				}
			}
		}
		d := differ(pairs...)
		letters := Letters(order, d)
		for i := range n {
			for j := range n {
				if i != j && strings.ContainsAny(letters[i], letters[j]) == d(i, j) {
					rt.Fatalf("%d %q and %d %q", i, letters[i], j, letters[j])
				}
			}
		}
	})
}

// There can be exponentially many groups: then there are no letters.
func TestTooManyLetters(t *testing.T) {
	order := make([]int, 40)
	for i := range order {
		order[i] = i
	}
	// arms 2k and 2k+1 differ: 2^20 groups
	if got := Letters(order, func(i, j int) bool { return i/2 == j/2 }); got != nil {
		t.Errorf("%d letters", len(got))
	}
}

func TestLetterName(t *testing.T) {
	for k, want := range map[int]string{0: "a", 25: "z", 26: "(aa)", 27: "(ab)", 52: "(ba)"} {
		if got := letterName(k); got != want {
			t.Errorf("letter %d is %q, want %q", k, got, want)
		}
	}
}
