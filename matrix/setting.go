package matrix

import (
	"fmt"
	"slices"
)

// Generation is a family of Windows versions that takes settings in the same form.
type Generation string

// The generations, with the builds that belong to them (docs/facts/windows-settings.md).
const (
	XP   Generation = "xp"   // XP, Server 2003: builds 2600, 3790
	NT60 Generation = "nt60" // Vista, 7, Server 2008, 2008 R2: builds 6000-7601
	NT62 Generation = "nt62" // 8, 8.1, Server 2012, 2012 R2: builds 9200, 9600
	W10  Generation = "w10"  // 10, Server 2016, 2019: builds 10240-19045
	W11  Generation = "w11"  // 11, Server 2022, 2025: builds 20348, 22000 and later
)

// Generations lists them, oldest first.
var Generations = []Generation{XP, NT60, NT62, W10, W11}

// Value is the level of a setting in its canonical text: a decimal number, an
// enum word in lower case, or one of the words below.
type Value string

// Words that every setting understands beside its own values.
const (
	Found   Value = "found"   // what the guest had before the first write
	Absent  Value = "absent"  // the registry value deleted
	Default Value = "default" // the catalogue's or the driver's own default
)

// Setting is one Windows knob as the catalogue describes it.
type Setting struct {
	ID       string // such as "tcp.autotuninglevel"
	Name     string
	Unit     string // "" if the value is a word
	Scope    string // machine, global, per-template, per-interface, per-adapter
	Danger   string // none, low, medium, high: what a wrong value can break
	Takes    string // when Windows takes it over, in the catalogue's words
	Legal    Legal
	Forms    map[Generation]Form   // how it is written and read; missing if this tool has no way yet
	Status   map[Generation]Status // what this generation does with it
	Defaults map[Generation]string // the catalogue's words
	Pitfalls []string
	Sources  []string // a document with its address, or how a guest answers it

	Superseded map[Generation]string // the setting that took its place on a generation
	Confidence string                // how the catalogue's entry was established
}

// PlaceboID is the setting that nothing reads: the placebo arm sets it to 1.
const PlaceboID = "vnettune.placebo"

// Check canonicalises a value and says whether a guest of generation g takes it;
// the error says why not and what would be legal.
func (s Setting) Check(g Generation, v Value) (Value, error) {
	v = s.Legal.Canon(v)
	if err := s.Legal.Check(v); err != nil {
		return "", fmt.Errorf("%s: %w", s.ID, err)
	}
	if since, ok := s.Legal.Since[string(v)]; ok && slices.Index(Generations, g) < slices.Index(Generations, since) {
		return "", fmt.Errorf("%s: %q is known from %s on, not on %s", s.ID, v, since, g)
	}
	return v, nil
}

// Usable says whether this tool can set s on generation g; the error says why
// not and names what to use instead where there is something.
func (s Setting) Usable(g Generation) error {
	if f, ok := s.Forms[g]; ok {
		return f.drivable(s.ID, g)
	}
	if other := s.Superseded[g]; other != "" {
		return fmt.Errorf("%s is superseded on %s: use %s", s.ID, g, other)
	}
	if st := s.Status[g]; st.Word == NotApplicable {
		return fmt.Errorf("%s does not exist on %s (%s)", s.ID, g, st.Text)
	}
	return fmt.Errorf("%s cannot be set by this tool on %s yet", s.ID, g)
}

// DefaultValue is what the word default means for s on generation g: absent for a registry value,
// or the catalogue's default if that is a plain legal value; false if only the guest can tell (a
// driver's own default under Ndi\params, a default that depends on the build).
func (s Setting) DefaultValue(g Generation) (Value, bool) {
	switch s.Forms[g].Kind {
	case "", AdapterKeyword:
		return "", false
	case Registry:
		return Absent, true
	}
	v, err := s.Check(g, Value(s.Defaults[g]))
	if err != nil || v == Default || v == Found {
		return "", false
	}
	return v, true
}

// inert is why no effect of s is expected on g, with its source; "" when an effect is possible.
func (s Setting) inert(g Generation) string {
	st := s.Status[g]
	if st.Word != Inert {
		return ""
	}
	return st.Text + " [" + st.Source + "]"
}

// Status is what a generation does with a setting.
type Status struct {
	Word   StatusWord
	Text   string // the catalogue's words
	Source string // who says so; given where Word is Inert
}

// StatusWord classifies a catalogue status.
type StatusWord string

// The classes.
const (
	Effective     StatusWord = "effective"
	Inert         StatusWord = "inert"          // accepted and, by the source, without effect
	NotApplicable StatusWord = "not applicable" // does not exist on this generation
	Unverified    StatusWord = "unverified"     // sources say nothing certain: probe
)

// FormKind says through which mechanism a setting is written and read.
type FormKind string

// The mechanisms.
const (
	Registry          FormKind = "registry"           // a value under a fixed key
	AdapterKeyword    FormKind = "adapter-keyword"    // a value under the adapter's class key
	NetshGlobal       FormKind = "netsh-global"       // netsh interface tcp set global KEY=VALUE
	NetshHeuristics   FormKind = "netsh-heuristics"   // netsh interface tcp set heuristics KEY=VALUE
	NetshTemplate     FormKind = "netsh-template"     // netsh interface tcp set supplemental template=T KEY=VALUE, on the template in use
	NetshSubinterface FormKind = "netsh-subinterface" // netsh interface ipv4 set subinterface IFINDEX KEY=VALUE store=persistent
)

// Form is how one generation takes a setting.
type Form struct {
	Kind FormKind
	Path string   // registry key, HKLM\...; empty for the other kinds
	Name string   // registry value name or netsh key
	Type string   // registry and adapter-keyword: DWord or String; empty for the other kinds
	CIM  string   // property of MSFT_NetTCPSetting that reads it back, where there is one
	Enum []string // names of the CIM property's numbers 0, 1, 2 ...; nil: the number itself or text
}

// How says how a setting is written.
func (f Form) How() string {
	switch f.Kind {
	case Registry:
		return fmt.Sprintf(`%s value %s (%s)`, f.Path, f.Name, f.Type)
	case AdapterKeyword:
		return "the adapter's property " + f.Name
	case NetshHeuristics:
		return "netsh interface tcp set heuristics " + f.Name + "=VALUE"
	case NetshTemplate:
		return "netsh interface tcp set supplemental template=TEMPLATE-IN-USE " + f.Name + "=VALUE"
	case NetshSubinterface:
		return "netsh interface ipv4 set subinterface INDEX " + f.Name + "=VALUE store=persistent"
	}
	return "netsh interface tcp set global " + f.Name + "=VALUE"
}
