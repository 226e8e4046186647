package apply

import (
	"vnettune/matrix"
	"vnettune/results/record"
)

// Change is what a combination makes of one place.
type Change struct {
	Key   string       // of the place: the setting's id, with the TCP template where each has a place of its own
	ID    string       // the setting's
	Asked matrix.Value // by the combination
	Was   record.State // as it was found
	Will  record.State // as it is to be
	None  bool         // it is so already
}

// Changes are what a combination makes of what was found, in the order of the originals.
func Changes(o record.Originals, c matrix.Combination) ([]Change, error) {
	targets, err := Targets(o, c)
	if err != nil {
		return nil, err
	}
	was := o.States()
	all := make([]Change, len(targets))
	for i, t := range targets {
		all[i] = Change{Key: t.Place.Key(), ID: t.Place.ID, Asked: t.Asked, Was: was[t.Place.Key()], Will: t.Want, None: keeps(t, was)}
	}
	return all, nil
}
