package report

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"vnettune/matrix"
	"vnettune/report/page"
	"vnettune/report/rank"
	"vnettune/report/stored"
	"vnettune/results"
	"vnettune/results/record"
)

// Published is a profile of which arms of the campaign are made, line by line.
type Published struct {
	Profile string // its id
	Title   string
	Source  string // title and address
	Lines   []PublishedLine
}

// PublishedLine is one recommendation.
type PublishedLine struct {
	Line     string // setting=value
	Alone    string // the arm that has this line alone; "" for none
	LeftOut  string // the arm that has all lines but this; "" for none
	InEffect string // what the boots that asked for it say
	Dropped  string // why it was not set at all; "" for a line that was
}

// publishedOf are the profiles that arms of the campaign stem from.
func publishedOf(c *stored.Campaign) []Published {
	p := c.Plan()
	base := p.Baseline().Combination
	var all []Published
	for _, a := range p.Arms {
		if a.Profile == "" || slices.ContainsFunc(all, func(x Published) bool { return x.Profile == a.Profile }) {
			continue
		}
		one := Published{Profile: a.Profile, Title: a.Profile}
		if profile, known := matrix.LookupProfile(a.Profile); known {
			one.Title, one.Source = profile.Title, profile.Source
		}
		for _, line := range linesOf(p, a.Profile) {
			l := PublishedLine{Line: line.ID + "=" + string(line.Value), InEffect: inEffectWords(c.Kept.Boots, p, line)}
			for _, arm := range p.Arms {
				differs := arm.Combination.Differences(base)
				if len(differs) == 1 && differs[0] == line {
					l.Alone = arm.Name
				}
				if whole := wholeOf(p, a.Profile); whole != nil && arm.Name != whole.Name && len(differs) > 0 &&
					slices.Equal(differs, slices.DeleteFunc(whole.Combination.Differences(base), func(x matrix.Assignment) bool { return x == line })) {
					l.LeftOut = arm.Name
				}
			}
			one.Lines = append(one.Lines, l)
		}
		for _, d := range p.Dropped {
			if d.Profile == a.Profile {
				one.Lines = append(one.Lines, PublishedLine{Line: d.Line, Dropped: d.Reason})
			}
		}
		all = append(all, one)
	}
	return all
}

// wholeOf is the arm that has all lines of a profile: of its arms the one with the most; nil for none.
func wholeOf(p matrix.Plan, profile string) *matrix.Arm {
	var whole *matrix.Arm
	most := 0
	for i, a := range p.Arms {
		if n := len(a.Combination.Differences(p.Baseline().Combination)); a.Profile == profile && n > most {
			whole, most = &p.Arms[i], n
		}
	}
	return whole
}

// linesOf are the assignments of a profile's arms that are not the baseline's, in the order of the
// published lines as far as they name them.
func linesOf(p matrix.Plan, profile string) []matrix.Assignment {
	var lines []matrix.Assignment
	for _, a := range p.Arms {
		if a.Profile != profile {
			continue
		}
		for _, x := range a.Combination.Differences(p.Baseline().Combination) {
			if !slices.Contains(lines, x) {
				lines = append(lines, x)
			}
		}
	}
	known, _ := matrix.LookupProfile(profile)
	place := func(x matrix.Assignment) int {
		if i := slices.IndexFunc(known.Lines, func(l matrix.Line) bool { return l.Setting == x.ID }); i >= 0 {
			return i
		}
		return len(known.Lines)
	}
	slices.SortStableFunc(lines, func(x, y matrix.Assignment) int { return place(x) - place(y) })
	return lines
}

// inEffectWords say of the boots whose arm asked for an assignment whether it was in effect.
func inEffectWords(boots []results.Boot, p matrix.Plan, line matrix.Assignment) string {
	counts := map[record.InEffect]int{}
	all := 0
	for _, b := range boots {
		i := slices.IndexFunc(p.Arms, func(a matrix.Arm) bool { return a.Name == b.Arm })
		if i < 0 {
			continue
		}
		if v, ok := p.Arms[i].Combination.Value(line.ID); !ok || v != line.Value {
			continue
		}
		for _, r := range b.Readings {
			if r.ID != line.ID {
				continue
			}
			all++
			switch {
			case !r.AsAsked:
				counts["not configured"]++
			default:
				counts[r.InEffect]++
			}
		}
	}
	if all == 0 {
		return "not read"
	}
	var words []string
	for _, word := range []record.InEffect{record.Yes, record.No, record.NotObservable, "not configured"} {
		switch n := counts[word]; {
		case n == all:
			return string(word)
		case n > 0:
			words = append(words, fmt.Sprintf("%s in %d of %s", word, n, count(all, "boot")))
		}
	}
	return strings.Join(words, ", ")
}

// linesPart are the published lines with what was found of each: the table that is cited.
func linesPart(r Report) []page.Part {
	var blocks []page.Block
	for _, profile := range r.Published {
		for _, a := range stored.Primary(r.Ranking.Analyses) {
			blocks = append(blocks, profile.grid(r, a))
		}
		if profile.Source != "" {
			blocks = append(blocks, page.Text{Words: "Source: " + profile.Source})
		}
	}
	return parts(page.Part{Title: "The published lines, one by one", ID: "lines", Long: true, Blocks: blocks})
}

// address finds the address in a source's words.
var address = regexp.MustCompile(`https?://[^\s()<>"]+[^\s()<>".,;]`)

func (p Published) grid(r Report, a rank.Analysis) page.Grid {
	g := page.Grid{Title: p.Title + " - " + of(a), Columns: []page.Column{
		{Head: "line", Name: true}, {Head: "alone, " + shortUnit(a.EffectUnit)}, {Head: "left out, " + shortUnit(a.EffectUnit), Spare: 1}, {Head: "in effect", Spare: 2}, {Head: "verdict", Verdict: true}}}
	decimals := decimalsFor(a)
	arms := map[string]rank.Arm{}
	for _, arm := range a.Arms {
		arms[arm.Name] = arm
	}
	effect := func(name string) string {
		if arm, ok := arms[name]; ok {
			return differenceCell(a, arm, decimals)
		}
		return "-"
	}
	e := r.effectsOf(a)
	for _, l := range p.Lines {
		row := page.Row{Cells: []string{l.Line, effect(l.Alone), "-", l.InEffect, "not run alone"}, Mark: page.NoVerdict}
		if arm, ok := arms[l.Alone]; ok {
			row.Cells[4], row.Mark = verdictWords(arm.Verdict), markOf(arm)
		}
		if e != nil && e.Profile != nil {
			s := settingSpeaker{speaker{a, profileDecimals(*e.Profile)}}
			for _, one := range e.Profile.Settings {
				if id, _, _ := strings.Cut(l.Line, "="); one.Setting == id {
					row.Cells[1], row.Cells[2] = s.contrast(one.Alone), s.contrast(one.LeftOut)
					if reading := s.reading(one.LeftOut); reading != ReadingNotRun {
						row.Cells[4], row.Mark = "in the profile: "+string(reading), markOfReading(reading)
					}
				}
			}
		}
		if l.Dropped != "" {
			row.Cells, row.Mark = []string{l.Line, "-", "-", "-", "not set: " + l.Dropped}, page.NoVerdict
		}
		if link := address.FindString(p.Source); link != "" {
			row.Links = map[int]string{0: link}
		}
		g.Rows = append(g.Rows, row)
	}
	if !slices.ContainsFunc(g.Rows, func(row page.Row) bool { return row.Cells[2] != "-" }) {
		g.Columns = slices.Delete(g.Columns, 2, 3)
		for i := range g.Rows {
			g.Rows[i].Cells = slices.Delete(g.Rows[i].Cells, 2, 3)
		}
	}
	return g
}
