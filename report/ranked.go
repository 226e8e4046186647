package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"vnettune/report/chart"
	"vnettune/report/page"
	"vnettune/report/rank"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// analysisPart is the ranking of a workload's metric: the table of arms, and what it says in words.
func analysisPart(r Report, a rank.Analysis) (page.Part, error) {
	p := page.Part{Title: of(a), ID: idOf(a.Workload, a.Metric)}
	if len(a.Arms) == 0 { // a search that has confirmed nothing
		p.Blocks = paragraphs("No boot of it is ranked yet.")
		return p, nil
	}
	if nothingMeasured(a) {
		p.Blocks = paragraphs(everyRunFailed(a))
		return p, nil
	}
	shown := r.shows(a)
	forest, err := forestChart(shown)
	if err != nil {
		return p, err
	}
	p.Blocks = slices.Concat(paragraphs(unitWords(a)+"; "+extent(a)+"; "+marginWords(a)+"."), forest, []page.Block{armGrid(shown)}, paragraphs(said(shown)...), paragraphs(foundSentences(shown)...), paragraphs(best(a)...))
	if n := len(a.Arms) - len(shown.Arms); n > 0 {
		p.Blocks = append(p.Blocks, paragraphs(count(n, "further arm")+" of the family not shown here.")...)
	}
	if len(a.NotMeasured) > 0 {
		p.Blocks = append(p.Blocks, paragraphs("Not measured in this workload, and not in its family: "+strings.Join(a.NotMeasured, ", ")+".")...)
	}
	return p, nil
}

// best says which arms may be the best, in one line; none where that cannot be said.
func best(a rank.Analysis) []string {
	if lines := bestLines(a); len(lines) > 0 && (len(a.BestSet) > 0 || a.Confirmation != nil) {
		return lines[:1]
	}
	return nil
}

// unitWords say in which unit the values are, and in which direction they are better.
func unitWords(a rank.Analysis) string {
	if a.Better == "lower" {
		return capital(a.Metric) + " in " + a.Unit + ", less is better"
	}
	return capital(a.Metric) + " in " + a.Unit + ", more is better"
}

// markOf is the mark of a verdict.
func markOf(arm rank.Arm) page.Mark {
	if arm.IsBaseline {
		return page.Base
	}
	switch outcomeOf(arm.Verdict) {
	case helps, helpsMaybe:
		return page.Better
	case harms:
		return page.Worse
	case equivalent, noWorse:
		return page.Equivalent
	case undecided:
		return page.Undecided
	}
	return page.NoVerdict
}

// verdictWords are a verdict as tables have room for it: where none is given, the footnotes and the
// long form say why.
func verdictWords(arm rank.Arm) string {
	switch arm.Verdict {
	case rank.Verdict(rank.LabelNotWorking):
		if arm.Boots.Failed == 0 {
			return "no verdict: no boot is ranked"
		}
	case rank.Verdict(rank.LabelOneBoot):
		if arm.Boots.OK > 1 {
			return "no verdict: 1 boot of the baseline"
		}
	case rank.Verdict(rank.LabelTwoBoots):
		if arm.Boots.OK > 2 {
			return "no verdict: 2 boots of the baseline"
		}
	case rank.VerdictMissing:
		return "no verdict: boots are missing"
	case rank.VerdictOrder:
		return "no verdict: booted arm by arm"
	}
	return string(arm.Verdict)
}

// armGrid is the table of arms; columns that are alike for all of them are left out.
func armGrid(a rank.Analysis) page.Grid {
	decimals := decimalsFor(a)
	adjusted := "p (Holm)"
	if a.Method == rank.MethodPooled {
		adjusted = "p (Dunnett)"
	}
	g := page.Grid{Bars: &page.Bars{Unit: shortUnit(a.EffectUnit)}}
	if a.Margin.Exists() {
		g.Bars.Margin = float64(a.Margin)
	}
	columns := []page.Column{
		{Head: "#", Right: true, Detail: true, Spare: 9}, {Head: "combination", Name: true}, {Head: "boots", Right: true, Spare: 1}, {Head: a.Unit, Right: true, Spare: 2},
		{Head: fmt.Sprintf("difference, %s [%s %% sure]", shortUnit(a.EffectUnit), sure(a.Alpha))},
		{Head: adjusted, Right: true, Detail: true}, {Head: "verdict", Verdict: true}, {Head: "groups", Detail: true, Spare: 3},
	}
	cells := make([][]string, len(columns))
	for _, arm := range a.Arms {
		for i, cell := range []string{rankCell(arm), arm.Name, bootsCell(a, arm), estimateCell(a, arm, decimals), differenceCell(a, arm, decimals),
			pValue(arm.PHolm), verdictWords(arm), string(arm.Letters)} {
			cells[i] = append(cells[i], cell)
		}
	}
	alike := func(i int) bool {
		return !slices.ContainsFunc(cells[i], func(c string) bool { return c != cells[i][0] })
	}
	var kept []int
	for i, c := range columns {
		switch c.Head {
		case "#", "boots", "groups":
			if alike(i) && !(c.Head == "#" && len(a.Arms) == 1) {
				continue
			}
		}
		kept = append(kept, i)
		g.Columns = append(g.Columns, c)
	}
	notes := footnotes{}
	for k, arm := range a.Arms {
		row := page.Row{Mark: markOf(arm), Interval: intervalOf(a, arm)}
		for _, i := range kept {
			row.Cells = append(row.Cells, cells[i][k])
		}
		for _, w := range arm.Warnings {
			row.Notes = append(row.Notes, notes.number(w.Text))
		}
		g.Rows = append(g.Rows, row)
	}
	g.Notes = notes.texts
	return g
}

// intervalOf is what is drawn of an arm; nil where nothing is known, or all that is known makes no
// sense.
func intervalOf(a rank.Analysis, arm rank.Arm) *page.Interval {
	if arm.IsBaseline || !arm.Difference.Exists() || beyondSense(a, arm.Interval) {
		return nil
	}
	return &page.Interval{Low: float64(arm.Interval.Low), Estimate: float64(arm.Difference), High: float64(arm.Interval.High)}
}

// forestChart is the forest plot of an analysis; none where there is nothing to compare.
func forestChart(a rank.Analysis) ([]page.Block, error) {
	f := chart.Forest{Axis: "difference from the baseline, " + a.EffectUnit, Unit: a.EffectUnit}
	f.Description = fmt.Sprintf("Differences of %s from the baseline in %s, with their intervals, in %s.", a.Metric, a.Workload, a.EffectUnit)
	if a.Margin.Exists() {
		f.Margin = float64(a.Margin)
	}
	decimals := decimalsFor(a)
	for _, arm := range a.Arms {
		if arm.IsBaseline {
			continue
		}
		row := chart.ForestRow{Name: arm.Name, Low: math.NaN(), High: math.NaN(), Estimate: float64(arm.Difference), Verdict: chartVerdict(markOf(arm)), Note: differenceCell(a, arm, decimals)}
		if i := intervalOf(a, arm); i != nil {
			row.Low, row.High = i.Low, i.High
		}
		f.Rows = append(f.Rows, row)
	}
	if len(f.Rows) == 0 {
		return nil, nil
	}
	return drawn(of(a)+", differences from the baseline", idOf("forest", a.Workload, a.Metric), func(width int) (chart.Spec, error) { f.Width = width; return f.Spec() })
}

// chartVerdict is how a mark is drawn.
func chartVerdict(m page.Mark) chart.Verdict {
	switch m {
	case page.Better, page.Worse, page.Equivalent, page.Undecided:
		return chart.Verdict(m)
	}
	return chart.None
}

// narrowWidth is the width of charts for narrow pages, in pixels.
const narrowWidth = 360

// drawn is a chart in its two widths.
func drawn(title, name string, spec func(width int) (chart.Spec, error)) ([]page.Block, error) {
	wide, err := spec(0)
	if err != nil {
		return nil, err
	}
	narrow, err := spec(narrowWidth)
	if err != nil {
		return nil, err
	}
	return []page.Block{page.Chart{Title: title, Name: name, Wide: wide, Narrow: narrow}}, nil
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
	case a.Stints != nil && beyondSense(a, arm.Interval):
		return "-" // what adjusts for the order within boots leaves no number of it that anybody measured
	case a.Scale == sample.Difference:
		return fmt.Sprintf("%.*f", decimals, arm.Estimate+0)
	}
	return significant(arm.Estimate, 2+decimals)
}

// bootsCell is the number of ranked boots, out of all if any was lost. Of an arm that is switched they are those in
// which it has a value, out of those in which it was planned.
func bootsCell(a rank.Analysis, arm rank.Arm) string {
	if a.Stints != nil {
		if arm.Boots.OK < arm.Boots.Planned {
			return fmt.Sprintf("%d of %d", arm.Boots.OK, arm.Boots.Planned)
		}
		return fmt.Sprint(arm.Boots.OK)
	}
	if n := lost(arm); n > 0 {
		return fmt.Sprintf("%d of %d", arm.Boots.OK, arm.Boots.OK+n)
	}
	return fmt.Sprint(arm.Boots.OK)
}

// tooFew stands in the place of a difference that is not known within a factor of beyondFactor.
const tooFew = "too few boots to tell"

func differenceCell(a rank.Analysis, arm rank.Arm, decimals int) string {
	if arm.IsBaseline {
		return "baseline"
	}
	if record.True(arm.Equal) {
		return "equal in every boot"
	}
	if beyondSense(a, arm.Interval) {
		return tooFew
	}
	text := signed(arm.Difference, decimals)
	if arm.Interval.Low.Exists() {
		text += fmt.Sprintf(" [%s, %s]", signed(arm.Interval.Low, decimals), signed(arm.Interval.High, decimals))
	}
	if arm.Exploratory {
		text += " ?"
	}
	return text
}

// footnotes numbers texts; equal ones share a number.
type footnotes struct{ texts []string }

func (f *footnotes) number(text string) int {
	if i := slices.Index(f.texts, text); i >= 0 {
		return i + 1
	}
	f.texts = append(f.texts, text)
	return len(f.texts)
}
