package enginetest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// object is one object of CIM, a connection, an event: the state has its properties as JSON.
type object map[string]any

// state is what a Windows has (the kit's README, "State").
type state struct {
	CIM         map[string][]object `json:"cim"`
	Congestion  map[string]string   `json:"congestion"`
	Connections []object            `json:"connections"`
	Route       object              `json:"route"`
	Events      []object            `json:"events"`
	WSMan       object              `json:"wsman"`
	SDDL        string              `json:"sddl,omitempty"`
	Throw       map[string]string   `json:"throw"`
	Missing     []string            `json:"missing"`
	NoClass     []string            `json:"noclass"`
	Create      int                 `json:"create,omitempty"`
	Tasks       object              `json:"tasks"`
	Firewall    []object            `json:"firewall"`
	Server      bool                `json:"server,omitempty"`
	Log         []string            `json:"log"`
	Certs       []string            `json:"certificates,omitempty"`
}

// named is a state under its name.
type named struct {
	Name  string `json:"name"`
	State state  `json:"state"`
}

// refuses says whether a command fails: it is missing, or throws, on its own or for what it
// is asked.
func (s state) refuses(command, what string) bool {
	_, always := s.Throw[command]
	_, now := s.Throw[strings.TrimSpace(command+" "+what)]
	return always || now || slices.Contains(s.Missing, command)
}

// objects are those of a class; false where it cannot be asked.
func (s state) objects(class string) ([]object, bool) {
	if s.refuses("Get-CimInstance", class) || slices.Contains(s.NoClass, class) {
		return nil, false
	}
	return s.CIM[class], true
}

func (o object) number(name string) int {
	n, _ := o[name].(float64)
	return int(n)
}

func (o object) text(name string) string {
	s, _ := o[name].(string)
	return s
}

// states are the kit's and those of this project.
func states(t *testing.T, k *kit) []named {
	t.Helper()
	out, err := k.run(nil, "states")
	if err != nil {
		t.Fatal(err)
	}
	var all []named
	for line := range bytes.Lines(out) {
		var n named
		if err := json.Unmarshal(line, &n); err != nil {
			t.Fatal(err)
		}
		all = append(all, n)
	}
	if len(all) < 200 || all[0].Name != "good" {
		t.Fatalf("the kit has %d states, the first %q", len(all), all[0].Name)
	}
	own := func(name string, change func(s *state)) {
		s := cloned(t, all[0].State)
		change(&s)
		all = append(all, named{name, cloned(t, s)})
	}
	own("German names", func(s *state) {
		s.CIM["MSFT_NetAdapter"][0]["Name"] = "LAN-Verbindung für Größe €"
		s.CIM["Win32_OperatingSystem"][0]["Caption"] = "Microsoft Windows 10 Pro für Prüfungen"
		s.CIM["Win32_OperatingSystem"][0]["OSLanguage"] = 1031
	})
	own("Russian names", func(s *state) {
		s.CIM["MSFT_NetAdapter"][0]["Name"] = "Подключение по локальной сети"
		s.CIM["Win32_OperatingSystem"][0]["Caption"] = "Майкрософт Windows 10 Профессиональная"
		s.CIM["Win32_OperatingSystem"][0]["OSLanguage"] = 1049
	})
	own("an MTU without a limit", func(s *state) { s.CIM["MSFT_NetAdapter"][1]["MtuSize"] = 4294967295 })
	own("two interfaces of one index", func(s *state) {
		s.CIM["MSFT_NetIPInterface"] = append(s.CIM["MSFT_NetIPInterface"], object{"InterfaceIndex": 4, "AddressFamily": 2, "NlMtu": 1400})
	})
	own("three networks", func(s *state) {
		for i := range 2 {
			s.CIM["MSFT_NetConnectionProfile"] = append(s.CIM["MSFT_NetConnectionProfile"], object{"InterfaceIndex": 7 + i, "Name": "n", "NetworkCategory": i})
		}
	})
	return all
}

// cloned is a deep copy, its numbers as JSON has them.
func cloned(t *testing.T, s state) state {
	t.Helper()
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var c state
	if err := json.Unmarshal(b, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// tweaked is a registry as a person may leave it: 4,000 values under one key.
const tweaked, tweaks = `SOFTWARE\vnettune-tweaked`, 4000

func tweakedReg() string {
	var b strings.Builder
	fmt.Fprintf(&b, "[HKEY_LOCAL_MACHINE\\%s]\n", tweaked)
	for i := range tweaks {
		fmt.Fprintf(&b, "\"V%d\"=dword:%08x\n", i, i)
	}
	return b.String()
}

// tree is what one build of the driver declares on one Windows.
type tree struct {
	name     string
	keywords map[string]declared
}

// declared is one keyword under Ndi\params; nil where it does not say.
type declared struct {
	Type     string            `yaml:"type"`
	Default  any               `yaml:"default"`
	Min      any               `yaml:"min"`
	Max      any               `yaml:"max"`
	Step     any               `yaml:"step"`
	Values   []any             `yaml:"values"`
	Optional int               `yaml:"optional"`
	Where    map[string]string `yaml:"where"`
}

// installed are the values that such a driver has in its class key: the default of each
// keyword that has one and is not optional.
func (t tree) installed() map[string]string {
	values := map[string]string{}
	for name, d := range t.keywords {
		if d.Default != nil && d.Optional == 0 {
			values[name] = fmt.Sprint(d.Default)
		}
	}
	return values
}

// guid is the adapter's that has the n-th tree, key the last part of its class key.
func guid(n int) string { return fmt.Sprintf("{4C9D2C0E-0001-4000-8000-%012d}", n) }
func key(n int) string  { return fmt.Sprintf("1%03d", n) }

// reg is the tree as a .reg file has it.
func (t tree) reg(n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "[%s%s]\n\"NetCfgInstanceId\"=\"%s\"\n", classRoot, key(n), guid(n))
	values := t.installed()
	for _, name := range slices.Sorted(maps.Keys(values)) {
		fmt.Fprintf(&b, "\"%s\"=\"%s\"\n", name, values[name])
	}
	for _, name := range slices.Sorted(maps.Keys(t.keywords)) {
		d := t.keywords[name]
		fmt.Fprintf(&b, "\n[%s%s\\Ndi\\params\\%s]\n\"type\"=\"%s\"\n", classRoot, key(n), name, d.Type)
		for attribute, v := range map[string]any{"default": d.Default, "min": d.Min, "max": d.Max, "step": d.Step} {
			if v != nil {
				fmt.Fprintf(&b, "\"%s\"=\"%v\"\n", attribute, v)
			}
		}
		if d.Optional != 0 {
			fmt.Fprintf(&b, "\"optional\"=\"1\"\n")
		}
		if len(d.Values) > 0 {
			fmt.Fprintf(&b, "\n[%s%s\\Ndi\\params\\%s\\enum]\n", classRoot, key(n), name)
			for _, v := range d.Values {
				fmt.Fprintf(&b, "\"%v\"=\"%v\"\n", v, v)
			}
		}
	}
	return b.String() + "\n"
}
