package wql

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	instance := map[string]string{"name": "iperf3.exe", "processid": "1332", "pnpdeviceid": `PCI\VEN_1AF4&DEV_1000`, "ipenabled": "TRUE"}
	for clause, want := range map[string]bool{
		`name='iperf3.exe'`:                      true,
		`NAME="IPERF3.EXE"`:                      true,
		`( name = 'iperf3.exe' )`:                true,
		`name='other.exe'`:                       false,
		`name<>'other.exe'`:                      true,
		`name!='iperf3.exe'`:                     false,
		`ProcessId=1332`:                         true,
		`ProcessId='1332' and name='iperf3.exe'`: true,
		`ProcessId=1332 AND name='x'`:            false,
		`name like 'iperf_.%'`:                   true,
		`name LIKE 'iperf'`:                      false,
		`PNPDeviceID like 'PCI\\VEN[_]%'`:        false,
		`PNPDeviceID like 'PCI\\VEN_1AF4%'`:      true,
		`PNPDeviceID='PCI\\VEN_1AF4&DEV_1000'`:   true,
		`IPEnabled=true`:                         true,
		`IPEnabled=FALSE`:                        false,
		`name='it\'s'`:                           false,
	} {
		list, ok := Parse(clause)
		if !ok {
			t.Errorf("%s: refused", clause)
			continue
		}
		got := true
		for _, c := range list {
			got = got && c.Holds(instance[strings.ToLower(c.Property)])
		}
		if got != want {
			t.Errorf("%s: %v", clause, got)
		}
	}
	for _, bad := range []string{"", "name", "name=", "name=x", "name='x", "name='x' or name='y'", "name='x' name='y'", "()", "name>'x'", "=1"} {
		if _, ok := Parse(bad); ok {
			t.Errorf("%q was taken", bad)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{`name='x'`, `(a=1 and b like '%_')`, `a<>"\""`, `((`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		list, ok := Parse(s)
		if ok != (len(list) > 0) {
			t.Errorf("%q: %d conditions, %v", s, len(list), ok)
		}
		for _, c := range list {
			c.Holds("")
		}
	})
}
