package report

import (
	"encoding/json"
	"fmt"
	"io"

	"vnettune/report/stored"
)

// GateSchema names the JSON form of a gate; docs/schema/gate-v1.json describes it.
const GateSchema = "vnettune/gate/v1"

// jsonGate is the machine form; numbers that do not exist are null.
type jsonGate struct {
	Schema        string           `json:"schema"`
	Verdict       string           `json:"verdict"`
	Candidate     string           `json:"candidate"`
	Baseline      string           `json:"baseline"`
	MarginPercent float64          `json:"margin_percent"`
	Alpha         float64          `json:"alpha"`
	Looks         jsonLooks        `json:"looks"`
	GuestKind     *string          `json:"guest_kind"`
	Notice        *string          `json:"notice"`
	Metrics       []jsonGateMetric `json:"metrics"`
}

// jsonLooks are the looks that share alpha, which of them this is, and its share.
type jsonLooks struct {
	Planned int     `json:"planned"`
	This    int     `json:"this"`
	Alpha   float64 `json:"alpha"`
}

type jsonGateMetric struct {
	Workload        string   `json:"workload"`
	Metric          string   `json:"metric"`
	Unit            string   `json:"unit"`
	Better          string   `json:"better"`
	Verdict         string   `json:"verdict"`
	Reason          *string  `json:"reason"`
	Method          string   `json:"method"`
	Pairs           *int     `json:"pairs"`
	BootsNew        int      `json:"boots_new"`
	BootsBase       int      `json:"boots_base"`
	FailedNew       int      `json:"boots_failed_new"`
	FailedBase      int      `json:"boots_failed_base"`
	AsideNew        int      `json:"boots_set_aside_new"`
	AsideBase       int      `json:"boots_set_aside_base"`
	DiffPercent     *float64 `json:"diff_percent"`
	LowerPercent    *float64 `json:"lower_percent"`
	UpperPercent    *float64 `json:"upper_percent"`
	SE              *float64 `json:"se_log100"`
	DF              *float64 `json:"df"`
	PPass           *float64 `json:"p_pass"`
	PFail           *float64 `json:"p_fail"`
	PFailHolm       *float64 `json:"p_fail_holm"`
	BootsNeeded     *int     `json:"boots_needed"`
	Sessions        int      `json:"sessions"`
	SessionsMissing int      `json:"sessions_missing"`
	DriftPercent    *float64 `json:"drift_percent"`
	DriftP          *float64 `json:"drift_p"`
	Sentence        string   `json:"sentence"`

	Warnings []jsonWarning `json:"warnings"`
}

// GateJSON writes the outcome for programs.
func GateJSON(w io.Writer, g stored.Gated) error {
	r := Report{GuestKind: g.GuestKind}
	d := jsonGate{
		Schema: GateSchema, Verdict: string(g.Verdict), Candidate: g.Candidate, Baseline: g.Baseline,
		MarginPercent: g.Margin, Alpha: g.Alpha, Looks: jsonLooks{g.Looks.Count(), max(1, g.Looks.This), *number(g.Looks.Alpha(g.Alpha))}, GuestKind: present(r.guestKind()), Notice: present(r.notice()), Metrics: []jsonGateMetric{},
	}
	for _, m := range g.Results {
		d.Metrics = append(d.Metrics, jsonGateMetric{
			Workload: m.Workload, Metric: m.Metric, Unit: m.Unit, Better: string(m.Better),
			Verdict: string(m.Verdict), Reason: present(string(m.Reason)), Method: string(m.Method), Pairs: present(m.Pairs),
			BootsNew: m.New.OK, BootsBase: m.Base.OK, FailedNew: m.New.Failed, FailedBase: m.Base.Failed,
			AsideNew: m.New.NotInEffect + m.New.Excluded, AsideBase: m.Base.NotInEffect + m.Base.Excluded,
			DiffPercent: number(m.DiffPercent), LowerPercent: number(m.Interval.Low), UpperPercent: number(m.Interval.High),
			SE: number(m.SE), DF: number(m.DF), PPass: number(m.PPass), PFail: number(m.PFail), PFailHolm: number(m.PFailHolm),
			BootsNeeded: present(m.BootsNeeded), Sessions: m.Sessions, SessionsMissing: m.SessionsMissing,
			DriftPercent: number(m.Drift.ChangePercent), DriftP: number(m.Drift.P), Sentence: gateSentence(m, g.Margin),
			Warnings: newJSONWarnings(m.Warnings),
		})
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	if err := enc.Encode(d); err != nil {
		return fmt.Errorf("gate: %w", err)
	}
	return nil
}
