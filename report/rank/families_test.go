package rank

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// A comparison that could not be made counts as 1 and stays in the family.
func TestAdjustCountsMissingAsOne(t *testing.T) {
	got := Holm([]float64{0.01, math.NaN(), 0.02})
	if d := cmp.Diff([]float64{0.03, 1, 0.04}, got); d != "" {
		t.Error(d)
	}
	if len(Holm(nil)) != 0 {
		t.Error("an empty family")
	}
}

func TestAdjustProperties(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := rapid.SliceOfN(rapid.Float64Range(0, 1), 1, 20).Draw(rt, "p")
		holm, hochberg, bonferroni := Holm(p), Hochberg(p), Bonferroni(p)
		bh, by := BenjaminiHochberg(p), BenjaminiYekutieli(p)
		for i := range p {
			if !(p[i] <= bh[i] && bh[i] <= hochberg[i] && hochberg[i] <= holm[i] && holm[i] <= bonferroni[i] && bh[i] <= by[i]) {
				rt.Fatalf("p %v: bh %v, hochberg %v, holm %v, bonferroni %v, by %v", p[i], bh[i], hochberg[i], holm[i], bonferroni[i], by[i])
			}
			for j := range p {
				if p[i] < p[j] && (holm[i] > holm[j] || bh[i] > bh[j]) {
					rt.Fatal("the order of p values is lost")
				}
			}
		}
	})
}

func TestOrderArms(t *testing.T) {
	mean := []float64{1, 5, 5 + 1e-10, 3, 5 - 1e-10, math.NaN()}
	changed := []int{0, 2, 1, 0, 1, 0}
	name := []string{"a", "b", "z", "d", "c", "e"}
	order, rank := orderArms([]int{0, 1, 2, 3, 4}, mean, changed, name)
	if d := cmp.Diff([]int{4, 2, 1, 3, 0}, order); d != "" {
		t.Errorf("order:\n%s", d)
	}
	if d := cmp.Diff([]int{5, 1, 1, 4, 1, 0}, rank); d != "" {
		t.Errorf("ranks:\n%s", d)
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
	got := tiersOf([]int{0, 1, 2, 3}, differ("ac", "ad", "bd"))
	if d := cmp.Diff([][]int{{0, 1}, {2, 3}}, got); d != "" {
		t.Error(d)
	}
	if tiersOf(nil, differ()) != nil {
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
		got := lettersOf([]int{0, 1, 2, 3}, differ(tt.pairs...))
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
		letters := lettersOf(order, d)
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
	if got := lettersOf(order, func(i, j int) bool { return i/2 == j/2 }); got != nil {
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

func TestPlainLabel(t *testing.T) {
	m := newMargins(2, 1)
	inf := math.Inf(1)
	for _, tt := range []struct {
		name string
		in   ends
		want Label
	}{
		{"above the margin", ends{m.hi + 0.01, 9}, LabelHelps},
		{"on the margin", ends{m.hi, 9}, LabelHelpsMaybe},
		{"above zero", ends{0.01, 1}, LabelHelpsMaybe},
		{"on zero", ends{0, 1}, LabelEquivalent},
		{"inside", ends{-1, 1}, LabelEquivalent},
		{"a proven loss inside", ends{-1, -0.5}, LabelEquivalent},
		{"upper on the margin", ends{-1, m.hi}, LabelNoWorse},
		{"no worse", ends{-1, 9}, LabelNoWorse},
		{"lower on the margin", ends{m.lo, 1}, LabelUndetermined},
		{"harms", ends{-9, -0.01}, LabelHarms},
		{"harms up to zero", ends{-9, 0}, LabelUndetermined},
		{"knows nothing", ends{-inf, inf}, LabelUndetermined},
	} {
		if got := plainLabel(tt.in, tt.in, m); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	// A single comparison has the narrower interval for "equivalent" only.
	if got := plainLabel(ends{-2.5, 2.5}, ends{-1.5, 1.5}, m); got != LabelEquivalent {
		t.Errorf("TOST: %q", got)
	}
}

// The reasons for no claim come in a fixed order.
func TestLabelReasons(t *testing.T) {
	sound := contrast{diff: 1, se: 1, df: 9, p: 0.5, comparable: true}
	flat, apart, vague := sound, sound, sound
	flat.se, flat.noVariance = 0, true
	apart.comparable = false
	vague.df = 0.5
	for _, tt := range []struct {
		n, base int
		c       contrast
		want    Label
	}{
		{0, 0, apart, LabelNotWorking},
		{5, 0, apart, LabelNoBaseline},
		{1, 5, apart, LabelNotComparable},
		{1, 5, flat, LabelOneBoot},
		{5, 1, sound, LabelOneBoot},
		{2, 5, flat, LabelNoVariance},
		{2, 5, sound, LabelTwoBoots},
		{3, 5, vague, LabelUndetermined},
		{3, 5, sound, LabelEquivalent},
	} {
		if got := label(tt.n, tt.base, tt.c, ends{-1, 1}, ends{-1, 1}, newMargins(2, 1)); got != tt.want {
			t.Errorf("%d and %d boots: %q, want %q", tt.n, tt.base, got, tt.want)
		}
	}
}

func TestPlannedBoots(t *testing.T) {
	for _, tt := range []struct {
		name     string
		blocks   [][]fate // of the arm, by block
		perBlock int
		want     int
	}{
		{"one a block", [][]fate{{fateOK}, {fateOK}, {fateOK}}, 0, 3},
		{"tried again", [][]fate{{fateFailed, fateOK}, {fateOK}, {fateOK}}, 0, 3},
		{"lost in one block", [][]fate{{fateFailed, fateFailed}, {fateOK}, {fateOK}}, 0, 3},
		{"twice a block, one lost", [][]fate{{fateOK, fateOK}, {fateOK, fateFailed}, {fateOK, fateOK}}, 0, 6},
		{"one block is one layout", [][]fate{{fateOK, fateOK, fateFailed, fateOK}}, 0, 4},
		{"nothing worked", [][]fate{{fateFailed}, {fateFailed}}, 0, 2},
		{"as planned", [][]fate{{fateOK}, {fateOK}}, 2, 4},
	} {
		s := series{blocks: len(tt.blocks)}
		var outcomes []outcome
		for block, fates := range tt.blocks {
			for _, f := range fates {
				s.boots = append(s.boots, boot{block: block})
				outcomes = append(outcomes, outcome{fate: f})
			}
		}
		if got := plannedBoots(s, outcomes, 0, tt.perBlock); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}

func TestOutcomeOf(t *testing.T) {
	reps := func(values ...float64) []repetition {
		var out []repetition
		for i, v := range values {
			out = append(out, repetition{i + 1, v})
		}
		return out
	}
	o := DefaultOptions()
	medianOf, excludes := o, o
	medianOf.Summary, excludes.ZeroRule = SummaryMedian, ZeroExclude
	for _, tt := range []struct {
		name    string
		b       boot
		sign    float64
		options Options
		want    outcome
	}{
		{"geometric mean", boot{reps: reps(1, 100)}, 1, o, outcome{y: 100 * math.Log(10)}},
		{"less is better", boot{reps: reps(1, 100)}, -1, o, outcome{y: -100 * math.Log(10)}},
		{"median", boot{reps: reps(1, 7, 100)}, 1, medianOf, outcome{y: 100 * math.Log(7)}},
		{"stall", boot{reps: reps(0, 30, 60)}, 1, o, outcome{y: 100 * math.Log(30), stalled: true}},
		{"stall under the median", boot{reps: reps(0, 30, 60)}, 1, medianOf, outcome{y: 100 * math.Log(30), stalled: true}},
		{"zero excluded", boot{reps: reps(0, 30)}, 1, excludes, outcome{fate: fateZeroDropped}},
		{"all zero", boot{reps: reps(0, 0)}, 1, o, outcome{fate: fateAllZero}},
		{"nothing", boot{}, 1, o, outcome{fate: fateFailed}},
		{"not in effect", boot{status: "not_in_effect", reps: reps(5)}, 1, o, outcome{fate: fateNotInEffect}},
		{"excluded", boot{status: "excluded", reps: reps(5)}, 1, o, outcome{fate: fateExcluded}},
	} {
		got := tt.b.outcomeOf(tt.sign, tt.options)
		if got.fate != tt.want.fate || got.stalled != tt.want.stalled || math.Abs(got.y-tt.want.y) > 1e-10 {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}
