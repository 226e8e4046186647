package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"vnettune/report/page"
	"vnettune/report/rank"
	"vnettune/report/stored"
	"vnettune/results/record"
)

// VerdictsSchema names the JSON form of a page of many campaigns; docs/schema/verdicts-v1.json describes it.
const VerdictsSchema = "vnettune/verdicts/v1"

// TellVerdicts puts what many campaigns found into words, contradictions first.
func TellVerdicts(v stored.Verdicts) page.Page {
	p := page.Page{Title: "Verdicts of " + count(len(v.Campaigns), "campaign"), Key: "verdicts", Notice: verdictsNotice(v), Lead: verdictsLead(v)}
	for _, part := range []struct {
		title, id string
		of        stored.Contradiction
	}{
		{"Contradictions on one Windows, driver and host", "within", stored.Within},
		{"Contradictions between Windows, drivers and hosts", "elsewhere", stored.Elsewhere},
		{"All other verdicts", "others", stored.NoContradiction},
	} {
		cells := slices.DeleteFunc(slices.Clone(v.Cells), func(c stored.VerdictCell) bool { return c.Contradict != part.of })
		if len(cells) == 0 {
			continue
		}
		if len(cells) == len(v.Cells) {
			part.title = "Verdicts"
		}
		p.Parts = append(p.Parts, page.Part{Title: part.title, ID: part.id, Blocks: verdictGrids(cells, part.of == stored.Elsewhere)})
	}
	var found []string
	for _, c := range v.Cells {
		if len(c.Found) > 1 {
			found = append(found, cellName(c)+": "+strings.Join(foundWords(c), "; "))
		}
	}
	if len(found) > 0 {
		p.Parts = append(p.Parts, page.Part{Title: "Campaign by campaign", ID: "campaigns", Detail: true, Blocks: []page.Block{page.List{Items: found}}})
	}
	var left []string
	for _, l := range v.LeftOut {
		left = append(left, l.Path+": "+l.Reason)
	}
	if len(left) > 0 {
		p.Parts = append(p.Parts, page.Part{Title: "Left out", ID: "left-out", Blocks: []page.Block{page.List{Items: left}}})
	}
	p.Parts = append(p.Parts, page.Part{Title: "How to read it", ID: "how", Detail: true, Blocks: paragraphs(
		"Each verdict is that of one campaign, by its own margin and its own error rate for its own family. Nothing is pooled, and a page of n families is wrong in up to n times as many of them.",
		"Of several campaigns the effect is that with the narrowest interval. Two verdicts contradict each other where one is that a setting helps and the other that it harms, or where what is claimed differs and the intervals have nothing in common.",
		"A bundle shows what was changed since its manifest's hash was told, not who made it.")})
	return p
}

// verdictsNotice says that a stand-in was measured, if any was.
func verdictsNotice(v stored.Verdicts) string {
	for _, c := range v.Campaigns {
		if c.StandIn() {
			return StandInNotice
		}
	}
	return ""
}

func verdictsLead(v stored.Verdicts) []string {
	if len(v.Cells) == 0 {
		return notEmpty("No campaign here has a verdict on a setting.", leftOutSentence(v))
	}
	n := map[stored.Contradiction]int{}
	settings := map[string]bool{}
	for _, c := range v.Cells {
		n[c.Contradict]++
		settings[c.Setting] = true
	}
	lead := []string{fmt.Sprintf("%s on %s, of %s.", count(len(v.Cells), "result"), settingGroups(len(settings)), count(len(v.Campaigns), "campaign"))}
	switch {
	case n[stored.Within] > 0:
		lead = append(lead, fmt.Sprintf("%s contradict themselves on one Windows, driver and host: find out what differed before anything else.", resultsOf(n[stored.Within])))
	case n[stored.Elsewhere] == 0:
		lead = append(lead, "None contradicts another.")
	}
	if n[stored.Elsewhere] > 0 {
		lead = append(lead, fmt.Sprintf("%s are contradicted on another Windows, driver or host.", resultsOf(n[stored.Elsewhere])))
	}
	return notEmpty(append(lead, leftOutSentence(v))...)
}

func resultsOf(n int) string {
	if n == 1 {
		return "The campaigns of 1 result"
	}
	return fmt.Sprintf("The campaigns of %d results", n)
}

func leftOutSentence(v stored.Verdicts) string {
	if len(v.LeftOut) == 0 {
		return ""
	}
	return fmt.Sprintf("Left out: %s, named below.", count(len(v.LeftOut), "file"))
}

// verdictGrids are cells as tables: one for each Windows, driver and host, or one for each question, which shows side by
// side what differs between them.
func verdictGrids(cells []stored.VerdictCell, byQuestion bool) []page.Block {
	title, head, cell := placeWords, "setting", questionWords
	if byQuestion {
		title, head, cell = questionWords, "Windows, driver and host", placeWords
	}
	grids := map[string]*page.Grid{}
	var order []string
	for _, c := range cells {
		of := title(c)
		g := grids[of]
		if g == nil {
			g = &page.Grid{Title: of, Columns: []page.Column{{Head: head}, {Head: "campaigns", Right: true, Spare: 1}, {Head: "effect [interval]"}, {Head: "verdict", Verdict: true}}}
			grids[of], order = g, append(order, of)
		}
		g.Rows = append(g.Rows, page.Row{Mark: cellMark(c), Cells: []string{cell(c), fmt.Sprint(len(c.Found)), effectOf(c, c.Narrowest().Arm), cellVerdict(c)}})
	}
	slices.Sort(order)
	var blocks []page.Block
	for _, of := range order {
		blocks = append(blocks, *grids[of])
	}
	return blocks
}

func placeWords(c stored.VerdictCell) string {
	words := fmt.Sprintf("%s; driver %s; host %s", known(c.Windows), known(c.Driver), known(c.Host))
	if stored.IsStandIn(c.GuestKind) {
		words = c.GuestKind + ": " + words
	}
	return words
}

func questionWords(c stored.VerdictCell) string {
	words := c.Setting + ": " + c.Metric + " of " + c.Workload
	if c.Measured != "" {
		words += " (" + c.Measured + ")"
	}
	if c.Against != "" {
		words += ", against a baseline with " + c.Against
	}
	return words
}

func known(text string) string {
	if text == "" {
		return "not known"
	}
	return text
}

func effectOf(c stored.VerdictCell, a rank.Arm) string {
	if !a.Difference.Exists() {
		return "-"
	}
	text := signed(a.Difference, 2) + " " + shortUnit(c.EffectUnit)
	if a.Interval.Low.Exists() && a.Interval.High.Exists() {
		text += " [" + signed(a.Interval.Low, 2) + ", " + signed(a.Interval.High, 2) + "]"
	}
	return text
}

// tallied are the printed words of a cell's verdicts, each with how many campaigns say so.
func tallied(c stored.VerdictCell) (words []string, n map[string]int) {
	n = map[string]int{}
	for _, f := range c.Found {
		w := verdictWords(f.Arm)
		if n[w] == 0 {
			words = append(words, w)
		}
		n[w]++
	}
	return words, n
}

func cellVerdict(c stored.VerdictCell) string {
	words, n := tallied(c)
	if len(words) == 1 {
		return words[0]
	}
	for i, w := range words {
		words[i] = fmt.Sprintf("%d: %s", n[w], w)
	}
	return strings.Join(words, "; ")
}

// cellMark is the mark of the one verdict; undecided where there are several.
func cellMark(c stored.VerdictCell) page.Mark {
	if words, _ := tallied(c); len(words) > 1 || c.Contradict == stored.Within {
		return page.Undecided
	}
	return markOf(c.Found[0].Arm)
}

func cellName(c stored.VerdictCell) string {
	return strings.Join(notEmpty(c.Setting, c.Workload+" "+c.Metric, c.Windows, c.Driver), ", ")
}

func foundWords(c stored.VerdictCell) []string {
	var all []string
	for _, f := range c.Found {
		all = append(all, fmt.Sprintf("%s (%s) %s, %s", f.Campaign, f.Path, effectOf(c, f.Arm), verdictWords(f.Arm)))
	}
	return all
}

// jsonVerdicts is the JSON form.
type jsonVerdicts struct {
	Schema    string            `json:"schema"`
	Notice    record.Name       `json:"notice"`
	Sentences []string          `json:"sentences"`
	Campaigns []jsonCounted     `json:"campaigns"`
	LeftOut   []stored.LeftOut  `json:"left_out"`
	Results   []jsonVerdictCell `json:"results"`
}

type jsonCounted struct {
	Path      string      `json:"path"`
	Campaign  string      `json:"campaign"`
	GuestKind record.Name `json:"guest_kind"`
}

type jsonVerdictCell struct {
	Setting       string             `json:"setting"`
	Baseline      record.Name        `json:"baseline"`
	Workload      string             `json:"workload"`
	Measured      record.Name        `json:"measured"`
	Metric        string             `json:"metric"`
	EffectUnit    string             `json:"effect_unit"`
	GuestKind     record.Name        `json:"guest_kind"`
	Windows       record.Name        `json:"windows"`
	Driver        record.Name        `json:"driver"`
	Host          record.Name        `json:"host"`
	Contradiction record.Name        `json:"contradiction"`
	Verdict       string             `json:"verdict"`
	Found         []jsonFoundVerdict `json:"found"`
}

type jsonFoundVerdict struct {
	Campaign   string        `json:"campaign"`
	Path       string        `json:"path"`
	Arm        string        `json:"combination"`
	Boots      int           `json:"boots"`
	Difference record.Number `json:"difference"`
	rank.Interval
	Verdict rank.Verdict `json:"verdict"`
}

// VerdictsJSON writes what many campaigns found for programs.
func VerdictsJSON(w io.Writer, v stored.Verdicts) error {
	d := jsonVerdicts{Schema: VerdictsSchema, Notice: record.Name(verdictsNotice(v)), Sentences: verdictsLead(v), Campaigns: []jsonCounted{}, LeftOut: list(v.LeftOut), Results: []jsonVerdictCell{}}
	for _, c := range v.Campaigns {
		d.Campaigns = append(d.Campaigns, jsonCounted{c.Path, c.Kept.Campaign.Name, record.Name(c.GuestKind())})
	}
	for _, c := range v.Cells {
		one := jsonVerdictCell{Setting: c.Setting, Baseline: record.Name(c.Against), Workload: c.Workload, Measured: record.Name(c.Measured), Metric: c.Metric, EffectUnit: c.EffectUnit, GuestKind: record.Name(c.GuestKind),
			Windows: record.Name(c.Windows), Driver: record.Name(c.Driver), Host: record.Name(c.Host), Contradiction: record.Name(c.Contradict), Verdict: cellVerdict(c)}
		for _, f := range c.Found {
			one.Found = append(one.Found, jsonFoundVerdict{f.Campaign, f.Path, f.Arm.Name, f.Arm.Boots.OK, f.Arm.Difference, f.Arm.Interval, f.Arm.Verdict})
		}
		d.Results = append(d.Results, one)
	}
	return writeJSON(w, "verdicts", d)
}

func settingGroups(n int) string {
	if n == 1 {
		return "1 setting, or settings that are set together"
	}
	return fmt.Sprintf("%d settings, or groups of them that are set together", n)
}
