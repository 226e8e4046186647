package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"vnettune/foreign"
	"vnettune/report/page"
	"vnettune/report/rank/bisect"
	"vnettune/report/rank/gate"
	"vnettune/report/stored"
	"vnettune/results/record"
)

// BisectSchema names the JSON form of a bisect; docs/schema/bisect-v1.json describes it.
const BisectSchema = "vnettune/bisect/v1"

// Bisect is a bisect so far. Its JSON form is what a later call goes on from.
type Bisect struct {
	Schema    string        `json:"schema"`
	Notice    record.Name   `json:"notice"`
	Campaign  string        `json:"campaign"`
	Good      string        `json:"good"`
	Bad       string        `json:"bad"`
	Builds    []string      `json:"builds"` // from the good end to the bad one
	Command   string        `json:"command"`
	Alpha     float64       `json:"alpha"` // of the whole bisect
	Looks     int           `json:"looks"` // of a step, at most
	Blocks    int           `json:"blocks"`
	Steps     int           `json:"steps"` // at most
	StepAlpha float64       `json:"step_alpha"`
	Ending    record.Name   `json:"ending"` // null: it goes on
	FirstBad  record.Name   `json:"first_bad"`
	LastGood  record.Name   `json:"last_good"`
	Suspects  []string      `json:"suspects"`
	Sentences []string      `json:"sentences"`
	Taken     []BisectTaken `json:"taken"`
}

// BisectTaken is a gate that was asked.
type BisectTaken struct {
	Build   string         `json:"build"`
	Look    int            `json:"look"` // of this build, from 1
	Verdict gate.Verdict   `json:"verdict"`
	Store   string         `json:"store"`
	Metrics []BisectMetric `json:"metrics"`
}

// BisectMetric is what a gate said of one metric.
type BisectMetric struct {
	Workload   string        `json:"workload"`
	Metric     string        `json:"metric"`
	EffectUnit string        `json:"effect_unit"`
	Margin     record.Number `json:"margin"`
	Difference record.Number `json:"difference"`
	Lower      record.Number `json:"lower"`
	Upper      record.Number `json:"upper"`
	Verdict    gate.Verdict  `json:"verdict"`
}

// NewBisect is a bisect before its first gate.
func NewBisect(campaign, command string, p bisect.Plan, blocks int) (Bisect, error) {
	b := Bisect{Schema: BisectSchema, Campaign: campaign, Good: p.Builds[0], Bad: p.Builds[len(p.Builds)-1], Builds: p.Builds, Command: command,
		Alpha: p.Alpha, Looks: p.Looks, Blocks: blocks, Steps: p.Steps(), StepAlpha: p.StepAlpha(), Taken: []BisectTaken{}}
	_, err := b.Settle(p)
	return b, err
}

// Take adds the gate of a build.
func (b *Bisect) Take(p bisect.Plan, build string, look int, store string, g stored.Gated) (bisect.State, error) {
	one := BisectTaken{Build: build, Look: look, Verdict: g.Verdict, Store: store, Metrics: []BisectMetric{}}
	for _, r := range g.Results {
		one.Metrics = append(one.Metrics, BisectMetric{r.Workload, r.Metric, r.EffectUnit, r.Margin, r.Difference, r.Interval.Low, r.Interval.High, r.Verdict})
	}
	b.Notice = record.Name(Report{GuestKind: g.GuestKind}.notice())
	b.Taken = append(b.Taken, one)
	return b.Settle(p)
}

// Settle says where the bisect stands, and puts it into words.
func (b *Bisect) Settle(p bisect.Plan) (bisect.State, error) {
	var looks []bisect.Look
	for _, t := range b.Taken {
		looks = append(looks, bisect.Look{Build: t.Build, Number: t.Look, Verdict: t.Verdict})
	}
	s, err := p.State(looks)
	if err != nil {
		return s, err
	}
	b.Ending, b.FirstBad, b.LastGood, b.Suspects = record.Name(s.Ending), "", record.Name(s.Good), append([]string{}, s.Suspects(p)...)
	if s.Ending == bisect.Found {
		b.FirstBad = record.Name(s.Bad)
	}
	b.Sentences = bisectSentences(*b, s)
	return s, nil
}

// taken is the last gate of a build; nil for none.
func (b Bisect) taken(build string) *BisectTaken {
	for _, t := range slices.Backward(b.Taken) {
		if t.Build == build {
			return &t
		}
	}
	return nil
}

func bisectSentences(b Bisect, s bisect.State) []string {
	sure := fmt.Sprintf("The whole bisect is wrong in at most %s %% of cases: each of at most %s has %s of the error rate.", plainNumber(100*b.Alpha), count(b.Steps, "step"), significant(b.StepAlpha, 3))
	shown := func(build string) string {
		if t := b.taken(build); t != nil {
			return " (" + metricsWords(*t) + ")"
		}
		return ""
	}
	switch s.Ending {
	case bisect.Found:
		before := s.Good + ", the build before it, is shown to be no worse than the margin" + shown(s.Good)
		if s.Good == b.Good {
			before = "the build before it is the good end itself"
		}
		return []string{fmt.Sprintf("The first bad build is %s.", s.Bad), fmt.Sprintf("Against %s it is shown to be worse%s; %s.", b.Good, shown(s.Bad), before), sure}
	case bisect.Between:
		out := []string{fmt.Sprintf("The first bad build is one of %s: %s.", count(len(b.Suspects), "build"), strings.Join(b.Suspects, ", ")),
			fmt.Sprintf("%s is shown to be worse than %s%s, and %s is the last that is shown to be no worse than the margin, or the good end.", s.Bad, b.Good, shown(s.Bad), s.Good)}
		if len(s.Undecided) > 0 {
			out = append(out, fmt.Sprintf("Undecided: %s. More boots (blocks), or more looks fixed before the first, would decide more.", strings.Join(s.Undecided, ", ")))
		}
		return append(out, sure)
	case bisect.NoRegression:
		return []string{fmt.Sprintf("There is nothing to find: %s is shown to be no worse than %s by more than the margin%s.", b.Bad, b.Good, shown(b.Bad)), sure}
	case bisect.EndsUndecided:
		return []string{fmt.Sprintf("The ends are not told apart: whether %s is worse than %s is undecided%s.", b.Bad, b.Good, shown(b.Bad)), "Nothing between them was asked. More boots (blocks), or more looks fixed before the first, would decide more.", sure}
	}
	return []string{fmt.Sprintf("Next: step %d of at most %d, %s against %s, look %d of at most %d.", s.Step, b.Steps, s.Build, b.Good, s.Look, b.Looks)}
}

func metricsWords(t BisectTaken) string {
	var all []string
	for _, m := range t.Metrics {
		one := m.Metric + " of " + m.Workload
		if m.Difference.Exists() {
			one += " " + signed(m.Difference, 2) + " " + shortUnit(m.EffectUnit)
			if m.Lower.Exists() && m.Upper.Exists() {
				one += " [" + signed(m.Lower, 2) + ", " + signed(m.Upper, 2) + "]"
			}
		}
		all = append(all, one)
	}
	return strings.Join(few(all), "; ")
}

// TellBisect is a bisect as a page.
func TellBisect(b Bisect) page.Page {
	p := page.Page{Title: "Bisect of " + b.Campaign, Key: "bisect of " + b.Campaign, Notice: string(b.Notice), Lead: b.Sentences}
	switch bisect.Ending(b.Ending) {
	case bisect.Found:
		p.Verdict = page.Worse
	case bisect.NoRegression:
		p.Verdict = page.Better
	default:
		p.Verdict = page.Undecided
	}
	g := page.Grid{Columns: []page.Column{{Head: "build", Name: true}, {Head: "look", Right: true, Spare: 1}, {Head: "against " + b.Good + " [interval]"}, {Head: "verdict", Verdict: true}}}
	for _, build := range b.Builds {
		for _, t := range b.Taken {
			if t.Build == build {
				g.Rows = append(g.Rows, page.Row{Mark: markOfGate(t.Verdict), Cells: []string{build, fmt.Sprint(t.Look), metricsWords(t), string(t.Verdict)}})
			}
		}
	}
	if len(g.Rows) > 0 {
		p.Parts = append(p.Parts, page.Part{Title: "Builds that were asked", ID: "asked", Blocks: []page.Block{g}})
	}
	p.Parts = append(p.Parts, page.Part{Title: "Builds in their order", ID: "builds", Detail: true, Blocks: paragraphs(strings.Join(b.Builds, ", "))})
	return p
}

// BisectJSON writes a bisect for programs, and for a later call.
func BisectJSON(w io.Writer, b Bisect) error { return writeJSON(w, "bisect", b) }

// maxBisect is the most bytes of a bisect that are read.
const maxBisect = 4 << 20

// ParseBisect reads what BisectJSON wrote.
func ParseBisect(text []byte) (Bisect, error) {
	var b Bisect
	if err := foreign.CheckJSON(text, maxBisect); err != nil {
		return b, err
	}
	if err := json.Unmarshal(foreign.Lines(text), &b); err != nil {
		return b, errors.New(foreign.Line(err.Error()))
	}
	if b.Schema != BisectSchema {
		return b, fmt.Errorf("it is of the form %q; this vnettune reads %s", b.Schema, BisectSchema)
	}
	return b, nil
}

// Differs names what makes another bisect than b another one; "" where it is the same, further on or not.
func (b Bisect) Differs(other Bisect) string {
	for _, x := range []struct {
		what string
		same bool
	}{
		{"the builds", slices.Equal(b.Builds, other.Builds)}, {"the command", b.Command == other.Command}, {"alpha", b.Alpha == other.Alpha},
		{"the looks", b.Looks == other.Looks}, {"the blocks", b.Blocks == other.Blocks}, {"the campaign's name", b.Campaign == other.Campaign},
	} {
		if !x.same {
			return x.what
		}
	}
	return ""
}
