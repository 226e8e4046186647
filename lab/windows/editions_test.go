package windows

import (
	"slices"
	"testing"
)

// TestSources holds the rule that every row of the registry as installed names its source.
func TestValueSources(t *testing.T) {
	all := slices.Concat(commonValues, xpValues)
	for _, r := range releases {
		all = append(all, r.values()...)
	}
	for _, v := range all {
		if v.source == "" {
			t.Errorf("value %s has no source", v.name)
		}
	}
}
