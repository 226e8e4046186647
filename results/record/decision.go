package record

import (
	"fmt"
	"slices"
	"strings"
)

// ScreenCaveat is what a screen does not promise; whoever runs one is told.
const ScreenCaveat = "no guarantee: the screen sees single settings and pairs of them; where interactions of three or more settings are large, the best combination may be screened out"

// Decision is what an adaptive search decided after a block, with its numbers, which
// are on the scale of 100 ln.
type Decision struct {
	Blocks    int      `json:"blocks"` // the last block that it rests on
	Survivors []string `json:"survivors"`
	// Screen is the model that kept the survivors, nil where Kim and Nelson's
	// procedure did; Screened says that one chose the arms of the search before.
	Screen   *Screen `json:"screen,omitempty"`
	Screened bool    `json:"screened,omitempty"`
	// Arms are those alive before it.
	Arms []ArmState `json:"arms"`
	// PriorDF is infinite, and null, when the arms do not differ in noise.
	PriorDF       Number `json:"prior_df"`
	PriorVariance Number `json:"prior_variance"`
	PooledDF      int    `json:"pooled_df"`
	Nu            Number `json:"nu"`
	Eta           Number `json:"eta"`
	H2            Number `json:"h2"`
	MaxWidth      Number `json:"max_width"` // null: no end of it
	Eliminated    []Out  `json:"eliminated"`
	// Ended is why the search is over, "" when it goes on; Pick is then its choice,
	// Proven whether it is certainly within the margin of the best.
	Ended  string `json:"ended,omitempty"`
	Pick   string `json:"pick,omitempty"`
	Proven bool   `json:"proven,omitempty"`
	// MayBeBest names the arms that may be the best, where the budget ended the search.
	MayBeBest []string `json:"may_be_best,omitempty"`
}

// ArmState is one arm in a decision: its sum over the blocks less the leader's, and
// its variance, plain and moderated; null behind a screen, which has none of them.
type ArmState struct {
	Name      string `json:"name"`
	Behind    Number `json:"sum_minus_leader"`
	Variance  Number `json:"variance"`
	Moderated Number `json:"moderated"`
}

// Out is one arm's end: Behind is how far its sum is below that of By, which is
// more than Width.
type Out struct {
	Name   string `json:"name"`
	By     string `json:"by"`
	Behind Number `json:"behind"`
	Width  Number `json:"width"`
}

// Screen is the model of a screen, with its numbers on the scale of 100 ln.
type Screen struct {
	Parameters int    `json:"parameters"`
	DF         int    `json:"df"`
	Variance   Number `json:"residual_variance"`
	// Arms, best first, with the model's mean and that of their boots, less the
	// model's of the best.
	Arms []ScreenedArm `json:"arms"`
}

// ScreenedArm is one arm of a screen.
type ScreenedArm struct {
	Name   string `json:"name"`
	Fitted Number `json:"fitted_minus_leader"`
	Seen   Number `json:"seen_minus_leader"`
}

// String is the decision in a line.
func (d Decision) String() string {
	if d.Screen != nil {
		return d.Screen.words(d.Survivors)
	}
	var gone []string
	for _, o := range d.Eliminated {
		gone = append(gone, o.Name)
	}
	text := fmt.Sprintf("after block %d %d of %d arms are left", d.Blocks, len(d.Survivors), len(d.Arms))
	if len(gone) > 0 {
		text += ", eliminated: " + joined(gone)
	}
	switch {
	case d.Ended == "":
	case d.Proven:
		text += fmt.Sprintf("; the search ends (%s) and picks %s, which is within the margin of the best", d.Ended, d.Pick)
		if d.Screened {
			text += " of those that the screen kept; " + ScreenCaveat
		}
	default:
		text += fmt.Sprintf("; the search ends (%s): %s is the best so far, not proven", d.Ended, d.Pick)
		if len(d.MayBeBest) > 0 {
			text += "; may be the best: " + joined(d.MayBeBest)
		}
		if d.Screened {
			text += "; " + ScreenCaveat
		}
	}
	return text
}

// words is the screen's decision in a line.
func (s Screen) words(kept []string) string {
	var best []string
	for _, a := range s.Arms {
		if slices.Contains(kept, a.Name) {
			best = append(best, a.Name)
		}
	}
	return fmt.Sprintf("the screen keeps %d of %d arms, best first by its model: %s; %s", len(kept), len(s.Arms), joined(best), ScreenCaveat)
}

// joined lists names.
func joined(names []string) string { return strings.Join(names, ", ") }
