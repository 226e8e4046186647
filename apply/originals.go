package apply

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"vnettune/matrix"
	"vnettune/results/record"
)

// places lists where the settings live.
func placesOf(o record.Originals) []record.Place {
	places := make([]record.Place, len(o.Settings))
	for i, s := range o.Settings {
		places[i] = s.Place
	}
	return places
}

// Originals reads what the guest has for every setting under test. The facts must have what
// the adapter's driver declares (Declare) where a setting is a property of it.
func (g *Guest) Originals(ctx context.Context, f record.Guest, settings []matrix.Planned) (record.Originals, error) {
	w, err := WindowsOf(f)
	if err != nil {
		return record.Originals{}, err
	}
	adapter, err := g.AdapterUnderTest(f)
	if err != nil {
		return record.Originals{}, err
	}
	d, err := g.speak(ctx)
	if err != nil {
		return record.Originals{}, err
	}
	o := record.Originals{Generation: string(w.Generation), Adapter: adapter}
	for _, s := range settings {
		if err := d.Drives(s.Form.Kind); err != nil {
			return record.Originals{}, fmt.Errorf("originals: %s: %w", s.Setting.ID, err)
		}
	}
	var written templates
	if usesTCP(settings) {
		if written, err = g.templates(ctx, f); err != nil {
			return record.Originals{}, fmt.Errorf("originals: %w", err)
		}
		o.Template = written.read
	}
	for _, s := range settings {
		places, err := written.locate(s, adapter)
		if err != nil {
			return record.Originals{}, fmt.Errorf("originals: %w", err)
		}
		for _, p := range places {
			o.Settings = append(o.Settings, record.Original{Place: p, Default: defaultOf(w, s, adapter, p)})
		}
	}
	places := placesOf(o)
	got, _, err := g.read(ctx, places)
	if err != nil {
		return record.Originals{}, fmt.Errorf("originals: %w", err)
	}
	states, err := got.states(places)
	if err != nil {
		return record.Originals{}, fmt.Errorf("originals: %w", err)
	}
	for i := range o.Settings {
		s := &o.Settings[i]
		s.State = states[s.Place.Key()]
		if err := d.Check(Target{Place: s.Place, Want: s.State}.step()); err != nil {
			return record.Originals{}, fmt.Errorf("originals: %s: what the guest has could not be put back: %w", s.Place.ID, err)
		}
	}
	g.recall(func(h *history) { h.met = true })
	return o, nil
}

func usesTCP(settings []matrix.Planned) bool {
	return slices.ContainsFunc(settings, func(s matrix.Planned) bool {
		switch s.Form.Kind {
		case matrix.NetshGlobal, matrix.NetshHeuristics, matrix.NetshTemplate, matrix.NetshDynamicPort:
			return true
		}
		return false
	})
}

// defaultOf is what the word default stands for where it is a value: what the driver declares for a
// property, what the campaign says of a value in the registry of its own, and what the catalogue
// says of this Windows; nil where nobody says one, and where it is no value in the registry.
func defaultOf(w matrix.Windows, s matrix.Planned, a record.Adapter, p record.Place) *record.State {
	if own := s.Form.Default; own != "" && own != matrix.Absent {
		state := valueState(p, own)
		return &state
	}
	if kindOf(p) != matrix.AdapterKeyword {
		if v, ok := s.Setting.DefaultValue(w); ok && v != matrix.Absent {
			return &record.State{Exists: true, Kind: word, Data: string(v)}
		}
		return nil
	}
	if k, err := a.Driver.Find(p.Name); err == nil && k.Default != nil {
		return &record.State{Exists: true, Kind: p.Type, Data: *k.Default}
	}
	return nil
}

// inRegistry says whether the place is a value in the registry.
func inRegistry(p record.Place) bool {
	return kindOf(p).InRegistry()
}

// kindOf is the mechanism by which the place is written and read.
func kindOf(p record.Place) matrix.FormKind { return matrix.FormKind(p.Kind) }

// locate fills in where a setting lives on this guest.
func locate(s matrix.Planned, a record.Adapter, template string) (record.Place, error) {
	f := s.Form
	p := record.Place{ID: s.Setting.ID, Kind: string(f.Kind), Path: f.Path, Name: f.Name, Type: f.Type, CIM: f.CIM, Enum: f.Enum, Inert: s.Inert}
	for v, text := range f.Texts {
		if p.Texts == nil {
			p.Texts = map[string]string{}
		}
		p.Texts[string(v)] = text
	}
	switch f.Kind {
	case matrix.Registry:
		if !strings.HasPrefix(f.Path, `HKLM\`) {
			return record.Place{}, fmt.Errorf("%s: key %q is not under HKLM", s.Setting.ID, f.Path)
		}
	case matrix.AdapterKeyword:
		if a.ClassKey == "" {
			return record.Place{}, fmt.Errorf("%s: adapter %q has no class key in the registry", s.Setting.ID, a.Name)
		}
		if a.Driver == nil {
			return record.Place{}, fmt.Errorf("%s: %w", s.Setting.ID, undeclared(a))
		}
		if _, err := a.Driver.Find(f.Name); err != nil {
			return record.Place{}, fmt.Errorf("%s: adapter %q, driver version %s: %w", s.Setting.ID, a.Name, versionOf(a), err)
		}
		p.Path, p.Type = a.ClassKey, "String"
	case matrix.AdapterValue:
		if a.ClassKey == "" {
			return record.Place{}, fmt.Errorf("%s: adapter %q has no class key in the registry", s.Setting.ID, a.Name)
		}
		p.Path = a.ClassKey
	case matrix.InterfaceValue:
		if !interfaceKey.MatchString(interfacesKey + a.GUID) {
			return record.Place{}, fmt.Errorf("%s: adapter %q names no GUID of its interface", s.Setting.ID, a.Name)
		}
		p.Path = interfacesKey + a.GUID
	case matrix.NetshTemplate:
		if template == "" {
			return record.Place{}, fmt.Errorf("%s: the guest does not say which TCP template its connections use", s.Setting.ID)
		}
		if !slices.Contains(netshTemplates, template) {
			return record.Place{}, fmt.Errorf("%s: connections use the TCP template %q, which netsh cannot set by name", s.Setting.ID, template)
		}
		p.Template = template
	case matrix.NetshSubinterface:
		p.Interface = a.Index
	case matrix.NetshGlobal, matrix.NetshHeuristics, matrix.NetshDynamicPort:
		p.Template = template
	case matrix.NetshIPGlobal, matrix.NetshUDPGlobal, matrix.OffloadGlobal, matrix.PowerScheme:
	default:
		return record.Place{}, fmt.Errorf("%s: no way to write a setting of kind %q", s.Setting.ID, f.Kind)
	}
	return p, nil
}

// Lack is a setting that this guest does not have, and why.
type Lack struct {
	ID  string
	Err error
}

// Lacking names the settings that a guest cannot be given, all of them, where
// Originals stops at the first. It only reads, and needs the same facts.
func (g *Guest) Lacking(ctx context.Context, f record.Guest, settings []matrix.Planned) ([]Lack, error) {
	adapter, err := g.AdapterUnderTest(f)
	if err != nil {
		return nil, err
	}
	d, err := g.speak(ctx)
	if err != nil {
		return nil, err
	}
	var lacking []Lack
	var written templates
	if usesTCP(settings) && d.Drives(matrix.NetshGlobal) == nil {
		if written, err = g.templates(ctx, f); err != nil {
			return nil, err
		}
	}
	var places []record.Place
	for _, s := range settings {
		err := d.Drives(s.Form.Kind)
		var where []record.Place
		if err == nil {
			where, err = written.locate(s, adapter)
		}
		if err != nil {
			lacking = append(lacking, Lack{s.Setting.ID, err})
			continue
		}
		places = append(places, where...)
	}
	if len(places) == 0 {
		return lacking, nil
	}
	got, _, err := g.read(ctx, places)
	if err != nil {
		return nil, err
	}
	next := 0
	for _, p := range places { // a value that is not in the registry can be written
		if _, err := got.state(p, &next); err != nil {
			lacking = append(lacking, Lack{p.ID, err})
		}
	}
	return lacking, nil
}
