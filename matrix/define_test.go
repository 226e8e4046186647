package matrix

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const tcpipKey = `HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters`

// defined are settings of a campaign's own, one of each type and a driver's keyword.
var defined = map[string]Definition{
	"own.Number":  {Key: tcpipKey, Name: "TcpRcvBufMax", Type: "DWord", Values: []Value{"0x100000", "007"}, Default: "7"},
	"own.Long":    {Key: strings.ToLower(tcpipKey), Name: "Long", Type: "QWord", Values: []Value{"18446744073709551615"}},
	"own.Word":    {Key: tcpipKey, Name: "Word", Type: "String", Values: []Value{"Auto", "10"}},
	"own.Bytes":   {Key: tcpipKey, Name: "Bytes", Type: "Binary", Values: []Value{"0010", "00FF"}},
	"own.Path":    {Key: tcpipKey, Name: "Path", Type: "ExpandString", Values: []Value{"system"}, Texts: map[Value]string{"system": `%SystemRoot%\x y`}},
	"own.Lines":   {Key: tcpipKey, Name: "Lines", Type: "MultiString", Values: []Value{"both"}, Texts: map[Value]string{"both": "Tcpip\nTcpip6"}},
	"own.Keyword": {Keyword: "*FlowControl", Values: []Value{"0", "3"}},
	"own.Free":    {Keyword: "Free"},
}

// A campaign's own settings are planned like the catalogue's: in arms, levels, profiles and in the baseline. The
// plan that a store keeps has all of them.
func TestDefine(t *testing.T) {
	p, err := NewPlan(W10, Design{Kind: List, Define: defined, Baseline: map[string]Value{"own.Word": "10"},
		Profiles: map[string]map[string]Value{"mine": {"own.Path": "system", "own.Lines": "both", "tcp.rss": "disabled"}},
		Arms: []ArmSpec{
			{Use: "mine"},
			{Set: map[string]Value{"own.Number": "0x100000", "own.Long": "18446744073709551615"}},
			{Set: map[string]Value{"own.Word": "Auto", "own.Bytes": "00FF"}},
			{Set: map[string]Value{"own.Keyword": "3", "own.Free": "31", "own.Bytes": "0010"}},
			{Set: map[string]Value{"own.Number": "default", "own.Free": "absent"}},
		}}, 5, 1)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, a := range p.Arms {
		names = append(names, a.Name)
	}
	want := []string{"baseline", "mine", "own.Long=18446744073709551615,own.Number=1048576", "own.Bytes=00ff,own.Word=Auto",
		"own.Bytes=0010,own.Free=31,own.Keyword=3", "own.Free=absent,own.Number=default"}
	if d := cmp.Diff(want, names); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if got := len(p.Settings); got != len(defined)+1 {
		t.Errorf("%d settings under test", got)
	}
	for _, s := range p.Settings {
		if d, ok := defined[s.Setting.ID]; ok && (s.Form.Type != d.Type || s.Form.Name != d.Name+d.Keyword || !strings.HasPrefix(s.Setting.Name, "the campaign's own: ")) {
			t.Errorf("%s is %+v", s.Setting.ID, s.Form)
		}
		if IsOwn(s.Setting.ID) && !Catalogue().Dangerous(s.Setting.ID) {
			t.Errorf("nothing is known of %s, and it is taken for harmless", s.Setting.ID)
		}
	}
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var kept Plan
	if err := json.Unmarshal(text, &kept); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(p.Settings, kept.Settings); d != "" {
		t.Errorf("of what a store keeps comes back (-want +got):\n%s", d)
	}
	if cannot := kept.Cannot(Windows{Generation: W10, Declared: []string{"*flowcontrol"}}); len(cannot) != 1 || !strings.Contains(cannot[0].Error(), "own.Free is not declared by the guest's driver") {
		t.Errorf("a driver without one of the keywords: %v", cannot)
	}
	if _, err := NewPlan(XP, Design{Kind: List, Define: defined, Arms: []ArmSpec{{Set: map[string]Value{"own.Number": "7"}}}}, 5, 1); err != nil {
		t.Errorf("a number on xp: %v", err)
	}
	if _, err := NewPlan(XP, Design{Kind: List, Define: defined, Arms: []ArmSpec{{Set: map[string]Value{"own.Word": "Auto"}}}}, 5, 1); err == nil || !strings.Contains(err.Error(), "registry numbers only") {
		t.Errorf("a text on xp: %v", err)
	}
}

// What is wrong with a definition, and where.
func TestDefineErrors(t *testing.T) {
	number := func(change func(*Definition)) Definition {
		d := Definition{Key: tcpipKey, Name: "Mine", Type: "DWord", Values: []Value{"1"}}
		change(&d)
		return d
	}
	for name, c := range map[string]struct {
		id         string
		d          Definition
		path, want string
	}{
		"id of the catalogue":         {"tcp.rss", number(func(*Definition) {}), "define.tcp.rss", "no id of a setting of a campaign's own: own."},
		"covered by a setting":        {"own.x", number(func(d *Definition) { d.Name = "tcp1323opts" }), "define.own.x.key", "use tcpip.Tcp1323Opts"},
		"covered by a keyword":        {"own.x", Definition{Keyword: "rxcapacity"}, "define.own.x.keyword", "use netkvm.RxCapacity"},
		"covered by a value":          {"own.x", Definition{Keyword: "*RSSProfile"}, "define.own.x.keyword", "use rss.RSSProfile"},
		"the start of a service":      {"own.x", number(func(d *Definition) { d.Key, d.Name = `HKLM\SYSTEM\CurrentControlSet\Services\WinRM`, "Start" }), "define.own.x.key", "only in HKLM"},
		"the start of TCP/IP":         {"own.x", number(func(d *Definition) { d.Key, d.Name = strings.TrimSuffix(tcpipKey, `\Parameters`), "Start" }), "define.own.x.key", "cannot define a value in the key"},
		"the terminal server":         {"own.x", number(func(d *Definition) { d.Key = `HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters` }), "define.own.x.key", "cannot define"},
		"an interface":                {"own.x", number(func(d *Definition) { d.Key += `\Interfaces\{7B2AA1C3-3B0F-4D37-9C48-0E1B7A5D9F10}` }), "define.own.x.key", "cannot define"},
		"the harness's own key":       {"own.x", number(func(d *Definition) { d.Key = `HKLM\SOFTWARE\vnettune` }), "define.own.x.key", "cannot define"},
		"another hive":                {"own.x", number(func(d *Definition) { d.Key = strings.Replace(d.Key, "HKLM", "HKCU", 1) }), "define.own.x.key", "cannot define"},
		"a key's own value":           {"own.x", number(func(d *Definition) { d.Name = "" }), "define.own.x.key", "no name of a value"},
		"no keyword":                  {"own.x", Definition{Keyword: `Ndi\params`}, "define.own.x.keyword", "no keyword of a driver"},
		"neither place":               {"own.x", Definition{Type: "DWord", Values: []Value{"1"}}, "define.own.x", "give a value in the registry"},
		"both places":                 {"own.x", number(func(d *Definition) { d.Keyword = "X" }), "define.own.x", "give a value in the registry"},
		"a keyword with a type":       {"own.x", Definition{Keyword: "X", Type: "DWord"}, "define.own.x", "are the driver's"},
		"type":                        {"own.x", number(func(d *Definition) { d.Type = "Dword" }), "define.own.x.type", `did you mean "DWord"`},
		"a link":                      {"own.x", number(func(d *Definition) { d.Type = "Link" }), "define.own.x.type", "not legal"},
		"no values":                   {"own.x", number(func(d *Definition) { d.Values = nil }), "define.own.x.values", "list the values"},
		"more than a DWord":           {"own.x", number(func(d *Definition) { d.Values = []Value{"4294967296"} }), "define.own.x.values", "no number of 32 bits"},
		"a word for a number":         {"own.x", number(func(d *Definition) { d.Values = []Value{"on"} }), "define.own.x.values", "no number of 32 bits"},
		"a kept word":                 {"own.x", number(func(d *Definition) { d.Values = []Value{"absent"} }), "define.own.x.values", "every setting understands"},
		"twice":                       {"own.x", number(func(d *Definition) { d.Values = []Value{"16", "0x10"} }), "define.own.x.values", "listed twice"},
		"half a byte":                 {"own.x", number(func(d *Definition) { d.Type, d.Values = "Binary", []Value{"0ff"} }), "define.own.x.values", "bytes in hexadecimal"},
		"a text for a name":           {"own.x", number(func(d *Definition) { d.Type, d.Values = "String", []Value{"a b"} }), "define.own.x.values", "a longer text gets a name"},
		"a MultiString without names": {"own.x", number(func(d *Definition) { d.Type, d.Values = "MultiString", []Value{"a"} }), "define.own.x.values", "get names"},
		"an empty line": {"own.x", number(func(d *Definition) {
			d.Type, d.Values, d.Texts = "MultiString", []Value{"a"}, map[Value]string{"a": "x\n\ny"}
		}), "define.own.x.values", "ends a MultiString"},
		"lines in one text": {"own.x", number(func(d *Definition) { d.Type, d.Values, d.Texts = "String", []Value{"a"}, map[Value]string{"a": "x\ny"} }), "define.own.x.values", "control character"},
		"a long text": {"own.x", number(func(d *Definition) {
			d.Type, d.Values, d.Texts = "String", []Value{"a"}, map[Value]string{"a": strings.Repeat("x", maxText+1)}
		}), "define.own.x.values", "1025 bytes"},
		"texts of numbers":             {"own.x", number(func(d *Definition) { d.Texts = map[Value]string{"1": "x"} }), "define.own.x.values", "takes no texts"},
		"a default that is none of it": {"own.x", number(func(d *Definition) { d.Default = "2" }), "define.own.x.default", "none of its values"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := NewPlan(W10, Design{Kind: AA, Define: map[string]Definition{c.id: c.d}}, 5, 1)
			all := DesignErrors(err)
			if len(all) != 1 || strings.Join(all[0].Path, ".") != c.path || !strings.Contains(all[0].Error(), c.want) {
				t.Errorf("%v, want one error at %s that says %q", err, c.path, c.want)
			}
		})
	}
	one := number(func(*Definition) {})
	two := number(func(d *Definition) { d.Name, d.Type = "mine", "QWord" })
	if _, err := NewPlan(W10, Design{Kind: AA, Define: map[string]Definition{"own.a": one, "own.b": two}}, 5, 1); err == nil || !strings.Contains(err.Error(), "the same place as own.a") {
		t.Errorf("one place under two ids: %v", err)
	}
}

// More definitions than a store reads back are refused.
func TestDefineTooMany(t *testing.T) {
	many := map[string]Definition{}
	for i := range maxOwn + 1 {
		many[fmt.Sprintf("own.s%d", i)] = Definition{Keyword: fmt.Sprintf("S%d", i)}
	}
	_, err := NewPlan(W10, Design{Kind: AA, Define: many}, 5, 1)
	if all := DesignErrors(err); len(all) != 1 || !strings.Contains(all[0].Error(), "define: 101 settings, of at most 100") {
		t.Error(err)
	}
	long := map[string]Definition{}
	for i := range 65 {
		long[fmt.Sprintf("own.s%d", i)] = Definition{Key: tcpipKey, Name: fmt.Sprintf("S%d", i), Type: "String", Values: []Value{"a"}, Texts: map[Value]string{"a": strings.Repeat("x", maxText)}}
	}
	_, err = NewPlan(W10, Design{Kind: AA, Define: long}, 5, 1)
	if all := DesignErrors(err); len(all) != 1 || !strings.Contains(all[0].Error(), "66560 bytes of texts, of at most 65536") {
		t.Error(err)
	}
}

// No id of the catalogue can be taken for one of a campaign's own.
func TestNoOwnInTheCatalogue(t *testing.T) {
	for _, s := range Catalogue().All() {
		if IsOwn(s.ID) {
			t.Errorf("%s", s.ID)
		}
	}
}
