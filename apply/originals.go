package apply

import (
	"context"
	"fmt"
	"slices"

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

// Originals reads what the guest has for every setting under test.
func (g *Guest) Originals(ctx context.Context, f record.Guest, settings []matrix.Planned) (record.Originals, error) {
	gen, err := GenerationOf(f)
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
	o := record.Originals{Generation: string(gen), Adapter: adapter}
	for _, s := range settings {
		if err := d.drives(s.Form.Kind); err != nil {
			return record.Originals{}, fmt.Errorf("originals: %s: %w", s.Setting.ID, err)
		}
	}
	if usesTCP(settings) {
		// The template in use is a fact of the guest's connections, this one among them.
		answer, _, err := g.read(ctx, nil)
		if err != nil {
			return record.Originals{}, fmt.Errorf("originals: %w", err)
		}
		if o.Template, err = answer.template(); err != nil {
			return record.Originals{}, fmt.Errorf("originals: %w", err)
		}
	}
	for _, s := range settings {
		p, err := locate(s, adapter, o.Template)
		if err != nil {
			return record.Originals{}, fmt.Errorf("originals: %w", err)
		}
		o.Settings = append(o.Settings, record.Original{Place: p})
	}
	places := slices.Concat(placesOf(o), driverDefaults(placesOf(o)))
	answer, _, err := g.read(ctx, places)
	if err != nil {
		return record.Originals{}, fmt.Errorf("originals: %w", err)
	}
	states, err := answer.states(places)
	if err != nil {
		return record.Originals{}, fmt.Errorf("originals: %w", err)
	}
	for i := range o.Settings {
		s := &o.Settings[i]
		s.State = states[s.Place.ID]
		if err := d.check(Target{Place: s.Place, Want: s.State}.step()); err != nil {
			return record.Originals{}, fmt.Errorf("originals: %s: what the guest has could not be put back: %w", s.Place.ID, err)
		}
		if d, ok := states[s.Place.ID+defaultSuffix]; ok && d.Exists {
			s.Default = &d
		}
	}
	return o, nil
}

func usesTCP(settings []matrix.Planned) bool {
	return slices.ContainsFunc(settings, func(s matrix.Planned) bool {
		switch s.Form.Kind {
		case matrix.NetshGlobal, matrix.NetshHeuristics, matrix.NetshTemplate:
			return true
		}
		return false
	})
}

// defaultSuffix marks the place of a property's default.
const defaultSuffix = "/default"

// driverDefaults are the places of the defaults in the driver's INF (CATALOGUE 0.5).
func driverDefaults(places []record.Place) []record.Place {
	var defaults []record.Place
	for _, p := range places {
		if kindOf(p) == matrix.AdapterKeyword {
			defaults = append(defaults, record.Place{ID: p.ID + defaultSuffix, Kind: p.Kind, Path: p.Path + `\Ndi\params\` + p.Name, Name: "default"})
		}
	}
	return defaults
}
