package record

import (
	"fmt"
	"strings"
)

// SettleDecision is what a campaign decided at a look: the arms whose verdict is settled, which are booted no
// more.
type SettleDecision struct {
	Look   int `json:"look"` // from 1
	Of     int `json:"of"`   // looks, as declared; at the last nothing is decided any more
	Blocks int `json:"blocks"`
	// Settled are those that were not before.
	Settled []SettledArm `json:"settled,omitempty"`
}

// SettledArm is an arm whose verdict is settled, with what says so of each primary metric of each workload.
type SettledArm struct {
	Arm      string           `json:"arm"`
	Verdicts []SettledVerdict `json:"verdicts"`
}

// SettledVerdict is the verdict about one metric, with the interval that it rests on. Level is that of the family at
// the look.
type SettledVerdict struct {
	Workload   string `json:"workload"`
	Metric     string `json:"metric"`
	Verdict    string `json:"verdict"`
	Difference Number `json:"difference"`
	Lower      Number `json:"lower"`
	Upper      Number `json:"upper"`
	Unit       string `json:"unit"`
	Level      Number `json:"level"`
}

// String is the decision in a line.
func (d SettleDecision) String() string {
	at := fmt.Sprintf("look %d of %d, after block %d: ", d.Look, d.Of, d.Blocks)
	if len(d.Settled) == 0 {
		return at + "no further arm is settled"
	}
	var all []string
	for _, s := range d.Settled {
		var words []string
		for _, v := range s.Verdicts {
			words = append(words, v.Verdict+" in "+v.Metric+" of "+v.Workload)
		}
		all = append(all, fmt.Sprintf("%s (%s)", s.Arm, strings.Join(words, ", ")))
	}
	return at + "settled, and booted no more: " + strings.Join(all, "; ")
}
