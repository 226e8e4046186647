package matrix

import (
	"fmt"
	"slices"
	"strings"
)

// Resolved is a profile in the form that one generation takes.
type Resolved struct {
	Profile    Profile
	Generation Generation
	Lines      []ResolvedLine // what is written, expected-inert lines included
	Dropped    []Dropped      // lines that this generation does not have
	NeedChoice []Line         // lines published without a plain value
	NoWay      []Dropped      // lines that this tool cannot set yet: a plan with them is refused
}

// ResolvedLine is a setting that the profile asks for.
type ResolvedLine struct {
	Planned
	Value     Value
	Published []Line // the lines it stems from: several that set one thing are one line here
}

// Resolve turns the lines of a profile into settings in the form that generation g takes. It fails
// when the profile does not address g, when a line is unknown to the catalogue or illegal on g, and
// when two lines set one thing to different values.
func Resolve(p Profile, g Generation) (Resolved, error) {
	if !slices.Contains(p.AppliesTo, g) {
		return Resolved{}, fmt.Errorf("profile %s is published for %s, not for %s; to try its values all the same, list them under set",
			p.ID, words(p.AppliesTo), g)
	}
	r := Resolved{Profile: p, Generation: g}
	for _, l := range p.Lines {
		if err := r.add(l); err != nil {
			return Resolved{}, fmt.Errorf("profile %s on %s: %w", p.ID, g, err)
		}
	}
	return r, nil
}

func (r *Resolved) add(l Line) error {
	s, ok := Catalogue().Lookup(l.Setting)
	if !ok {
		return fmt.Errorf("line %s: the catalogue has no such setting", l)
	}
	if other := s.Superseded[r.Generation]; other != "" {
		if s, ok = Catalogue().Lookup(other); !ok {
			return fmt.Errorf("line %s: superseded by %s, which the catalogue does not have", l, other)
		}
	}
	out := Dropped{Profile: r.Profile.ID, Line: l.String()}
	form, ok := s.Forms[r.Generation]
	switch st := s.Status[r.Generation]; {
	case st.Word == NotApplicable:
		out.Reason = fmt.Sprintf("does not exist on %s (%s)", r.Generation, st.Text)
		r.Dropped = append(r.Dropped, out)
		return nil
	case !ok:
		out.Reason = s.Usable(r.Generation).Error()
		r.NoWay = append(r.NoWay, out)
		return nil
	case l.Choice != "":
		r.NeedChoice = append(r.NeedChoice, Line{Setting: s.ID, Choice: l.Choice})
		return nil
	}
	v, err := s.Check(r.Generation, l.Value)
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
		Planned:   Planned{Setting: s, Form: form, Inert: s.inert(r.Generation)},
		Value:     v,
		Published: []Line{l},
	})
	return nil
}

// words lists generations for a message.
func words(gs []Generation) string {
	var all []string
	for _, g := range gs {
		all = append(all, string(g))
	}
	return strings.Join(all, ", ")
}
