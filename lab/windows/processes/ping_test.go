package processes

import (
	"testing"
	"vnettune/lab/windows/console"
)

func FuzzPingArgs(f *testing.F) {
	f.Add("-n 3 127.0.0.1")
	f.Add("-w")
	f.Fuzz(func(t *testing.T, s string) {
		if n, err := PingArgs(console.SplitArgs(s)); err == nil && n < 1 {
			t.Errorf("%q: %d requests", s, n)
		}
	})
}
