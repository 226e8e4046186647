package matrix

import (
	"errors"
	"fmt"
	"regexp"
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

// Is says in words what a variant is, where a combination's settings alone are meant. Of a store that others made no
// words are taken.
func (v Variant) Is() string {
	if v.Driver != nil && versionForm.MatchString(v.Driver.Version) {
		return "the guest's network driver " + v.Driver.Version + ", which its package installs"
	}
	if v.Driver != nil {
		return "the guest's network driver, which its package installs"
	}
	if v.AsFound() {
		return "the guest's machine as it was found"
	}
	return "the guest's machine, which its host makes"
}

// Package is a package of a network adapter's driver, as a folder of this host has it.
type Package struct {
	Folder  string        // as the campaign names it
	INF     string        // name of its INF file
	Catalog string        // name of the file with its signature
	Version string        // of the driver, by DriverVer of the INF: "100.95.104.26200"
	Date    string        `json:",omitempty"` // by DriverVer, as it stands there
	Devices []string      `json:",omitempty"` // hardware ids that it is for, of the virtio network device
	Files   []PackageFile // all that the guest needs, the INF first
}

// PackageFile is one file of a package.
type PackageFile struct {
	Name   string // without a folder
	Size   int    // bytes
	SHA256 string // hexadecimal
}

// What a package has at most: NetKVM's has less than ten files, and less than a MiB.
const (
	MaxPackage = 64 << 20 // bytes, of all files together
	MaxFiles   = 100
)

// Forms of what a package has. A guest is given the names of files as they are.
var (
	fileForm    = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9_.-]*\.[A-Za-z0-9]{1,3}$`)
	hashForm    = regexp.MustCompile(`^[0-9a-f]{64}$`)
	versionForm = regexp.MustCompile(`^[0-9]{1,5}(\.[0-9]{1,5}){0,3}$`)
	dateForm    = regexp.MustCompile(`^([0-9]{1,2}[/-][0-9]{1,2}[/-][0-9]{4})?$`)
	deviceForm  = regexp.MustCompile(`^PCI\\VEN_1AF4&[A-Z0-9_&]{1,100}$`)
)

// Check says what no package is. One that others wrote down is not used before.
func (p Package) Check() error {
	switch {
	case !versionForm.MatchString(p.Version) || !dateForm.MatchString(p.Date):
		return fmt.Errorf("%q and %q are no version and date of a driver", p.Version, p.Date)
	case len(p.Files) < 2 || len(p.Files) > MaxFiles:
		return fmt.Errorf("%d files: a package has an INF file and its catalog, and at most %d in all", len(p.Files), MaxFiles)
	case p.Files[0].Name != p.INF || !strings.HasSuffix(strings.ToLower(p.INF), ".inf"):
		return errors.New("the first file of a package is its INF file")
	}
	if slices.ContainsFunc(p.Devices, func(id string) bool { return !deviceForm.MatchString(id) }) || len(p.Devices) > MaxFiles {
		return fmt.Errorf("%q are no hardware ids", p.Devices)
	}
	size, catalog := 0, false
	for i, f := range p.Files {
		switch {
		case !fileForm.MatchString(f.Name):
			return fmt.Errorf("a file of the package is called %q: legal are letters, digits and ._-, with an ending of one to three letters and digits", f.Name)
		case !hashForm.MatchString(f.SHA256):
			return fmt.Errorf("the file %s has no SHA-256", f.Name)
		case f.Size <= 0 || f.Size > MaxPackage-size:
			return fmt.Errorf("the file %s is empty, or the package has more than %d MiB", f.Name, MaxPackage>>20)
		case slices.ContainsFunc(p.Files[:i], func(b PackageFile) bool { return strings.EqualFold(b.Name, f.Name) }):
			return fmt.Errorf("the file %s is there twice", f.Name)
		}
		size += f.Size
		catalog = catalog || i > 0 && f.Name == p.Catalog
	}
	if !catalog {
		return errors.New("the catalog of a package is one of its files")
	}
	return nil
}

// Fits says whether the package is for a device, by its first hardware id, which names its vendor, device, subsystem and
// revision: an INF file may name less of it
// (https://learn.microsoft.com/windows-hardware/drivers/install/identifiers-for-pci-devices). A package of which no
// devices are known may be for any.
func (p Package) Fits(hardware string) bool {
	parts := strings.Split(strings.ToUpper(hardware), "&")
	if len(p.Devices) == 0 || len(parts) < 2 {
		return true
	}
	device := strings.Join(parts[:2], "&")
	ids := []string{device}
	for i := 2; i < len(parts); i++ {
		ids = append(ids, device+"&"+parts[i], strings.Join(parts[:i+1], "&"))
	}
	return slices.ContainsFunc(p.Devices, func(id string) bool { return slices.Contains(ids, id) })
}

// Same says whether two packages are known to be made of the same files, wherever they lie.
func (p Package) Same(q Package) bool { return len(p.Files) > 0 && slices.Equal(p.Files, q.Files) }

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
		case v.Driver != nil && (v.Command != nil || v.XML != nil):
			b.fail("make two variants of them", "a variant has a driver, or a command or xml", append(at, "driver")...)
		case v.Driver != nil && v.Undo != nil:
			b.fail("leave it out", "the guest's own driver is put back, which undoes the variant", append(at, "undo")...)
		case v.Driver != nil:
			b.driver(d.Variants, i, append(at, "driver"))
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
		b.fail("give all but one of them a command, xml or a driver", "two variants are the machine as it was found", "variants")
	}
	if d.Kind == AA {
		b.fail("delete them, or write design: list", "in an A/A run every arm is the baseline", "variants")
	}
	if d.Switch == SwitchWithinBoots {
		b.fail("write switch: reboot", "a variant needs the guest switched off, or its driver installed, which is no switch within a boot", "variants")
	}
	b.variant = &Setting{ID: VariantID, Legal: Legal{Enum: names}}
	b.baseline[VariantID] = Value(names[0])
	b.planned[VariantID] = Planned{Setting: *b.variant}
	b.variants = d.Variants
}

// driver refuses the package of a variant where no guest of the campaign's can have it, or where another variant has it.
func (b *builder) driver(all []Variant, i int, at []string) {
	p := *all[i].Driver
	if slices.Index(Generations, b.gen) < slices.Index(Generations, W10) {
		b.fail("delete the variant, or make it by a command", fmt.Sprintf("a guest of generation %s cannot be given a driver's package: it takes Windows 10, Server 2016 or later", b.gen), at...)
		return
	}
	for _, before := range all[:i] {
		if before.Driver != nil && before.Driver.Same(p) {
			b.fail("name the folder of another package, or delete the variant", fmt.Sprintf("this is the package of %s, to the byte", before.Name), at...)
			return
		}
	}
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
	but := ""
	switch v := b.variants[found]; {
	case v.XML != nil:
		but = " with a patch"
	case v.Driver != nil:
		but = " with another driver"
	}
	for i, v := range b.variants {
		if v.Command != nil && v.Undo == nil {
			b.fail("give it an undo", fmt.Sprintf("nothing makes the machine again what it was before %s: %s is the machine as it was found%s", v.Name, b.variants[found].Name, but), "variants", strconv.Itoa(i))
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
