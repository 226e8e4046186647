package apply

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"vnettune/foreign"
	"vnettune/matrix"
	"vnettune/results/record"
)

// Campaign is what of a campaign tells its own changes of a guest from those of others.
type Campaign struct {
	arms   []matrix.Combination // every one that it may set
	others func(what string)    // hears what somebody else changed and a restore meets
	told   map[string]bool      // what it has heard: a restore may take several attempts
	kept   []string             // ids of the settings that were left as somebody else set them
}

// Kept are the ids of the settings that were not put back, since the campaign never sets
// them and somebody else did.
func (c *Campaign) Kept() []string { return c.kept }

// CampaignOf is what a plan sets. others hears, each thing once, what somebody else changed
// and a restore meets.
func CampaignOf(p matrix.Plan, others func(what string)) *Campaign {
	c := &Campaign{others: others, told: map[string]bool{}}
	for _, a := range p.Arms {
		c.arms = append(c.arms, a.Combination)
	}
	return c
}

func (c *Campaign) tell(format string, a ...any) {
	if what := fmt.Sprintf(format, a...); !c.told[what] {
		c.told[what] = true
		c.others(what)
	}
}

// same says whether two states of a place are one.
func same(a, b record.State) bool {
	return a.Exists == b.Exists && strings.EqualFold(plain(a), plain(b)) && (a.Kind == b.Kind || !a.Exists)
}

// plain is what a state holds, a congestion provider by one word where Windows has two: netsh
// takes none, and NewReno is printed (docs/facts/windows-answers.md D3).
func plain(s record.State) string {
	if s.Kind == word && strings.EqualFold(s.Data, "newreno") {
		return "none"
	}
	return s.Data
}

// asked are the targets that the campaign's arms have beside the originals, by the id of
// their setting. One that is missing is never set.
func (c *Campaign) asked(o record.Originals) map[string][]Target {
	was := o.States()
	all := map[string][]Target{}
	for _, arm := range c.arms {
		targets, err := Targets(o, arm)
		if err != nil {
			continue // no boot of it can be made
		}
		for _, t := range targets {
			if t.Open || !same(t.Want, was[t.Place.Key()]) {
				all[t.Place.ID] = append(all[t.Place.ID], t)
			}
		}
	}
	return all
}

// Sets are those of the targets whose settings the campaign ever sets. What somebody else
// made of the others is not written over: it shows when they are read back.
func (c *Campaign) Sets(o record.Originals, targets []Target) []Target {
	asked := c.asked(o)
	return slices.DeleteFunc(slices.Clone(targets), func(t Target) bool { return asked[t.Place.ID] == nil })
}

// ours are the originals of the settings that the campaign sets: all of them where it is
// not known. What it never sets is nobody's to put back.
func (g *Guest) ours(o record.Originals) record.Originals {
	if g.Campaign == nil {
		return o
	}
	asked := g.Campaign.asked(o)
	o.Settings = slices.DeleteFunc(slices.Clone(o.Settings), func(s record.Original) bool { return asked[s.Place.ID] == nil })
	return o
}

// tellOthers tells what neither the campaign nor the guest's originals have, before the
// originals are put back over it. A guest that does not say so is restored all the same,
// unless another machine answers.
func (g *Guest) tellOthers(ctx context.Context, o record.Originals) error {
	if g.Campaign == nil {
		return nil
	}
	places := placesOf(o)
	got, _, err := g.read(ctx, places)
	if isOther(err) {
		return err
	}
	now := map[string]record.State{}
	if err == nil {
		now, err = got.states(places)
	}
	if err != nil {
		return nil
	}
	asked := g.Campaign.asked(o)
	for _, s := range o.Settings {
		id, is := s.Place.ID, now[s.Place.Key()]
		set := asked[id]
		switch {
		case same(is, s.State) || slices.ContainsFunc(set, func(t Target) bool { return t.Open || same(is, t.Want) }):
		case set == nil:
			if !slices.Contains(g.Campaign.kept, id) {
				g.Campaign.kept = append(g.Campaign.kept, id)
			}
			g.Campaign.tell("somebody else changed %s from %s to %s; the campaign never sets it, and it is kept", id, shown(s.State), shown(is))
		default:
			g.Campaign.tell("somebody else changed %s to %s; it gets its original back, %s", id, shown(is), shown(s.State))
		}
	}
	return nil
}

// shown is a state in the words of the guest, which are shown and not obeyed.
func shown(s record.State) string { return foreign.Line(s.String()) }
