package netsh

import (
	"slices"
	"strings"
	"testing"
)

func FuzzParseTags(f *testing.F) {
	for _, s := range []string{"a=1 b=2", "1 2", "a==", "=a", "A=1 a=2", "c=1"} {
		f.Add(s)
	}
	tags := []string{"a", "b"}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := parseTags(tags, strings.Fields(s))
		if err != nil {
			return
		}
		if len(got) != len(strings.Fields(s)) {
			t.Errorf("%q: %d of its arguments came back", s, len(got))
		}
		for _, a := range got {
			if !slices.Contains(tags, a.tag) || a.value == "" {
				t.Errorf("%q: gave %q=%q", s, a.tag, a.value)
			}
		}
	})
}
