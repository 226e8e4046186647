package stored

import (
	"fmt"

	"vnettune/report/rank"
	"vnettune/report/rank/gate"
	"vnettune/trouble"
)

// looks is how often the campaign may be judged while blocks are added to it, as its file fixed it; 1 of a file of samples.
func (c *Campaign) looks() int {
	if c.File == nil {
		return 1
	}
	return max(1, c.File.Looks)
}

// Grown is how often blocks were added to the campaign, and how many of these times its file had not foreseen.
func (c *Campaign) Grown() (times, unforeseen int) {
	if c.Kept == nil {
		return 0, 0
	}
	times = c.Kept.Campaign.Grown
	return times, max(0, times-c.looks()+1)
}

// wholeAlpha is the error rate of all looks together, of options that have one look's.
func (c *Campaign) wholeAlpha(o rank.Options) float64 { return o.Alpha * float64(c.looks()) }

// ownLooks puts the looks of a campaign that grows into what is asked: its file fixed how many there are, and its growths
// number them.
func (c *Campaign) ownLooks(a *Asked) error {
	grown, _ := c.Grown()
	if c.looks() == 1 && grown == 0 {
		if err := a.Looks.Check(); err != nil {
			return trouble.Invalid(fmt.Errorf("--looks, --look: %w", err))
		}
		return nil
	}
	if a.Looks != (gate.Looks{}) && a.Looks != (gate.Looks{Planned: 1, This: 1}) {
		return trouble.Invalid(trouble.Hint(trouble.At(c.Path, fmt.Errorf("--looks, --look: the campaign fixes them itself: looks: %d, and this is look %d", c.looks(), grown+1)), "leave the flags out"))
	}
	a.Looks = gate.Looks{Planned: c.looks(), This: min(grown+1, c.looks())}
	return nil
}

// overGrown makes a gate inconclusive that is asked more often than the campaign's file had foreseen.
func (c *Campaign) overGrown(g *Gated) {
	if _, unforeseen := c.Grown(); unforeseen == 0 {
		return
	}
	g.Verdict = gate.Inconclusive
	for i := range g.Results {
		g.Results[i].Verdict, g.Results[i].Reason = gate.Inconclusive, gate.ReasonGrown
	}
}

// unmade says how much of a store's plan is still to come.
func (c *Campaign) unmade(g *Gated) {
	if !c.IsStore() {
		return
	}
	if p := c.Progress(); !p.Done {
		g.Unmade = p.Planned - p.Made
	}
}
