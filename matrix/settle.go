package matrix

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// settle makes arms of the drafts: every setting under test gets a value, and forbidden and
// repeated combinations are left out with a note.
func (b *builder) settle() {
	base := map[string]Value{}
	for id := range b.planned {
		base[id] = Found
		if v, ok := b.baseline[id]; ok {
			base[id] = v
		}
	}
	baseline := NewCombination(base)
	if reason := b.forbids(baseline); reason != "" {
		b.fail("change the baseline or what is forbidden", "the baseline is forbidden ("+reason+")", "baseline")
		return
	}
	b.arms = []Arm{{Name: BaselineName, Combination: baseline, Role: RoleBaseline}}
	byCombination := map[Combination]string{baseline: BaselineName}
	names := map[string]bool{BaselineName: true}
	first := map[Combination]Arm{baseline: b.arms[0]} // by what may have an effect
	for _, d := range b.drafts {
		values := maps.Clone(base)
		maps.Copy(values, d.values)
		c := NewCombination(values)
		if d.name == "" {
			if d.name = nameOf(c, baseline); d.name == "" {
				b.sameAsBaseline(d)
				continue
			}
		}
		if reason := b.forbids(c); reason != "" {
			b.excluded = append(b.excluded, Exclusion{Name: d.name, Reason: "forbidden: " + reason})
			continue
		}
		if same, ok := byCombination[c]; ok && !d.alias {
			if d.name != same {
				b.excluded = append(b.excluded, Exclusion{Name: d.name, Reason: "the same combination as " + same})
			}
			continue
		}
		if b.merge && !d.alias && d.role == RoleCandidate {
			effective := b.effective(c, base)
			if same, ok := first[effective]; ok {
				b.excluded = append(b.excluded, Exclusion{Name: d.name, Reason: "merged with " + same.Name + ": they differ only in " + b.inertWords(c, same.Combination)})
				continue
			}
			first[effective] = Arm{Name: d.name, Combination: c}
		}
		if names[d.name] {
			b.fail("give each arm a name of its own", fmt.Sprintf("two arms are called %q", d.name), d.path...)
			continue
		}
		names[d.name] = true
		if !d.alias {
			byCombination[c] = d.name
		}
		b.arms = append(b.arms, Arm{Name: d.name, Combination: c, Role: d.role, Profile: d.profile})
	}
	switch {
	case len(b.errs) > 0:
	case len(b.arms) == 1:
		b.fail("name values that differ from the baseline's", "nothing is left to compare with the baseline", "design")
	case len(b.arms) > MaxArms:
		b.fail("compare fewer", fmt.Sprintf("%d arms, of at most %d", len(b.arms), MaxArms), "design")
	}
}

// effective is a combination with the baseline's values of all settings that are expected inert.
func (b *builder) effective(c Combination, base map[string]Value) Combination {
	values := maps.Clone(base)
	for _, a := range c.Assignments() {
		if b.planned[a.ID].Inert == "" {
			values[a.ID] = a.Value
		}
	}
	return NewCombination(values)
}

// inertWords say in which settings two combinations differ, and why no effect of these is expected.
func (b *builder) inertWords(c, other Combination) string {
	var all []string
	for _, a := range c.Differences(other) {
		all = append(all, fmt.Sprintf("%s, expected inert (%s)", a.ID, b.planned[a.ID].Inert))
	}
	return strings.Join(all, " and ")
}

// sameAsBaseline notes an arm that turns out to be the baseline. The cell of a
// crossed design that is the baseline itself belongs there and needs no note.
func (b *builder) sameAsBaseline(d draft) {
	if d.path[0] != "settings" {
		b.excluded = append(b.excluded, Exclusion{Name: join(d.values), Reason: "the same combination as " + BaselineName})
	}
}

// forbids is the entry of forbid that a combination meets, in words; "" if it meets none.
func (b *builder) forbids(c Combination) string {
	for _, set := range b.forbid {
		meets := true
		for id, want := range set {
			if v, _ := c.Value(id); v != want {
				meets = false
			}
		}
		if meets {
			return strings.ReplaceAll(join(set), ",", " with ")
		}
	}
	return ""
}

// differences is what c assigns differently from the baseline, as a name.
func differences(c, baseline Combination) string {
	values := map[string]Value{}
	for _, a := range c.Differences(baseline) {
		values[a.ID] = a.Value
	}
	return join(values)
}

func (b *builder) plan() Plan {
	p := Plan{Generation: b.gen, Arms: b.arms, Dropped: b.dropped, Excluded: b.excluded, Rows: b.rows, Variants: b.variants}
	for _, id := range slices.Sorted(maps.Keys(b.planned)) {
		if id != VariantID {
			p.Settings = append(p.Settings, b.planned[id])
		}
	}
	return p
}
