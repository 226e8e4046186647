package report

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"vnettune/report/chart"
	"vnettune/report/page"
	"vnettune/report/rank"
	"vnettune/report/rank/gate"
	"vnettune/report/stored"
	"vnettune/results/record"
)

// TellHistory puts histories into words and charts.
func TellHistory(h stored.Followed) (page.Page, error) {
	r := Report{GuestKind: h.GuestKind}
	what := cmp.Or(string(h.Arm), "the baseline")
	p := page.Page{Title: "History of " + what, Key: fmt.Sprintf("history of %s, %v", what, idsOf(h.Histories)), Notice: r.noticeWords()}
	for _, one := range h.Histories {
		part := page.Part{Title: of(rank.Analysis{Workload: one.Workload, Metric: one.Metric}), ID: idOf(one.Workload, one.Metric)}
		line := fmt.Sprintf("%s of %s in %s, %s", capital(one.Metric), what, one.Unit, count(len(one.Points), "campaign"))
		chart, err := historyChart(one, line)
		if err != nil {
			return p, fmt.Errorf("history: %w", err)
		}
		part.Blocks = slices.Concat(paragraphs(line+"."), chart, []page.Block{historyGrid(one)}, historyClosing(h, one))
		p.Parts = append(p.Parts, part)
		p.Lead = append(p.Lead, historyLead(one))
	}
	var items []string
	for _, m := range h.Moved {
		items = append(items, m.Campaign+": "+strings.Join(m.Facts, "; "))
	}
	p.Parts = append(p.Parts, parts(page.Part{Title: "Where facts changed", ID: "facts", Long: true, Blocks: lists(page.List{Items: items})})...)
	p.Next = []string{"Changes in a history are advice; vnettune gate judges."}
	return p, nil
}

// idsOf name what histories are of.
func idsOf(all []gate.History) []string {
	var ids []string
	for _, h := range all {
		ids = append(ids, idOf(h.Workload, h.Metric))
	}
	return ids
}

// historyLead is what a history comes to, in a sentence.
func historyLead(h gate.History) string {
	name := h.Workload + ", " + h.Metric + ": "
	if h.TooShort {
		return name + "too short a history to look for changes (" + count(len(h.Points), "campaign") + ", 10 are needed)."
	}
	if !h.Margin.Exists() {
		return name + "no change is said to matter without a margin."
	}
	var changes []string
	for _, c := range h.Changes {
		if c.Matters {
			changes = append(changes, fmt.Sprintf("%s from %s on (%s)", change(c.Change, h.EffectUnit), c.From, verbOf(h, c)))
		}
	}
	if len(changes) == 0 {
		return name + "no change that matters is shown over " + count(len(h.Points), "campaign") + "."
	}
	return name + strings.Join(few(changes), "; ") + "."
}

// verbOf says in which direction a change goes.
func verbOf(h gate.History, c gate.Change) string {
	if (c.Change < 0) == (h.Better == "higher") {
		return "worse"
	}
	return "better"
}

// historyGrid has a bar from 0 for each value, and the changes that begin with a campaign.
func historyGrid(h gate.History) page.Grid {
	g := page.Grid{Columns: []page.Column{{Head: "campaign", Name: true}, {Head: h.Unit, Right: true}, {Head: "boots", Right: true, Spare: 1}, {Head: "change"}},
		Bars: &page.Bars{Unit: h.Unit, Levels: true}}
	for i, p := range h.Points {
		row := page.Row{Interval: &page.Interval{Low: math.NaN(), Estimate: float64(p.Value), High: math.NaN()}}
		began := ""
		for _, c := range h.Changes {
			if c.Index == i {
				began = change(c.Change, h.EffectUnit)
				if c.Matters {
					row.Mark = page.Mark(verbOf(h, c))
				} else if h.Margin.Exists() {
					began += " (below the margin)"
				}
			}
		}
		row.Cells = []string{p.Campaign, significant(p.Value, 4), fmt.Sprint(p.Boots), began}
		g.Rows = append(g.Rows, row)
	}
	return g
}

// historyChart is a history as bars from 0 with the changes.
func historyChart(h gate.History, axis string) ([]page.Block, error) {
	if len(h.Points) == 0 {
		return nil, nil
	}
	c := chart.History{Axis: axis, Unit: h.Unit, Description: axis + ", campaign by campaign."}
	for _, p := range h.Points {
		c.Points = append(c.Points, chart.HistoryPoint{Name: p.Campaign, Value: float64(p.Value), Low: math.NaN(), High: math.NaN()})
	}
	for _, one := range h.Changes {
		v := chart.None
		if one.Matters {
			v = chart.Verdict(verbOf(h, one))
		}
		c.Changes = append(c.Changes, chart.Change{Index: one.Index, Verdict: v, Text: change(one.Change, h.EffectUnit)})
	}
	return drawn(h.Workload+": "+h.Metric+", campaign by campaign", idOf("history", h.Workload, h.Metric), func(width int) (chart.Spec, error) { c.Width = width; return c.Spec() })
}

// historyClosing says where the level changed, and how far that can be believed.
func historyClosing(f stored.Followed, h gate.History) []page.Block {
	var blocks []page.Block
	say := func(text string) { blocks = append(blocks, page.Text{Words: text}) }
	if h.TooShort {
		say("History too short: changes are looked for from 10 campaigns on.")
		return blocks
	}
	matter := 0
	for _, c := range h.Changes {
		if !c.Matters {
			continue
		}
		matter++
		say(fmt.Sprintf("From %s on: %s, %s (%s to %s; p %s).", c.From, change(c.Change, h.EffectUnit), verbOf(h, c),
			significant(c.Before, 4), significant(c.After, 4), pValue(c.P)))
		if i := slices.IndexFunc(f.Moved, func(m stored.Moved) bool { return m.Campaign == c.From }); i >= 0 {
			blocks = append(blocks, page.List{Title: "What changed there, beside the metric", Items: f.Moved[i].Facts})
		} else {
			say("None of the facts that are on record changed there.")
		}
	}
	switch {
	case matter > 0:
	case h.Margin.Exists():
		say(fmt.Sprintf("No change of %s %s or more is shown.", plainNumber(float64(h.Margin)), h.EffectUnit))
	default:
		say(fmt.Sprintf("%s has no margin, so that no change is said to matter: say --margin %s=NUMBER (in %s).", h.Metric, h.Metric, h.EffectUnit))
	}
	return blocks
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
	Moved     []stored.Moved `json:"facts_changed"`
}

// HistoryJSON writes the histories for programs; numbers that do not exist are null.
func HistoryJSON(w io.Writer, h stored.Followed) error {
	r := Report{GuestKind: h.GuestKind}
	d := jsonHistory{HistorySchema, h, record.Name(r.guestKind()), record.Name(r.notice()), list(h.Histories), list(h.Moved)}
	return writeJSON(w, "history", d)
}
