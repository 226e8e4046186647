package campaign

import (
	"fmt"
	"maps"
	"regexp"
	"strings"

	"vnettune/matrix"
	"vnettune/matrix/domain"
	"vnettune/trouble"
)

// designKeys are the keys of the file that make up the design.
var designKeys = group{
	{"design", word{"", matrix.DesignKinds}, "What is compared with the baseline: named arms (list), a published recommendation whole and line by line (profile), values of settings (factorial, one-at-a-time), a search (adaptive, factorial-screen), the baseline under several names (aa), or a part of all combinations (pairwise, covering, fractional, plackett-burman, sample).",
		"legal: list (named arms), profile (a published recommendation, whole and line by line), factorial, one-at-a-time, adaptive (a search), factorial-screen (a search behind a screen), aa (the baseline under several names), pairwise, covering, fractional, plackett-burman, sample (a part of all combinations)"},
	{"profile", matching{known: profileIDs}, "Of design: profile: a published recommendation (vnettune profiles), or one of the campaign's own.", ""},
	{"profiles", either{several{of: matching{}}, named{nameForm, ownForm}}, "Profiles of your own, each a name with settings and their values, or a list of files with such; vnettune import makes one of a tweak file.", ""},
	{"define", named{ownID, definitionKeys}, "Settings of your own, by ids that begin with own.", ""},
	{"arms", several{of: armKeys}, "The arms of the designs list and adaptive, each compared with the baseline.", ""},
	{"settings", valued{someValues}, "Settings, each with the list of its values: every combination of them, a part of these, or each value alone (one-at-a-time).", ""},
	{"variants", several{of: variantKeys}, "States of the guest's machine or of its driver, as arms: another QEMU, machine type or adapter, made by a command while the guest is off, or another driver's package, installed in it. Crossed with settings, or arms of their own; the first is the baseline's.", ""},
	{"linked", several{of: several{of: matching{}}}, "Groups of settings that move together: the first value of each, the second of each, and so on.", ""},
	{"strength", whole{0, matrix.MinStrength, matrix.MaxStrength}, "Of design: covering: of how many settings every combination of values occurs; 3 unless given.", ""},
	{"resolution", whole{0, matrix.MinResolution, matrix.MaxResolution}, "Of design: fractional: at least which resolution; 4 unless given.", ""},
	{"rows", whole{0, 1, matrix.MaxArms - 1}, "Of design: sample: how many combinations are drawn.", ""},
	{"merge_inert", truth{}, "Makes one arm of combinations that differ only in settings that are expected inert on the guest's generation.", ""},
	{"choices", valued{oneValue}, "Settings with the value that you choose for a line that was published without a plain value.", ""},
	{"labels", whole{0, 2, matrix.MaxArms}, "Of design: aa: under how many names the baseline runs, its own included; 6 unless given.", ""},
	{"forbid", several{of: valued{oneValue}}, "Groups of settings with values: a combination that holds all values of a group is left out.", ""},
	{"baseline", valued{oneValue}, "Settings with the value that the baseline has instead of the found one.", ""},
	{"placebo", truth{}, "Adds an arm that sets a value that nothing reads: whatever it shows is noise.", ""},
	{"positive_control", number{0, 0, matrix.MaxControl, "%"}, "Adds an arm that is slowed by so much, percent, which this rig must find.", ""},
	{"switch", word{"", []string{matrix.SwitchByReboot, matrix.SwitchWithinBoots}}, "How the guest goes from one combination to the next: by a reboot, as it does unless told otherwise, or within a boot where its settings allow it.", ""},
	{"settle_arms", whole{0, minLooks, maxLooks}, "At how many looks, evenly spread over the blocks, combinations are booted no more whose verdict is settled.", ""},
	{"covariate", word{"", matrix.Covariates}, "What is measured first in each boot, to take away what boots differ by.", ""},
}

// ownID is how the id of a setting of a user's own begins.
var ownID = regexp.MustCompile("^" + regexp.QuoteMeta(matrix.OwnPrefix))

var armKeys = group{
	{"name", title{MaxName}, "What reports call the arm; made of its profile or settings unless given.", ""},
	{"use", matching{known: profileIDs}, "A published profile (vnettune profiles), or one of the campaign's own.", ""},
	{"set", valued{oneValue}, "Settings with their values; they win over those of use.", ""},
}

var variantKeys = group{
	{"name", title{MaxName}, "What reports call the variant.", "it names the variant"},
	{"command", several{of: matching{}, some: true}, "The program and its arguments, run on this host without a shell while the guest is off; it starts the machine again. None: the machine as it was found.", ""},
	{"undo", several{of: matching{}, some: true}, "The same for the way back; without it another variant's command is the way, at the end the baseline's.", ""},
	{"xml", several{of: editKeys, some: true}, "Instead of a command, with guest.libvirt: what is another in the domain's XML, which is put back as it was found.", ""},
	{"driver", matching{}, "Instead of both: the folder of a package of the virtio network driver (or its INF file), which is installed in the guest; a path from the folder of this file.", ""},
}

var editKeys = group{
	{"path", matching{}, "The one element that it is about: " + domain.PathWords + ".", "the element that it is about: " + domain.PathWords},
	{"attribute", matching{}, "The attribute of it to set or remove; without one it is the element itself.", ""},
	{"set", matching{}, "What the attribute, or the element's text, becomes.", ""},
	{"insert", matching{}, "An element of XML that becomes the last one in it.", ""},
	{"remove", truth{}, "Removes the attribute, or the element.", ""},
}

var definitionKeys = group{
	{"key", matching{}, `The key of a value in the registry, HKLM\...: one in which the catalogue has settings.`, ""},
	{"value", matching{}, "The value's name there.", ""},
	{"keyword", matching{}, "The keyword of a property of the adapter's driver, instead of key, value and type.", ""},
	{"type", matching{like: regexp.MustCompile("^(" + strings.Join(matrix.OwnTypes, "|") + ")?$"), what: strings.Join(matrix.OwnTypes, ", "), known: func() []string { return matrix.OwnTypes }}, "The type of the value in the registry.", ""},
	{"values", either{several{of: matching{}}, named{nil, either{matching{empty: true}, several{of: matching{}}}}}, "What may be asked for: a list, or names with longer texts.", ""},
	{"default", matching{}, "What the word default stands for: one of the values, or absent.", ""},
}

// profileIDs are the ids of the published profiles.
func profileIDs() []string {
	var all []string
	for _, p := range matrix.Profiles() {
		all = append(all, p.ID)
	}
	return all
}

// design reads the design's form; whether it makes sense, matrix says. What users bring themselves stands beside it, and
// that of each file by itself.
func (o object) design() (matrix.Design, Own, map[string]Own) {
	d := matrix.Design{
		Kind:     o.word("design"),
		Arms:     o.arms(),
		Levels:   o.levels(),
		Choices:  o.values("choices"),
		Define:   o.definitions(),
		Labels:   o.integer("labels"),
		Baseline: o.values("baseline"),
		Placebo:  o.flag("placebo"),
		Control:  o.number("positive_control"),
		Switch:   o.word("switch"),

		Linked:     o.linkedSettings(),
		Strength:   o.integer("strength"),
		Resolution: o.integer("resolution"),
		Rows:       o.integer("rows"),
		MergeInert: o.flag("merge_inert"),
		Variants:   o.variants(),
	}
	d.Looks = o.looks(d)
	d.Covariate = o.covariate(d)
	d.Profile, _ = o.text("profile")
	for _, item := range o.items("forbid") {
		d.Forbid = append(d.Forbid, item.valuesHere())
	}
	own := Own{Profiles: o.ownProfiles(), Define: map[string]matrix.Definition{}}
	maps.Copy(own.Define, d.Define)
	files := o.files(&own)
	if d.Define = own.Define; len(own.Define) == 0 {
		own.Define, d.Define = nil, nil
	}
	for _, p := range own.Profiles {
		if d.Profiles == nil {
			d.Profiles = map[string]map[string]matrix.Value{}
		}
		d.Profiles[p.ID] = map[string]matrix.Value{}
		for _, l := range p.Lines {
			d.Profiles[p.ID][l.Setting] = l.Value
		}
		if len(p.AppliesTo) < len(matrix.Generations) {
			if d.For == nil {
				d.For = map[string][]matrix.Generation{}
			}
			d.For[p.ID] = p.AppliesTo
		}
	}
	return d, own, files
}

// variants are what the host does with the guest's machine.
func (o object) variants() []matrix.Variant {
	var all []matrix.Variant
	for _, item := range o.items("variants") {
		v := o.r.object(item.n, item.path, variantKeys)
		all = append(all, matrix.Variant{Name: v.name("name"), Command: v.program("command"), Undo: v.program("undo"), XML: v.edits(), Driver: v.driverPackage()})
	}
	return all
}

// edits are what a variant has another in the domain's XML.
func (o object) edits() []matrix.Edit {
	var all []matrix.Edit
	for _, item := range o.items("xml") {
		g := o.r.object(item.n, item.path, editKeys)
		e := matrix.Edit{Remove: g.flag("remove")}
		e.Path, _ = g.text("path")
		e.Attribute, _ = g.text("attribute")
		e.Insert, _ = g.text("insert")
		if s, ok := g.text("set"); ok {
			e.Set = &s
		}
		if field, err := domain.Check(e); err != nil && !o.r.stored && g.has("path") {
			message, hint := err.Error(), strings.Join(trouble.Hints(err), "; ")
			if field == "" {
				o.r.bad(item.n, item.path, message, hint)
			} else {
				g.bad(field, message, hint)
			}
		}
		all = append(all, e)
	}
	if n := o.get("xml"); n != nil && n.kind == list && len(n.items) == 0 {
		o.bad("xml", "the list is empty", "say what is another in the domain's XML, or leave it out")
	}
	return all
}

// program is a program with its arguments.
func (o object) program(key string) []string {
	if c := o.get(key); c != nil && c.kind == list && (len(c.items) == 0 || c.items[0].kind == scalar && c.items[0].text == "") {
		o.bad(key, "no program is named", "a list: the program and its arguments")
	}
	return o.words(key)
}

// linkedSettings are the groups of settings that move together.
func (o object) linkedSettings() [][]string {
	var all [][]string
	for _, item := range o.items("linked") {
		if item.n.kind != list {
			o.r.bad(item.n, item.path, "this must be a list of settings, not "+item.n.kind.String(), "such as [[tcp.rss, tcp.rsc]]: each group in brackets of its own")
			continue
		}
		var ids []string
		for i, n := range item.n.items {
			if id, ok := (object{r: o.r, n: n, path: fmt.Sprintf("%s[%d]", item.path, i)}).textHere(); ok {
				ids = append(ids, id)
			}
		}
		all = append(all, ids)
	}
	return all
}

// The number of looks at which arms may settle: each has its part of alpha.
const (
	minLooks = 2
	maxLooks = 10
)

// looks reads at how many looks arms settle; 0 is at none.
func (o object) looks(d matrix.Design) int {
	n := o.integer("settle_arms")
	switch {
	case n == 0:
	case matrix.Searches(d.Kind):
		o.bad("settle_arms", "a search has looks of its own", "delete it, or take another design")
	case d.Kind == matrix.AA:
		o.bad("settle_arms", "an A/A run shows the noise of whole campaigns", "delete it")
	case d.Switch == matrix.SwitchWithinBoots:
		o.bad("settle_arms", "arms that are switched within boots cannot settle yet", "delete it, or write switch: reboot")
	}
	return n
}

// covariate reads what is measured first in each boot. Whether the guest and its settings allow it, matrix says.
func (o object) covariate(d matrix.Design) string {
	name := o.word("covariate")
	switch {
	case name == "":
	case matrix.Searches(d.Kind):
		o.bad("covariate", "a search decides by boots as they are", "delete it, or take another design")
	case d.Switch == matrix.SwitchWithinBoots:
		o.bad("covariate", "arms that are switched within boots are compared within the boot, of which nothing is left to take away", "delete it, or write switch: reboot")
	case d.Looks > 0:
		o.bad("covariate", "that looks share alpha is not shown of boots with a covariate", "delete it, or delete settle_arms")
	}
	return name
}

func (o object) arms() []matrix.ArmSpec {
	var all []matrix.ArmSpec
	for _, item := range o.items("arms") {
		a := o.r.object(item.n, item.path, armKeys)
		spec := matrix.ArmSpec{Name: a.name("name"), Set: a.values("set")}
		spec.Use, _ = a.text("use")
		all = append(all, spec)
	}
	return all
}

// definitions are the settings that the campaign defines itself.
func (o object) definitions() map[string]matrix.Definition {
	n := o.get("define")
	if n == nil {
		return nil
	}
	if n.kind != mapping {
		o.bad("define", "this must be ids with definitions, not "+n.kind.String(), "such as own.Name: {key: HKLM\\..., value: Name, type: DWord, values: [0, 1]}")
		return nil
	}
	all := map[string]matrix.Definition{}
	for _, e := range n.entries {
		d := o.r.object(e.value, "define."+e.key, definitionKeys)
		one := matrix.Definition{}
		for key, to := range map[string]*string{"key": &one.Key, "value": &one.Name, "keyword": &one.Keyword, "type": &one.Type, "default": (*string)(&one.Default)} {
			*to, _ = d.text(key)
		}
		if n := d.get("type"); n != nil {
			one.Where = fmt.Sprintf("%s:%d:%d", o.r.file, n.line, n.column)
		}
		one.Values, one.Texts = d.ownValues()
		all[e.key] = one
	}
	return all
}

// ownValues are the values of a definition: a list, or names with a text or a list of lines each.
func (o object) ownValues() ([]matrix.Value, map[matrix.Value]string) {
	n := o.get("values")
	if n == nil || n.kind != mapping {
		var all []matrix.Value
		for _, w := range o.words("values") {
			all = append(all, matrix.Value(w))
		}
		return all, nil
	}
	names := object{r: o.r, n: n, path: o.at("values")}
	var all []matrix.Value
	texts := map[matrix.Value]string{}
	for _, e := range n.entries {
		v := matrix.Value(e.key)
		all = append(all, v)
		if e.value.kind == list {
			texts[v] = strings.Join(names.words(e.key), "\n")
			continue
		}
		texts[v], _ = names.text(e.key)
	}
	return all, texts
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
