package apply

import (
	"encoding/json"
	"strings"
	"testing"

	"vnettune/apply/cmdline"
	"vnettune/apply/terms"
	"vnettune/matrix"
	"vnettune/results/record"
)

// dialects are how a guest of a generation is spoken to; see Guest.probe.
var dialects = map[matrix.Generation]dialect{matrix.XP: &cmdline.Dialect{}, matrix.NT62: &powershell{}, matrix.W10: &powershell{}, matrix.W11: &powershell{}}

// What a plan takes for a setting that a generation can be given, the generation's
// dialect writes and reads, and nothing else.
func TestPlansAreForWhatIsDriven(t *testing.T) {
	adapter := record.Adapter{Name: "ADAPTER", ClassKey: `HKLM\SYSTEM\CurrentControlSet\Control\Class\{4d36e972-e325-11ce-bfc1-08002be10318}\0001`, Index: 4, GUID: "{564E4554-0000-4000-8000-525400123456}"}
	for _, g := range matrix.Generations {
		d, driven := dialects[g]
		_, err := matrix.NewPlan(g, matrix.Design{Kind: matrix.AA}, 1, 1)
		if (err == nil) != driven {
			t.Errorf("%s: driven %v, a plan says %v", g, driven, err)
		}
		if !driven {
			continue
		}
		for _, s := range matrix.Catalogue().All() {
			f, ok := s.Forms[g]
			if !ok {
				continue
			}
			adapter.Driver = &record.Driver{Keywords: record.List[record.Keyword]{{Name: f.Name}}}
			err := d.Drives(f.Kind)
			for _, v := range values(s, g) {
				var p record.Place
				if err == nil {
					p, err = locate(matrix.Planned{Setting: s, Form: f}, adapter, "Internet")
				}
				if err == nil {
					err = d.Check(Target{Place: p, Want: record.State{Exists: v != matrix.Absent, Kind: f.Type, Data: string(v)}}.step())
				}
			}
			if err == nil && !f.Kind.InRegistry() {
				_, err = reports(f).state(record.Place{Kind: string(f.Kind), Name: f.Name, Template: "Internet", Interface: adapter.Index, CIM: f.CIM}, new(int))
			}
			if planned := s.CanSet(matrix.On(g)); (planned == nil) != (err == nil) {
				t.Errorf("%s on %s: a plan says %v, the dialect %v", s.ID, g, planned, err)
			}
		}
	}
}

// reports is what a guest answers that has what the setting is read back by.
func reports(f matrix.Form) answer {
	var a answer
	text := `{"templates": [{"name": "Internet", "values": {"` + f.CIM + `": "normal", "DynamicPortRangeStartPort": 49152, "DynamicPortRangeNumberOfPorts": 16384}}], "interfaces": [{"index": 4, "mtu": 1500}],
		"registry": [{"exists": true, "kind": "String", "data": "381b4222-f694-41f0-9685-ff5bb260df2e"}]}`
	if f.Kind == matrix.NetshGlobal {
		text = `{"dump": ["set global ` + f.Name + `=normal"]}`
	}
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		panic(err)
	}
	a.udp.Dump = record.List[string]{"set global uro=disabled uso=enabled"}
	if f.CIM != "" {
		a.stack.Classes = map[string]map[string]terms.CIMNumber{classOffload: {f.CIM: {Given: true, Number: 1}}}
	}
	return a
}

// values are legal values of a setting, the extremes among them.
func values(s matrix.Setting, g matrix.Generation) []matrix.Value {
	var all []matrix.Value
	for _, v := range append([]string{"0", "1", "65535", "1048576", "4294967295", "4294967296", "absent"}, s.Legal.Enum...) {
		if legal, err := s.Check(matrix.On(g), matrix.Value(v)); err == nil {
			all = append(all, legal)
		}
	}
	return all
}

// A range that ends before the last port could not be put back, and is refused.
func TestDynamicPortsThatEndBefore(t *testing.T) {
	var a answer
	if err := json.Unmarshal([]byte(`{"templates": [{"name": "Internet", "values": {"DynamicPortRangeStartPort": 49152, "DynamicPortRangeNumberOfPorts": 16358}}]}`), &a); err != nil {
		t.Fatal(err)
	}
	_, err := a.word(record.Place{Kind: string(matrix.NetshDynamicPort), Name: "start", Template: "Internet", CIM: "DynamicPortRangeStartPort"})
	if err == nil || !strings.Contains(err.Error(), "16358 from 49152 on") {
		t.Error(err)
	}
}
