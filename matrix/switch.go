package matrix

import (
	"fmt"
	"maps"
	"slices"
)

// Takes is when a change of a setting takes effect: the least that has to be done after it is
// written for the new value to act.
type Takes string

// The words. A reboot makes every one of them act, Never apart.
const (
	TakesAtOnce         Takes = "at-once"
	TakesNewConnections Takes = "new-connections" // connections that are open keep what they have
	TakesAdapterRestart Takes = "adapter-restart" // of the adapter under test
	TakesReboot         Takes = "reboot"
	TakesUnknown        Takes = "unknown" // nobody says
	TakesNever          Takes = "never"   // the driver does not read it
)

// Certainty is how sure it is when a change takes effect.
type Certainty string

// The words; what is unknown has none.
const (
	Documented     Certainty = "documented"      // a vendor's text or the driver's source says it
	WidelyReported Certainty = "widely reported" // independent people have seen it
	Supposed       Certainty = "supposed"        // by reasoning, or by a weak source
	Contradicted   Certainty = "contradicted"    // sources say otherwise
)

// Taking is when a change of a setting takes effect on a generation, and who says so.
type Taking struct {
	When    Takes     `yaml:"when"`
	Sure    Certainty `yaml:"sure" json:",omitempty"`    // "" where When is TakesUnknown
	Sources []string  `yaml:"sources" json:",omitempty"` // documents with their addresses
	Note    string    `yaml:"note" json:",omitempty"`
}

// String is the taking in words, without its sources: reboot, supposed: read when afd.sys starts.
func (t Taking) String() string {
	text := string(t.When)
	if t.Sure != "" {
		text += ", " + string(t.Sure)
	}
	if t.Note != "" {
		text += ": " + t.Note
	}
	return text
}

// check says what is wrong with an entry of the catalogue.
func (t Taking) check() error {
	switch t.When {
	case TakesAtOnce, TakesNewConnections, TakesAdapterRestart, TakesReboot, TakesUnknown, TakesNever:
	default:
		return fmt.Errorf("when %q is no word for when a change takes effect", t.When)
	}
	switch t.Sure {
	case Documented, WidelyReported:
		if len(t.Sources) == 0 {
			return fmt.Errorf("%s is %s and names no source", t.When, t.Sure)
		}
	case Supposed, Contradicted:
		if t.Note == "" {
			return fmt.Errorf("%s is %s and no note says why", t.When, t.Sure)
		}
	case "":
	default:
		return fmt.Errorf("sure %q is no word for how sure that is", t.Sure)
	}
	if (t.When == TakesUnknown) != (t.Sure == "") {
		return fmt.Errorf("%s is %q sure: only what is unknown has no word", t.When, t.Sure)
	}
	return nil
}

// everywhere is the key of the catalogue for generations that have no entry of their own.
const everywhere Generation = "all"

// takings is the entries of the catalogue spread over the generations, with their sources in full.
func takings(entries map[Generation]Taking, cite func(string) (string, error)) (map[Generation]Taking, error) {
	full := map[Generation]Taking{}
	for _, g := range slices.Sorted(maps.Keys(entries)) {
		t := entries[g]
		if g != everywhere && !slices.Contains(Generations, g) {
			return nil, fmt.Errorf("%q is no generation", g)
		}
		if err := t.check(); err != nil {
			return nil, fmt.Errorf("%s: %w", g, err)
		}
		var sources []string
		for _, name := range t.Sources {
			text, err := cite(name)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", g, err)
			}
			sources = append(sources, text)
		}
		t.Sources = sources
		full[g] = t
	}
	all := map[Generation]Taking{}
	for _, g := range Generations {
		t, ok := full[g]
		if !ok {
			t, ok = full[everywhere]
		}
		if !ok {
			return nil, fmt.Errorf("nothing is said of %s", g)
		}
		all[g] = t
	}
	return all, nil
}

// TakesOn is when a change of s takes effect on a generation: unknown where nothing is said of it, as
// in the plan of a store from before the catalogue had this.
func (s Setting) TakesOn(g Generation) Taking {
	if t, ok := s.TakesEffect[g]; ok {
		return t
	}
	return Taking{When: TakesUnknown}
}

// Switch is what has to be done within a boot for a change of s to act on a generation: at-once (which
// is nothing), new-connections or adapter-restart. It is reboot where only that is sure to do: also where
// nobody says when, and where sources contradict what is said. That a change acts as is only supposed is
// no reason for a reboot here: who switches has to show on the guest that it does.
//
// A line that is expected inert is switched with the rest: by its sources it acts neither before a reboot
// nor after one. Else tcpip.EnableWsd, of which nobody says when it would act, made every arm of the
// published page that has it need boots of its own, for a value that Windows ignores. A value that its
// driver never reads is switched for the same reason. inert is Planned.Inert != "", which stays what it
// was when the campaign was planned.
func (s Setting) Switch(g Generation, inert bool) Takes {
	t := s.TakesOn(g)
	switch {
	case inert, t.When == TakesNever:
		return TakesAtOnce
	case t.Sure == Contradicted:
		return TakesReboot
	}
	switch t.When {
	case TakesAtOnce, TakesNewConnections, TakesAdapterRestart:
		return t.When
	}
	return TakesReboot
}
