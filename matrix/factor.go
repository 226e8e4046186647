package matrix

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// factor is what a design over settings moves: a setting, or several that are linked.
type factor struct {
	ids    []string           // in the order of the design
	levels []map[string]Value // what each level gives the settings
}

// factors are those of the design's levels, in order of their first setting's id.
func (b *builder) factors(d Design) []factor {
	if len(d.Levels) == 0 {
		b.fail("list settings and their values", "the design "+d.Kind+" needs settings", "settings")
	}
	group := b.linked(d)
	levels := map[string][]Value{}
	for _, id := range slices.Sorted(maps.Keys(d.Levels)) {
		levels[id] = b.levelsOf(d, id, group[id] != nil)
	}
	var all []factor
	done := map[string]bool{}
	for _, id := range slices.Sorted(maps.Keys(d.Levels)) {
		if done[id] {
			continue
		}
		f := factor{ids: []string{id}}
		if group[id] != nil {
			f.ids = group[id]
		}
		for _, member := range f.ids {
			done[member] = true
			for i, v := range levels[member] {
				if i == len(f.levels) {
					f.levels = append(f.levels, map[string]Value{})
				}
				f.levels[i][member] = v
			}
		}
		b.checkLinked(f, levels)
		all = append(all, f)
	}
	return all
}

// linked is the group of each setting that is linked to others.
func (b *builder) linked(d Design) map[string][]string {
	group := map[string][]string{}
	for i, ids := range d.Linked {
		at := []string{"linked", strconv.Itoa(i)}
		if len(ids) < 2 {
			b.fail("name two settings or more", "links nothing", at...)
		}
		for j, id := range ids {
			here := append(slices.Clone(at), strconv.Itoa(j))
			switch {
			case d.Levels[id] == nil && len(d.Levels) > 0:
				b.fail("list its values there, or leave it out", fmt.Sprintf("%q is none of the settings whose values are listed", id), here...)
			case group[id] != nil:
				b.fail("leave it out of one", fmt.Sprintf("%q is linked twice", id), here...)
			default:
				group[id] = ids
			}
		}
	}
	return group
}

// levelsOf are the values of one setting. A linked one may have a value several times, beside others of its partner.
func (b *builder) levelsOf(d Design, id string, linked bool) []Value {
	if len(d.Levels[id]) == 0 {
		b.fail("list at least one", "no values", "settings", id)
	}
	var all []Value
	for j, v := range d.Levels[id] {
		at := []string{"settings", id, strconv.Itoa(j)}
		s, ok := b.setting(id, at[:2]...)
		if !ok {
			break
		}
		v, err := b.check(s, v)
		switch {
		case err != nil:
			b.fail("", err.Error(), at...)
		case !linked && slices.Contains(all, v):
			b.fail("leave it out", fmt.Sprintf("%q is listed twice", v), at...)
		default:
			all = append(all, v)
		}
	}
	return all
}

// checkLinked refuses linked settings whose lists of values do not go together.
func (b *builder) checkLinked(f factor, levels map[string][]Value) {
	if len(b.errs) > 0 {
		return
	}
	for _, id := range f.ids[1:] {
		if n, want := len(levels[id]), len(levels[f.ids[0]]); n != want {
			b.fail("give each as many: the first goes with the first, and so on", fmt.Sprintf("%d values, and %s, to which it is linked, has %d", n, f.ids[0], want), "settings", id)
			return
		}
	}
	for i, l := range f.levels {
		if slices.ContainsFunc(f.levels[:i], func(m map[string]Value) bool { return maps.Equal(l, m) }) {
			b.fail("leave it out of each", fmt.Sprintf("%s is listed twice", strings.ReplaceAll(join(l), ",", " with ")), "settings", f.ids[0], strconv.Itoa(i))
		}
	}
}
