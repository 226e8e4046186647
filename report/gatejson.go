package report

import (
	"encoding/json"
	"fmt"
	"io"

	"vnettune/report/rank"
	"vnettune/report/rank/gate"
	"vnettune/report/stored"
	"vnettune/results/record"
)

// GateSchema names the JSON form of a gate; docs/schema/gate-v1.json describes it.
const GateSchema = "vnettune/gate/v1"

// jsonGate is a gate's outcome with where it comes from.
type jsonGate struct {
	Schema string `json:"schema"`
	stored.Gated
	Looks     jsonLooks    `json:"looks"`
	GuestKind record.Name  `json:"guest_kind"`
	Notice    record.Name  `json:"notice"`
	Results   []jsonResult `json:"metrics"`
}

// jsonLooks are the looks that share alpha, which of them this is, and its share.
type jsonLooks struct {
	Planned int           `json:"planned"`
	This    int           `json:"this"`
	Alpha   record.Number `json:"alpha"`
}

// jsonResult is the gate of one metric, in numbers and in words.
type jsonResult struct {
	gate.Result
	BootsNew   int `json:"boots_new"`
	BootsBase  int `json:"boots_base"`
	FailedNew  int `json:"boots_failed_new"`
	FailedBase int `json:"boots_failed_base"`
	AsideNew   int `json:"boots_set_aside_new"`
	AsideBase  int `json:"boots_set_aside_base"`
	gate.Comparison
	DriftPercent record.Number  `json:"drift_percent"`
	DriftP       record.Number  `json:"drift_p"`
	Sentence     string         `json:"sentence"`
	Warnings     []rank.Warning `json:"warnings"`
}

// GateJSON writes the outcome for programs.
func GateJSON(w io.Writer, g stored.Gated) error {
	r := Report{GuestKind: g.GuestKind}
	d := jsonGate{
		Schema: GateSchema, Gated: g, Looks: jsonLooks{g.Looks.Count(), max(1, g.Looks.This), record.Number(g.Looks.Alpha(g.Alpha))},
		GuestKind: record.Name(r.guestKind()), Notice: record.Name(r.notice()), Results: []jsonResult{},
	}
	for _, m := range g.Results {
		d.Results = append(d.Results, jsonResult{
			m, m.New.OK, m.Base.OK, m.New.Failed, m.Base.Failed, m.New.NotInEffect + m.New.Excluded, m.Base.NotInEffect + m.Base.Excluded,
			m.Comparison, m.Drift.ChangePercent, m.Drift.P, gateSentence(m, g.Margin), warnings(m.Warnings),
		})
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	if err := enc.Encode(d); err != nil {
		return fmt.Errorf("gate: %w", err)
	}
	return nil
}
