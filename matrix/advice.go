package matrix

import (
	"slices"
	"strings"
)

// Stance is how a line of a profile stands to a value.
type Stance string

// The stances.
const (
	Advises     Stance = "advises"
	Contradicts Stance = "contradicts"
	LeavesOpen  Stance = "leaves open" // published without a plain value: the reader or the guest chooses
)

// Advice is what a line of a profile says of the value that a setting has.
type Advice struct {
	Profile string       `json:"profile"`
	Title   string       `json:"title"`
	Source  string       `json:"source"`
	Line    string       `json:"line"`    // as published
	For     []Generation `json:"for"`     // whom the profile addresses
	Applies bool         `json:"applies"` // this Windows is among them
	Stance  Stance       `json:"stance"`
}

// AdviceOn is what profiles say of a value of s on a Windows, those for this Windows first, then
// those that are published for another.
func AdviceOn(profiles []Profile, s Setting, w Windows, value string) []Advice {
	all := []Advice{}
	for _, p := range profiles {
		for _, l := range p.Lines {
			if l.on(w.Generation) != s.ID {
				continue
			}
			a := Advice{p.ID, p.Title, p.Source, l.String(), p.AppliesTo, slices.Contains(p.AppliesTo, w.Generation), Contradicts}
			taken := l.taken(w.Generation)
			switch {
			case l.Choice != "":
				a.Stance = LeavesOpen
			case strings.EqualFold(taken, value), Value(taken) == Default && slices.Contains(s.StandsAt(w), Value(value)):
				a.Stance = Advises
			}
			all = append(all, a)
		}
	}
	slices.SortStableFunc(all, func(a, b Advice) int {
		switch {
		case a.Applies == b.Applies:
			return 0
		case a.Applies:
			return -1
		}
		return 1
	})
	return all
}
