package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"vnettune/report/chart"
	"vnettune/report/page"
	"vnettune/report/rank"
	"vnettune/report/stored"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/trouble"
)

// CountedReading is the three readings of a setting - asked, configured, in effect - and in how many boots
// they were so.
type CountedReading struct {
	record.Reading
	Boots int
}

// readingsOf are the readings of all boots, equal ones counted.
func readingsOf(boots []results.Boot) []CountedReading {
	var all []CountedReading
	for _, b := range boots {
		for _, r := range b.Readings {
			i := slices.IndexFunc(all, func(x CountedReading) bool { return x.Reading == r })
			if i < 0 {
				i, all = len(all), append(all, CountedReading{Reading: r})
			}
			all[i].Boots++
		}
	}
	slices.SortStableFunc(all, func(x, y CountedReading) int { return cmp.Or(cmp.Compare(x.ID, y.ID), cmp.Compare(x.Asked, y.Asked)) })
	return all
}

// inEffectPart shows what was asked, configured and in effect, and by which number.
func inEffectPart(r Report) []page.Part {
	if len(r.Readings) == 0 {
		return nil
	}
	g := page.Grid{Columns: []page.Column{{Head: "setting", Name: true}, {Head: "asked"}, {Head: "configured"}, {Head: "in effect"}, {Head: "because"}, {Head: applied(r.switches()) + "s", Right: true}}}
	for _, x := range r.Readings {
		row := page.Row{Cells: []string{x.ID, x.Asked, x.Configured, string(x.InEffect), x.Reason, fmt.Sprint(x.Boots)}}
		if !x.OK() {
			row.Mark = page.Worse
		}
		g.Rows = append(g.Rows, row)
	}
	return []page.Part{{Title: "Asked, configured, in effect", ID: "in-effect", Detail: true, Blocks: []page.Block{g}}}
}

// placementPart shows the boots in the order in which they were made.
func placementPart(r Report) []page.Part {
	var blocks []page.Block
	for _, s := range r.Boots {
		a, ok := r.analysis(s.Workload, s.Metric)
		if !ok || !slices.ContainsFunc(stored.Primary(r.Ranking.Analyses), func(p rank.Analysis) bool { return p.Workload == a.Workload && p.Metric == a.Metric }) {
			continue
		}
		flagged := map[string]bool{}
		for _, arm := range a.Arms {
			for _, w := range arm.Warnings {
				for _, b := range w.Boots {
					flagged[b] = true
				}
			}
		}
		c := chart.Boots{Axis: a.Metric + ", " + s.Unit, Unit: s.Unit,
			Description: fmt.Sprintf("%s of every boot of %s in the order of the campaign, in %s.", capital(a.Metric), a.Workload, s.Unit)}
		title := of(a) + ", boot by boot"
		if a.Stints != nil {
			title += ", each arm in a boot as one point; lines stand between boots"
			c.Description = fmt.Sprintf("%s of every arm in every boot of %s in the order of the campaign, in %s.", capital(a.Metric), a.Workload, s.Unit)
		}
		for _, b := range s.Boots {
			if b.Order == 0 {
				continue // nobody knows when it was made
			}
			point := chart.Boot{Order: b.Order, Arm: b.Arm, Value: float64(b.Value), Of: b.Of, Failed: !b.Value.Exists(), Flagged: flagged[b.Boot]}
			if b.Session > 0 {
				point.Session = fmt.Sprintf("s%d", b.Session)
			}
			c.Points = append(c.Points, point)
		}
		if len(c.Points) == 0 || len(c.Points) > mostBootsDrawn {
			continue
		}
		drawnBoots, err := drawn(title, idOf("boots", s.Workload, s.Metric), func(width int) (chart.Spec, error) { c.Width = width; return c.Spec() })
		if err != nil {
			blocks = append(blocks, page.Text{Words: "The boots could not be drawn: " + err.Error()})
			continue
		}
		blocks = append(blocks, drawnBoots...)
	}
	return parts(page.Part{Title: "The boots, in their order", ID: "boots", Detail: true, Blocks: blocks})
}

// mostBootsDrawn is how many boots a chart has room for.
const mostBootsDrawn = 5000

// Again is what it takes to run a campaign anew.
type Again struct {
	File     string // name of the campaign file
	Text     string // of the campaign file
	Seed     uint64
	Versions []string // of vnettune, in the sessions
	Samples  string   // all rows, as CSV
}

// reproducePart says how the campaign is run anew, and hands over every number.
func reproducePart(r Report) ([]page.Part, error) {
	var numbers strings.Builder
	if err := JSON(&numbers, r); err != nil {
		return nil, err
	}
	p := page.Part{Title: "To reproduce", ID: "reproduce", Long: true}
	if r.Again != nil {
		versions := ""
		if len(r.Again.Versions) > 0 {
			versions = ", vnettune " + listed(r.Again.Versions)
		}
		but := "a placebo counts there as any other arm"
		if r.Switched != nil {
			but += "; how often the bridge was asked, and which switches were read in effect, they do not say"
		}
		p.Blocks = append(paragraphs(fmt.Sprintf("vnettune run %s, seed %d%s. The samples give the same numbers: vnettune rank samples.csv --baseline %s --margin %s%% --alpha %s (%s).",
			trouble.ShellWord(r.Again.File), r.Again.Seed, versions, r.Ranking.Baseline, plainNumber(r.Ranking.Margin), plainNumber(r.Ranking.Alpha), but)),
			page.File{Title: "Campaign file", Name: r.Again.File, Text: r.Again.Text},
			page.File{Title: "Samples", Name: "samples.csv", Text: r.Again.Samples, Offered: true})
	}
	p.Blocks = append(p.Blocks, page.File{Title: "Every number", Name: "ranking.json", Text: numbers.String(), Offered: true})
	return []page.Part{p}, nil
}
