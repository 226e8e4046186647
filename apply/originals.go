package apply

import (
	"context"
	"fmt"
	"slices"

	"vnettune/matrix"
)

// Originals is what a guest had before the first write, with the place of each
// setting: enough to put the guest back without the campaign.
type Originals struct {
	Generation matrix.Generation `json:"generation"`
	Adapter    Adapter           `json:"adapter"`
	Template   string            `json:"template"` // TCP template in use, "" where none was asked for
	Settings   []Original        `json:"settings"` // in order of id
}

// Original is one setting as it was found.
type Original struct {
	Place   Place  `json:"place"`
	State   State  `json:"state"`
	Default *State `json:"default,omitempty"` // the driver's own default, for adapter properties
}

// places lists where the settings live.
func (o Originals) places() []Place {
	places := make([]Place, len(o.Settings))
	for i, s := range o.Settings {
		places[i] = s.Place
	}
	return places
}

// Originals reads what the guest has for every setting under test.
func (g *Guest) Originals(ctx context.Context, f Facts, settings []matrix.Planned) (Originals, error) {
	gen, err := f.Generation()
	if err != nil {
		return Originals{}, err
	}
	adapter, err := g.AdapterUnderTest(f)
	if err != nil {
		return Originals{}, err
	}
	d, err := g.speak(ctx)
	if err != nil {
		return Originals{}, err
	}
	o := Originals{Generation: gen, Adapter: adapter}
	for _, s := range settings {
		if err := d.drives(s.Form.Kind); err != nil {
			return Originals{}, fmt.Errorf("originals: %s: %w", s.Setting.ID, err)
		}
	}
	if usesTCP(settings) {
		// The template in use is a fact of the guest's connections, this one among them.
		answer, _, err := g.read(ctx, nil)
		if err != nil {
			return Originals{}, fmt.Errorf("originals: %w", err)
		}
		if o.Template, err = answer.template(); err != nil {
			return Originals{}, fmt.Errorf("originals: %w", err)
		}
	}
	for _, s := range settings {
		p, err := locate(s, adapter, o.Template)
		if err != nil {
			return Originals{}, fmt.Errorf("originals: %w", err)
		}
		o.Settings = append(o.Settings, Original{Place: p})
	}
	places := slices.Concat(o.places(), driverDefaults(o.places()))
	answer, _, err := g.read(ctx, places)
	if err != nil {
		return Originals{}, fmt.Errorf("originals: %w", err)
	}
	states, err := answer.states(places)
	if err != nil {
		return Originals{}, fmt.Errorf("originals: %w", err)
	}
	for i := range o.Settings {
		s := &o.Settings[i]
		s.State = states[s.Place.ID]
		if err := d.check(Target{Place: s.Place, Want: s.State}.step()); err != nil {
			return Originals{}, fmt.Errorf("originals: %s: what the guest has could not be put back: %w", s.Place.ID, err)
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
func driverDefaults(places []Place) []Place {
	var defaults []Place
	for _, p := range places {
		if p.Kind == matrix.AdapterKeyword {
			defaults = append(defaults, Place{ID: p.ID + defaultSuffix, Kind: p.Kind, Path: p.Path + `\Ndi\params\` + p.Name, Name: "default"})
		}
	}
	return defaults
}

// Same says whether the guest is still as it was found; the error names what differs.
func (o Originals) Same(now Originals) error {
	was := map[string]State{}
	for _, s := range o.Settings {
		was[s.Place.ID] = s.State
	}
	for _, s := range now.Settings {
		if before, ok := was[s.Place.ID]; !ok || before != s.State {
			return fmt.Errorf("the guest is not as the campaign found it: %s was %s and is %s; put it back or begin a new store", s.Place.ID, before, s.State)
		}
	}
	if o.Adapter.GUID != now.Adapter.GUID {
		return fmt.Errorf("the guest's adapter under test is another one: %s was %s; begin a new store", now.Adapter.GUID, o.Adapter.GUID)
	}
	return nil
}
