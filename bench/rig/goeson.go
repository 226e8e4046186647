package rig

import (
	"errors"
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
	on, other := s.Continues(asked)
	if !on.Another || other != nil && !errors.Is(other, results.ErrOtherCampaign) {
		return on, other
	}
	old, err := campaign.ParseStored(was.File, was.Text)
	switch {
	case other != nil && (err != nil || len(campaign.ChangedFiles(old, c))+len(campaign.ChangedPackages(old, c)) == 0):
		return on, other
	case err != nil:
		return on, trouble.Hint(trouble.At(s.Path(), err), "another vnettune made the store, and this one does not read its campaign: go on with that one, or begin a new store")
	}
	if changed := campaign.Changed(old, c); len(changed) > 0 {
		if len(changed) == len(campaign.ChangedPackages(old, c)) {
			asked.Text = nil // in which their hashes stand, and nothing that its author wrote
		}
		return on, s.Other(strings.Join(changed, ", "), asked)
	}
	return on, nil
}

// nameFiles is the error that a store is of another campaign, by the files of profiles and packages that have changed,
// where any has.
func nameFiles(path string, c campaign.Campaign, asked results.Campaign, other error) error {
	s, err := results.OpenReadOnly(path)
	if err != nil {
		return other
	}
	defer s.Close()
	if _, err := continues(s, c, asked); err != nil {
		return err
	}
	return other
}
