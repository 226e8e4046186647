package export

import (
	"fmt"
	"slices"

	"vnettune/apply"
	"vnettune/apply/terms"
	"vnettune/matrix"
	"vnettune/results/record"
)

// Format is a kind of file.
type Format string

// The formats.
const (
	Reg Format = "reg" // for regedit and reg import
	Cmd Format = "cmd" // a command file
	PS1 Format = "ps1" // a script for PowerShell 3.0 and later
)

// Formats lists them.
var Formats = []Format{Reg, Cmd, PS1}

// Left is what is in no file, and why.
type Left struct{ What, Why string }

// line is one setting: what makes it so, and what undoes that.
type line struct {
	place    record.Place
	value    matrix.Value
	from     string // who says so
	takes    matrix.Taking
	inert    string
	do, undo terms.Step // undo is the zero Step where the file saves what it finds
}

// Set is what a pair of files is made of.
type Set struct {
	Format     Format
	Generation matrix.Generation
	Left       []Left

	name    string   // of what is exported, in a few safe letters
	about   []string // what it is and where it is from, a paragraph each
	undoes  string   // what the undo file does, in words
	adapter *record.Adapter
	lines   []line
}

// Lines is how many settings the files set.
func (s Set) Lines() int { return len(s.lines) }

// OfProfile is a profile for a generation, on a guest that nobody has asked. The undo of a script is
// what it finds; that of the other formats is the default of Windows.
func OfProfile(r matrix.Resolved, f Format) (Set, error) {
	p, g := r.Profile, r.Generation
	s := Set{Format: f, Generation: g, name: p.ID}
	s.about = []string{fmt.Sprintf("Profile %s: %s", p.ID, p.Title), "Published by: " + p.Source}
	if p.Note != "" {
		s.about = append(s.about, "Note: "+p.Note)
	}
	s.undoes = "The undo does not know what was there before: it goes to the defaults of Windows, for which values in the registry are deleted."
	if f == PS1 {
		s.undoes = "What was there before is saved when the script runs for the first time, and the undo script writes that."
	}
	for _, d := range r.Dropped {
		s.Left = append(s.Left, Left{d.Line, d.Reason})
	}
	for _, l := range r.Lines {
		made, err := unmetLine(l, matrix.On(g), f)
		if err != nil {
			s.Left = append(s.Left, Left{l.Published[0].String(), err.Error()})
			continue
		}
		made.from = "profile " + p.ID
		s.lines = append(s.lines, made)
	}
	return s, nil
}

// unmetLine is a line of a profile without a guest.
func unmetLine(l matrix.ResolvedLine, w matrix.Windows, f Format) (line, error) {
	o, err := apply.Unmet(w, l.Planned)
	if err != nil {
		return line{}, err
	}
	made := line{place: o.Place, value: l.Value, takes: l.Setting.TakesOn(w.Generation), inert: l.Inert}
	if made.do, err = stepTo(o, l.Value); err != nil {
		return line{}, err
	}
	if f == PS1 {
		return made, scripted(made)
	}
	if o.Place.Path == "" && matrix.FormKind(o.Place.Kind).InRegistry() {
		return line{}, fmt.Errorf("%s is under the adapter's own key, which differs from guest to guest: export a store, or say --format ps1, which finds the adapter", l.Setting.ID)
	}
	if made.undo, err = stepTo(o, matrix.Default); err != nil {
		return line{}, err
	}
	return made, written(f, made)
}

// stepTo is the step that gives a place a value.
func stepTo(o record.Original, v matrix.Value) (terms.Step, error) {
	targets, err := apply.Targets(record.Originals{Settings: []record.Original{o}}, matrix.NewCombination(map[string]matrix.Value{o.Place.ID: v}))
	if err != nil {
		return terms.Step{}, err
	}
	return apply.Steps(targets)[0], nil
}

// Guest is a guest as its store has it.
type Guest struct {
	Originals record.Originals
	Settings  []matrix.Planned
	Variant   matrix.Variant // that the combination has; the zero value without one
	Store     string         // how the store is named
}

// OfStore is a combination of a campaign for the guest that it was measured on: what it sets to another value
// than the guest was found with. who is the combination in words. The undo are the guest's originals.
func OfStore(g Guest, who string, c matrix.Combination, f Format) (Set, error) {
	o := g.Originals
	s := Set{Format: f, Generation: matrix.Generation(o.Generation), name: "store", adapter: &o.Adapter}
	s.about = []string{fmt.Sprintf("%s of the campaign in %s", who, g.Store)}
	s.undoes = "The undo writes what the campaign found in the guest before its first write."
	for _, found := range o.Settings {
		id := found.Place.ID
		if id == matrix.PlaceboID {
			continue
		}
		v, ok := c.Value(id)
		if !ok || v == matrix.Found {
			continue
		}
		made := line{place: found.Place, value: v, from: who, inert: found.Place.Inert}
		if i := slices.IndexFunc(g.Settings, func(p matrix.Planned) bool { return p.Setting.ID == id }); i >= 0 {
			made.takes = takesOf(g.Settings[i].Setting, s.Generation)
		}
		var err error
		if made.do, err = stepTo(found, v); err == nil {
			if made.undo, err = stepTo(found, matrix.Found); err == nil {
				err = written(f, made)
			}
		}
		if err != nil {
			s.Left = append(s.Left, Left{id + "=" + string(v), err.Error()})
			continue
		}
		s.lines = append(s.lines, made)
	}
	if v, ok := c.Value(matrix.VariantID); ok {
		s.Left = append(s.Left, Left{matrix.VariantID + "=" + string(v), "it is " + g.Variant.Is() + ", and no setting of its Windows"})
	}
	return s, nil
}

// takesOf is when a setting takes effect: a store from before plans had that goes by the catalogue.
func takesOf(planned matrix.Setting, g matrix.Generation) matrix.Taking {
	if known, ok := matrix.Catalogue().Lookup(planned.ID); ok && planned.TakesEffect == nil {
		return known.TakesOn(g)
	}
	return planned.TakesOn(g)
}

// written says whether a format can have both steps of a line.
func written(f Format, l line) error {
	for _, step := range []terms.Step{l.do, l.undo} {
		var err error
		switch f {
		case Reg:
			_, err = regValue(step)
		case Cmd:
			_, err = cmdLines(step)
		case PS1:
			err = scriptable(step)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", l.place.ID, err)
		}
	}
	return nil
}

// Files are the file and its undo.
func (s Set) Files() (do, undo []byte, err error) {
	switch s.Format {
	case Reg:
		if do, err = s.reg(false); err == nil {
			undo, err = s.reg(true)
		}
	case Cmd:
		if do, err = s.cmd(false); err == nil {
			undo, err = s.cmd(true)
		}
	case PS1:
		if do, err = s.script(false); err == nil {
			undo, err = s.script(true)
		}
	default:
		err = fmt.Errorf("no format %q", s.Format)
	}
	return do, undo, err
}
