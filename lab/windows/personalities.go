package windows

import (
	"fmt"
	"slices"
	"strings"

	"vnettune/trouble"
)

// Personality is one Windows that the stand-in plays.
type Personality struct {
	Generation string
	Languages  []string
}

// Personalities lists everything that is played: each has its edition.
var Personalities = []Personality{
	{w10.Generation, []string{"en"}},
	{xp.Generation, []string{"en"}},
}

// Played says whether a Windows is played; the error names what is.
func Played(generation, language string) error {
	var generations []string
	for _, p := range Personalities {
		if p.Generation != generation {
			generations = append(generations, p.Generation)
			continue
		}
		if !slices.Contains(p.Languages, language) {
			return trouble.Hint(fmt.Errorf("language %q is not played", language), "use %s", strings.Join(p.Languages, ", "))
		}
		return nil
	}
	return trouble.Hint(fmt.Errorf("generation %q is not played", generation), "use one of %s", strings.Join(generations, ", "))
}
