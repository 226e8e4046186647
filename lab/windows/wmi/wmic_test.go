package wmi

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/lab/windows/console"
)

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
