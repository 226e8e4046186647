package rank

import (
	"vnettune/report/rank/contrast"
	"vnettune/results/record"
)

// Effect is an arm's difference from its baseline on the scale of y, where those of two campaigns can
// be subtracted. What does not exist is NaN.
type Effect struct {
	Diff, SE, DF float64
	// Equal: both gave one and the same value in every boot; Diff and SE are 0.
	Equal bool
}

func effectOf(c contrast.Contrast) Effect { return Effect{c.Diff, c.SE, c.DF, c.Equal} }

// Effect is the arm's, by all boots.
func (a Arm) Effect() Effect {
	return Effect{a.y.diff, float64(a.SE), float64(a.DF), record.True(a.Equal)}
}
