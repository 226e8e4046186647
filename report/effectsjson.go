package report

import (
	"slices"

	"vnettune/report/rank"
	"vnettune/report/rank/effects"
	"vnettune/results/record"
)

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

// newJSONEffects is nil, which leaves the member out, where there are no effects.
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
