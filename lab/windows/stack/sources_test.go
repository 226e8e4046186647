package stack

import (
	"slices"
	"testing"
)

// TestEveryLevelAndProviderHasAnEffect keeps the tables of words and effects in step.
func TestEveryLevelAndProviderHasAnEffect(t *testing.T) {
	for _, l := range levels {
		if receiveWindows[l].bytes == 0 {
			t.Errorf("level %s has no window", l)
		}
	}
	for _, w := range append(slices.Clone(providing), word{text: "default"}) {
		if providers[w.text] == "" {
			t.Errorf("provider %s has no counterpart", w.text)
		}
	}
}

// TestSources holds the rule that every row of the answer table names its source.
func TestSources(t *testing.T) {
	for _, list := range [][]Param{params, heuristicsParams, templateParams} {
		for _, p := range list {
			if p.source == "" {
				t.Errorf("parameter %s has no source", p.Key)
			}
			for _, b := range p.begins {
				if b.source == "" {
					t.Errorf("parameter %s: that it begins as %s has no source", p.Key, b.value)
				}
			}
			if p.unverified != "" && unverified[p.unverified] == "" {
				t.Errorf("parameter %s: %q is not in the list of what is unverified", p.Key, p.unverified)
			}
		}
	}
	for _, v := range templateValues {
		if v.begin.source == "" {
			t.Errorf("templates %s: that %s begins as %s has no source", v.templates, v.key, v.begin.value)
		}
	}
	for _, tm := range templates {
		if tm.source == "" {
			t.Errorf("template %s has no source", tm.Netsh)
		}
	}
}
