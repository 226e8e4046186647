package rig

import (
	"strings"
	"time"

	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/results"
	"vnettune/trouble"
)

// kept is a campaign as a store keeps it.
func kept(c campaign.Campaign, f Files, plan matrix.Plan) results.Campaign {
	return results.Campaign{Name: c.Name, File: f.Campaign, Text: f.Text, Generation: string(plan.Generation), Plan: plan, Seed: c.Seed, Created: time.Now()}
}

// continues says whether a store's campaign can go on as the one that is asked for, whose file is c: the same experiment,
// perhaps with more blocks.
func continues(s *results.Store, c campaign.Campaign, asked results.Campaign) (results.Growth, error) {
	was := s.Campaign()
	on, err := s.Continues(asked)
	if err != nil || !on.Another {
		return on, err
	}
	old, err := campaign.ParseStored(was.File, was.Text)
	if err != nil {
		return on, trouble.Hint(trouble.At(s.Path(), err), "another vnettune made the store, and this one does not read its campaign: go on with that one, or begin a new store")
	}
	if changed := campaign.Changed(old, c); len(changed) > 0 {
		return on, s.Other(strings.Join(changed, ", "), asked)
	}
	return on, nil
}
