package bench

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"vnettune/matrix"
	kn "vnettune/report/rank/search"
	"vnettune/results"
)

// Decision is what an adaptive search decided after a block, with its numbers, as
// the store keeps it. Numbers are on the scale of 100 ln.
type Decision struct {
	Blocks    int      `json:"blocks"` // the last block that it rests on
	Survivors []string `json:"survivors"`
	// Screen is the model that kept the survivors, nil where Kim and Nelson's
	// procedure did; Screened says that one chose the arms of the search before.
	Screen   *Screen `json:"screen,omitempty"`
	Screened bool    `json:"screened,omitempty"`
	// Arms are those alive before it.
	Arms []ArmState `json:"arms"`
	// PriorDF is null when the arms do not differ in noise.
	PriorDF       *float64 `json:"prior_df"`
	PriorVariance *float64 `json:"prior_variance"`
	PooledDF      int      `json:"pooled_df"`
	Nu            *float64 `json:"nu"`
	Eta           *float64 `json:"eta"`
	H2            *float64 `json:"h2"`
	MaxWidth      *float64 `json:"max_width"` // null: no end of it
	Eliminated    []Out    `json:"eliminated"`
	// Ended is why the search is over, "" when it goes on; Pick is then its choice,
	// Proven whether it is certainly within the margin of the best.
	Ended  string `json:"ended,omitempty"`
	Pick   string `json:"pick,omitempty"`
	Proven bool   `json:"proven,omitempty"`
	// MayBeBest names the arms that may be the best, where the budget ended the search.
	MayBeBest []string `json:"may_be_best,omitempty"`
}

// ArmState is one arm in a decision: its sum over the blocks less the leader's, and
// its variance, plain and moderated.
type ArmState struct {
	Name      string   `json:"name"`
	Behind    *float64 `json:"sum_minus_leader"`
	Variance  *float64 `json:"variance"`
	Moderated *float64 `json:"moderated"`
}

// Out is one arm's end: Behind is how far its sum is below that of By, which is
// more than Width.
type Out struct {
	Name   string   `json:"name"`
	By     string   `json:"by"`
	Behind *float64 `json:"behind"`
	Width  *float64 `json:"width"`
}

// newDecision takes over a stage; last says that it is the last that r has.
func newDecision(stage kn.Stage, r kn.Result, last bool) Decision {
	d := Decision{
		Blocks: stage.Blocks, PriorDF: finite(stage.PriorDF), PriorVariance: finite(stage.PriorVariance), PooledDF: stage.PooledDF,
		Nu: finite(stage.Nu), Eta: finite(stage.Eta), H2: finite(stage.H2), MaxWidth: finite(stage.MaxWidth), Eliminated: []Out{},
	}
	for i, name := range stage.Survivors {
		d.Arms = append(d.Arms, ArmState{name, finite(stage.SumMinusLeader[i]), finite(stage.Variances[i]), finite(stage.Moderated[i])})
	}
	d.Survivors = slices.Clone(stage.Survivors)
	for _, e := range stage.Eliminated {
		d.Eliminated = append(d.Eliminated, Out{e.Name, e.By, finite(e.Behind), finite(e.Width)})
		d.Survivors = slices.DeleteFunc(d.Survivors, func(name string) bool { return name == e.Name })
	}
	if last {
		d.Ended, d.Pick, d.Proven = string(r.Reason), r.Pick, r.Proven
	}
	return d
}

// finite is v, or nil when it is no number or has no end.
func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// agrees says whether a stored decision is this one. The last digits of numbers may
// differ between machines; what was decided may not.
func (d Decision) agrees(stored results.Decision) error {
	var was Decision
	if err := json.Unmarshal(stored.Data, &was); err != nil {
		return fmt.Errorf("search: the stored decision of block %d: %w", stored.Block, err)
	}
	if was.Blocks != d.Blocks || !slices.Equal(was.Survivors, d.Survivors) || was.Ended != d.Ended || was.Pick != d.Pick {
		return fmt.Errorf("search: after block %d the store decided otherwise (%s) than its boots do now (%s): were boots excluded since? give the campaign a new store",
			stored.Block, was, d)
	}
	return nil
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
			text += " of those that the screen kept; " + matrix.ScreenCaveat
		}
	default:
		text += fmt.Sprintf("; the search ends (%s): %s is the best so far, not proven", d.Ended, d.Pick)
		if len(d.MayBeBest) > 0 {
			text += "; may be the best: " + joined(d.MayBeBest)
		}
		if d.Screened {
			text += "; " + matrix.ScreenCaveat
		}
	}
	return text
}

// joined lists names.
func joined(names []string) string { return strings.Join(names, ", ") }
