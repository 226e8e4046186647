package report

import (
	"math"
	"slices"

	"vnettune/report/rank"
	"vnettune/report/rank/effects"
)

// The forms of jsonEffects.
const (
	effectsFactorial = "factorial"
	effectsProfile   = "profile"
)

// jsonFactorEffects is what crossed settings do.
type jsonFactorEffects struct {
	Design             string            `json:"design"`
	Combinations       int               `json:"combinations"`
	LeftOut            []string          `json:"left_out"`
	Boots              int               `json:"boots"`
	DF                 int               `json:"df"`
	ResidualVariance   *float64          `json:"residual_variance"`
	InteractionsTested bool              `json:"interactions_tested"`
	Unbalanced         bool              `json:"unbalanced"`
	BreuschPagan       *float64          `json:"breusch_pagan_p"`
	HC3                bool              `json:"hc3"`
	LackOfFit          jsonLackOfFit     `json:"lack_of_fit"`
	NotEstimable       []string          `json:"not_estimable"`
	Settings           []jsonMainEffect  `json:"settings"`
	Interactions       []jsonInteraction `json:"interactions"`
}

type jsonLackOfFit struct {
	F        *float64 `json:"f"`
	DF1      int      `json:"df1"`
	DF2      int      `json:"df2"`
	P        *float64 `json:"p"`
	Rejected *bool    `json:"rejected"`
}

type jsonTerm struct {
	DF          int      `json:"df"`
	SS2         *float64 `json:"ss_type2"`
	SS3         *float64 `json:"ss_type3"`
	F           *float64 `json:"f"`
	PRaw        *float64 `json:"p_raw"`
	PHolm       *float64 `json:"p_holm"`
	PType2      *float64 `json:"p_type2"`
	Significant *bool    `json:"significant"`
}

type jsonMainEffect struct {
	Setting    string            `json:"setting"`
	Reference  string            `json:"reference"`
	Suppressed *string           `json:"suppressed"`
	Test       jsonTerm          `json:"test"`
	Levels     []jsonLevelEffect `json:"levels"`
	Simple     []jsonLevelEffect `json:"simple"`
	Sentence   string            `json:"sentence"`
}

type jsonInteraction struct {
	Settings []string `json:"settings"`
	Test     jsonTerm `json:"test"`
}

type jsonLevelEffect struct {
	Level   string  `json:"level"`
	Against string  `json:"against"`
	At      *string `json:"at"`
	jsonDifference
}

// jsonDifference is a difference in percent with its interval; p_holm is null where
// the family's adjusted p is told elsewhere.
type jsonDifference struct {
	DiffPercent  *float64 `json:"diff_percent"`
	LowerPercent *float64 `json:"lower_percent"`
	UpperPercent *float64 `json:"upper_percent"`
	PRaw         *float64 `json:"p_raw"`
}

// jsonProfileEffects is what the settings of a profile do.
type jsonProfileEffects struct {
	Design   string               `json:"design"`
	Profile  string               `json:"profile"`
	Family   int                  `json:"family"`
	Settings []jsonProfileSetting `json:"settings"`
}

type jsonProfileSetting struct {
	Setting  string               `json:"setting"`
	Alone    *jsonProfileContrast `json:"alone"`
	LeftOut  *jsonProfileContrast `json:"left_out"`
	Reading  Reading              `json:"reading"`
	Sentence string               `json:"sentence"`
}

type jsonProfileContrast struct {
	Combination string `json:"combination"`
	jsonDifference
	PHolm *float64 `json:"p_holm"`
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

func newJSONFactors(a rank.Analysis, e effects.FactorEffects) jsonFactorEffects {
	tested := !math.IsNaN(e.LackOfFit.P)
	out := jsonFactorEffects{
		Design: effectsFactorial, Combinations: e.Combinations, LeftOut: list(e.LeftOut), Boots: e.Boots, DF: e.DF, ResidualVariance: number(e.Variance),
		InteractionsTested: e.WithInteractions, Unbalanced: e.Unbalanced, BreuschPagan: number(e.BreuschPagan), HC3: e.Robust,
		LackOfFit:    jsonLackOfFit{F: number(e.LackOfFit.F), DF1: e.LackOfFit.DF1, DF2: e.LackOfFit.DF2, P: number(e.LackOfFit.P), Rejected: given(e.LackOfFit.Rejected, tested)},
		NotEstimable: list(e.NotEstimable), Settings: []jsonMainEffect{}, Interactions: []jsonInteraction{},
	}
	words := settingSpeaker{speaker{a, effectDecimals(slices.Concat(e.Levels, e.Simple))}}
	reference := make(map[string]string)
	for _, f := range e.Factors {
		reference[f.ID] = f.Levels[0]
	}
	for _, main := range e.Main {
		out.Settings = append(out.Settings, jsonMainEffect{
			Setting: main.Term, Reference: reference[main.Term], Suppressed: present(main.Suppressed), Test: newJSONTerm(main),
			Levels: newJSONLevels(levelsOf(e.Levels, main.Term)), Simple: newJSONLevels(levelsOf(e.Simple, main.Term)), Sentence: words.setting(e, main),
		})
	}
	for _, pair := range e.Pairs {
		out.Interactions = append(out.Interactions, jsonInteraction{pair.Settings, newJSONTerm(pair)})
	}
	return out
}

func newJSONTerm(t effects.TermEffect) jsonTerm {
	return jsonTerm{DF: t.DF, SS2: number(t.SS2), SS3: number(t.SS3), F: number(t.F), PRaw: number(t.P), PHolm: number(t.PHolm), PType2: number(t.P2),
		Significant: given(t.Significant, !math.IsNaN(t.P))}
}

func newJSONLevels(all []effects.LevelEffect) []jsonLevelEffect {
	out := []jsonLevelEffect{}
	for _, l := range all {
		out = append(out, jsonLevelEffect{l.Level, l.Against, present(l.At), newJSONDifference(l.DiffPercent, l.Interval, l.P)})
	}
	return out
}

func newJSONDifference(diff float64, in rank.Interval, p float64) jsonDifference {
	return jsonDifference{number(diff), number(in.Low), number(in.High), number(p)}
}

func newJSONProfile(a rank.Analysis, e effects.ProfileEffects) jsonProfileEffects {
	out := jsonProfileEffects{Design: effectsProfile, Profile: e.Profile, Family: e.Family, Settings: []jsonProfileSetting{}}
	s := settingSpeaker{speaker{a, profileDecimals(e)}}
	for _, one := range e.Settings {
		out.Settings = append(out.Settings, jsonProfileSetting{one.Setting, newJSONContrast(one.Alone), newJSONContrast(one.LeftOut), s.reading(one.LeftOut), s.profiled(e, one)})
	}
	return out
}

func newJSONContrast(c effects.ProfileContrast) *jsonProfileContrast {
	if c.Arm == "" {
		return nil
	}
	return &jsonProfileContrast{c.Arm, newJSONDifference(c.DiffPercent, c.Interval, c.P), number(c.PHolm)}
}
