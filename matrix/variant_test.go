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

// pack is a package of one INF file, by the hash that its digits are of.
func pack(hash string) *Package {
	return &Package{INF: "a.inf", Catalog: "a.cat", Version: "1.2.3.4", Files: []PackageFile{{"a.inf", 10, strings.Repeat(hash, 64)}, {"a.cat", 10, strings.Repeat("0", 64)}}}
}

// A driver needs no way back: the guest's own is put back whatever the other variants are.
func TestDriverVariants(t *testing.T) {
	for name, variants := range map[string][]Variant{
		"beside the machine as found": {{Name: "old"}, {Name: "new", Driver: pack("1")}},
		"two":                         {{Name: "old", Driver: pack("1")}, {Name: "new", Driver: pack("2")}},
		"that were not read":          {{Name: "old", Driver: &Package{Folder: "a"}}, {Name: "new", Driver: &Package{Folder: "b"}}},
		"beside a command":            {{Name: "old", Driver: pack("1")}, {Name: "new", Command: []string{"b"}, Undo: []string{"a"}}},
	} {
		for _, g := range []Generation{W10, W11} {
			if p, err := NewPlan(g, Design{Kind: List, Variants: variants}, 3, 1); err != nil || len(p.Arms) != 2 || !p.Variants[0].AsFound() && p.Variants[0].Driver == nil {
				t.Errorf("%s on %s: %v", name, g, err)
			}
		}
	}
}

func TestPackageCheck(t *testing.T) {
	for want, change := range map[string]func(*Package){
		"":                              func(*Package) {},
		`"v1" and "" are no version`:    func(p *Package) { p.Version = "v1" },
		`and "2024" are no version and`: func(p *Package) { p.Date = "2024" },
		"1 files":                       func(p *Package) { p.Files = p.Files[:1] },
		"101 files":                     func(p *Package) { p.Files = slices.Repeat(p.Files, 51)[:101] },
		"is its INF file":               func(p *Package) { p.INF = "b.inf" },
		`is called "..\\a.inf"`:         func(p *Package) { p.INF, p.Files[0].Name = `..\a.inf`, `..\a.inf` },
		`is called "a"`:                 func(p *Package) { p.Files[1].Name = "a" },
		`is called "a.json"`:            func(p *Package) { p.Files[1].Name = "a.json" },
		`is called ".cat"`:              func(p *Package) { p.Files[1].Name = ".cat" },
		"a.cat has no SHA-256":          func(p *Package) { p.Files[1].SHA256 = strings.Repeat("A", 64) },
		"a.cat is empty":                func(p *Package) { p.Files[1].Size = 0 },
		"more than 64 MiB":              func(p *Package) { p.Files[1].Size = MaxPackage - 9 },
		"A.INF is there twice":          func(p *Package) { p.Files[1].Name = "A.INF" },
		"the catalog of a package is":   func(p *Package) { p.Catalog = "a.inf" },
	} {
		p := *pack("1")
		change(&p)
		if err := p.Check(); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
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
		"a variant has a driver, or a command or xml":                                          {list, []Variant{{Name: "a"}, {Name: "b", Driver: pack("1"), Command: []string{"x"}, Undo: []string{"y"}}}},
		"the guest's own driver is put back":                                                   {list, []Variant{{Name: "a"}, {Name: "b", Driver: pack("1"), Undo: []string{"y"}}}},
		"this is the package of a, to the byte":                                                {list, []Variant{{Name: "a", Driver: pack("1")}, {Name: "b", Driver: pack("1")}}},
		"again what it was before new: old is the machine as it was found with another":        {list, []Variant{{Name: "old", Driver: pack("1")}, twoDrivers[1]}},
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

// A package is for Windows 10 and later alone.
func TestDriverOfAnOldGuest(t *testing.T) {
	for _, g := range []Generation{XP, NT62} {
		_, err := NewPlan(g, Design{Kind: List, Variants: []Variant{{Name: "a"}, {Name: "b", Driver: pack("1")}}}, 3, 1)
		if err == nil || !strings.Contains(err.Error(), "cannot be given a driver's package") {
			t.Errorf("%s: %v", g, err)
		}
	}
}
