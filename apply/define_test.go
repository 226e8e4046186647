package apply_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/apply"
	"vnettune/matrix"
	"vnettune/results/record"
)

const (
	ownKey   = `HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters`
	adapter1 = `HKLM\SYSTEM\CurrentControlSet\Control\Class\{4d36e972-e325-11ce-bfc1-08002be10318}\0001`
)

// owns are settings of a campaign's own, one of each type and a keyword.
var owns = map[string]matrix.Definition{
	"own.Number":  {Key: ownKey, Name: "Number", Type: "DWord", Values: []matrix.Value{"4294967295", "7"}, Default: "7"},
	"own.Long":    {Key: ownKey, Name: "Long", Type: "QWord", Values: []matrix.Value{"18446744073709551615"}},
	"own.Word":    {Key: ownKey, Name: "Word", Type: "String", Values: []matrix.Value{"Auto"}},
	"own.Bytes":   {Key: ownKey, Name: "Bytes", Type: "Binary", Values: []matrix.Value{"0010"}},
	"own.Path":    {Key: ownKey, Name: "Path", Type: "ExpandString", Values: []matrix.Value{"system"}, Texts: map[matrix.Value]string{"system": `%SystemRoot%\x y`}},
	"own.Lines":   {Key: ownKey, Name: "Lines", Type: "MultiString", Values: []matrix.Value{"both"}, Texts: map[matrix.Value]string{"both": "Tcpip\nTcpip6"}},
	"own.Keyword": {Keyword: "*FlowControl", Values: []matrix.Value{"0", "3", "9"}},
}

// ownPlan is a plan that gives each of them a value.
func ownPlan(t *testing.T, keyword matrix.Value) matrix.Plan {
	t.Helper()
	p, err := matrix.NewPlan(matrix.W10, matrix.Design{Kind: matrix.List, Define: owns, Arms: []matrix.ArmSpec{{Name: "all", Set: map[string]matrix.Value{
		"own.Number": "4294967295", "own.Long": "18446744073709551615", "own.Word": "Auto", "own.Bytes": "0010", "own.Path": "system", "own.Lines": "both", "own.Keyword": keyword}}}}, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A campaign's own settings are written, read back and put back, whatever their type; what the store keeps of them
// is enough for that.
func TestOwnSettings(t *testing.T) {
	s := newStandIn(t)
	for _, declares := range []string{`" /v type /t REG_SZ /d enum /f`, `\enum" /v 3 /t REG_SZ /d Both /f`} {
		if said, err := s.Run(t.Context(), `reg add "`+adapter1+`\Ndi\params\*FlowControl`+declares, nil); err != nil || said.Exit != 0 {
			t.Fatalf("%v, %+v", err, said)
		}
	}
	g := s.guest()
	f := declared(t, g)
	if err := g.Legal(f, ownPlan(t, "9")); err == nil || !strings.Contains(err.Error(), "own.Keyword=9: for *FlowControl it lists 3") {
		t.Errorf("a value that the guest's driver does not list: %v", err)
	}
	p := ownPlan(t, "3")
	if err := g.Legal(f, p); err != nil {
		t.Error(err)
	}
	read, err := g.Originals(t.Context(), f, p.Settings)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(read)
	if err != nil {
		t.Fatal(err)
	}
	var o record.Originals
	if err := json.Unmarshal(text, &o); err != nil {
		t.Fatal(err)
	}
	if err := apply.Known(o); err != nil {
		t.Error(err)
	}
	if !apply.Risky(o) {
		t.Error("no dead-man switch for settings of which nothing is known")
	}
	targets, err := apply.Targets(o, p.Arms[1].Combination)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.Write(t.Context(), targets); err != nil {
		t.Fatal(err)
	}
	readings, _, err := g.ReadBack(t.Context(), targets)
	if err != nil {
		t.Fatal(err)
	}
	configured := map[string]string{}
	for _, r := range readings {
		if !r.OK() || r.InEffect != record.NotObservable {
			t.Errorf("%s", r)
		}
		configured[r.ID] = r.Configured
	}
	want := map[string]string{"own.Number": "4294967295", "own.Long": "18446744073709551615", "own.Word": "Auto", "own.Bytes": "0010",
		"own.Path": `%SystemRoot%\x y`, "own.Lines": `Tcpip\nTcpip6`, "own.Keyword": "3"}
	if d := cmp.Diff(want, configured); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	back, err := apply.Targets(o, combination(o, map[string]matrix.Value{"own.Number": matrix.Default, "own.Long": matrix.Default}))
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range back {
		switch w := (record.State{Exists: true, Kind: "DWord", Data: "7"}); {
		case target.Place.ID == "own.Number" && target.Want != w, target.Place.ID == "own.Long" && target.Want.Exists:
			t.Errorf("the default of %s is %+v", target.Place.ID, target.Want)
		}
	}
	if err := g.Restore(t.Context(), o, rebootLimits); err != nil {
		t.Error(err)
	}
	if differs, err := g.Differs(t.Context(), o); err != nil || len(differs) > 0 {
		t.Errorf("after the restore: %v, %v", differs, err)
	}
}

// A file cannot say of any place that it is a campaign's own.
func TestOwnOriginalsAreKnown(t *testing.T) {
	driver := &record.Driver{Keywords: []record.Keyword{{Name: "*FlowControl"}}}
	for name, c := range map[string]struct {
		place record.Place
		says  string // "" for a place that is known
	}{
		"a value":                 {record.Place{ID: "own.x", Kind: string(matrix.Registry), Path: ownKey, Name: "x"}, ""},
		"one of the catalogue":    {record.Place{ID: "own.x", Kind: string(matrix.Registry), Path: ownKey, Name: "Tcp1323Opts"}, ""}, // which a later version may have
		"a keyword":               {record.Place{ID: "own.x", Kind: string(matrix.AdapterKeyword), Path: adapter1, Name: "*flowcontrol"}, ""},
		"a key of its own":        {record.Place{ID: "own.x", Kind: string(matrix.Registry), Path: `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Run`, Name: "x"}, "only in"},
		"the start of a service":  {record.Place{ID: "own.x", Kind: string(matrix.Registry), Path: `HKLM\SYSTEM\CurrentControlSet\Services\Tcpip`, Name: "Start"}, "only in"},
		"no keyword":              {record.Place{ID: "own.x", Kind: string(matrix.AdapterKeyword), Path: adapter1, Name: "CoInstallers32"}, "no property CoInstallers32"},
		"a keyword of no adapter": {record.Place{ID: "own.x", Kind: string(matrix.AdapterKeyword), Path: ownKey, Name: "*FlowControl"}, "no key of a network adapter"},
		"a value of the adapter":  {record.Place{ID: "own.x", Kind: string(matrix.AdapterValue), Path: adapter1, Name: "x"}, "no place"},
		"a key of netsh":          {record.Place{ID: "own.x", Kind: string(matrix.NetshGlobal), Name: "rss x"}, "no place"},
	} {
		err := apply.Known(record.Originals{Adapter: record.Adapter{Driver: driver}, Settings: []record.Original{{Place: c.place}}})
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
	keyword := record.Place{ID: "own.x", Kind: string(matrix.AdapterKeyword), Path: adapter1, Name: "*FlowControl"}
	if err := apply.Known(record.Originals{Settings: []record.Original{{Place: keyword}}}); err == nil {
		t.Error("a keyword of which no driver speaks is known")
	}
}

// A value whose type an arm changes is told of with both types; one that keeps its type, is not there, or is only deleted
// is not.
func TestRetyped(t *testing.T) {
	is := func(kind string) record.State { return record.State{Exists: kind != "", Kind: kind, Data: "7"} }
	for name, c := range map[string]struct {
		found record.State
		arms  []matrix.Value
		want  string // "" for nothing
	}{
		"another type":    {is("String"), []matrix.Value{"7", "4294967295", matrix.Absent}, "own.Number: " + ownKey + " value Number is a String in the guest (7), and 2 arms of the campaign would make it a DWord, which Windows may ignore"},
		"the same type":   {is("DWord"), []matrix.Value{"7", "4294967295"}, ""},
		"absent":          {is(""), []matrix.Value{"7"}, ""},
		"only deleted":    {is("String"), []matrix.Value{matrix.Absent}, ""},
		"as it was found": {is("String"), []matrix.Value{matrix.Found}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var p matrix.Plan
			for _, v := range c.arms {
				p.Arms = append(p.Arms, matrix.Arm{Combination: matrix.NewCombination(map[string]matrix.Value{"own.Number": v})})
			}
			place := record.Place{ID: "own.Number", Kind: string(matrix.Registry), Path: ownKey, Name: "Number", Type: "DWord"}
			all := apply.RetypedBy(record.Originals{Settings: []record.Original{{Place: place, State: c.found}}}, p)
			if c.want == "" {
				if len(all) > 0 {
					t.Errorf("%v", all)
				}
				return
			}
			if len(all) != 1 || all[0].String() != c.want {
				t.Fatalf("%v, want %s", all, c.want)
			}
			if got := all[0].Advice("c.yaml:7:9"); got != "c.yaml:7:9: set define.own.Number.type to String; where the change of type is meant, leave it: a restore brings the String back" {
				t.Error(got)
			}
			// What no file says the type of has another remedy.
			all[0].OfTheFile = false
			if got := all[0].Advice(""); !strings.Contains(got, "find out who made it a String") {
				t.Error(got)
			}
		})
	}
}
