package report

import (
	"fmt"
	"io"

	"vnettune/report/rank"
	"vnettune/report/rank/gate"
	"vnettune/report/stored"
	"vnettune/results/record"
)

// GateText writes the outcome for people.
func GateText(w io.Writer, g stored.Gated) error {
	p := page{}
	r := Report{GuestKind: g.GuestKind}
	p.line(string(g.Verdict) + ": " + g.Candidate + " against " + g.Baseline)
	if n := r.notice(); n != "" {
		p.line("Guest: " + r.guestKind() + " - " + n)
	}
	if g.Looks.Planned > 1 {
		p.line(fmt.Sprintf("look %d of %d, as fixed before the first: each has %s of the error rate", g.Looks.This, g.Looks.Planned, significant(g.Looks.Alpha(g.Alpha), 3)))
	}
	p.line(fmt.Sprintf("margin %s %%; each bound is wrong at most %s of the time; failures by Holm's rule over %s",
		plainNumber(g.Margin), plainNumber(g.Alpha), count(len(g.Results), "metric")))
	p.WriteByte('\n')
	if err := p.table(gateColumns(g.Results)); err != nil {
		return fmt.Errorf("gate: %w", err)
	}
	for _, res := range g.Results {
		p.line(res.Workload + " " + res.Metric + ": " + gateSentence(res, g.Margin))
		for _, w := range res.Warnings {
			arm := ""
			if w.Arm != "" {
				arm = string(w.Arm) + ": "
			}
			p.line("  " + arm + w.Text)
		}
	}
	if text := lookSentence(g); text != "" {
		p.line(text)
	}
	return p.writeTo(w, "gate")
}

func gateColumns(results []gate.Result) []column {
	cols := []column{{head: "workload"}, {head: "metric"}, {head: "difference", right: true}, {head: "at least", right: true}, {head: "at most", right: true}, {head: "boots", right: true}, {head: "verdict"}}
	for _, g := range results {
		addRow(cols, g.Workload, g.Metric, signedPercent(g.DiffPercent), signedPercent(g.Interval.Low), signedPercent(g.Interval.High),
			fmt.Sprintf("%d+%d", g.New.OK, g.Base.OK), string(g.Verdict))
	}
	return cols
}

func signedPercent(v record.Number) string {
	if !v.Exists() {
		return "-"
	}
	return signed(v, 2) + " %"
}

// gateSentence says what the verdict means and what would settle it.
func gateSentence(g gate.Result, margin float64) string {
	switch g.Verdict {
	case gate.Pass:
		return fmt.Sprintf("shown to be no worse than the margin of %s %%", plainNumber(margin))
	case gate.Fail:
		return fmt.Sprintf("shown to be worse, by an estimated loss of the margin of %s %% or more (p %s after Holm)", plainNumber(margin), pValue(g.PFailHolm))
	}
	switch g.Reason {
	case gate.ReasonSession:
		return fmt.Sprintf("INCONCLUSIVE(session): campaigns differ from day to day by an amount that %s cannot tell; %s needed. A baseline booted among the candidate's boots needs none",
			count(g.Sessions, "stored session"), count(g.SessionsMissing, "more session"))
	case gate.ReasonBoots:
		return "fewer than 3 boots on a side: a new campaign needs more blocks"
	case gate.ReasonDrift:
		return fmt.Sprintf("INCONCLUSIVE(drift): %s %% over the campaign (p %s), and the boots are not in blocks of changing order, so that drift and difference cannot be told apart",
			signed(g.Drift.ChangePercent, 1), pValue(g.Drift.P))
	case gate.ReasonMissing:
		return fmt.Sprintf("INCONCLUSIVE(missing): a side lost %s %% of its planned boots, and those that are left may be the lucky ones: %d of %d of the candidate's and %d of %d of the baseline's are ranked; %d and %d failed, %d and %d were set aside",
			significant(100*g.MissingShare, 2), g.New.OK, g.New.Planned, g.Base.OK, g.Base.Planned, g.New.Failed, g.Base.Failed, g.New.NotInEffect+g.New.Excluded, g.Base.NotInEffect+g.Base.Excluded)
	case gate.ReasonVariance:
		return "no variance seen: resolution limit? Nothing can be tested"
	}
	if g.Method == rank.MethodSessions {
		return fmt.Sprintf("neither a loss nor its absence is shown by %s: a baseline booted among the candidate's boots is more precise", count(g.Sessions, "stored session"))
	}
	if g.BootsNeeded > 0 {
		return fmt.Sprintf("neither a loss nor its absence is shown: about %s on each side would pass a candidate without a difference 4 times out of 5", count(int(g.BootsNeeded), "boot"))
	}
	return "neither a loss nor its absence is shown"
}

// lookSentence says what to do after an inconclusive gate.
func lookSentence(g stored.Gated) string {
	switch {
	case g.Verdict != gate.Inconclusive:
		return ""
	case g.Looks.Planned < 2:
		return "Do not add boots and test again as if this had not been seen: the next campaign can plan several looks, with --looks."
	case g.Looks.Last():
		return "This was the last look: it stays inconclusive."
	}
	return fmt.Sprintf("Add blocks and look again with --looks %d --look %d.", g.Looks.Planned, g.Looks.This+1)
}

// GateSchema names the JSON form of a gate; docs/schema/gate-v1.json describes it.
const GateSchema = "vnettune/gate/v1"

// jsonGate is a gate's outcome and where it comes from.
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
	return writeJSON(w, "gate", d)
}
