package report

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"strings"

	"vnettune/report/rank/gate"
	"vnettune/report/stored"
	"vnettune/results/record"
)

// HistoryText writes the histories for people.
func HistoryText(w io.Writer, h stored.Followed) error {
	p := page{}
	r := Report{GuestKind: h.GuestKind}
	if n := r.notice(); n != "" {
		p.line("Guest: " + r.guestKind() + " - " + n)
	}
	for _, one := range h.Histories {
		if p.Len() > 0 {
			p.WriteByte('\n')
		}
		what := cmp.Or(string(h.Arm), "the baseline")
		p.line(fmt.Sprintf("%s: %s of %s in %s, %s", one.Workload, one.Metric, what, one.Unit, count(len(one.Points), "campaign")))
		p.WriteByte('\n')
		if err := p.table(historyColumns(one)); err != nil {
			return fmt.Errorf("history: %w", err)
		}
		p.historyClosing(one)
	}
	return p.writeTo(w, "history")
}

// historyColumns has a bar for each value between the smallest and the largest, and the changes
// that begin with a campaign.
func historyColumns(h gate.History) []column {
	low, high := record.Number(math.Inf(1)), record.Number(math.Inf(-1))
	for _, p := range h.Points {
		low, high = min(low, p.Value), max(high, p.Value)
	}
	cols := []column{{head: "campaign"}, {head: h.Unit, right: true}, {head: "boots", right: true}, {head: ""}, {head: "change"}}
	for i, p := range h.Points {
		const widest = 30
		bar := 1
		if high > low {
			bar += int(math.Round(float64((widest - 1) * (p.Value - low) / (high - low))))
		}
		began := ""
		for _, c := range h.Changes {
			if c.Index == i {
				began = change(c.Change, h.EffectUnit)
				if !c.Matters && h.Margin.Exists() {
					began += " (below the margin)"
				}
			}
		}
		addRow(cols, p.Campaign, significant(p.Value, 4), fmt.Sprint(p.Boots), strings.Repeat("#", bar), began)
	}
	return cols
}

func (p *page) historyClosing(h gate.History) {
	if h.TooShort {
		p.line("History too short: changes are looked for from 10 campaigns on.")
		return
	}
	matter := 0
	for _, c := range h.Changes {
		if !c.Matters {
			continue
		}
		matter++
		verb := "better"
		if (c.Change < 0) == (h.Better == "higher") {
			verb = "worse"
		}
		p.line(fmt.Sprintf("From %s on: %s, %s (%s to %s; p %s).", c.From, change(c.Change, h.EffectUnit), verb,
			significant(c.Before, 4), significant(c.After, 4), pValue(c.P)))
	}
	switch {
	case matter > 0:
	case h.Margin.Exists():
		p.line(fmt.Sprintf("No change of %s %s or more is shown.", plainNumber(float64(h.Margin)), h.EffectUnit))
	default:
		p.line(fmt.Sprintf("%s has no margin, so that no change is said to matter: say --margin %s=NUMBER (in %s).", h.Metric, h.Metric, h.EffectUnit))
	}
	p.line("Changes in a history are advice; vnettune gate judges.")
}

// HistorySchema names the JSON form of a history; docs/schema/history-v2.json describes it.
const HistorySchema = "vnettune/history/v2"

// jsonHistory is histories with where they come from.
type jsonHistory struct {
	Schema string `json:"schema"`
	stored.Followed
	GuestKind record.Name    `json:"guest_kind"`
	Notice    record.Name    `json:"notice"`
	Histories []gate.History `json:"histories"`
}

// HistoryJSON writes the histories for programs; numbers that do not exist are null.
func HistoryJSON(w io.Writer, h stored.Followed) error {
	r := Report{GuestKind: h.GuestKind}
	d := jsonHistory{HistorySchema, h, record.Name(r.guestKind()), record.Name(r.notice()), list(h.Histories)}
	return writeJSON(w, "history", d)
}
