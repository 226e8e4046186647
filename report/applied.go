package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"vnettune/report/page"
	"vnettune/report/rank"
	"vnettune/report/stored"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// Change is what vnettune apply makes of one setting, with what is known about it.
type Change struct {
	Setting, Found, Wanted string
	None                   bool     // it is so already
	For, Against           []string // profiles that recommend it, and that recommend another value
	Verdicts               []string // of a campaign, in words
}

// TellChanges says what would be changed on a guest. whole are verdicts about all of it together, left what was left out.
func TellChanges(what string, changes []Change, verdicts bool, whole, left []string) page.Page {
	p := page.Page{Title: "To apply: " + what, Key: "apply"}
	g := page.Grid{Columns: []page.Column{{Head: "setting", Name: true}, {Head: "found"}, {Head: "wanted"}, {Head: "recommended by"}, {Head: "contradicted by"}}}
	if verdicts {
		g.Columns = append(g.Columns, page.Column{Head: "verdicts on it alone"})
	}
	n := 0
	for _, c := range changes {
		wanted := c.Wanted
		if c.None {
			wanted = "as found"
		} else {
			n++
		}
		cells := []string{c.Setting, c.Found, wanted, orNobody(c.For), orNobody(c.Against)}
		if verdicts {
			text := strings.Join(c.Verdicts, "; ")
			if text == "" {
				text = "not measured alone"
			}
			cells = append(cells, text)
		}
		g.Rows = append(g.Rows, page.Row{Cells: cells})
	}
	switch n {
	case 0:
		p.Lead = []string{"Nothing would change: the guest has all of it."}
	default:
		p.Lead = []string{fmt.Sprintf("%s of %d would change.", count(n, "setting"), len(changes))}
	}
	for _, w := range whole {
		p.Lead = append(p.Lead, "All of it together: "+w+".")
	}
	for _, l := range left {
		p.Lead = append(p.Lead, "Left out: "+l+".")
	}
	p.Parts = []page.Part{{ID: "changes", Blocks: []page.Block{g}}}
	return p
}

func orNobody(names []string) string {
	if len(names) == 0 {
		return "nobody"
	}
	return strings.Join(names, ", ")
}

// VerdictsOn are what a report says of one value of a setting by the arms that set nothing else.
func (r Report) VerdictsOn(setting, value string) []string {
	return r.verdictsWhere(func(arm string) bool { return slices.Equal(r.Settings[arm], []string{setting + "=" + value}) })
}

// VerdictsOf are what a report says of an arm.
func (r Report) VerdictsOf(arm string) []string {
	return r.verdictsWhere(func(name string) bool { return name == arm })
}

func (r Report) verdictsWhere(is func(arm string) bool) []string {
	var all []string
	for _, a := range stored.Primary(r.Ranking.Analyses) {
		i := slices.IndexFunc(a.Arms, func(arm rank.Arm) bool { return !arm.IsBaseline && is(arm.Name) })
		if i < 0 {
			continue
		}
		arm := a.Arms[i]
		text := of(a) + ": " + verdictWords(arm)
		if arm.Difference.Exists() {
			text += ", " + differenceCell(a, arm, decimalsFor(a)) + " " + a.EffectUnit
		}
		all = append(all, text)
	}
	return all
}

// TellReadings says of each setting that was applied whether it is in effect.
func TellReadings(title string, readings []record.Reading, next ...string) page.Page {
	p := page.Page{Title: title, Key: "applied", Next: next}
	p.Parts = []page.Part{{ID: "in-effect", Blocks: []page.Block{readingList(readings)}}}
	return p
}

// readingList are the readings, one a line.
func readingList(readings []record.Reading) page.List {
	var l page.List
	for _, r := range readings {
		l.Items = append(l.Items, r.String())
	}
	return l
}

// AppliedState is what a store of vnettune apply says of its guest.
type AppliedState struct {
	What     string           `json:"what"`
	On       bool             `json:"on_the_guest"` // it was proven, and not put back since
	Since    time.Time        `json:"since"`        // when it was proven; the zero time where it never was
	Readings []record.Reading `json:"readings"`     // after its boot
}

// appliedOf is what a store of vnettune apply says; nil for a campaign's.
func appliedOf(c *stored.Campaign) *AppliedState {
	if c.Plan().Applied == "" {
		return nil
	}
	a := AppliedState{What: c.Plan().Applied, Readings: []record.Reading{}}
	for _, b := range c.Kept.Boots {
		a.Readings = b.Readings
		if b.Status == sample.StatusOK {
			a.On, a.Since = c.Kept.Changed, b.Ended
		}
	}
	return &a
}

// tellApplied puts what a store of vnettune apply says into words.
func tellApplied(s Status) page.Page {
	a := s.Applied
	p := page.Page{Title: "Applied: " + a.What, Key: "status " + s.Store, Next: s.Next}
	since := a.Since.UTC().Format("2006-01-02 15:04 MST")
	switch {
	case s.Running != "":
		p.Lead = []string{sentence(string(s.Running))}
	case a.On:
		p.Lead = []string{"It is on the guest since " + since + ", proven by a reboot."}
	case s.Changed:
		p.Lead, p.Verdict = []string{"It was cut short: the guest is left changed, and what it has is not proven."}, page.Worse
	case a.Since.IsZero():
		p.Lead = []string{"It was never on the guest as a whole, which has its originals."}
	default:
		p.Lead = []string{"It was on the guest from " + since + ", which has its originals again."}
	}
	if len(a.Readings) > 0 {
		p.Parts = []page.Part{{Title: "After its boot", ID: "in-effect", Blocks: []page.Block{readingList(a.Readings)}}}
	}
	return p
}

// appliedNotes say what vnettune apply had put on the guest, where a campaign took that for the state that it found.
func appliedNotes(sessions []results.Session) []string {
	var lines []string
	for _, s := range sessions {
		if a := s.Guest.Applied; a != nil {
			line := "the guest was found with what is applied on it, and that is the baseline's: " + a.String()
			if !slices.Contains(lines, line) {
				lines = append(lines, line)
			}
		}
	}
	return lines
}
