package matrix

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// list drafts the named arms of a list.
func (b *builder) list(arms []ArmSpec) {
	if len(arms) == 0 {
		b.fail("give at least one", "a list needs arms", "arms")
	}
	for i, a := range arms {
		at := []string{"arms", strconv.Itoa(i)}
		d := draft{path: at, name: a.Name, profile: a.Use, role: RoleCandidate, values: map[string]Value{}}
		set := b.values(a.Set, at[0], at[1], "set")
		if a.Use != "" {
			lines := b.profile(a.Use, set, at[0], at[1], "use")
			for _, l := range lines {
				d.values[l.Setting.ID] = l.Value
			}
		}
		maps.Copy(d.values, set)
		switch {
		case a.Name != "":
			b.checkName(a.Name, at[0], at[1], "name")
		case a.Use != "" && len(set) == 0:
			d.name = a.Use
		case a.Use != "":
			d.name = a.Use + "+" + join(set)
		case len(a.Set) == 0:
			b.fail("give it a name", "an arm that is the baseline again needs a name", at...)
		}
		d.alias = a.Use == "" && len(a.Set) == 0
		b.drafts = append(b.drafts, d)
	}
}

// byProfile drafts the whole profile, each of its lines alone, and the profile
// without each of its lines.
func (b *builder) byProfile(d Design) {
	if d.Profile == "" {
		b.fail("name one; `vnettune profiles` lists them", "the design profile needs a profile", "profile")
		return
	}
	lines := b.profile(d.Profile, nil, "profile")
	whole := map[string]Value{}
	for _, l := range lines {
		whole[l.Setting.ID] = l.Value
	}
	add := func(name string, values map[string]Value) {
		b.drafts = append(b.drafts, draft{path: []string{"profile"}, name: name, profile: d.Profile, role: RoleCandidate, values: values})
	}
	add(d.Profile, whole)
	for _, l := range lines {
		add("", map[string]Value{l.Setting.ID: l.Value})
	}
	for _, l := range lines {
		rest := maps.Clone(whole)
		delete(rest, l.Setting.ID)
		add(d.Profile+"-without-"+l.Setting.ID, rest)
	}
}

// profile resolves a profile and puts its settings under test. set are the values that the arm has
// beside it: they settle lines that need a choice, as the design's choices do for all arms.
func (b *builder) profile(id string, set map[string]Value, path ...string) []ResolvedLine {
	p, ok := b.own[id]
	if !ok {
		p, ok = LookupProfile(id)
	}
	if !ok {
		b.fail(Meant(NearestProfile(id))+"`vnettune profiles` lists them", fmt.Sprintf("there is no profile %q", id), path...)
		return nil
	}
	choices := maps.Clone(b.choices)
	maps.Copy(choices, set)
	r, err := b.settings.Resolve(p, b.gen, choices)
	if err != nil {
		b.fail("", err.Error(), path...)
		return nil
	}
	for _, l := range p.Lines {
		if l.Choice != "" {
			b.chosen[l.Setting] = true
		}
	}
	if len(r.Lines) == 0 {
		var reasons []string
		for _, d := range r.Dropped {
			reasons = append(reasons, d.Line+": "+d.Reason)
		}
		b.fail("choose another profile, or make its choices", fmt.Sprintf("profile %s: no line of it can be set on %s (%s)", id, b.gen, strings.Join(reasons, "; ")), path...)
	}
	for _, l := range r.Lines {
		b.planned[l.Setting.ID] = l.Planned
	}
	for _, l := range r.Dropped {
		if !slices.Contains(b.dropped, l) {
			b.dropped = append(b.dropped, l)
		}
	}
	return r.Lines
}

// ownProfiles makes profiles of those that the campaign brings itself, for every generation.
func (b *builder) ownProfiles(all map[string]map[string]Value) {
	for _, id := range slices.Sorted(maps.Keys(all)) {
		if _, published := LookupProfile(id); published {
			b.fail("give it another name", fmt.Sprintf("%q is a published profile", id), "profiles", id)
		}
		b.checkName(id, "profiles", id)
		p := Profile{ID: id, AppliesTo: Generations}
		if only := b.only[id]; only != nil {
			p.AppliesTo = only
		}
		for _, setting := range slices.Sorted(maps.Keys(all[id])) {
			if _, known := b.settings.Lookup(setting); !known {
				b.unknown(setting, "profiles", id, setting)
			}
			p.Lines = append(p.Lines, Line{Setting: setting, Value: all[id][setting]})
		}
		b.own[id] = p
	}
}

// unused refuses choices that no line of a profile waits for.
func (b *builder) unused() {
	for _, id := range slices.Sorted(maps.Keys(b.choices)) {
		if !b.chosen[id] && len(b.errs) == 0 {
			b.fail("leave it out; `vnettune profiles ID` shows which lines need a choice", "no line of a profile here is published without a plain value for "+id, "choices", id)
		}
	}
}

// levels drafts the arms of the designs factorial and one-at-a-time, and of searches
// over every combination.
func (b *builder) levels(d Design) {
	factors := b.factors(d)
	cells := 1
	for _, f := range factors {
		if cells <= MaxArms {
			cells *= max(1, len(f.levels))
		}
	}
	if d.Kind != OneAtATime && cells > MaxArms {
		b.fail("test fewer values, or one-at-a-time, pairwise or sample", fmt.Sprintf("more than %d combinations", MaxArms), "settings")
	}
	if len(b.errs) > 0 {
		return
	}
	if d.Kind == OneAtATime {
		for _, f := range factors {
			for _, values := range f.levels {
				b.cell(values)
			}
		}
		return
	}
	for n := range cells {
		values := map[string]Value{}
		for _, f := range slices.Backward(factors) {
			maps.Copy(values, f.levels[n%len(f.levels)])
			n /= len(f.levels)
		}
		b.cell(values)
	}
}

func (b *builder) cell(values map[string]Value) {
	b.drafts = append(b.drafts, draft{path: []string{"settings"}, role: RoleCandidate, values: values})
}

// adaptive drafts the arms of a search: a list's, or every combination of levels.
func (b *builder) adaptive(d Design) {
	switch {
	case len(d.Arms) > 0 && len(d.Levels) > 0:
		b.fail("keep one of them", "a search has arms or settings, not both", "settings")
	case len(d.Arms) > 0:
		b.list(d.Arms)
	default:
		b.levels(d)
	}
	b.confirmation(d)
}

// screen drafts the arms of a factorial that is screened before it is searched.
func (b *builder) screen(d Design) {
	several := 0
	for _, values := range d.Levels {
		if len(values) > 1 {
			several++
		}
	}
	if several < minScreened {
		b.fail("write design: adaptive", fmt.Sprintf("a screen needs %d settings with two values or more, and there are %d", minScreened, several), "settings")
	}
	b.levels(d)
	b.confirmation(d)
}

func (b *builder) confirmation(d Design) {
	if d.Confirm != 0 && d.Confirm < MinConfirm {
		b.fail(fmt.Sprintf("give %d or more", MinConfirm), fmt.Sprintf("%d blocks confirm nothing", d.Confirm), "search", "confirm")
	}
}

// labels drafts the baseline under further names. The placebo is put under test with the value that
// was found: so an A/A run, like every other campaign, writes something and reads it back, but
// changes nothing.
func (b *builder) labels(n int) {
	if n == 0 {
		n = DefaultLabels
	}
	if n < 2 || n > MaxArms {
		b.fail(fmt.Sprintf("legal: 2 to %d; leave it out for %d", MaxArms, DefaultLabels), fmt.Sprintf("%d labels make no comparison", n), "labels")
		return
	}
	b.setting(PlaceboID, "design")
	for i := 2; i <= n; i++ {
		b.drafts = append(b.drafts, draft{path: []string{"labels"}, name: fmt.Sprintf("%s-%d", BaselineName, i), role: RoleCandidate, values: map[string]Value{}, alias: true})
	}
}

// placebo drafts the arm that cannot make a difference.
func (b *builder) placebo() {
	if _, ok := b.planned[PlaceboID]; ok {
		b.fail("leave one of them out", PlaceboID+" is set by an arm and by the placebo arm", "placebo")
		return
	}
	if _, ok := b.setting(PlaceboID, "placebo"); ok {
		b.drafts = append(b.drafts, draft{path: []string{"placebo"}, name: PlaceboName, role: RolePlacebo, values: map[string]Value{PlaceboID: "1"}})
	}
}

// join makes a name of assignments, in order of id.
func join(values map[string]Value) string {
	var parts []string
	for _, id := range slices.Sorted(maps.Keys(values)) {
		parts = append(parts, id+"="+string(values[id]))
	}
	return strings.Join(parts, ",")
}
