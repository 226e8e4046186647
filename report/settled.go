package report

import (
	"fmt"
	"strings"

	"vnettune/report/rank"
	"vnettune/report/stored"
	"vnettune/results/sample"
)

// rankedUpTo is the number of ranked boots of an arm up to a block.
func rankedUpTo(c *stored.Campaign, arm string, block int) int {
	n := 0
	for _, b := range c.Kept.Boots {
		if b.Arm == arm && b.Block <= block && b.Status == sample.StatusOK {
			n++
		}
	}
	return n
}

// settledNotes say which arms settled at which look, what that saved and what a CSV file does not tell; the
// decisions of all looks are notes.
func settledNotes(c *stored.Campaign) (urgent, notes []string) {
	p := c.Plan()
	if len(p.Looks) == 0 {
		return nil, nil
	}
	var arms []string
	for _, d := range c.Kept.Settling {
		notes = append(notes, d.String())
		for _, s := range d.Settled {
			at := fmt.Sprintf("%s at look %d (block %d)", s.Arm, d.Look, d.Blocks)
			if n := min(rankedUpTo(c, s.Arm, d.Blocks), rankedUpTo(c, p.Baseline().Name, d.Blocks)); n < rank.CertifyingBoots {
				at = fmt.Sprintf("%s at look %d (block %d; provisional: by %s)", s.Arm, d.Look, d.Blocks, count(n, "boot"))
			}
			arms = append(arms, at)
		}
	}
	notes = append(notes, "rank of the CSV file knows nothing of looks: it ranks all boots at the whole alpha, and its verdicts are not those of this report")
	if len(arms) == 0 {
		return nil, notes
	}
	saved, settled := 0, c.Kept.Settled()
	for _, slot := range p.Slots {
		if p.AfterSettling(settled, slot) {
			saved++
		}
	}
	return []string{fmt.Sprintf("settled early, and booted no more: %s; each is judged by its boots up to there, at the level of that look. That saves %s of the %d planned",
		strings.Join(arms, ", "), count(saved, "boot"), len(p.Slots))}, notes
}
