package stack

import "testing"

// TestEveryLevelAndProviderHasAnEffect keeps the tables of words and effects in step.
func TestEveryLevelAndProviderHasAnEffect(t *testing.T) {
	for _, l := range levels {
		if receiveWindows[l].bytes == 0 {
			t.Errorf("level %s has no window", l)
		}
	}
	p, ok := FindParam(TemplateParams, "congestionprovider", func(string) bool { return false })
	if !ok {
		t.Fatal("no congestionprovider among the template parameters")
	}
	for _, w := range p.values {
		if providers[w] == "" {
			t.Errorf("provider %s has no counterpart", w)
		}
	}
}

// TestSources holds the rule that every row of the answer table names its source.
func TestSources(t *testing.T) {
	for _, list := range [][]Param{GlobalParams, HeuristicsParams, TemplateParams} {
		for _, p := range list {
			if p.source == "" {
				t.Errorf("parameter %s has no source", p.Key)
			}
			if p.unverified != "" && unverified[p.unverified] == "" {
				t.Errorf("parameter %s: %q is not in the list of what is unverified", p.Key, p.unverified)
			}
		}
	}
	for _, tm := range templates {
		if tm.source == "" {
			t.Errorf("template %s has no source", tm.Netsh)
		}
	}
}
