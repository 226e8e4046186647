package wmi

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/lab/windows/console"
)

func TestParseWhere(t *testing.T) {
	i := newInstance(property{"Name", "iperf3.exe"}, property{"ProcessId", "1332"}, property{"PNPDeviceID", `PCI\VEN_1AF4&DEV_1000`}, property{"IPEnabled", "TRUE"})
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
		list, ok := parseWhere(clause)
		if !ok {
			t.Errorf("%s: refused", clause)
			continue
		}
		got := true
		for _, c := range list {
			got = got && c.holds(i)
		}
		if got != want {
			t.Errorf("%s: %v", clause, got)
		}
	}
	for _, bad := range []string{"", "name", "name=", "name=x", "name='x", "name='x' or name='y'", "name='x' name='y'", "()", "name>'x'", "=1"} {
		if _, ok := parseWhere(bad); ok {
			t.Errorf("%q was taken", bad)
		}
	}
}

func FuzzParseWhere(f *testing.F) {
	for _, s := range []string{`name='x'`, `(a=1 and b like '%_')`, `a<>"\""`, `((`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		list, ok := parseWhere(s)
		if ok != (len(list) > 0) {
			t.Errorf("%q: %d conditions, %v", s, len(list), ok)
		}
		for _, c := range list {
			c.holds(instance{})
		}
	})
}

func TestParseWMIC(t *testing.T) {
	for line, want := range map[string][]string{
		`os get A, B ,C /value`: {"A", "B", "C"},
		`os get`:                nil,
		`os get * /format:list`: nil,
		`/namespace:\\root\cimv2 path win32_process get Name`:   {"Name"},
		`process where (name = 'x' and processid = 1) get Name`: {"Name"},
	} {
		c, err := parseWMIC(console.SplitArgs(line))
		if err != nil {
			t.Errorf("%s: %v", line, err)
		}
		if d := cmp.Diff(want, c.props); d != "" || c.verb != "get" {
			t.Errorf("%s (-want +got):\n%s", line, d)
		}
	}
}

func FuzzParseWMIC(f *testing.F) {
	for _, s := range []string{`os get A,B /value`, `process where "name='x'" call terminate`, `process call create "a b"`, `path Win32_Process where (a`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := parseWMIC(console.SplitArgs(s))
		if err == nil && (c.class.list == nil || c.verb == "") {
			t.Errorf("%q was taken without a class or verb", s)
		}
	})
}
