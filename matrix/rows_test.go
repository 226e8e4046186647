package matrix

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestPlanGoldenOfRows: the same design, generation and seed make the same rows, in every version.
func TestPlanGoldenOfRows(t *testing.T) {
	two := map[string][]Value{"tcp.rss": {"enabled", "disabled"}, "tcp.autotuninglevel": {"normal", "disabled"}, "tcp.timestamps": {"disabled", "enabled"}, "tcp.ecncapability": {"disabled", "enabled"}, "tcp.rsc": {"enabled", "disabled"}}
	three := map[string][]Value{"tcp.rss": {"enabled", "disabled"}, "tcp.autotuninglevel": {"normal", "restricted", "disabled"}, "tcp.timestamps": {"disabled", "enabled"}, "afd.DefaultReceiveWindow": {"absent", "65536", "1048576"}}
	for _, c := range []struct {
		file string
		d    Design
	}{
		{"plan-pairwise.golden", Design{Kind: Pairwise, Levels: three, Forbid: []map[string]Value{{"tcp.rss": "disabled", "tcp.autotuninglevel": "disabled"}},
			Baseline: map[string]Value{"tcp.rss": "enabled", "tcp.autotuninglevel": "normal", "tcp.timestamps": "disabled", "afd.DefaultReceiveWindow": "absent"}}},
		{"plan-covering.golden", Design{Kind: Covering, Levels: three, Linked: [][]string{{"tcp.rss", "tcp.timestamps"}}, Placebo: true}},
		{"plan-fractional.golden", Design{Kind: Fractional, Levels: two, Resolution: 3}},
		{"plan-plackett-burman.golden", Design{Kind: PlackettBurman, Levels: two}},
		{"plan-sample.golden", Design{Kind: Sample, Levels: three, Rows: 6}},
	} {
		t.Run(c.file, func(t *testing.T) {
			p, err := NewPlan(W10, c.d, 2, 20120618)
			if err != nil {
				t.Fatal(err)
			}
			text := p.dump()
			for _, lines := range [][]string{p.Rows.Factors, p.Rows.Generators, p.Rows.Aliases, p.Rows.Impossible} {
				text += strings.Join(lines, "\n") + "\n"
			}
			golden(t, c.file, text+fmt.Sprintf("%d rows, %d effects, strength %d, resolution %d\n", p.Rows.Runs, p.Rows.Effects, p.Rows.Strength, p.Rows.Resolution))
		})
	}
}

// wide are the levels of n settings with three values each.
func wide(t testing.TB, n int) map[string][]Value {
	levels := map[string][]Value{}
	for _, s := range usable() {
		v := []Value{"found"}
		for _, e := range s.Legal.Enum {
			if _, since := s.Legal.Builds[e]; !since && len(v) < 3 {
				v = append(v, Value(e))
			}
		}
		if s.Legal.Number && len(v) == 1 {
			v = append(v, Value(fmt.Sprint(s.Legal.Min)), Value(fmt.Sprint(s.Legal.Max)))
		}
		if len(v) == 3 && len(levels) < n {
			levels[s.ID] = v
		}
	}
	if len(levels) < n {
		t.Fatalf("%d settings with three values, want %d", len(levels), n)
	}
	return levels
}

// TestPairwiseOfTwenty: 20 settings of three values take at most 27 combinations, the baseline among them, and
// every two values of two settings meet in one of them.
func TestPairwiseOfTwenty(t *testing.T) {
	levels := wide(t, 20)
	p, err := NewPlan(W10, Design{Kind: Pairwise, Levels: levels}, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d arms", len(p.Arms))
	if len(p.Arms) > 27 {
		t.Errorf("%d arms, want at most 27", len(p.Arms))
	}
	if got := meetings(p.Arms, levels, nil); len(got) != 20*19/2*9 {
		t.Errorf("%d of %d pairs of values meet", len(got), 20*19/2*9)
	}
	if p.Arms[1].Name != "row-01" || p.Arms[len(p.Arms)-1].Name != fmt.Sprintf("row-%02d", len(p.Arms)-1) {
		t.Errorf("names %v", names(p))
	}
}

// meetings are the pairs of values of two settings that meet in an arm, but forbidden ones.
func meetings(arms []Arm, levels map[string][]Value, forbid []map[string]Value) map[string]bool {
	all := map[string]bool{}
	for _, a := range arms {
		if slices.ContainsFunc(forbid, func(set map[string]Value) bool {
			for id, want := range set {
				if v, _ := a.Combination.Value(id); v != want {
					return false
				}
			}
			return true
		}) {
			continue
		}
		for id, values := range levels {
			for other, others := range levels {
				v, _ := a.Combination.Value(id)
				w, _ := a.Combination.Value(other)
				if id < other && slices.Contains(values, v) && slices.Contains(others, w) {
					all[fmt.Sprintf("%s=%s with %s=%s", id, v, other, w)] = true
				}
			}
		}
	}
	return all
}

// TestPairwiseProperties: the pairs that meet in a pairwise design are those that meet in the factorial with the
// same constraints, and the others are named.
func TestPairwiseProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Design{Kind: Factorial, Levels: map[string][]Value{}}
		settings := rapid.SliceOfNDistinct(rapid.SampledFrom(usable()), 2, 4, func(s Setting) string { return s.ID }).Draw(t, "settings")
		for _, s := range settings {
			for range rapid.IntRange(1, 3).Draw(t, "values") {
				if v := someValue(t, s); !slices.Contains(d.Levels[s.ID], v) {
					d.Levels[s.ID] = append(d.Levels[s.ID], v)
				}
			}
		}
		for range rapid.IntRange(0, 2).Draw(t, "forbid") {
			set := map[string]Value{}
			for _, s := range rapid.SliceOfNDistinct(rapid.SampledFrom(settings), 1, 3, func(s Setting) string { return s.ID }).Draw(t, "of") {
				set[s.ID] = rapid.SampledFrom(d.Levels[s.ID]).Draw(t, "value")
			}
			d.Forbid = append(d.Forbid, set)
		}
		whole, err := NewPlan(W10, d, 1, 1)
		if err != nil {
			t.Skip()
		}
		d.Kind = Pairwise
		p, err := NewPlan(W10, d, 1, rapid.Uint64().Draw(t, "seed"))
		if err != nil {
			t.Fatal(err)
		}
		checkArms(t, p)
		want := meetings(whole.Arms, d.Levels, d.Forbid)
		if diff := cmp.Diff(want, meetings(p.Arms, d.Levels, nil)); diff != "" {
			t.Fatalf("pairs that meet, -factorial +pairwise:\n%s", diff)
		}
		all := 0
		for id, values := range d.Levels {
			for other, others := range d.Levels {
				if id < other {
					all += len(values) * len(others)
				}
			}
		}
		if len(want)+len(p.Rows.Impossible) != all {
			t.Fatalf("of %d pairs %d meet, and these are named as impossible: %v", all, len(want), p.Rows.Impossible)
		}
	})
}

// TestLinkedMoveTogether: in every design over settings, two that are linked have values that go together.
func TestLinkedMoveTogether(t *testing.T) {
	d := Design{Levels: map[string][]Value{"tcp.rss": {"enabled", "disabled"}, "tcp.rsc": {"disabled", "enabled"}, "tcp.timestamps": {"enabled", "disabled"}, "tcp.ecncapability": {"enabled", "disabled"}},
		Linked: [][]string{{"tcp.rss", "tcp.rsc"}}}
	for kind, arms := range map[string]int{Factorial: 9, OneAtATime: 7, Pairwise: 5, Fractional: 9, PlackettBurman: 5, Sample: 6} {
		d.Kind, d.Rows = kind, 0
		if kind == Sample {
			d.Rows = 5
		}
		p, err := NewPlan(W10, d, 1, 1)
		if err != nil {
			t.Fatal(kind, err)
		}
		if len(p.Arms) != arms {
			t.Errorf("%s: %d arms, want %d: %v", kind, len(p.Arms), arms, names(p))
		}
		for _, a := range p.Arms[1:] {
			rss, _ := a.Combination.Value("tcp.rss")
			rsc, _ := a.Combination.Value("tcp.rsc")
			if rss == rsc && rss != Found {
				t.Errorf("%s: %s has both %s", kind, a.Name, rss)
			}
		}
	}
}

// TestMergeInert: combinations that differ only in what is expected inert are one arm, and the plan says which and why;
// without being told so all are measured.
func TestMergeInert(t *testing.T) {
	d := Design{Kind: Factorial, Placebo: true, Levels: map[string][]Value{"tcp.rss": {"found", "disabled"}, "tcpip.EnableWsd": {"found", "0"}}}
	p, err := NewPlan(W10, d, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"baseline", "tcpip.EnableWsd=0", "tcp.rss=disabled", "tcp.rss=disabled,tcpip.EnableWsd=0", "placebo"}; !slices.Equal(names(p), want) {
		t.Errorf("arms %v, want %v", names(p), want)
	}
	inert := ""
	for _, s := range p.Settings {
		if s.Setting.ID == "tcpip.EnableWsd" {
			inert = s.Inert
		}
	}
	if inert == "" {
		t.Fatal("tcpip.EnableWsd is not expected inert on w10: the test needs another setting")
	}
	d.MergeInert = true
	if p, err = NewPlan(W10, d, 1, 1); err != nil {
		t.Fatal(err)
	}
	if want := []string{"baseline", "tcp.rss=disabled", "placebo"}; !slices.Equal(names(p), want) {
		t.Errorf("arms %v, want %v", names(p), want)
	}
	want := []Exclusion{
		{"tcpip.EnableWsd=0", "merged with baseline: they differ only in tcpip.EnableWsd, expected inert (" + inert + ")"},
		{"tcp.rss=disabled,tcpip.EnableWsd=0", "merged with tcp.rss=disabled: they differ only in tcpip.EnableWsd, expected inert (" + inert + ")"},
	}
	if diff := cmp.Diff(want, p.Excluded); diff != "" {
		t.Errorf("excluded, -want +got:\n%s", diff)
	}
}

// TestSizes: each design's size is that of its plan, and what cannot be made says why.
func TestSizes(t *testing.T) {
	got := Sizes(W10, Design{Kind: List, Levels: wide(t, 20)}, 1)
	var lines []string
	for _, s := range got {
		lines = append(lines, s.String())
	}
	text := strings.Join(lines, "\n")
	for _, want := range []string{"one-at-a-time: 41 combinations", "factorial: none: more than 1024 combinations", "pairwise: 2", "covering, strength 3: ", "plackett-burman: none: the design plackett-burman needs two values"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	two := Sizes(W10, Design{Kind: Factorial, Levels: map[string][]Value{"tcp.rss": {"found", "disabled"}, "tcp.rsc": {"found", "disabled"}, "tcp.timestamps": {"found", "enabled"}, "tcp.ecncapability": {"found", "enabled"}}}, 1)
	arms := map[string]int{}
	for _, s := range two {
		arms[s.Design] = s.Arms
	}
	if diff := cmp.Diff(map[string]int{"one-at-a-time": 5, "factorial": 16, "pairwise": 5, "covering, strength 3": 8, "plackett-burman": 8,
		"fractional, resolution III": 8, "fractional, resolution IV": 8, "fractional, resolution V": 16}, arms); diff != "" {
		t.Errorf("sizes, -want +got:\n%s", diff)
	}
	if Sizes(W10, demo, 1) != nil {
		t.Error("a list has no settings to choose values of")
	}
}
