package campaign

import (
	"fmt"

	"vnettune/matrix"
	"vnettune/results/sample"
)

// designKeys are the keys of the file that make up the design.
var designKeys = []string{"design", "profile", "profiles", "arms", "settings", "choices", "labels", "forbid", "baseline", "placebo"}

// design reads the design's form; whether it makes sense, matrix says.
func (o object) design() matrix.Design {
	o.require("legal: list (named arms), profile (a published recommendation, whole and line by line), factorial, one-at-a-time, adaptive (a search), factorial-screen (a search behind a screen), aa (the baseline under several names)", "design")
	d := matrix.Design{
		Kind:     o.word("design", "", matrix.DesignKinds...),
		Arms:     o.arms(),
		Levels:   o.levels(),
		Choices:  o.values("choices"),
		Profiles: o.profiles(),
		Labels:   o.integer("labels", 0, 2, matrix.MaxArms),
		Baseline: o.values("baseline"),
		Placebo:  o.flag("placebo"),
	}
	d.Profile, _ = o.text("profile")
	for _, item := range o.items("forbid") {
		d.Forbid = append(d.Forbid, item.valuesHere())
	}
	return d
}

func (o object) arms() []matrix.ArmSpec {
	var all []matrix.ArmSpec
	for _, item := range o.items("arms") {
		a := o.r.object(item.n, item.path, "name", "use", "set")
		spec := matrix.ArmSpec{Name: a.name("name"), Set: a.values("set")}
		spec.Use, _ = a.text("use")
		all = append(all, spec)
	}
	return all
}

// profiles are those that the campaign brings itself: names with their settings.
func (o object) profiles() map[string]map[string]matrix.Value {
	n := o.get("profiles")
	if n == nil {
		return nil
	}
	if n.kind != mapping {
		o.bad("profiles", "this must be names with settings, not "+n.kind.String(), "such as mine: {tcp.rss: disabled}")
		return nil
	}
	all := map[string]map[string]matrix.Value{}
	for _, e := range n.entries {
		if !sample.ValidName(e.key) || len(e.key) > MaxName {
			o.r.bad(e.at, "profiles", fmt.Sprintf("%q is not legal as a name", e.key), fmt.Sprintf("legal: up to %d letters, digits and ._+,=:- beginning with a letter or digit", MaxName))
			continue
		}
		all[e.key] = object{r: o.r, n: e.value, path: "profiles." + e.key}.valuesHere()
	}
	return all
}

func (o object) levels() map[string][]matrix.Value {
	n := o.get("settings")
	if n == nil {
		return nil
	}
	if n.kind != mapping {
		o.bad("settings", "this must be settings with lists of values, not "+n.kind.String(), "such as tcp.rss: [enabled, disabled]")
		return nil
	}
	group := object{r: o.r, n: n, path: "settings"}
	all := map[string][]matrix.Value{}
	for _, e := range n.entries {
		for _, w := range group.words(e.key) {
			all[e.key] = append(all[e.key], matrix.Value(w))
		}
		if e.value.kind == null || e.value.kind == list && len(e.value.items) == 0 {
			o.r.bad(e.at, group.at(e.key), "no values are given", "list them, such as [enabled, disabled]")
		}
	}
	return all
}

// values are the settings with one value each that a key holds.
func (o object) values(key string) map[string]matrix.Value {
	n := o.get(key)
	if n == nil {
		return nil
	}
	return object{r: o.r, n: n, path: o.at(key)}.valuesHere()
}

func (o object) valuesHere() map[string]matrix.Value {
	if o.n.kind != mapping {
		o.r.bad(o.n, o.path, "this must be settings with a value each, not "+o.n.kind.String(), "such as tcp.autotuninglevel: disabled")
		return nil
	}
	all := map[string]matrix.Value{}
	for _, e := range o.n.entries {
		if e.value.kind == null {
			o.r.bad(e.at, o.at(e.key), "no value is given", "absent deletes a registry value, default restores the setting's own, found is what the guest had")
			continue
		}
		if v, ok := o.text(e.key); ok {
			all[e.key] = matrix.Value(v)
		}
	}
	return all
}
