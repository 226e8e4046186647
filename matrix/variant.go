package matrix

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// VariantID is what a combination has its variant under, beside the ids of settings: no setting has this id.
const VariantID = "variant"

// Variant is what this host does with the guest's machine before the boots of an arm, while the guest is off: another
// QEMU, machine type, adapter or host setting.
type Variant struct {
	Name    string
	Command []string `json:",omitempty"` // makes the machine this variant's, and starts it; none: the machine as it was found
	Undo    []string `json:",omitempty"` // makes it again what it was before Command, and starts it; none: another variant's Command does
	XML     []Edit   `json:",omitempty"` // instead of Command: what is another in libvirt's XML of the machine as it was found
	Driver  *Package `json:",omitempty"` // instead of both: installed in the guest, whose machine stays as it was found
}

// AsFound says whether the variant is the machine as it was found.
func (v Variant) AsFound() bool { return v.Command == nil && v.XML == nil && v.Driver == nil }

// Package is a package of a network adapter's driver, as a folder of this host has it.
type Package struct {
	Folder  string        // as the campaign names it
	INF     string        // name of its INF file
	Catalog string        // name of the file with its signature
	Version string        // of the driver, by DriverVer of the INF: "100.95.104.26200"
	Date    string        `json:",omitempty"` // by DriverVer, as it stands there
	Files   []PackageFile // all that the guest needs, the INF first
}

// PackageFile is one file of a package.
type PackageFile struct {
	Name   string // without a folder
	Size   int    // bytes
	SHA256 string // hexadecimal
}

// Edit is one change of libvirt's XML of a machine. It does one thing: Set, Insert or Remove.
type Edit struct {
	Path      string  // of the one element that it is about, from the domain down
	Attribute string  `json:",omitempty"` // of the element, to set or remove; "": the element itself
	Set       *string `json:",omitempty"` // what the attribute, or the element's text, becomes
	Insert    string  `json:",omitempty"` // an element that becomes the last one in it
	Remove    bool    `json:",omitempty"`
}

// Variant is the one that a combination has; false where the plan has none.
func (p Plan) Variant(c Combination) (Variant, bool) {
	name, _ := c.Value(VariantID)
	i := slices.IndexFunc(p.Variants, func(v Variant) bool { return v.Name == string(name) })
	if i < 0 {
		return Variant{}, false
	}
	return p.Variants[i], true
}

// variantsOf are the variants of a design, each known to be possible. The first is the baseline's unless the design
// says otherwise.
func (b *builder) variantsOf(d Design) {
	if len(d.Variants) == 0 {
		return
	}
	names := make([]string, len(d.Variants))
	asFound := 0
	for i, v := range d.Variants {
		at := []string{"variants", strconv.Itoa(i)}
		names[i] = v.Name
		word := Value(v.Name)
		switch {
		case slices.Contains(names[:i], v.Name):
			b.fail("give each a name of its own", fmt.Sprintf("two variants are called %q", v.Name), append(at, "name")...)
		case word == Found || word == Default || word == Absent:
			b.fail("give it another name", fmt.Sprintf("%q is a word for values of settings", v.Name), append(at, "name")...)
		case v.XML != nil && v.Command != nil:
			b.fail("make two variants of them", "a variant has a command or xml", append(at, "command")...)
		case v.XML != nil && v.Undo != nil:
			b.fail("leave it out", "the XML as it was found is put back, which undoes the patch", append(at, "undo")...)
		case v.Command == nil && v.Undo != nil:
			b.fail("leave it out, or give a command", "there is nothing to undo", append(at, "undo")...)
		}
		b.checkName(v.Name, append(at, "name")...)
		if v.AsFound() {
			asFound++
		}
	}
	if asFound > 1 {
		b.fail("give all but one of them a command or xml", "two variants are the machine as it was found", "variants")
	}
	if d.Kind == AA {
		b.fail("delete them, or write design: list", "in an A/A run every arm is the baseline", "variants")
	}
	if d.Switch == SwitchWithinBoots {
		b.fail("write switch: reboot", "a variant needs the guest switched off, which is no switch within a boot", "variants")
	}
	b.variant = &Setting{ID: VariantID, Legal: Legal{Enum: names}}
	b.baseline[VariantID] = Value(names[0])
	b.planned[VariantID] = Planned{Setting: *b.variant}
	b.variants = d.Variants
}

// ways refuses variants whose machine nothing makes again what it was found.
func (b *builder) ways() {
	if len(b.variants) == 0 || len(b.errs) > 0 {
		return
	}
	found := slices.IndexFunc(b.variants, func(v Variant) bool { return v.Command == nil })
	if found < 0 {
		return
	}
	patch := ""
	if b.variants[found].XML != nil {
		patch = " with a patch"
	}
	for i, v := range b.variants {
		if v.Command != nil && v.Undo == nil {
			b.fail("give it an undo", fmt.Sprintf("nothing makes the machine again what it was before %s: %s is the machine as it was found%s", v.Name, b.variants[found].Name, patch), "variants", strconv.Itoa(i))
		}
	}
}

// alone drafts an arm for each variant that no arm of a list or of a profile's design names.
func (b *builder) alone(d Design) {
	if len(d.Variants) == 0 || len(d.Levels) > 0 {
		return
	}
	named := map[Value]bool{b.baseline[VariantID]: true}
	for _, draft := range b.drafts {
		named[draft.values[VariantID]] = true
	}
	for i, v := range d.Variants {
		if !named[Value(v.Name)] {
			b.drafts = append(b.drafts, draft{path: []string{"variants", strconv.Itoa(i)}, name: v.Name, role: RoleCandidate, values: map[string]Value{VariantID: Value(v.Name)}})
		}
	}
}

// crossed are the levels of a design over settings, its variants among them.
func crossed(d Design) map[string][]Value {
	if len(d.Variants) == 0 || len(d.Levels) == 0 || d.Levels[VariantID] != nil {
		return d.Levels
	}
	all := map[string][]Value{}
	for id, values := range d.Levels {
		all[id] = values
	}
	for _, v := range d.Variants {
		all[VariantID] = append(all[VariantID], Value(v.Name))
	}
	return all
}

// nameOf is the name of what differs from the baseline; a variant alone goes by its own.
func nameOf(c, baseline Combination) string {
	name := differences(c, baseline)
	if only, ok := strings.CutPrefix(name, VariantID+"="); ok && !strings.Contains(only, ",") {
		return only
	}
	return name
}
