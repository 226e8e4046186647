package matrix

import "fmt"

// Generation is a family of Windows versions that takes settings in the same form.
type Generation string

// The generations, with the builds that belong to them (docs/facts/windows-settings.md).
const (
	XP   Generation = "xp"   // XP, Server 2003: builds 2600, 3790
	NT60 Generation = "nt60" // Vista, 7, Server 2008, 2008 R2: builds 6000-7601
	NT62 Generation = "nt62" // 8, 8.1, Server 2012, 2012 R2: builds 9200, 9600
	W10  Generation = "w10"  // 10, Server 2016, 2019: builds 10240-19045
	W11  Generation = "w11"  // 11, Server 2022, 2025: builds 20348, 20349, 22000 and later
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
	Legal    Legal
	Forms    map[Generation]Form   // how it is written and read; missing if this tool has no way yet
	Status   map[Generation]Status // what this generation does with it
	Defaults map[Generation]string // the catalogue's words
	Pitfalls []string
	Sources  []string // a document with its address, or how a guest answers it

	// When a change of it takes effect; TakesOn reads it. Plans of stores from before it have words
	// of their own under "Takes", which is why this is not called so.
	TakesEffect map[Generation]Taking `json:",omitempty"`

	Superseded  map[Generation]string      // the setting that took its place on a generation
	Since       map[Generation]int         `json:",omitempty"` // the first build of a generation that has it, where not all have
	ServersOnly bool                       `json:",omitempty"` // a client does not let it be changed
	DefaultsOf  map[Generation][]DefaultOf `json:",omitempty"` // where the default depends on the build or on the edition
	NoForm      string                     `json:",omitempty"` // why this tool has no way to write it, where that is a reason of its own
	Confidence  string                     // how the catalogue's entry was established
}

// PlaceboID is the setting that nothing reads: the placebo arm sets it to 1.
const PlaceboID = "vnettune.placebo"

// Check canonicalises a value and says whether a guest with Windows w takes it;
// the error says why not and what would be legal.
func (s Setting) Check(w Windows, v Value) (Value, error) {
	v = s.Legal.Canon(v)
	if err := s.Legal.Check(v); err != nil {
		return "", fmt.Errorf("%s: %w", s.ID, err)
	}
	if err := s.has(w, v); err != nil {
		return "", err
	}
	return v, nil
}

// has says whether a Windows is new enough for a legal value, and its default one that is known.
func (s Setting) has(w Windows, v Value) error {
	if v == Default && s.Forms[w.Generation].Kind.Named() {
		if _, ok := s.DefaultValue(w); !ok {
			return fmt.Errorf("%s: what %q is on %s is not known; name the value", s.ID, v, w)
		}
	}
	if since, ok := s.Legal.Builds[string(v)]; ok && w.before(since) {
		return fmt.Errorf("%s: %q is known from build %d on, not on %s", s.ID, v, since, w)
	}
	return nil
}

// DefaultOf is the default of some Windows of a generation.
type DefaultOf struct {
	Value Value
	For   Edition `json:",omitempty"` // "": clients and servers alike
	Since int     `json:",omitempty"` // the first build, 0: of the generation
	Until int     `json:",omitempty"` // the last build, 0: of the generation
}

// String is the default in words: enabled on servers, up to build 9200.
func (d DefaultOf) String() string {
	text := string(d.Value)
	if d.For != "" {
		text += " on " + string(d.For) + "s"
	}
	if d.Since != 0 {
		text += fmt.Sprintf(" from build %d on", d.Since)
	}
	if d.Until != 0 {
		text += fmt.Sprintf(" up to build %d", d.Until)
	}
	return text
}

// fits says whether it is w's: for certain, or as far as is known of w.
func (d DefaultOf) fits(w Windows) (certain, possible bool) {
	known := (d.For == "" || w.Edition != "") && (d.Since == 0 && d.Until == 0 || w.Build != 0)
	possible = (d.For == "" || w.Edition == "" || w.Edition == d.For) &&
		(w.Build == 0 || w.Build >= d.Since && (d.Until == 0 || w.Build <= d.Until))
	return known && possible, possible
}

// DefaultValue is what the word default means for s on a Windows: absent for a registry value,
// or the catalogue's default if that is a plain legal value for all that w can be; false if only the
// guest can tell (a driver's own default under Ndi\params, a default of which not enough is known).
func (s Setting) DefaultValue(w Windows) (Value, bool) {
	switch s.Forms[w.Generation].Kind {
	case "", AdapterKeyword:
		return "", false
	case Registry, AdapterValue, InterfaceValue:
		return Absent, true
	}
	text := Value(s.Defaults[w.Generation])
	if of := s.DefaultsOf[w.Generation]; of != nil {
		var ok bool
		if text, ok = defaultOf(of, w); !ok {
			return "", false
		}
	}
	v := s.Legal.Canon(text)
	if v == Default || v == Found || s.Legal.Check(v) != nil || s.has(w, v) != nil {
		return "", false
	}
	return v, true
}

// defaultOf is the first of the defaults that fits, if nothing that is not known of w could make it
// another one.
func defaultOf(all []DefaultOf, w Windows) (v Value, ok bool) {
	for _, d := range all {
		certain, possible := d.fits(w)
		if possible && v != "" && v != d.Value {
			return "", false
		}
		if possible {
			v = d.Value
		}
		if certain {
			return v, true
		}
	}
	return "", false
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
	AdapterKeyword    FormKind = "adapter-keyword"    // a value under the adapter's class key that its driver declares
	AdapterValue      FormKind = "adapter-value"      // a value under the adapter's class key that no driver has to declare
	InterfaceValue    FormKind = "interface-value"    // a value under the adapter's key of Tcpip\Parameters\Interfaces
	NetshGlobal       FormKind = "netsh-global"       // netsh interface tcp set global KEY=VALUE
	NetshHeuristics   FormKind = "netsh-heuristics"   // netsh interface tcp set heuristics KEY=VALUE
	NetshTemplate     FormKind = "netsh-template"     // netsh interface tcp set supplemental template=T KEY=VALUE, on the template in use
	NetshDynamicPort  FormKind = "netsh-dynamicport"  // netsh interface ipv4 set dynamicport tcp start=FIRST num=ALL-FROM-THERE
	NetshSubinterface FormKind = "netsh-subinterface" // netsh interface ipv4 set subinterface IFINDEX KEY=VALUE store=persistent
	NetshIPGlobal     FormKind = "netsh-ip-global"    // netsh interface ipv4 set global KEY=VALUE
	NetshUDPGlobal    FormKind = "netsh-udp-global"   // netsh interface udp set global KEY=VALUE
	OffloadGlobal     FormKind = "offload-global"     // Set-NetOffloadGlobalSetting -NAME VALUE
	PowerScheme       FormKind = "power-scheme"       // powercfg /setactive VALUE; a registry value has the active plan
)

// Form is how one generation takes a setting.
type Form struct {
	Kind FormKind
	Path string   // of Registry: its key, HKLM\...; empty for the other kinds
	Name string   // registry value name, netsh key or parameter
	Type string   // of a value in the registry: DWord or String; empty for the other kinds
	CIM  string   // property of MSFT_NetTCPSetting that reads it back, where there is one; of netsh-ip-global and offload-global, of MSFT_NetOffloadGlobalSetting
	Enum []string // names of the CIM property's numbers 0, 1, 2 ...; nil: the number itself or text

	// Of a value in the registry that a campaign defines:
	Texts   map[Value]string `json:",omitempty"` // what its values stand for, where they are names of texts
	Default Value            `json:",omitempty"` // what the word default stands for; "" and Absent: no value
}

// How says how a setting is written.
func (f Form) How() string {
	switch f.Kind {
	case Registry:
		return fmt.Sprintf(`%s value %s (%s)`, f.Path, f.Name, f.Type)
	case AdapterKeyword:
		return "the adapter's property " + f.Name
	case AdapterValue:
		return fmt.Sprintf("the value %s (%s) of the adapter's class key", f.Name, f.Type)
	case InterfaceValue:
		return fmt.Sprintf(`HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\Interfaces\GUID value %s (%s)`, f.Name, f.Type)
	case NetshHeuristics:
		return "netsh interface tcp set heuristics " + f.Name + "=VALUE"
	case NetshTemplate:
		return "netsh interface tcp set supplemental template=TEMPLATE-IN-USE " + f.Name + "=VALUE"
	case NetshDynamicPort:
		return "netsh interface ipv4 set dynamicport tcp start=VALUE num=ALL-FROM-THERE"
	case NetshSubinterface:
		return "netsh interface ipv4 set subinterface INDEX " + f.Name + "=VALUE store=persistent"
	case NetshIPGlobal:
		return "netsh interface ipv4 set global " + f.Name + "=VALUE"
	case NetshUDPGlobal:
		return "netsh interface udp set global " + f.Name + "=VALUE"
	case OffloadGlobal:
		return "Set-NetOffloadGlobalSetting -" + f.Name + " VALUE"
	case PowerScheme:
		return "powercfg /setactive VALUE"
	}
	return "netsh interface tcp set global " + f.Name + "=VALUE"
}

// InRegistry says whether the setting is a value in the registry.
func (k FormKind) InRegistry() bool {
	switch k {
	case Registry, AdapterKeyword, AdapterValue, InterfaceValue:
		return true
	}
	return false
}

// Named says whether Windows has no word default for the setting: its default is named by value.
func (k FormKind) Named() bool {
	return k == NetshIPGlobal || k == OffloadGlobal || k == PowerScheme
}

// Reads says by what the setting is read back; "" when nothing tells.
func (f Form) Reads() string {
	switch {
	case f.Kind.InRegistry():
		return "the registry value"
	case f.Kind == NetshSubinterface:
		return "MSFT_NetIPInterface.NlMtu"
	case f.Kind == NetshUDPGlobal:
		return "netsh interface udp dump"
	case f.Kind == PowerScheme:
		return "the registry value " + f.Name
	case f.CIM != "" && (f.Kind == NetshIPGlobal || f.Kind == OffloadGlobal):
		return "MSFT_NetOffloadGlobalSetting." + f.CIM
	case f.Kind == NetshGlobal && f.CIM != "":
		return "netsh interface tcp dump, else MSFT_NetTCPSetting." + f.CIM
	case f.Kind == NetshGlobal:
		return "netsh interface tcp dump"
	case f.CIM != "":
		return "MSFT_NetTCPSetting." + f.CIM
	}
	return ""
}
