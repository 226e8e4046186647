package matrix

import (
	"fmt"
	"strings"
)

// Size is how many arms a design has, or why it cannot be made.
type Size struct {
	Design string // its kind, with what it is told beside
	Arms   int    // the baseline among them; 0 where it cannot be made
	Why    string // it cannot be made; "" otherwise
}

// String is the size in a line.
func (s Size) String() string {
	if s.Why != "" {
		return s.Design + ": none: " + s.Why
	}
	return s.Design + ": " + counted(s.Arms, "combination")
}

// Sizes are those of each design over the settings of a design, with its baseline, placebo and what it forbids, on a
// guest of generation gen; nil for a design that has no settings to choose values of.
func Sizes(gen Generation, d Design, seed uint64) []Size {
	if len(d.Levels) == 0 {
		return nil
	}
	d = Design{Levels: d.Levels, Linked: d.Linked, Forbid: d.Forbid, Baseline: d.Baseline, Placebo: d.Placebo, Define: d.Define, MergeInert: d.MergeInert}
	var all []Size
	add := func(name, kind string, change func(*Design)) {
		of := d
		if of.Kind = kind; change != nil {
			change(&of)
		}
		if of.Kind == Fractional || of.Kind == PlackettBurman {
			of.MergeInert = false
		}
		s := Size{Design: name}
		p, err := NewPlan(gen, of, 1, seed)
		if s.Arms = len(p.Arms); err != nil {
			s.Why = err.Error()
			if errs := DesignErrors(err); len(errs) > 0 {
				s.Why = errs[0].Msg
			}
		}
		all = append(all, s)
	}
	add(OneAtATime, OneAtATime, nil)
	add(Factorial, Factorial, nil)
	add(Pairwise, Pairwise, nil)
	add(fmt.Sprintf("%s, strength %d", Covering, DefaultStrength), Covering, nil)
	add(PlackettBurman, PlackettBurman, nil)
	for r := MinResolution; r <= MaxResolution; r++ {
		add(fmt.Sprintf("%s, resolution %s", Fractional, Roman(r)), Fractional, func(d *Design) { d.Resolution = r })
	}
	return all
}

// Roman writes a resolution as the tables of fractions do.
func Roman(resolution int) string {
	if resolution < 4 {
		return strings.Repeat("I", resolution)
	}
	return []string{"IV", "V", "VI", "VII"}[resolution-4]
}
