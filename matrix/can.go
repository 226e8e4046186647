package matrix

import (
	"fmt"
	"slices"
)

// byPowerShell are the forms that the scripts write.
var byPowerShell = []FormKind{Registry, AdapterKeyword, AdapterValue, InterfaceValue, NetshGlobal, NetshHeuristics, NetshTemplate, NetshDynamicPort, NetshSubinterface, NetshIPGlobal, NetshUDPGlobal, OffloadGlobal, PowerScheme}

// driven says in which forms a guest of a generation can be given a setting. XP and
// Server 2003 are spoken to with command lines, which write registry numbers only;
// Vista and 7 have neither a PowerShell that runs the scripts nor command lines yet.
// A test of apply compares this with what it drives.
var driven = map[Generation][]FormKind{
	XP:   {Registry, InterfaceValue},
	NT62: byPowerShell,
	W10:  byPowerShell,
	W11:  byPowerShell,
}

// Driven lists the generations whose guests this tool drives, oldest first.
func Driven() []Generation {
	var all []Generation
	for _, g := range Generations {
		if _, ok := driven[g]; ok {
			all = append(all, g)
		}
	}
	return all
}

// Why is in one word why a setting cannot be set, or a line of a profile is dropped.
type Why string

// The reasons.
const (
	Undriven   Why = "undriven"   // no guest of the generation can be driven yet
	Superseded Why = "superseded" // another setting took its place
	Missing    Why = "missing"    // this Windows does not have it, nor does a driver for it declare it
	Newer      Why = "newer"      // only newer builds of the generation have it
	Unwritable Why = "unwritable" // this tool has no way to write it
	Unreadable Why = "unreadable" // no number and no key tells whether it was taken
	ReadOnly   Why = "read-only"  // a client Windows does not let it be changed
	Unchosen   Why = "unchosen"   // of a profile's line: published without a plain value, and no choice is made
)

// CannotError says why a setting cannot be set on a Windows.
type CannotError struct {
	Why  Why
	Text string // a sentence that begins with the setting's id
}

// Error is the sentence.
func (e *CannotError) Error() string { return e.Text }

// CanSet is the one test of whether a guest with Windows w can be given s: the tool drives its
// generation, this Windows has the setting, and it can be written and read back. nil says that it
// can; anything else is a *CannotError. Whether a value is legal says Check.
func (s Setting) CanSet(w Windows) error {
	g := w.Generation
	cannot := func(why Why, format string, args ...any) error {
		return &CannotError{why, s.ID + " " + fmt.Sprintf(format, args...)}
	}
	f, has := s.Forms[g]
	kinds, drives := driven[g]
	switch {
	case !drives:
		return cannot(Undriven, "cannot be set on %s: such a guest cannot be driven yet", g)
	case s.Superseded[g] != "":
		return cannot(Superseded, "is superseded on %s: use %s", g, s.Superseded[g])
	case s.Status[g].Word == NotApplicable:
		return cannot(Missing, "does not exist on %s (%s)", g, s.Status[g].Text)
	case w.before(s.Since[g]):
		return cannot(Newer, "is known from build %d on, not on %s", s.Since[g], w)
	case !has && s.NoForm != "":
		return cannot(Unwritable, "cannot be set by this tool on %s yet: %s", g, s.NoForm)
	case !has:
		return cannot(Unwritable, "cannot be set by this tool on %s yet", g)
	case !slices.Contains(kinds, f.Kind) || g == XP && f.Type != "DWord":
		return cannot(Unwritable, "is written by %s, and a guest of generation %s can be given registry numbers only, so far", f.How(), g)
	case f.Kind == AdapterKeyword && !w.declares(f.Name):
		return cannot(Missing, "is not declared by the guest's driver, which has no property %s", f.Name)
	case f.Reads() == "":
		return cannot(Unreadable, "cannot be read back on %s: no CIM property and no line of netsh's dump has it", g)
	case s.ServersOnly && w.Edition == Client:
		return cannot(ReadOnly, "is not writable on a client: none is known to have taken it")
	}
	return nil
}

// Settable counts the settings that a Windows can be given, the placebo apart, and all that the
// catalogue knows.
func (c *SettingSet) Settable(w Windows) (can, all int) {
	for _, s := range c.all {
		if s.ID == PlaceboID {
			continue
		}
		all++
		if s.CanSet(w) == nil {
			can++
		}
	}
	return can, all
}

// Cannot lists what of the plan a guest with Windows w cannot be given: it may be known better by now
// than by the generation that the plan was made for.
func (p Plan) Cannot(w Windows) []error {
	var all []error
	for _, planned := range p.Settings {
		s, ok := Catalogue().Lookup(planned.Setting.ID)
		if IsOwn(planned.Setting.ID) {
			s, ok = planned.Setting, true
		}
		if !ok {
			continue // of another version's catalogue
		}
		if err := s.CanSet(w); err != nil {
			all = append(all, err)
			continue
		}
		seen := map[Value]bool{}
		for _, a := range p.Arms {
			v, _ := a.Combination.Value(s.ID)
			if err := s.has(w, v); err != nil && !seen[v] {
				all = append(all, err)
			}
			seen[v] = true
		}
	}
	return all
}
