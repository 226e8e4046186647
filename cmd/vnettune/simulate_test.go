package main

import (
	"strings"
	"testing"
)

func FuzzParseEffects(f *testing.F) {
	for _, s := range []string{"c01=4", "c01=4%", "c01", "=", "c01=", "c01=x", "c01=NaN", "a=b=3", "c01=-1e400"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		effects, err := parseEffects([]string{s})
		if err != nil {
			if !strings.Contains(err.Error(), "--effect") {
				t.Errorf("%q: %v does not name the flag", s, err)
			}
			return
		}
		if arm, _, _ := strings.Cut(s, "="); len(effects) != 1 || func() bool { _, ok := effects[arm]; return !ok }() {
			t.Errorf("%q: %v", s, effects)
		}
	})
}

func TestParseEffectsTwice(t *testing.T) {
	if _, err := parseEffects([]string{"c01=1", "c01=2"}); err == nil {
		t.Error("the same arm twice")
	}
}
