package reg

import (
	"testing"
	"vnettune/lab/windows/console"
)

func FuzzParseReg(f *testing.F) {
	for _, s := range []string{`query HKLM\x /v n`, `add HKLM\x /v n /t REG_DWORD /d 1 /f`, `delete HKLM\x /va`, `query HKLM /s`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, form := range []*Form{Vista, XP} {
			c, err := parseReg(console.SplitArgs(s), form)
			if err == nil && (c.path.String() == "" || c.verb == "") {
				t.Errorf("%q was taken without a verb or key", s)
			}
		}
	})
}
