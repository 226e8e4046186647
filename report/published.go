package report

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"vnettune/matrix"
	"vnettune/report/page"
	"vnettune/report/rank"
	"vnettune/report/rank/effects"
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
	With     string // without one: the arm of the fewest lines that has it; "" for none
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
			fewest := 0
			for _, arm := range p.Arms {
				differs := arm.Combination.Differences(base)
				switch {
				case !slices.Contains(differs, line):
				case len(differs) == 1:
					l.Alone = arm.Name
				case fewest == 0 || len(differs) < fewest:
					l.With, fewest = arm.Name, len(differs)
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
			words = append(words, fmt.Sprintf("%s in %d of %s", word, n, count(all, applied(p.Switch != nil))))
		}
	}
	return strings.Join(words, ", ")
}

// linesPart are the published lines with what was found of each: the table that is cited.
func linesPart(r Report) []page.Part {
	var blocks []page.Block
	for _, profile := range r.Published {
		blocks = append(blocks, profile.grid(r, stored.Primary(r.Ranking.Analyses)))
		if profile.Source != "" {
			blocks = append(blocks, page.Text{Words: "Source: " + profile.Source})
		}
	}
	return parts(page.Part{Title: "The published lines, one by one", ID: "lines", Long: true, Blocks: blocks})
}

// address finds the address in a source's words.
var address = regexp.MustCompile(`https?://[^\s()<>"]+[^\s()<>".,;]`)

// grid has a row for each line: what it does alone and what leaving it out does, in every analysis,
// whether it was in effect, and the verdict.
func (p Published) grid(r Report, all []rank.Analysis) page.Grid {
	g := page.Grid{Title: p.Title, Columns: []page.Column{{Head: "line", Name: true}}}
	studies := make([]lineStudy, len(all))
	leftOut := false
	for i, a := range all {
		studies[i] = newLineStudy(r, a)
		leftOut = leftOut || studies[i].settings != nil
	}
	for _, a := range all {
		of := ""
		if len(all) > 1 {
			of = " in " + a.Workload
			if slices.ContainsFunc(all, func(b rank.Analysis) bool { return b.Workload == a.Workload && b.Metric != a.Metric }) {
				of += ", " + a.Metric
			}
		}
		g.Columns = append(g.Columns, page.Column{Head: "alone" + of + ", " + shortUnit(a.EffectUnit)})
		if leftOut {
			g.Columns = append(g.Columns, page.Column{Head: "left out" + of + ", " + shortUnit(a.EffectUnit), Spare: 1})
		}
	}
	g.Columns = append(g.Columns, page.Column{Head: "in effect", Spare: 2}, page.Column{Head: "verdict", Verdict: true})
	link := address.FindString(p.Source)
	for _, l := range p.Lines {
		row := page.Row{Cells: []string{l.Line}, Mark: page.NoVerdict}
		var words []string
		for _, s := range studies {
			found := s.of(l)
			row.Cells = append(row.Cells, found.alone)
			if leftOut {
				row.Cells = append(row.Cells, found.leftOut)
			}
			words = append(words, found.verdict)
			row.Mark = strongest(row.Mark, found.mark)
		}
		if l.Dropped != "" {
			words = []string{"not set: " + l.Dropped}
		}
		row.Cells = append(row.Cells, cmp.Or(l.InEffect, "-"), verdictsOf(all, words))
		if link != "" {
			row.Links = map[int]string{0: link}
		}
		g.Rows = append(g.Rows, row)
	}
	return g
}

// strongest is the mark of a line of which several analyses say something: harm before all else.
func strongest(x, y page.Mark) page.Mark {
	for _, m := range []page.Mark{page.Worse, page.Better, page.Undecided, page.Equivalent} {
		if x == m || y == m {
			return m
		}
	}
	return page.NoVerdict
}

// verdictsOf are the verdicts of all analyses: one word where they agree.
func verdictsOf(all []rank.Analysis, words []string) string {
	if len(slices.Compact(slices.Clone(words))) == 1 {
		return words[0]
	}
	var parts []string
	for i, word := range words {
		parts = append(parts, all[i].Workload+": "+word)
	}
	return strings.Join(parts, "; ")
}

// lineStudy is what one analysis says of lines.
type lineStudy struct {
	analysis rank.Analysis
	arms     map[string]rank.Arm
	settings map[string]effects.SettingInProfile // by id; nil where no profile was taken apart
	speaker  settingSpeaker
}

func newLineStudy(r Report, a rank.Analysis) lineStudy {
	s := lineStudy{analysis: a, arms: map[string]rank.Arm{}}
	for _, arm := range a.Arms {
		s.arms[arm.Name] = arm
	}
	if e := r.effectsOf(a); e != nil && e.Profile != nil {
		s.speaker = settingSpeaker{speaker{a, profileDecimals(*e.Profile)}}
		s.settings = map[string]effects.SettingInProfile{}
		for _, one := range e.Profile.Settings {
			s.settings[one.Setting] = one
		}
	}
	return s
}

// lineFound is what an analysis says of a line.
type lineFound struct {
	alone, leftOut, verdict string
	mark                    page.Mark
}

func (s lineStudy) of(l PublishedLine) lineFound {
	found := lineFound{alone: "-", leftOut: "-", verdict: "not run alone", mark: page.NoVerdict}
	if arm, ok := s.arms[l.Alone]; ok {
		found.alone, found.verdict, found.mark = differenceCell(s.analysis, arm, decimalsFor(s.analysis)), verdictWords(arm), markOf(arm)
	} else if arm, ok := s.arms[l.With]; ok {
		found.verdict = "not run alone; in " + l.With + ": " + verdictWords(arm)
	}
	id, _, _ := strings.Cut(l.Line, "=")
	one, ok := s.settings[id]
	if !ok {
		return found
	}
	found.alone, found.leftOut = s.speaker.contrast(one.Alone), s.speaker.contrast(one.LeftOut)
	if reading := s.speaker.reading(one.LeftOut); reading != ReadingNotRun {
		found.verdict, found.mark = "in the profile: "+string(reading), markOfReading(reading)
	}
	return found
}
