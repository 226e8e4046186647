package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"vnettune/report/rank"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// Text writes the report for people, in lines of at most 100 columns as far as names allow.
func Text(w io.Writer, r Report) error {
	p := page{}
	p.head(r)
	for _, a := range r.Ranking.Analyses {
		if err := p.analysis(r, a); err != nil {
			return fmt.Errorf("report: workload %q, metric %q: %w", a.Workload, a.Metric, err)
		}
	}
	return p.writeTo(w, "report")
}

// page collects the text, so that all of it is written or nothing.
type page struct{ strings.Builder }

// writeTo writes the page; name is what an error calls it.
func (p *page) writeTo(w io.Writer, name string) error {
	if _, err := io.WriteString(w, p.String()); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// table writes columns, and a blank line after them.
func (p *page) table(cols []column) error {
	text, err := renderTable(cols)
	p.WriteString(text)
	p.WriteByte('\n')
	return err
}

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
	if p.Len() > 0 {
		p.WriteByte('\n')
	}
	bottom := BottomLine(r)
	for _, text := range slices.Concat(bottom.Sentences, bottom.Next) {
		p.line(text)
	}
	origin := page{}
	origin.origin(r)
	if origin.Len() > 0 {
		p.WriteString("\n" + origin.String())
	}
}

// origin says where the ranking comes from.
func (p *page) origin(r Report) {
	for _, text := range r.Plan {
		p.line(text)
	}
	p.setups(r.Setups)
	p.list("Lines of profiles that are left out", r.NotApplicable)
	p.list("Set, but expected to be inert", r.ExpectedInert)
	for _, text := range r.Notes {
		p.line(text)
	}
	if text := pageLine(r); text != "" {
		p.line(text)
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
	if nothingMeasured(a) {
		p.line(everyRunFailed(a))
		return nil
	}
	p.line(constants(a, r.Ranking.Baseline))
	if len(a.NotMeasured) > 0 {
		p.line("Not measured in this workload, and not in its family: " + strings.Join(a.NotMeasured, ", ") + ".")
	}
	p.WriteByte('\n')

	var notes footnotes
	cols, lettersLeftOut := armColumns(a, &notes)
	if err := p.table(cols); err != nil {
		return err
	}
	if lettersLeftOut {
		p.line(groupsLegend + ": " + lettersList(a) + ".")
	} else if hasColumn(cols, "groups") {
		p.line(groupsLegend + ".")
	}
	for i, text := range notes.texts {
		p.line(fmt.Sprintf("%d) %s", i+1, text))
	}
	for _, w := range a.Warnings {
		if w.Code != rank.WarnOrder || a.BootOrder == rank.OrderMixed || a.BootOrder == rank.OrderBlocks { // else the headline says it
			p.line("Warning: " + w.Text)
		}
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

// closing says how sure the ranking is, what is best, and what could not have been seen.
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

const (
	// narrowName is the least room that a name is given.
	narrowName = 12
	// verdictWidth is where a verdict of several words breaks.
	verdictWidth = 16
	// columnGap is the space behind a column.
	columnGap = 2
)

// armColumns builds the table of arms: only the columns that vary, and the numbers of the
// footnotes. The letters have a column if there is room.
func armColumns(a rank.Analysis, notes *footnotes) (cols []column, lettersLeftOut bool) {
	decimals := decimalsFor(a)
	adjusted := "p (Holm)"
	if a.Method == rank.MethodPooled {
		adjusted = "p (Dunnett)"
	}
	cols = []column{
		{head: "#", right: true}, {head: "combination"}, {head: "boots", right: true},
		{head: a.Unit, right: true}, {head: fmt.Sprintf("vs baseline, %s [%s %% sure]", shortUnit(a.EffectUnit), plainNumber(100*(1-a.Alpha)))},
		{head: adjusted, right: true}, {head: "verdict"}, {head: "groups"}, {head: "notes"},
	}
	for _, arm := range a.Arms {
		addRow(cols, rankCell(arm), arm.Name, bootsCell(arm), estimateCell(a, arm, decimals), differenceCell(a, arm, decimals),
			pValue(arm.PHolm), string(arm.Verdict), string(arm.Letters), notes.numbers(arm.Warnings))
	}
	kept := cols[:0]
	for _, c := range cols {
		switch {
		case c.head == "boots" && !c.varies(),
			c.head == "#" && !c.varies() && len(a.Arms) > 1,
			c.head == "groups" && !c.varies(),
			c.head == "notes" && !c.varies() && (len(c.cells) == 0 || c.cells[0] == ""):
			continue
		}
		kept = append(kept, c)
	}
	if tableWidth(kept) > lineWidth {
		wrapVerdicts(kept)
	}
	if hasColumn(kept, "groups") && tableWidth(kept) > lineWidth {
		kept = slices.DeleteFunc(kept, func(c column) bool { return c.head == "groups" })
		lettersLeftOut = true
	}
	return fitNames(kept), lettersLeftOut
}

// wrapVerdicts breaks verdicts of several words into lines.
func wrapVerdicts(cols []column) {
	for _, c := range cols {
		if c.head != "verdict" {
			continue
		}
		for k, verdict := range c.cells {
			c.cells[k] = wrap(verdict, verdictWidth, "")
		}
	}
}

func hasColumn(cols []column, head string) bool {
	return slices.ContainsFunc(cols, func(c column) bool { return c.head == head })
}

func tableWidth(cols []column) int {
	w := 0
	for _, c := range cols {
		w += c.width() + columnGap
	}
	return w
}

func rankCell(arm rank.Arm) string {
	if arm.Rank == 0 {
		return "-"
	}
	return fmt.Sprint(arm.Rank)
}

// estimateCell is an arm's value with the digits that its difference has.
func estimateCell(a rank.Analysis, arm rank.Arm, decimals int) string {
	switch {
	case !arm.Estimate.Exists():
		return "-"
	case a.Scale == sample.Difference:
		return fmt.Sprintf("%.*f", decimals, arm.Estimate+0)
	}
	return significant(arm.Estimate, 2+decimals)
}

// bootsCell is the number of ranked boots, out of all if any was lost.
func bootsCell(arm rank.Arm) string {
	if n := lost(arm); n > 0 {
		return fmt.Sprintf("%d of %d", arm.Boots.OK, arm.Boots.OK+n)
	}
	return fmt.Sprint(arm.Boots.OK)
}

func differenceCell(a rank.Analysis, arm rank.Arm, decimals int) string {
	if arm.IsBaseline {
		return "baseline"
	}
	if record.True(arm.Equal) {
		return "equal in every boot"
	}
	text := signed(arm.Difference, decimals)
	if beyondSense(a, arm.Interval) {
		text += fmt.Sprintf(" [not within a factor of %d]", beyondFactor)
	} else if arm.Interval.Low.Exists() {
		text += fmt.Sprintf(" [%s, %s]", signed(arm.Interval.Low, decimals), signed(arm.Interval.High, decimals))
	}
	if arm.Exploratory {
		text += " ?"
	}
	return text
}

// fitNames shortens the names in the middle until the table fits the line; the
// sentences below the table have them whole.
func fitNames(cols []column) []column {
	room := lineWidth - tableWidth(cols)
	for _, c := range cols {
		if c.head == "combination" {
			room += c.width()
		}
	}
	room = max(room, narrowName)
	for i := range cols {
		if cols[i].head != "combination" {
			continue
		}
		for k, name := range cols[i].cells {
			cols[i].cells[k] = shorten(name, room)
		}
	}
	return cols
}

// shorten cuts the middle out of s so that at most width columns are left.
func shorten(s string, width int) string {
	r := []rune(s)
	if len(r) <= width {
		return s
	}
	head := (width - 2) / 2
	return string(r[:head]) + ".." + string(r[len(r)-(width-2-head):])
}
