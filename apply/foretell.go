package apply

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"vnettune/matrix"
	"vnettune/results/record"
	"vnettune/trouble"
)

// Foretold is a setting that the guest was found with and that is not in effect, as the guest itself says
// before the first boot of a campaign: every boot that leaves it alone would be set aside.
type Foretold struct {
	ID      string
	Reading record.Reading // what was found, and the number that says that it is not in effect
	Arms    []string       // names of the arms that have the found value, in the plan's order; never none

	// Baseline says that the baseline is among them and leaves all else as it was found, too: nothing
	// of it brings the setting into effect, and no other arm has anything that it could be compared with.
	Baseline bool
}

// Foretell says which settings of a plan the guest was found with although they are not in effect, and
// which arms would therefore be set aside. The originals are those that the guest has now. It only reads.
// What a guest does not answer foretells nothing.
func (g *Guest) Foretell(ctx context.Context, o record.Originals, p matrix.Plan) ([]Foretold, error) {
	targets := found(o)
	if len(targets) == 0 {
		return nil, nil
	}
	s, _, err := g.look(ctx, targets)
	if err != nil {
		return nil, fmt.Errorf("is what the guest was found with in effect: %w", err)
	}
	was := o.States()
	var all []Foretold
	for _, r := range s.readings(targets) {
		if r.InEffect != record.No {
			continue
		}
		f := Foretold{ID: r.ID, Reading: r}
		for i, arm := range p.Arms {
			wanted, err := Targets(o, arm.Combination)
			if err != nil || !s.setsAside(r.ID, wanted, was) {
				continue
			}
			f.Arms = append(f.Arms, arm.Name)
			f.Baseline = f.Baseline || i == 0 && !slices.ContainsFunc(wanted, func(t Target) bool { return !keeps(t, was) })
		}
		if len(f.Arms) > 0 {
			all = append(all, f)
		}
	}
	return all, nil
}

// keeps says whether a target is what the guest was found with.
func keeps(t Target, was map[string]record.State) bool {
	return !t.Open && same(t.Want, was[t.Place.Key()])
}

// setsAside says whether the setting, as it was found, is what the targets of an arm have, and is not in effect beside
// its others: one of those may keep its number down, which proves nothing then.
func (s seen) setsAside(id string, wanted []Target, was map[string]record.State) bool {
	states := map[string]record.State{}
	for _, t := range wanted {
		states[t.Place.Key()] = t.Want
	}
	no := false
	for _, t := range wanted {
		if t.Place.ID != id {
			continue
		}
		if !keeps(t, was) {
			return false
		}
		in, _ := s.inEffect(t, wanted, states)
		no = no || in == record.No
	}
	return no
}

// mostNamed is how many arms a message names.
const mostNamed = 6

// String says what was found, by which number it is not in effect, and what comes of it.
func (f Foretold) String() string {
	arms := f.Arms
	more := ""
	if len(arms) > mostNamed {
		arms, more = arms[:mostNamed], fmt.Sprintf(" and %d more", len(arms)-mostNamed)
	}
	said := fmt.Sprintf("the guest was found with %s: every boot of the arms that leave it so would be set aside as not_in_effect: %s%s", f.Reading, strings.Join(arms, ", "), more)
	if f.Baseline {
		said += "; without the baseline nothing can be compared"
	}
	return said
}

// Advice is what to do about it.
func (f Foretold) Advice() string {
	return fmt.Sprintf("mend what the reason names, mostly the host; or leave %s out of the campaign; or give the baseline a value that works (baseline: {%s: VALUE}). "+
		"Where it was set since the guest's last boot, reboot the guest and look again", f.ID, f.ID)
}

// NotInEffect refuses a campaign whose baseline would be set aside; nil where none would.
func NotInEffect(all []Foretold) error {
	for _, f := range all {
		if f.Baseline {
			return trouble.Hint(fmt.Errorf("%s", f), "%s", f.Advice())
		}
	}
	return nil
}
