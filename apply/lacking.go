package apply

import (
	"context"

	"vnettune/matrix"
	"vnettune/results/record"
)

// Lack is a setting that this guest does not have, and why.
type Lack struct {
	ID  string
	Err error
}

// Lacking names the settings that a guest cannot be given, all of them, where
// Originals stops at the first. It only reads.
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
	template := ""
	if usesTCP(settings) && d.drives(matrix.NetshGlobal) == nil {
		answer, _, err := g.read(ctx, nil)
		if err != nil {
			return nil, err
		}
		if template, err = answer.template(); err != nil {
			return nil, err
		}
	}
	var places []record.Place
	for _, s := range settings {
		err := d.drives(s.Form.Kind)
		var p record.Place
		if err == nil {
			p, err = locate(s, adapter, template)
		}
		if err != nil {
			lacking = append(lacking, Lack{s.Setting.ID, err})
			continue
		}
		places = append(places, p)
	}
	answer, _, err := g.read(ctx, places)
	if err != nil {
		return nil, err
	}
	for _, p := range places {
		if inRegistry(p) {
			continue // one that is not there can be written
		}
		if _, err := answer.word(p); err != nil {
			lacking = append(lacking, Lack{p.ID, err})
		}
	}
	return lacking, nil
}
