package apply

import (
	"context"
	"fmt"

	"vnettune/foreign"
	"vnettune/matrix"
	"vnettune/results/record"
)

// Survey reads what a guest has of settings, each of them for itself: what it does not tell of one keeps no other
// back, and what could not be put back is read all the same. It only reads. The facts must have what the driver of
// the adapter under test declares (Declare) where a setting is a property of it. The error is a guest that could
// not be asked.
func (g *Guest) Survey(ctx context.Context, f record.Guest, settings []matrix.Planned) (record.Survey, error) {
	s := record.Survey{Guest: f, Settings: []record.Surveyed{}, Unread: []record.Unread{}}
	w, err := WindowsOf(f)
	if err != nil {
		return s, err
	}
	if s.Adapter, err = g.AdapterUnderTest(f); err != nil {
		return s, err
	}
	d, err := g.speak(ctx)
	if err != nil {
		return s, err
	}
	unread := func(id string, why error) {
		s.Unread = append(s.Unread, record.Unread{ID: id, Why: foreign.Line(why.Error())})
	}
	var in templates
	var untold error // why no TCP template is known
	if usesTCP(settings) && d.Drives(matrix.NetshGlobal) == nil {
		if in, untold = g.templates(ctx, f); Lost(untold) || ctx.Err() != nil {
			return s, fmt.Errorf("survey: %w", untold)
		}
		if in.instead != "" { // what cannot be changed can be read
			in.read, in.written, in.instead = in.instead, nil, ""
		}
	}
	var found []record.Original
	for _, one := range settings {
		err := d.Drives(one.Form.Kind)
		if err == nil && untold != nil && one.Form.Kind == matrix.NetshTemplate {
			err = untold
		}
		var places []record.Place
		if err == nil {
			places, err = in.locate(one, s.Adapter)
		}
		if err != nil {
			unread(one.Setting.ID, err)
			continue
		}
		for _, p := range places {
			found = append(found, record.Original{Place: p, Default: defaultOf(w, one, s.Adapter, p)})
		}
	}
	if len(found) == 0 {
		return s, nil
	}
	got, _, err := g.read(ctx, placesOf(record.Originals{Settings: found}))
	if err != nil {
		return s, fmt.Errorf("survey: %w", err)
	}
	states := map[string]record.State{}
	var targets []Target
	next := 0
	for _, one := range found {
		if one.State, err = got.state(one.Place, &next); err != nil {
			unread(one.Place.ID, err)
			continue
		}
		states[one.Place.Key()] = one.State
		targets = append(targets, Target{Place: one.Place, Asked: matrix.Found, Want: one.State})
		s.Settings = append(s.Settings, record.Surveyed{Original: one})
	}
	does, _, err := g.told(ctx, targets)
	if err != nil {
		return s, fmt.Errorf("survey: %w", err)
	}
	all := seen{got, does, states}
	for i, t := range targets {
		s.Settings[i].InEffect, s.Settings[i].Reason = all.inEffect(t, targets, states)
	}
	return s, nil
}
