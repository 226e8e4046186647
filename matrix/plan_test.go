package matrix

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/results/sample"

	"pgregory.net/rapid"
)

// usable lists settings that w10 takes, without the placebo.
func usable() []Setting {
	var all []Setting
	for _, s := range Catalogue().All() {
		if s.CanSet(On(W10)) == nil && s.ID != PlaceboID {
			all = append(all, s)
		}
	}
	return all
}

// someValue draws a value that w10 takes.
func someValue(t *rapid.T, s Setting) Value {
	choices := []string{string(Found)}
	if _, err := s.Check(On(W10), Default); err == nil {
		choices = append(choices, string(Default))
	}
	for _, e := range s.Legal.Enum {
		if _, since := s.Legal.Builds[e]; !since {
			choices = append(choices, e)
		}
	}
	if s.Legal.Number {
		choices = append(choices, fmt.Sprint(s.Legal.Min), fmt.Sprint(s.Legal.Max))
	}
	if s.Legal.Absent {
		choices = append(choices, string(Absent))
	}
	return Value(rapid.SampledFrom(choices).Draw(t, s.ID))
}

// someDesign draws a design of any kind but profile.
func someDesign(t *rapid.T) Design {
	settings := usable()
	d := Design{Kind: rapid.SampledFrom([]string{List, Factorial, OneAtATime}).Draw(t, "kind"), Placebo: rapid.Bool().Draw(t, "placebo")}
	some := func(label string, most int) []Setting {
		return rapid.SliceOfNDistinct(rapid.SampledFrom(settings), 1, most, func(s Setting) string { return s.ID }).Draw(t, label)
	}
	d.Baseline = map[string]Value{}
	for _, s := range some("baseline", 3) {
		d.Baseline[s.ID] = someValue(t, s)
	}
	if d.Kind == List {
		for i := range rapid.IntRange(1, 20).Draw(t, "arms") {
			set := map[string]Value{}
			for _, s := range some("arm", 4) {
				set[s.ID] = someValue(t, s)
			}
			d.Arms = append(d.Arms, ArmSpec{Name: fmt.Sprintf("arm%d", i), Set: set})
		}
		return d
	}
	d.Levels = map[string][]Value{}
	for _, s := range some("levels", 4) {
		for range rapid.IntRange(1, 3).Draw(t, "values") {
			if v := someValue(t, s); !slices.Contains(d.Levels[s.ID], v) {
				d.Levels[s.ID] = append(d.Levels[s.ID], v)
			}
		}
	}
	return d
}

func TestPlanProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := someDesign(t)
		blocks := rapid.IntRange(1, 6).Draw(t, "blocks")
		seed := rapid.Uint64().Draw(t, "seed")
		p, err := NewPlan(W10, d, blocks, seed)
		if err != nil {
			// A drawn design may consist of the baseline alone; nothing else can be wrong.
			if all := DesignErrors(err); len(all) != 1 || all[0].Path[0] != "design" {
				t.Fatal(err)
			}
			t.Skip()
		}
		again, _ := NewPlan(W10, d, blocks, seed)
		if p.dump() != again.dump() {
			t.Fatal("the same design and seed gave two plans")
		}
		checkArms(t, p)
		checkSlots(t, p, blocks)
	})
}

func checkArms(t *rapid.T, p Plan) {
	if p.Arms[0].Role != RoleBaseline || p.Arms[0].Name != BaselineName {
		t.Fatalf("first arm %+v", p.Arms[0])
	}
	seen, combinations := map[string]bool{}, map[Combination]bool{}
	for _, a := range p.Arms {
		if seen[a.Name] || !sample.ValidName(a.Name) {
			t.Fatalf("name %q is taken or not legal", a.Name)
		}
		if combinations[a.Combination] {
			t.Fatalf("combination of %q occurs twice", a.Name)
		}
		seen[a.Name], combinations[a.Combination] = true, true
		assigned := a.Combination.Assignments()
		if len(assigned) != len(p.Settings) {
			t.Fatalf("%s assigns %d of %d settings", a.Name, len(assigned), len(p.Settings))
		}
		for i, s := range p.Settings {
			if assigned[i].ID != s.Setting.ID {
				t.Fatalf("%s assigns %s where the plan has %s", a.Name, assigned[i].ID, s.Setting.ID)
			}
		}
		if v, ok := a.Combination.Value(PlaceboID); ok && (v == "1") != (a.Role == RolePlacebo) {
			t.Fatalf("%s has placebo %q", a.Name, v)
		}
	}
}

func checkSlots(t *rapid.T, p Plan, blocks int) {
	per := len(p.Arms)
	if per >= 6 {
		per++
	}
	if len(p.Slots) != per*blocks || p.Blocks() != blocks {
		t.Fatalf("%d slots in %d blocks for %d arms", len(p.Slots), p.Blocks(), len(p.Arms))
	}
	count := map[[2]int]int{}
	for i, s := range p.Slots {
		if s.Order != i+1 || s.Block != i/per+1 {
			t.Fatalf("slot %d is %+v", i, s)
		}
		count[[2]int{s.Block, s.Arm}]++
	}
	for b := range blocks {
		for arm := range p.Arms {
			want := 1
			if arm == 0 && len(p.Arms) >= 6 {
				want = 2
			}
			if n := count[[2]int{b + 1, arm}]; n != want {
				t.Fatalf("block %d has arm %d %d times, want %d", b+1, arm, n, want)
			}
		}
	}
}

// TestScheduleMoves: over many blocks every arm stands at every position about as
// often as at any other. The seed is fixed, so the counts are data, not chance.
func TestScheduleMoves(t *testing.T) {
	const arms, blocks = 6, 6000
	count := [arms][arms]int{}
	for i, s := range schedule(arms, 1, blocks, 7) {
		count[s.Arm][i%arms]++
	}
	for arm := range count {
		for pos, n := range count[arm] {
			if n < 850 || n > 1150 { // 1000 expected, standard deviation 29
				t.Errorf("arm %d at position %d: %d times in %d blocks", arm, pos, n, blocks)
			}
		}
	}
}

func TestCompareProfiles(t *testing.T) {
	line := func(setting string, v Value) Line { return Line{Setting: setting, Value: v} }
	a := Profile{ID: "a", Lines: []Line{
		line("tcp.congestionprovider", "ctcp"), line("tcp.rss", "Enabled"), line("tcp.autotuninglevel", "normal"),
		{Setting: "netkvm.RxCapacity", Choice: "the largest"}, line("tcp.timestamps", "disabled"),
	}}
	b := Profile{ID: "b", Lines: []Line{
		line("tcp.ecncapability", "enabled"), line("tcp.autotuninglevel", "disabled"), line("tcp.rss", "enabled"),
		line("netkvm.RxCapacity", "1024"), line("template.congestionprovider", "dctcp"),
	}}
	want := ProfileComparison{
		Generation: W10,
		// What XP's successors set globally stands in templates from 10 on.
		Contradicts: []ProfileLine{{"template.congestionprovider", "ctcp", "dctcp"}, {"tcp.autotuninglevel", "normal", "disabled"}},
		MayDiffer:   []ProfileLine{{"netkvm.RxCapacity", "the largest", "1024"}},
		Alike:       []ProfileLine{{"tcp.rss", "Enabled", "enabled"}},
		OnlyA:       []ProfileLine{{"tcp.timestamps", "disabled", ""}},
		OnlyB:       []ProfileLine{{"tcp.ecncapability", "", "enabled"}},
	}
	if d := cmp.Diff(want, CompareProfiles(a, b, W10)); d != "" {
		t.Error(d)
	}
	// Where the setting is no other, the two are about different things.
	if c := CompareProfiles(a, b, NT60); len(c.Contradicts) != 1 || len(c.OnlyA) != 2 || len(c.OnlyB) != 2 {
		t.Errorf("%+v", c)
	}
	for _, p := range Profiles() {
		for _, g := range Generations {
			if c := CompareProfiles(p, p, g); len(c.Contradicts)+len(c.MayDiffer)+len(c.OnlyA)+len(c.OnlyB) > 0 {
				t.Errorf("%s on %s differs from itself: %+v", p.ID, g, c)
			}
		}
	}
}

func TestExtentOfAPlan(t *testing.T) {
	p := Plan{Arms: make([]Arm, 3), Slots: []Slot{{Block: 1}, {Block: 1}, {Block: 1}, {Block: 2}, {Block: 2}, {Block: 2}}}
	for want, search := range map[string]*Search{
		"2 blocks, 6 boots": nil,
		"a search of at most 4 blocks, then 5 that confirm its pick; at most 22 boots":                                                                     {Blocks: 4, Confirm: 5},
		"each booted once in a screen that keeps 8 beside the baseline, then a search of at most 4 blocks, then 5 that confirm its pick; at most 25 boots": {Screen: 1, Blocks: 4, Confirm: 5},
	} {
		p.Search = search
		if got := p.Extent(); got != want {
			t.Errorf("%s; want %s", got, want)
		}
	}
}
