package windows

import (
	"slices"
	"testing"
)

// TestSources holds the rule that every row of the registry as installed names its source.
func TestValueSources(t *testing.T) {
	for _, v := range slices.Concat(commonValues, w10Values("19045"), xpValues) {
		if v.source == "" {
			t.Errorf("value %s has no source", v.name)
		}
	}
}
