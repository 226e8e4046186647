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
		effects, err := parseEffects("--effect", []string{s})
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
	if _, err := parseEffects("--effect", []string{"c01=1", "c01=2"}); err == nil {
		t.Error("the same arm twice")
	}
}

// A margin is one of all metrics or of one by name; whatever is given, an error names the flag.
func FuzzParseMargins(f *testing.F) {
	for _, s := range []string{"2", "2%", "loss=0.1", "loss=0.1%", "loss", "=1", "loss=", "a=b=1", "NaN", "loss=1e400", "-1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		all, single, err := parseMargins([]string{s})
		if err != nil {
			if !strings.Contains(err.Error(), "--margin") {
				t.Errorf("%q: %v does not name the flag", s, err)
			}
			return
		}
		if metric, _, named := strings.Cut(s, "="); named == (all != nil) || named != (len(single) == 1) || named && metric == "" {
			t.Errorf("%q: %v, %v", s, all, single)
		}
	})
}

func FuzzParseScales(f *testing.F) {
	for _, s := range []string{"drops=difference", "drops=ratio", "drops=", "drops", "=difference", "a=b=c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		scales, err := parseScales([]string{s})
		if err != nil {
			if !strings.Contains(err.Error(), "--scale") {
				t.Errorf("%q: %v does not name the flag", s, err)
			}
			return
		}
		if metric, scale, _ := strings.Cut(s, "="); metric == "" || string(scales[metric]) != scale {
			t.Errorf("%q: %v", s, scales)
		}
	})
}
