package cmd

import (
	"strings"
	"testing"
)

func FuzzParseCmd(f *testing.F) {
	for _, s := range []string{`a && b & c || d`, `echo ^& "&"`, `a | b`, `((`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		steps, err := parseCmd(s)
		if err != nil {
			return
		}
		for _, st := range steps {
			if strings.TrimSpace(st.line) == "" {
				t.Errorf("%q: an empty command", s)
			}
		}
	})
}
