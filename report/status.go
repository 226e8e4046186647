package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"vnettune/report/page"
	"vnettune/report/stored"
	"vnettune/results/record"
	"vnettune/results/sample"
	"vnettune/trouble"
)

// Status is how a store's campaign stands: what was made, what failed, what is going on, and what to do next.
type Status struct {
	Schema   string       `json:"schema"`
	Campaign string       `json:"campaign"`
	Store    string       `json:"store"`
	Begun    time.Time    `json:"begun"`
	Made     int          `json:"made"`         // planned boots, or stints, that are over
	Planned  int          `json:"planned"`      // a search leaves some out
	Stints   bool         `json:"stints"`       // they are stints
	Ranked   int          `json:"ranked"`       // of those that were made
	Done     bool         `json:"done"`         // nothing is left to do
	Left     float64      `json:"left_seconds"` // by the boots so far; 0 where it is not known
	NotOK    []StatusBoot `json:"not_ranked"`
	Look     int          `json:"look"`    // of Looks, by the blocks that were added
	Looks    int          `json:"looks"`   // as the file fixed them
	Running  record.Name  `json:"running"` // what is going on, in words; null for nothing
	Changed  bool         `json:"guest_changed"`
	HostSet  bool         `json:"host_set"`
	// Variant is the one that the guest's machine, or its driver, is or may be, while it is not as it was found; null for none.
	Variant record.Name `json:"variant"`
	// Applied is what vnettune apply put on the guest; nil for a campaign's store.
	Applied *AppliedState `json:"applied,omitempty"`
	Next    []string      `json:"next"` // commands and advice, the first first
}

// StatusBoot is a boot that is not ranked, and why.
type StatusBoot struct {
	Boot   string `json:"boot"`
	Block  int    `json:"block"`
	Arm    string `json:"arm"`
	Status string `json:"status"`
	Reason string `json:"reason"`
}

// StatusSchema names the JSON form of a status; docs/schema/status-v1.json describes it.
const StatusSchema = "vnettune/status/v1"

// StatusOf is how a store's campaign stands.
func StatusOf(c *stored.Campaign) Status {
	p := c.Progress()
	times, _ := c.Grown()
	s := Status{Schema: StatusSchema, Campaign: c.Kept.Campaign.Name, Store: c.Path, Begun: c.Begun(), Made: p.Made, Planned: p.Planned, Stints: p.Stints, Done: p.Done,
		NotOK: []StatusBoot{}, Look: times + 1, Looks: max(1, c.File.Looks), Running: record.Name(runningWords(c)), Changed: c.Kept.Changed, HostSet: c.Kept.HostSet, Applied: appliedOf(c)}
	excluded, ranked := map[string]string{}, map[int]bool{} // a slot that was booted again is ranked once
	for _, e := range c.Kept.Exclusions {
		excluded[e.Boot] = e.Reason
	}
	for _, b := range c.Kept.Boots {
		reason, out := excluded[b.ID]
		switch {
		case out:
			s.NotOK = append(s.NotOK, StatusBoot{b.Name(), b.Block, b.Arm, sample.StatusExcluded, reason})
		case b.Status == sample.StatusOK:
			ranked[b.Order] = true
		default:
			s.NotOK = append(s.NotOK, StatusBoot{b.Name(), b.Block, b.Arm, b.Status, b.Reason})
		}
	}
	s.Ranked = len(ranked)
	if !p.Done {
		s.Left = c.TimeLeft().Seconds()
	}
	if s.Changed {
		s.Variant = record.Name(c.Kept.Variant)
	}
	s.Next = s.next(c)
	return s
}

// next is what to do, the first first.
func (s Status) next(c *stored.Campaign) []string {
	path, file := trouble.ShellWord(c.Path), trouble.ShellWord(c.Kept.Campaign.File)
	run := "vnettune run " + file + " --store " + path
	var all []string
	switch {
	case s.Applied != nil && s.Running == "" && s.Changed:
		return []string{"put the guest's originals back: vnettune restore " + path}
	case s.Applied != nil && s.Running == "":
		return []string{}
	case s.Applied != nil:
		return []string{"wait for it"}
	case s.Running != "":
		return []string{"wait for it; what it has measured so far: vnettune report " + path}
	case s.HostSet && !s.Changed && s.Done:
		all = append(all, "put this host back: vnettune restore "+path)
	case s.Changed && s.Done:
		all = append(all, "put the guest's originals back: vnettune restore "+path)
	case s.Changed, s.HostSet:
		all = append(all, "go on, which puts the guest's originals back at its end: "+run, "or put them back now: vnettune restore "+path)
	case !s.Done:
		all = append(all, "go on: "+run)
	}
	if s.Ranked > 0 {
		all = append(all, "what is known so far: vnettune report "+path)
	}
	if s.Done && s.Look < s.Looks {
		all = append(all, fmt.Sprintf("if that is not enough: raise blocks in %s and run it again (look %d of %d)", file, s.Look+1, s.Looks))
	}
	return all
}

// TellStatus puts a status into words.
func TellStatus(s Status) page.Page {
	if s.Applied != nil {
		return tellApplied(s)
	}
	noun := applied(s.Stints)
	p := page.Page{Title: "Campaign " + s.Campaign, Key: "status " + s.Store, Next: s.Next}
	lead := fmt.Sprintf("%d of %s are over, %d of them ranked.", s.Made, count(s.Planned, noun), s.Ranked)
	switch {
	case s.Done:
		lead = fmt.Sprintf("Done: %s, %d of them ranked.", count(s.Made, noun), s.Ranked)
	case s.Left > 0:
		lead += fmt.Sprintf(" About %s are left.", roughly(s.Left))
	}
	p.Lead = []string{lead, "Begun " + s.Begun.UTC().Format("2006-01-02 15:04 MST") + "."}
	if s.Running != "" {
		p.Lead = append(p.Lead, sentence(string(s.Running)))
	} else {
		p.Lead = append(p.Lead, "No run is going on.")
	}
	switch {
	case s.Running != "":
	case s.Changed && s.Variant != "":
		p.Lead, p.Verdict = append(p.Lead, fmt.Sprintf("The guest is left changed; its machine or driver may be that of variant %s.", s.Variant)), page.Worse
	case s.Changed:
		p.Lead, p.Verdict = append(p.Lead, "The guest is left changed."), page.Worse
	default:
		p.Lead = append(p.Lead, "The guest is as it was found.")
	}
	if s.HostSet && s.Running == "" {
		p.Lead, p.Verdict = append(p.Lead, "This host is left as the campaign set it."), page.Worse
	}
	if s.Looks > 1 || s.Look > s.Looks {
		line := fmt.Sprintf("Look %d of %d, as fixed before the first boot.", s.Look, s.Looks)
		if s.Look > s.Looks {
			line = fmt.Sprintf("Blocks were added %s, and the file fixed %s (looks): nothing of it is judged any more.", count(s.Look-1, "time"), count(s.Looks-1, "time"))
		}
		p.Lead = append(p.Lead, line)
	}
	if len(s.NotOK) > 0 {
		g := page.Grid{Columns: []page.Column{{Head: "boot", Name: true}, {Head: "block", Right: true, Spare: 1}, {Head: "combination", Name: true}, {Head: "status"}, {Head: "why"}}}
		for _, b := range s.NotOK {
			g.Rows = append(g.Rows, page.Row{Cells: []string{b.Boot, fmt.Sprint(b.Block), b.Arm, b.Status, b.Reason}})
		}
		p.Parts = append(p.Parts, page.Part{Title: "Not ranked", ID: "not-ranked", Blocks: []page.Block{g}})
	}
	return p
}

// roughly is a time of seconds in words.
func roughly(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	switch {
	case d >= 10*time.Hour:
		return fmt.Sprintf("%.0f hours", d.Hours())
	case d >= time.Hour:
		return fmt.Sprintf("%.1f hours", d.Hours())
	case d >= 2*time.Minute:
		return fmt.Sprintf("%.0f minutes", d.Minutes())
	}
	return fmt.Sprintf("%.0f s", d.Seconds())
}

// sentence begins words as a sentence and ends them.
func sentence(words string) string { return strings.ToUpper(words[:1]) + words[1:] + "." }

// StatusJSON writes a status for programs.
func StatusJSON(w io.Writer, s Status) error { return writeJSON(w, "status", s) }
