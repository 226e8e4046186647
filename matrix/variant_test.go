package matrix

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var twoDrivers = []Variant{{Name: "old", Command: []string{"a"}}, {Name: "new", Command: []string{"b"}}}

// withVariants are the names of a plan's arms, each with its variant.
func withVariants(p Plan) []string {
	var all []string
	for _, a := range p.Arms {
		v, _ := p.Variant(a.Combination)
		all = append(all, a.Name+" on "+v.Name)
	}
	return all
}

// Variants are crossed with settings, stand alone in one-at-a-time, and are arms of their own elsewhere unless arms name them.
func TestVariants(t *testing.T) {
	rss := map[string][]Value{"tcp.rss": {Found, "disabled"}}
	for name, c := range map[string]struct {
		design Design
		want   []string
	}{
		"alone":        {Design{Kind: List}, []string{"baseline on old", "new on new"}},
		"factorial":    {Design{Kind: Factorial, Levels: rss}, []string{"baseline on old", "new on new", "tcp.rss=disabled on old", "tcp.rss=disabled,variant=new on new"}},
		"one by one":   {Design{Kind: OneAtATime, Levels: rss}, []string{"baseline on old", "tcp.rss=disabled on old", "new on new"}},
		"named in arm": {Design{Kind: List, Arms: []ArmSpec{{Name: "both", Set: map[string]Value{"tcp.rss": "disabled", VariantID: "new"}}}}, []string{"baseline on old", "both on new"}},
		"some":         {Design{Kind: Factorial, Levels: map[string][]Value{"tcp.rss": {Found, "disabled"}, VariantID: {"new"}}}, []string{"baseline on old", "new on new", "tcp.rss=disabled,variant=new on new"}},
		"baseline":     {Design{Kind: List, Baseline: map[string]Value{VariantID: "new"}}, []string{"baseline on new", "old on old"}},
		"pairwise":     {Design{Kind: Pairwise, Levels: rss}, []string{"baseline on old", "tcp.rss=disabled on old", "new on new", "tcp.rss=disabled,variant=new on new"}},
		"placebo":      {Design{Kind: List, Placebo: true}, []string{"baseline on old", "new on new", "placebo on old"}},
	} {
		c.design.Variants = twoDrivers
		p, err := NewPlan(W10, c.design, 3, 1)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := withVariants(p)
		slices.Sort(got)
		slices.Sort(c.want)
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
		if slices.ContainsFunc(p.Settings, func(s Planned) bool { return s.Setting.ID == VariantID }) {
			t.Errorf("%s: the variant is among the settings, which are written into the guest", name)
		}
	}
}

func TestVariantsThatCannotBe(t *testing.T) {
	list := Design{Kind: List}
	for want, d := range map[string]struct {
		of       Design
		variants []Variant
	}{
		`two variants are called "old"`:                                                        {list, []Variant{{Name: "old", Command: []string{"a"}}, {Name: "old", Command: []string{"b"}}}},
		`"found" is a word for values of settings`:                                             {list, []Variant{{Name: "found"}, {Name: "new", Command: []string{"b"}, Undo: []string{"a"}}}},
		"two variants are the machine as it was found":                                         {list, []Variant{{Name: "a"}, {Name: "b"}}},
		"there is nothing to undo":                                                             {list, []Variant{{Name: "a", Undo: []string{"x"}}, twoDrivers[1]}},
		"nothing makes the machine again what it was before new: old is the machine as it was": {list, []Variant{{Name: "old"}, twoDrivers[1]}},
		"in an A/A run every arm is the baseline":                                              {Design{Kind: AA}, twoDrivers},
		"a variant needs the guest switched off":                                               {Design{Kind: List, Switch: SwitchWithinBoots}, twoDrivers},
		`there is no variant "nwe"; did you mean "new"? legal: old, new`:                       {Design{Kind: List, Baseline: map[string]Value{VariantID: "nwe"}}, twoDrivers},
		`there is no variant "found"; legal: old, new`:                                         {Design{Kind: List, Arms: []ArmSpec{{Name: "x", Set: map[string]Value{VariantID: Found}}}}, twoDrivers},
		`there is no setting "variant"`:                                                        {Design{Kind: List, Arms: []ArmSpec{{Name: "x", Set: map[string]Value{VariantID: "new"}}}}, nil},
	} {
		d.of.Variants = d.variants
		if _, err := NewPlan(W10, d.of, 3, 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
