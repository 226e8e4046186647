package results

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"vnettune/foreign"
	"vnettune/matrix"
)

// ErrOtherCampaign says that a store belongs to another campaign, or to an
// earlier text of this one; the error that wraps it names what differs.
var ErrOtherCampaign = errors.New("the store belongs to another campaign")

// Campaign is the campaign that the store was made for, as it was run last.
func (s *Store) Campaign() Campaign { return s.campaign }

// Plan is the campaign's plan.
func (s *Store) Plan() matrix.Plan { return s.campaign.Plan }

// load reads the campaign and its plan; sql.ErrNoRows when none is stored yet.
func (s *Store) load() error {
	var c Campaign
	var plan, created, seed string
	err := s.db.QueryRow("SELECT name, file, text, generation, plan, seed, created FROM campaign").
		Scan(&c.Name, &c.File, &c.Text, &c.Generation, &plan, &seed, &created)
	if err != nil {
		return err
	}
	lines(&c.Name, &c.File, &c.Generation)
	if c.Plan, err = ParsePlan(plan); err != nil {
		return damaged(fmt.Errorf("the plan: %w", err))
	}
	if c.Seed, err = strconv.ParseUint(seed, 10, 64); err != nil {
		return damaged(fmt.Errorf("the seed: %w", err))
	}
	if err := parseTime(&c.Created, created); err != nil {
		return damaged(err)
	}
	revisions, err := s.revisions()
	if err != nil {
		return err
	}
	for _, r := range revisions {
		c.File, c.Text, c.Plan = r.File, r.Text, r.Plan
		if r.Grown {
			c.Grown++
		}
		if err := c.Check(); err != nil {
			return damaged(err)
		}
	}
	if err := c.Check(); err != nil {
		return damaged(err)
	}
	s.campaign = c
	return nil
}

// maxPlanned is more settings than the catalogue has.
const maxPlanned = 1000

// ParsePlan reads a plan as a store has it. What is made of a setting in memory is a thousand times as long as
// the shortest text of one, and boots may be many: the lists are counted before they are read.
func ParsePlan(text string) (matrix.Plan, error) {
	var p matrix.Plan
	var count struct {
		Settings, Arms []struct{}
		Slots          json.RawMessage
	}
	if err := json.Unmarshal([]byte(text), &count); err != nil {
		return p, err
	}
	var slots []struct{}
	rest := text
	if count.Slots != nil {
		if err := json.Unmarshal(count.Slots, &slots); err != nil {
			return p, err
		}
		rest = strings.Replace(text, string(count.Slots), "null", 1)
	}
	if len(count.Settings) > maxPlanned || len(count.Arms) > matrix.MaxArms || len(slots) > matrix.MaxSlots {
		return p, fmt.Errorf("%d settings, %d arms and %d boots: no plan has so many", len(count.Settings), len(count.Arms), len(slots))
	}
	if err := foreign.CheckJSON([]byte(rest), maxDocument); err != nil {
		return p, err
	}
	return p, json.Unmarshal([]byte(text), &p)
}

// Check says what no campaign of a store is: one without boots, or with a boot of an arm that is none.
func (c Campaign) Check() error {
	switch p := c.Plan; {
	case c.Name == "":
		return errors.New("the campaign has no name")
	case len(p.Arms) == 0 || len(p.Slots) == 0:
		return errors.New("the plan has no boots")
	case c.Generation != string(p.Generation):
		return fmt.Errorf("the campaign is for %s, its plan for %s", c.Generation, p.Generation)
	}
	if sw := c.Plan.Switch; sw != nil {
		if err := sw.Check(len(c.Plan.Arms)); err != nil {
			return err
		}
	}
	for i, s := range c.Plan.Slots {
		if s.Boot < 0 || (s.Boot > 0 || s.Only != matrix.Always) && c.Plan.Switch == nil {
			return fmt.Errorf("the plan's slot %d is of its boot %d, and it does not switch", i+1, s.Boot)
		}
		if s.Arm < 0 || s.Arm >= len(c.Plan.Arms) {
			return fmt.Errorf("the plan's boot %d is of arm %d, and there are %d arms", i+1, s.Arm, len(c.Plan.Arms))
		}
	}
	return nil
}

// differences names what makes campaign b another than a, but for the order of their boots. Where a file lies, how it
// says what it says, and when its store was made does not.
func differences(a, b Campaign) []string {
	p, q := a.Plan, b.Plan
	var all []string
	differ := func(what string, x, y any) {
		if was, now := textOf(x), textOf(y); was != now {
			all = append(all, fmt.Sprintf("%s: stored %s, now %s", what, excerpt(was, now), excerpt(now, was)))
		}
	}
	differ("name", a.Name, b.Name)
	differ("seed", a.Seed, b.Seed)
	differ("generation", a.Generation, b.Generation)
	differ("settings", places(p), places(q))
	differ("arms", p.Arms, q.Arms)
	return all
}

// excerpt is where a text begins to differ from another, as much as a message takes.
func excerpt(text, other string) string {
	const before, most = 20, 60
	if len(text) <= most {
		return text
	}
	at := 0
	for at < len(text) && at < len(other) && text[at] == other[at] {
		at++
	}
	from := max(0, at-before)
	to := min(len(text), from+most)
	out := strings.ToValidUTF8(text[from:to], "")
	if from > 0 {
		out = "... " + out
	}
	if to < len(text) {
		out += " ..."
	}
	return out
}

// lineThatDiffers shows the first line in which two texts differ.
func lineThatDiffers(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	n := 0
	for n < len(x) && n < len(y) && x[n] == y[n] {
		n++
	}
	at := func(lines []string) string {
		if n < len(lines) {
			return fmt.Sprintf("%q", lines[n])
		}
		return "nothing"
	}
	return fmt.Sprintf("campaign file, line %d: stored %s, now %s", n+1, at(x), at(y))
}

// places is what of a plan's settings decides what is written to the guest. The
// catalogue's words around them may be improved between two sessions.
func places(p matrix.Plan) map[string]matrix.Form {
	all := map[string]matrix.Form{}
	for _, s := range p.Settings {
		all[s.Setting.ID] = s.Form
	}
	return all
}

func textOf(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic("results: plan data does not encode: " + err.Error())
	}
	return string(data)
}
