package matrix

import (
	"errors"
	"slices"
	"strings"
)

// Design says what a campaign compares, in the words of the campaign file.
type Design struct {
	Kind     string                      // one of DesignKinds
	Profile  string                      // profile: which one
	Arms     []ArmSpec                   // list, adaptive: the arms beside the baseline
	Levels   map[string][]Value          // of designs over settings: the values of each
	Choices  map[string]Value            // of lines that profiles publish without a plain value
	Profiles map[string]map[string]Value // the campaign's own, by name
	For      map[string][]Generation     // of the campaign's own profiles, by name: for which Windows; all where it is not here
	Define   map[string]Definition       // settings of the campaign's own, by id
	Baseline map[string]Value            // what the baseline has; a setting not named here has found
	Labels   int                         // aa: how many names the baseline goes under, its own among them; 0 means DefaultLabels
	Confirm  int                         // adaptive, factorial-screen: blocks that confirm what the search picks; 0 means MinConfirm
	Placebo  bool                        // adds the placebo arm
	Control  float64                     // percent by which the positive control is slowed, which it adds; 0 adds none
	Switch   string                      // SwitchByReboot, which "" means, or SwitchWithinBoots
	Restarts bool                        // the adapter may be restarted within a boot: the guest has another way back
	Looks    int                         // at which arms settle, evenly spread over the blocks; 0: none does
	// Covariate is what is measured first in each boot, to take away what boots differ by; "" is nothing.
	Covariate string
	Forbid    []map[string]Value // a combination that holds all values of an entry is left out
	// Linked are settings of Levels that move together: the first value of each, the second of each, and so on.
	Linked     [][]string
	Strength   int // covering: of how many settings every combination of values occurs; 0 means DefaultStrength
	Resolution int // fractional: at least which, MinResolution to MaxResolution; 0 means DefaultResolution
	Rows       int // sample: how many combinations are drawn
	// MergeInert makes one arm of combinations that differ only in settings that are expected inert.
	MergeInert bool
	// Variants are what the host does with the guest's machine. In a design over settings they are crossed with them,
	// or stand alone in one-at-a-time; elsewhere each is an arm of its own unless arms name it. The first is the baseline's.
	Variants []Variant
}

// ArmSpec is an arm of a list. With neither Use nor Set it is the baseline under
// another name, which makes an A/A comparison.
type ArmSpec struct {
	Name string           // "" takes the profile's name or the differences from the baseline
	Use  string           // a profile, "" for none
	Set  map[string]Value // settings; they win over the profile's
}

// The kinds of designs.
const (
	List       = "list"
	ByProfile  = "profile"
	Factorial  = "factorial"
	OneAtATime = "one-at-a-time"
	Adaptive   = "adaptive" // a search that drops, block by block, what is shown to be worse
	// FactorialScreen boots every combination once, keeps the best by a model, and
	// searches among those, without a guarantee (record.ScreenCaveat).
	FactorialScreen = "factorial-screen"
	AA              = "aa" // the baseline under several names: what differs is noise

	// Designs of fewer rows than every combination has.
	Pairwise       = "pairwise"        // every two values of two settings meet in some row
	Covering       = "covering"        // the same of Strength settings
	Fractional     = "fractional"      // a two-level fraction of a factorial, of a resolution
	PlackettBurman = "plackett-burman" // two levels, as few rows as settings and one, in multiples of 4
	Sample         = "sample"          // combinations drawn by the seed
)

// Of how many settings a covering array holds every combination of values.
const (
	MinStrength     = 2
	MaxStrength     = 6
	DefaultStrength = 3
)

// The resolution of a fraction: at III an effect of a setting is aliased with those of two together, at IV it is not,
// and at V no two effects of up to two settings are aliased with each other.
const (
	MinResolution     = 3
	MaxResolution     = 5
	DefaultResolution = 4
)

// What an adaptive search needs: blocks before its first decision, and fresh blocks
// that confirm its pick.
const (
	FirstBlocks = 3
	MinConfirm  = 5
)

// ScreenKeep is the number of combinations that a screen keeps, beside the baseline;
// ScreenBlocks that of its blocks.
const (
	ScreenKeep   = 8
	ScreenBlocks = 1
)

// minScreened is the number of settings with several values that a screen needs: with two, its
// model is as large as the factorial and screens nothing.
const minScreened = 3

// Searches says whether a kind of design decides while it runs which arms to boot.
func Searches(kind string) bool { return kind == Adaptive || kind == FactorialScreen }

// DefaultLabels is the number of names that an A/A run gives the baseline when the
// design says none: with six, variances are moderated as in any larger campaign.
const DefaultLabels = 6

// DesignKinds lists the kinds of designs.
var DesignKinds = []string{List, ByProfile, Factorial, OneAtATime, Adaptive, FactorialScreen, AA, Pairwise, Covering, Fractional, PlackettBurman, Sample}

// OfRows says whether a kind of design makes rows of its own, fewer than every combination.
func OfRows(kind string) bool {
	return slices.Contains([]string{Pairwise, Covering, Fractional, PlackettBurman, Sample}, kind)
}

// Names of arms that a design makes itself.
const (
	BaselineName = "baseline"
	PlaceboName  = "placebo"
	ControlName  = "positive-control"
)

// Legal sizes of Design.Control, percent: a pace is kept to some 0.1 % of it, and what is slowed by more than a
// half says nothing of what a campaign looks for.
const (
	MinControl = 0.1
	MaxControl = 50
)

// MaxArms is the largest number of arms that NewPlan makes. A campaign of so many boots takes
// weeks; the limit keeps a slip in a factorial design from filling the memory first.
const MaxArms = 1024

// MaxSlots is the largest number of boots that NewPlan plans, which take months; a store is
// read with the same bound.
const MaxSlots = 250_000

// DesignError is something wrong in a design. Path leads to it in the words of
// the campaign file, such as "arms", "2", "set", "tcp.rss", with indices from 0;
// Levels are there called "settings" and Kind "design".
type DesignError struct {
	Path []string
	Msg  string
	Hint string // what to do about it; "" when Msg says it
}

// Error is the path, what is wrong and the hint.
func (e *DesignError) Error() string {
	s := strings.Join(e.Path, ".") + ": " + e.Msg
	if e.Hint != "" {
		s += "; " + e.Hint
	}
	return s
}

// DesignErrors lists every DesignError in an error of NewPlan.
func DesignErrors(err error) []*DesignError {
	var list interface{ Unwrap() []error }
	if errors.As(err, &list) {
		var all []*DesignError
		for _, e := range list.Unwrap() {
			all = append(all, DesignErrors(e)...)
		}
		return all
	}
	var one *DesignError
	if errors.As(err, &one) {
		return []*DesignError{one}
	}
	return nil
}
