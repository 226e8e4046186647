package report

import (
	"fmt"
	"io"
	"strings"

	"vnettune/report/rank"
)

// Text writes the report for people, in lines of at most 100 columns as far as
// names allow.
func Text(w io.Writer, r Report) error {
	p := page{}
	p.head(r)
	for _, a := range r.Ranking.Analyses {
		if err := p.analysis(r, a); err != nil {
			return fmt.Errorf("report: workload %q, metric %q: %w", a.Workload, a.Metric, err)
		}
	}
	if _, err := io.WriteString(w, p.String()); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

// page collects the text, so that nothing is written unless all of it can be.
type page struct{ strings.Builder }

// line writes one paragraph, wrapped; later lines are indented.
func (p *page) line(text string) {
	p.WriteString(wrap(text, lineWidth, "  "))
	p.WriteByte('\n')
}

func (p *page) head(r Report) {
	if r.Campaign != "" {
		p.line("Campaign " + r.Campaign)
	}
	if n := r.notice(); n != "" {
		p.line("Guest: " + r.guestKind() + " - " + n)
	} else if kind := r.guestKind(); kind != "" {
		p.line("Guest: " + kind)
	}
	for _, text := range r.Plan {
		p.line(text)
	}
	p.list("Not applicable to this guest, left out", r.NotApplicable)
	p.list("Set, but expected to be inert", r.ExpectedInert)
	for _, text := range r.Notes {
		p.line(text)
	}
	if len(r.Ranking.Analyses) > 1 {
		p.line(fmt.Sprintf("%d families: each workload and metric is judged on its own, and so are the error rates.", len(r.Ranking.Analyses)))
	}
}

func (p *page) list(title string, texts []string) {
	if len(texts) == 0 {
		return
	}
	p.line(title + ":")
	for _, text := range texts {
		p.line("- " + text)
	}
}

func (p *page) analysis(r Report, a rank.Analysis) error {
	if p.Len() > 0 {
		p.WriteByte('\n')
	}
	direction := "more is better"
	if a.Better == "lower" {
		direction = "less is better"
	}
	p.line(fmt.Sprintf("%s: %s in %s, %s", a.Workload, a.Metric, a.Unit, direction))
	if len(a.Arms) == 0 { // a search that has confirmed nothing
		p.line("No boot of it is ranked yet.")
		return p.effects(a, r.effectsOf(a))
	}
	p.line(constants(a, r.Ranking.Baseline))
	p.WriteByte('\n')

	var notes footnotes
	cols, lettersLeftOut := armColumns(a, &notes)
	table, err := renderTable(cols)
	if err != nil {
		return err
	}
	p.WriteString(table)
	p.WriteByte('\n')
	if lettersLeftOut {
		p.line(groupsLegend + ": " + lettersList(a) + ".")
	} else if hasColumn(cols, "groups") {
		p.line(groupsLegend + ".")
	}
	for i, text := range notes.texts {
		p.line(fmt.Sprintf("%d) %s", i+1, text))
	}
	for _, w := range a.Warnings {
		p.line("Warning: " + w.Text)
	}
	if len(notes.texts)+len(a.Warnings) > 0 || lettersLeftOut || hasColumn(cols, "groups") {
		p.WriteByte('\n')
	}
	for _, arm := range a.Arms {
		if !arm.IsBaseline {
			p.line(Sentence(a, arm))
		}
	}
	p.WriteByte('\n')
	p.closing(r, a)
	return p.effects(a, r.effectsOf(a))
}

// closing says what is sure, what is best, and what could not have been seen.
func (p *page) closing(r Report, a rank.Analysis) {
	for _, text := range answers(r, a) {
		p.line(text)
	}
	if text := placeboLine(a, r.Placebo); text != "" {
		p.line(text)
	}
	p.WriteByte('\n')
	p.line("Was the rig trustworthy?")
	for _, text := range rigSentences(r, a) {
		p.line("- " + text)
	}
	p.line(comparedSentence(r, a))
}
