package report

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"

	"vnettune/report/rank/gate"
	"vnettune/report/stored"
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
		what := "the baseline"
		if h.Arm != "" {
			what = h.Arm
		}
		p.line(fmt.Sprintf("%s: %s of %s in %s, %s", one.Workload, one.Metric, what, one.Unit, count(len(one.Points), "campaign")))
		p.WriteByte('\n')
		table, err := renderTable(historyColumns(one))
		if err != nil {
			return fmt.Errorf("history: %w", err)
		}
		p.WriteString(table)
		p.WriteByte('\n')
		p.historyClosing(one, h.Margin)
	}
	if _, err := io.WriteString(w, p.String()); err != nil {
		return fmt.Errorf("history: %w", err)
	}
	return nil
}

// historyColumns has a bar for each value between the smallest and the largest,
// and the change in front of which a campaign stands.
func historyColumns(h gate.History) []column {
	low, high := math.Inf(1), math.Inf(-1)
	for _, p := range h.Points {
		low, high = math.Min(low, p.Value), math.Max(high, p.Value)
	}
	cols := []column{{head: "campaign"}, {head: h.Unit, right: true}, {head: "boots", right: true}, {head: ""}, {head: "change"}}
	for i, p := range h.Points {
		const widest = 30
		bar := 1
		if high > low {
			bar += int(math.Round((widest - 1) * (p.Value - low) / (high - low)))
		}
		change := ""
		for _, c := range h.Changes {
			if c.Index == i {
				change = signed(c.ChangePercent, 1) + " %"
				if !c.Matters {
					change += " (below the margin)"
				}
			}
		}
		for k, cell := range []string{p.Campaign, significant(p.Value, 4), fmt.Sprint(p.Boots), strings.Repeat("#", bar), change} {
			cols[k].cells = append(cols[k].cells, cell)
		}
	}
	return cols
}

func (p *page) historyClosing(h gate.History, margin float64) {
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
		if (c.ChangePercent < 0) == (h.Better == "higher") {
			verb = "worse"
		}
		p.line(fmt.Sprintf("From %s on: %s %%, %s (%s to %s; p %s).", c.From, signed(c.ChangePercent, 1), verb,
			significant(c.Before, 4), significant(c.After, 4), pValue(c.P)))
	}
	if matter == 0 {
		p.line(fmt.Sprintf("No change of %s %% or more is shown.", plainNumber(margin)))
	}
	p.line("Changes in a history are advice; vnettune gate judges.")
}

// HistorySchema names the JSON form of a history; docs/schema/history-v1.json
// describes it.
const HistorySchema = "vnettune/history/v1"

type jsonHistory struct {
	Schema        string             `json:"schema"`
	Arm           *string            `json:"arm"`
	MarginPercent float64            `json:"margin_percent"`
	GuestKind     *string            `json:"guest_kind"`
	Notice        *string            `json:"notice"`
	Histories     []jsonHistoryEntry `json:"histories"`
}

type jsonHistoryEntry struct {
	Workload string              `json:"workload"`
	Metric   string              `json:"metric"`
	Unit     string              `json:"unit"`
	Better   string              `json:"better"`
	TooShort bool                `json:"too_short"`
	Points   []jsonHistoryPoint  `json:"points"`
	Changes  []jsonHistoryChange `json:"changes"`
}

type jsonHistoryPoint struct {
	Campaign string   `json:"campaign"`
	Value    *float64 `json:"value"`
	Boots    int      `json:"boots"`
}

type jsonHistoryChange struct {
	From          string   `json:"from"`
	Index         int      `json:"index"`
	Before        *float64 `json:"before"`
	After         *float64 `json:"after"`
	ChangePercent *float64 `json:"change_percent"`
	Matters       bool     `json:"matters"`
	P             *float64 `json:"p"`
}

// HistoryJSON writes the histories for programs; numbers that do not exist are null.
func HistoryJSON(w io.Writer, h stored.Followed) error {
	r := Report{GuestKind: h.GuestKind}
	d := jsonHistory{Schema: HistorySchema, Arm: present(h.Arm), MarginPercent: h.Margin,
		GuestKind: present(r.guestKind()), Notice: present(r.notice()), Histories: []jsonHistoryEntry{}}
	for _, one := range h.Histories {
		e := jsonHistoryEntry{Workload: one.Workload, Metric: one.Metric, Unit: one.Unit, Better: string(one.Better), TooShort: one.TooShort,
			Points: []jsonHistoryPoint{}, Changes: []jsonHistoryChange{}}
		for _, p := range one.Points {
			e.Points = append(e.Points, jsonHistoryPoint{p.Campaign, number(p.Value), p.Boots})
		}
		for _, c := range one.Changes {
			e.Changes = append(e.Changes, jsonHistoryChange{c.From, c.Index, number(c.Before), number(c.After), number(c.ChangePercent), c.Matters, number(c.P)})
		}
		d.Histories = append(d.Histories, e)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	if err := enc.Encode(d); err != nil {
		return fmt.Errorf("history: %w", err)
	}
	return nil
}
