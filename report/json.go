package report

import (
	"fmt"
	"io"
	"slices"

	"vnettune/foreign"
	"vnettune/report/rank"
	"vnettune/report/rank/effects"
	"vnettune/report/rank/minimal"
	"vnettune/report/rank/moved"
	"vnettune/report/rank/second"
	"vnettune/report/stored"
	"vnettune/results/record"
)

// Schema names the JSON form; docs/schema/ranking-v2.json describes it.
const Schema = "vnettune/ranking/v2"

// JSON writes the report for programs. A number that does not exist is null,
// never 0 and never NaN. Same report, same bytes.
func JSON(w io.Writer, r Report) error { return writeJSON(w, "report", newDocument(r)) }

// writeJSON writes a document for programs; name is what an error calls it.
func writeJSON(w io.Writer, name string, v any) error {
	if err := foreign.JSON(w, v, "  "); err != nil {
		return fmt.Errorf("%s: json: %w", name, err)
	}
	return nil
}

// document is the JSON form of a report.
type document struct {
	Schema        string             `json:"schema"`
	Campaign      record.Name        `json:"campaign"`
	GuestKind     record.Name        `json:"guest_kind"`
	Notice        record.Name        `json:"notice"`
	BottomLine    Bottom             `json:"bottom_line"`
	Plan          []string           `json:"plan"`
	Setups        []jsonSetup        `json:"setups,omitempty"`
	Baseline      string             `json:"baseline"`
	Placebo       record.Name        `json:"placebo"`
	MarginPercent float64            `json:"margin_percent"`
	Alpha         float64            `json:"alpha"`
	NotApplicable []string           `json:"not_applicable"`
	ExpectedInert []string           `json:"expected_inert"`
	Notes         []string           `json:"notes"`
	NoiseFloor    *record.NoiseFloor `json:"noise_floor"`
	Minimal       *jsonMinimal       `json:"minimal_set,omitempty"`
	Subset        *jsonSubset        `json:"subset,omitempty"`
	Moved         []jsonMoved        `json:"counters,omitempty"`
	Second        []jsonSecond       `json:"second_opinions,omitempty"`
	Control       []jsonControl      `json:"positive_control,omitempty"`
	Analyses      []jsonAnalysis     `json:"analyses"`
}

// jsonSecond is what the meter says beside iperf3 of a workload, in words.
type jsonSecond struct {
	second.Opinion
	Sentences []string `json:"sentences"`
}

// jsonMoved is what was counted beside the runs of a workload, in words.
type jsonMoved struct {
	moved.Workload
	Sentences []string `json:"sentences"`
}

// jsonControl is what the rig made of its positive control in a workload, in words.
type jsonControl struct {
	rank.Control
	Sentence string `json:"sentence"`
}

// jsonSubset is what an arm does that sets a part of another, in words.
type jsonSubset struct {
	minimal.Subset
	Sentences []string `json:"sentences"`
}

// jsonMinimal is what a profile can do without, in words.
type jsonMinimal struct {
	minimal.Set
	Sentences []string `json:"sentences"`
}

// jsonAnalysis is an analysis with what is said of it in words. A field here takes the
// place of the one that the analysis has under the same name.
type jsonAnalysis struct {
	rank.Analysis
	Placebo     record.Name    `json:"placebo"`
	Diagnostics jsonRig        `json:"diagnostics"`
	Warnings    []rank.Warning `json:"warnings"`
	Effects     any            `json:"effects,omitempty"` // newJSONEffects
	Sentences   []string       `json:"sentences"`
	Arms        []jsonArm      `json:"combinations"`
}

// jsonRig says whether the rig was trustworthy.
type jsonRig struct {
	rank.Diagnostics
	Sentences []string `json:"sentences"`
}

// jsonArm is an arm with what is said of it.
type jsonArm struct {
	rank.Arm
	Sentence string         `json:"sentence"`
	Warnings []rank.Warning `json:"warnings"`
}

// list makes an empty list, not null, of none.
func list[T any](v []T) []T {
	if v == nil {
		return []T{}
	}
	return v
}

// warnings are the warnings with empty lists instead of null.
func warnings(ws []rank.Warning) []rank.Warning {
	out := list(slices.Clone(ws))
	for i := range out {
		out[i].Boots = list(out[i].Boots)
		if out[i].Numbers == nil {
			out[i].Numbers = map[string]record.Number{}
		}
	}
	return out
}

// allNotes is what JSON says beside the verdicts, the urgent first, each once.
func (r Report) allNotes() []string {
	var all []string
	for _, text := range slices.Concat(r.Urgent, r.Notes) {
		if !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return all
}

func newDocument(r Report) document {
	d := document{
		Schema: Schema, Campaign: record.Name(r.Campaign), GuestKind: record.Name(r.guestKind()), Notice: record.Name(r.notice()),
		BottomLine: BottomLine(r), Plan: list(r.Plan), Setups: newJSONSetups(r.Setups), Baseline: r.Ranking.Baseline, Placebo: record.Name(r.Placebo),
		MarginPercent: r.Ranking.Margin, Alpha: r.Ranking.Alpha,
		NotApplicable: list(r.NotApplicable), ExpectedInert: list(r.ExpectedInert), Notes: list(r.allNotes()), NoiseFloor: r.NoiseFloor,
		Analyses: []jsonAnalysis{},
	}
	if r.Minimal != nil {
		known := r
		known.Confirm = nil // where a page has the file is for its reader; a program's verdict is the same from samples
		d.Minimal = &jsonMinimal{*r.Minimal, minimalSentences(known)}
	}
	if r.Subset != nil {
		d.Subset = &jsonSubset{*r.Subset, subsetSentences(r)}
	}
	for _, w := range r.Moved {
		d.Moved = append(d.Moved, jsonMoved{w, list(movedSentences(r, w, stored.Primary(r.Ranking.Analyses)))})
	}
	for _, o := range r.Second {
		d.Second = append(d.Second, jsonSecond{o, list(secondSentences(r, o))})
	}
	for _, c := range r.Control {
		d.Control = append(d.Control, jsonControl{c, ControlSentence(c)})
	}
	for _, a := range r.Ranking.Analyses {
		one := jsonAnalysis{
			Analysis: a, Placebo: record.Name(placeboLine(a, r.Placebo)), Diagnostics: jsonRig{a.Diagnostics, rigSentences(r, a)},
			Warnings: warnings(a.Warnings), Effects: newJSONEffects(a, r.effectsOf(a)), Sentences: answers(r, a), Arms: []jsonArm{},
		}
		for _, arm := range a.Arms {
			arm.Failures = list(arm.Failures)
			one.Arms = append(one.Arms, jsonArm{arm, Sentence(a, arm), warnings(arm.Warnings)})
		}
		d.Analyses = append(d.Analyses, one)
	}
	return d
}

// jsonFactors is what crossed settings do.
type jsonFactors struct {
	Design string `json:"design"`
	effects.FactorEffects
	Settings     []jsonSetting     `json:"settings"`
	Interactions []jsonInteraction `json:"interactions"`
}

// jsonSetting is what one of them does.
type jsonSetting struct {
	Setting    string                `json:"setting"`
	Reference  string                `json:"reference"`
	Suppressed record.Name           `json:"suppressed"`
	Test       effects.TermEffect    `json:"test"`
	Levels     []effects.LevelEffect `json:"levels"`
	Simple     []effects.LevelEffect `json:"simple"`
	Sentence   string                `json:"sentence"`
}

// jsonInteraction is what two of them do together.
type jsonInteraction struct {
	Settings []string           `json:"settings"`
	Test     effects.TermEffect `json:"test"`
}

// jsonProfile is what the settings of a profile do.
type jsonProfile struct {
	Design string `json:"design"`
	effects.ProfileEffects
	Settings []jsonProfileSetting `json:"settings"`
}

// jsonProfileSetting is one of them in words.
type jsonProfileSetting struct {
	effects.SettingInProfile
	Reading  Reading `json:"reading"`
	Sentence string  `json:"sentence"`
}

// newJSONEffects is nil if there are no effects, which leaves the member out.
func newJSONEffects(a rank.Analysis, e *effects.SettingEffects) any {
	switch {
	case e == nil:
		return nil
	case e.Profile != nil:
		return newJSONProfile(a, *e.Profile)
	}
	return newJSONFactors(a, *e.Factors)
}

func newJSONFactors(a rank.Analysis, e effects.FactorEffects) jsonFactors {
	e.LeftOut, e.NotEstimable = list(e.LeftOut), list(e.NotEstimable)
	out := jsonFactors{Design: "factorial", FactorEffects: e, Settings: []jsonSetting{}, Interactions: []jsonInteraction{}}
	words := settingSpeaker{speaker{a, effectDecimals(slices.Concat(e.Levels, e.Simple))}}
	reference := make(map[string]string)
	for _, f := range e.Factors {
		reference[f.ID] = f.Levels[0]
	}
	for _, main := range e.Main {
		out.Settings = append(out.Settings, jsonSetting{
			Setting: main.Term, Reference: reference[main.Term], Suppressed: main.Suppressed, Test: main,
			Levels: list(levelsOf(e.Levels, main.Term)), Simple: list(levelsOf(e.Simple, main.Term)), Sentence: words.setting(e, main),
		})
	}
	for _, pair := range e.Pairs {
		out.Interactions = append(out.Interactions, jsonInteraction{pair.Settings, pair})
	}
	return out
}

func newJSONProfile(a rank.Analysis, e effects.ProfileEffects) jsonProfile {
	out := jsonProfile{Design: "profile", ProfileEffects: e, Settings: []jsonProfileSetting{}}
	s := settingSpeaker{speaker{a, profileDecimals(e)}}
	for _, one := range e.Settings {
		out.Settings = append(out.Settings, jsonProfileSetting{one, s.reading(one.LeftOut), s.profiled(e, one)})
	}
	return out
}
