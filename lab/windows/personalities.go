package windows

import (
	"fmt"
	"slices"
	"strings"

	"vnettune/lab/windows/stack"
	"vnettune/trouble"
)

// Personality is one Windows that the stand-in plays.
type Personality struct {
	Generation string
	Languages  []string
	Builds     []string // of Windows; the first is played where none is chosen
	Drivers    []string // of its adapters, by the names of their packages; where none is chosen it has one without a name, or the last one that there is for it
}

// sampled are the languages of which there are samples from 10 and 11, and the one that is none.
var sampled = []string{"en", "de", "ru", "zh", "ja", "pseudo"}

// Personalities lists everything that is played: each has its edition.
var Personalities = []Personality{
	{"nt62", []string{"en", "pseudo"}, buildsOf("nt62"), stack.NetKVMsOf2012()},
	{"w10", sampled, buildsOf("w10"), append(stack.NetKVMs(), stack.Twin, stack.Slow)},
	{"w11", sampled, buildsOf("w11"), append(stack.NetKVMs(), stack.Twin, stack.Slow)},
	{"xp", []string{"en"}, []string{xpBuild}, nil},
}

// Scripted says whether a generation is driven by PowerShell.
func Scripted(generation string) bool { return generation != "xp" }

// Played says whether a Windows is played; the error names what is. An empty build or driver
// stands for the one that is played where none is chosen.
func Played(generation, language, build, driver string) error {
	var generations []string
	for _, p := range Personalities {
		if p.Generation != generation {
			generations = append(generations, p.Generation)
			continue
		}
		switch {
		case !slices.Contains(p.Languages, language):
			return trouble.Hint(fmt.Errorf("language %q is not played", language), "use %s", strings.Join(p.Languages, ", "))
		case build != "" && !slices.Contains(p.Builds, build):
			return trouble.Hint(fmt.Errorf("build %q of %s is not played", build, generation), "use %s", strings.Join(p.Builds, ", "))
		case driver != "" && p.Drivers == nil:
			return trouble.Hint(fmt.Errorf("driver %q is not played on %s", driver, generation), "use none")
		case driver != "" && !slices.Contains(p.Drivers, driver):
			return trouble.Hint(fmt.Errorf("driver %q is not played", driver), "use %s", strings.Join(p.Drivers, ", "))
		}
		return nil
	}
	return trouble.Hint(fmt.Errorf("generation %q is not played", generation), "use one of %s", strings.Join(generations, ", "))
}
