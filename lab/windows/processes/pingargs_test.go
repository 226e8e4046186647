package windows

import "testing"

func FuzzPingArgs(f *testing.F) {
	f.Add("-n 3 127.0.0.1")
	f.Add("-w")
	f.Fuzz(func(t *testing.T, s string) {
		if n, err := pingArgs(splitArgs(s)); err == nil && n < 1 {
			t.Errorf("%q: %d requests", s, n)
		}
	})
}
