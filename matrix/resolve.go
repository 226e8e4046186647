package matrix

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Resolved is a profile in the form that one generation takes.
type Resolved struct {
	Profile    Profile
	Generation Generation
	Lines      []ResolvedLine // what is written, expected-inert lines included
	Dropped    []Dropped      // lines that cannot be set here, and choices that nobody made
}

// ResolvedLine is a setting that the profile asks for.
type ResolvedLine struct {
	Planned
	Value     Value
	Published []Line // the lines it stems from: several that set one thing are one line here
}

// Resolve turns the lines of a profile into settings in the form that generation g takes. choices
// settle lines that were published without a plain value, by the setting's id. A line that cannot be
// set on g, or that lacks its choice, is dropped and listed. It fails when the profile does not
// address g, when a line is unknown to the set or illegal on g, and when two lines set one
// thing to different values.
func (c *SettingSet) Resolve(p Profile, g Generation, choices map[string]Value) (Resolved, error) {
	if !slices.Contains(p.AppliesTo, g) {
		return Resolved{}, fmt.Errorf("profile %s is published for %s, not for %s; to try its values all the same, list them under set",
			p.ID, words(p.AppliesTo), g)
	}
	r := Resolved{Profile: p, Generation: g}
	for _, l := range p.Lines {
		if err := r.add(c, l, choices); err != nil {
			return Resolved{}, fmt.Errorf("profile %s on %s: %w", p.ID, g, err)
		}
	}
	return r, nil
}

func (r *Resolved) add(c *SettingSet, l Line, choices map[string]Value) error {
	s, ok := c.Lookup(l.Setting)
	if !ok {
		return fmt.Errorf("line %s: the catalogue has no such setting", l)
	}
	if other := s.Superseded[r.Generation]; other != "" {
		if s, ok = c.Lookup(other); !ok {
			return fmt.Errorf("line %s: superseded by %s, which the catalogue does not have", l, other)
		}
	}
	var cannot *CannotError
	if errors.As(s.CanSet(On(r.Generation)), &cannot) {
		r.drop(l, cannot.Why, cannot.Text)
		return nil
	}
	v := l.Value
	if l.Choice != "" {
		if v, ok = choices[s.ID]; !ok {
			r.drop(l, Unchosen, l.toChoose(s.ID, "", l.Example))
			return nil
		}
	}
	v, err := s.Check(On(r.Generation), v)
	if err != nil {
		return fmt.Errorf("line %s: %w", l, err)
	}
	for i, have := range r.Lines {
		if have.Setting.ID != s.ID {
			continue
		}
		if have.Value != v {
			return fmt.Errorf("lines %s and %s set one thing to two values", have.Published[0], l)
		}
		r.Lines[i].Published = append(r.Lines[i].Published, l)
		return nil
	}
	r.Lines = append(r.Lines, ResolvedLine{
		Planned:   Planned{Setting: s, Form: s.Forms[r.Generation], Inert: s.inert(r.Generation)},
		Value:     v,
		Published: []Line{l},
	})
	return nil
}

// toChoose is why a line without the choice of setting id is dropped, with the words to copy. here says what its
// source computes v from on the guest; "" where that is not known.
func (l Line) toChoose(id, here string, v Value) string {
	return fmt.Sprintf("published as %q%s; to choose: choices: {%s: %s}", l.Choice, here, id, v)
}

// Computed is a dropped line with the words to copy for one guest: compute gives the value of a
// line's choice there, "" where it does not know it.
func (d Dropped) Computed(compute func(Line) Value) Dropped {
	p, ok := LookupProfile(d.Profile)
	if !ok || d.Why != Unchosen {
		return d
	}
	for _, l := range p.Lines {
		if l.String() != d.Line || l.Computed == "" {
			continue
		}
		if v := compute(l); v != "" {
			d.Reason = l.toChoose(l.Setting, fmt.Sprintf(", which is %s on this guest", v), v)
		}
	}
	return d
}

func (r *Resolved) drop(l Line, why Why, reason string) {
	r.Dropped = append(r.Dropped, Dropped{Profile: r.Profile.ID, Line: l.String(), Why: why, Reason: reason})
}

// words lists generations for a message.
func words(gs []Generation) string {
	var all []string
	for _, g := range gs {
		all = append(all, string(g))
	}
	return strings.Join(all, ", ")
}
