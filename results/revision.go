package results

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"vnettune/matrix"
	"vnettune/trouble"
)

// Revision is what a campaign was run with from some time on: another text of its file, or more blocks.
type Revision struct {
	At    time.Time
	File  string // path of the campaign file as given, for messages
	Text  []byte
	Plan  matrix.Plan
	Grown bool // blocks were added
}

// Growth is what a campaign would go on with.
type Growth struct {
	Another bool // another text or plan than the store's last one
	Grown   bool // with more blocks
}

// Continues says whether the store's campaign can go on by the plan of c: the same boots in the same order, and perhaps
// further blocks behind them. Otherwise its error wraps ErrOtherCampaign and names what differs. Which changes of the
// text matter, whoever can read it says.
func (s *Store) Continues(c Campaign) (Growth, error) {
	old := s.campaign
	g := Growth{Another: string(old.Text) != string(c.Text)}
	differs := differences(old, c)
	if len(differs) == 0 && !slices.Equal(old.Plan.Slots, c.Plan.Slots) {
		why, err := s.growth(c.Plan)
		if err != nil {
			return g, err
		}
		if why != "" {
			differs = append(differs, why)
		}
		g.Another = true
		if g.Grown, err = s.begun(); err != nil { // nobody has read what has no boots
			return g, err
		}
	}
	if len(differs) == 0 {
		return g, nil
	}
	if !g.Another {
		differs = append(differs, "the campaign file is the same, so another version of vnettune made the difference")
	}
	return g, s.other(differs)
}

// Other is the error that a campaign is another than that of the store, in the named parts of its file; without its text
// no line of that is named.
func (s *Store) Other(parts string, c Campaign) error {
	if c.Text == nil {
		return s.other([]string{parts + " changed"})
	}
	return s.other([]string{parts + " changed: " + lineThatDiffers(string(s.campaign.Text), string(c.Text))})
}

// begun says whether the store has a boot.
func (s *Store) begun() (bool, error) {
	var n int
	err := s.db.QueryRow("SELECT count(*) FROM boot").Scan(&n)
	return n > 0, s.fail("count the boots", err)
}

// other is the error that the store is another campaign's.
func (s *Store) other(differs []string) error {
	return trouble.Hint(trouble.At(s.path, fmt.Errorf("%w: %s", ErrOtherCampaign, strings.Join(differs, "; "))),
		"give the changed campaign a store of its own with --store, or undo the change")
}

// growth says why a plan is not that of the store with blocks added; "" where it is.
func (s *Store) growth(to matrix.Plan) (string, error) {
	from := s.campaign.Plan
	last := from.LastDrawn()
	if to.LastDrawn() <= last {
		return fmt.Sprintf("blocks: stored %d, now %d: blocks can only be added", last, to.LastDrawn()), nil
	}
	kept := blocksTo(from.Slots, last)
	if drawn := blocksTo(to.Slots, last); !slices.Equal(kept, drawn) {
		return fmt.Sprintf("order of boots: stored %d boots in %d blocks, now %d in another order", len(kept), last, len(drawn)), nil
	}
	if len(from.Looks) > 0 {
		return "blocks: settle_arms has spread its looks over the blocks that were planned", nil
	}
	if from.Search == nil && from.Switch == nil {
		return "", nil
	}
	c, err := s.Read()
	if err != nil {
		return "", err
	}
	switch {
	case slices.ContainsFunc(c.Boots, func(b Boot) bool { return b.Block > last }):
		return "blocks: the boots that confirm the best have begun, which come behind the last block", nil
	case len(c.Switching) > 0:
		return "blocks: the looks at arms that are switched share alpha by the number of blocks that was planned, and the first is over", nil
	}
	return "", nil
}

// blocksTo are the slots of the first blocks.
func blocksTo(slots []matrix.Slot, last int) []matrix.Slot {
	at := slices.IndexFunc(slots, func(s matrix.Slot) bool { return s.Block > last })
	if at < 0 {
		return slots
	}
	return slots[:at]
}

// Revise has the campaign go on with another text or plan. What it was run with before stays in the store.
func (s *Store) Revise(c Campaign, grown bool, at time.Time) error {
	if err := c.Check(); err != nil {
		return s.fail("go on with another campaign file", err)
	}
	_, err := s.db.Exec("INSERT INTO revision (at, file, text, plan, grown) VALUES (?, ?, ?, ?, ?)", stamp(at), c.File, c.Text, textOf(c.Plan), grown)
	if err == nil {
		err = s.load()
	}
	return s.fail("go on with another campaign file", err)
}

// revisions are what the campaign was run with beside its first text, in their order.
func (s *Store) revisions() ([]Revision, error) {
	if have, err := version(s.db); err != nil || have < 5 {
		return nil, err
	}
	return query(s, "list the texts of the campaign", func(scan func(...any) error) (Revision, error) {
		var r Revision
		var at, plan string
		if err := scan(&at, &r.File, &r.Text, &plan, &r.Grown); err != nil {
			return r, err
		}
		lines(&r.File)
		var err error
		if r.Plan, err = ParsePlan(plan); err != nil {
			return r, damaged(fmt.Errorf("the plan: %w", err))
		}
		return r, parseTime(&r.At, at)
	}, "SELECT at, file, text, plan, grown FROM revision ORDER BY id")
}
