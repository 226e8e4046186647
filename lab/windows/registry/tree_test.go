package registry

import (
	"strings"
	"testing"
)

func TestParsePath(t *testing.T) {
	for _, tc := range []struct{ in, want string }{
		{`HKLM\SOFTWARE\x`, `HKEY_LOCAL_MACHINE\SOFTWARE\x`},
		{`hklm\software`, `HKEY_LOCAL_MACHINE\software`},
		{`HKEY_LOCAL_MACHINE\SYSTEM\`, `HKEY_LOCAL_MACHINE\SYSTEM`},
		{`HKCU`, `HKEY_CURRENT_USER`},
		{`HKLM\a b\*c`, `HKEY_LOCAL_MACHINE\a b\*c`},
		{`HKXX\x`, ""},
		{``, ""},
		{`HKLM\\x`, ""},
		{`HKLM:\x`, ""},
		{`\HKLM`, ""},
		{`HKLM\` + strings.Repeat("k", 256), ""},
	} {
		p, err := ParsePath(tc.in)
		if (err != nil) != (tc.want == "") || err == nil && p.String() != tc.want {
			t.Errorf("%q: %q, %v; want %q", tc.in, p, err, tc.want)
		}
	}
}

func FuzzParsePath(f *testing.F) {
	for _, s := range []string{`HKLM\SOFTWARE\x`, `HKEY_USERS`, `HKLM\\`, `hkcc\a\`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParsePath(s)
		if err != nil {
			return
		}
		again, err := ParsePath(p.String())
		if err != nil || again.String() != p.String() {
			t.Errorf("%q became %q, which reads as %q, %v", s, p, again, err)
		}
	})
}

func TestNewValue(t *testing.T) {
	for _, tc := range []struct {
		kind, data string
		want       string
		bad        bool
	}{
		{kind: "DWord", data: "4294967295", want: "4294967295"},
		{kind: "DWord", data: "007", want: "7"},
		{kind: "DWord", data: "4294967296", bad: true},
		{kind: "DWord", data: "0x10", bad: true},
		{kind: "DWord", data: "-1", bad: true},
		{kind: "QWord", data: "18446744073709551615", want: "18446744073709551615"},
		{kind: "String", data: "", want: ""},
		{kind: "String", data: "a\x00b", bad: true},
		{kind: "ExpandString", data: "%A%", want: "%A%"},
		{kind: "MultiString", data: "a\nb", want: "a\nb"},
		{kind: "Binary", data: "00FF", want: "00ff"},
		{kind: "Binary", data: "0", bad: true},
		{kind: "Word", data: "1", bad: true},
	} {
		v, err := NewValue(tc.kind, tc.data)
		if (err != nil) != tc.bad || v.Data != tc.want {
			t.Errorf("%s %q: %q, %v; want %q, error %v", tc.kind, tc.data, v.Data, err, tc.want, tc.bad)
		}
	}
}
