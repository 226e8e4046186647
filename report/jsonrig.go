package report

import "vnettune/report/rank"

// jsonWarning is a warning for programs.
type jsonWarning struct {
	Code    rank.Code           `json:"code"`
	Arm     *string             `json:"arm"`
	Boots   []string            `json:"boots"`
	Numbers map[string]*float64 `json:"numbers"`
	Text    string              `json:"text"`
}

// jsonLook is the comparison with the baseline on other data.
type jsonLook struct {
	Label       rank.Label `json:"label"`
	DiffPercent *float64   `json:"diff_percent"`
	Lower       *float64   `json:"lower_percent"`
	Upper       *float64   `json:"upper_percent"`
}

// jsonRig says whether the rig was trustworthy.
type jsonRig struct {
	BootSD             *float64 `json:"boot_sd"`
	RepetitionSD       *float64 `json:"repetition_sd"`
	DriftPercent       *float64 `json:"drift_percent"`
	DriftP             *float64 `json:"drift_p"`
	InBlocks           *bool    `json:"in_blocks"`
	TrendPercent       *float64 `json:"repetition_trend_percent"`
	TrendP             *float64 `json:"repetition_trend_p"`
	SteadyBoots        *int     `json:"steady_known_boots"`
	UnsteadyBoots      *int     `json:"unsteady_boots"`
	FlaggedBoots       int      `json:"flagged_boots"`
	FlaggedRepetitions int      `json:"flagged_repetitions"`
	Sentences          []string `json:"sentences"`
}

func newJSONWarnings(ws []rank.Warning) []jsonWarning {
	out := []jsonWarning{}
	for _, w := range ws {
		j := jsonWarning{Code: w.Code, Arm: present(w.Arm), Boots: list(w.Boots), Numbers: map[string]*float64{}, Text: w.Text}
		for name, v := range w.Numbers {
			j.Numbers[name] = number(v)
		}
		out = append(out, j)
	}
	return out
}

func newJSONLook(l rank.SecondLook) *jsonLook {
	if l.Label == "" {
		return nil
	}
	return &jsonLook{l.Label, number(l.DiffPercent), number(l.Interval.Low), number(l.Interval.High)}
}

func newJSONRig(r Report, a rank.Analysis) jsonRig {
	d := a.Diagnostics
	return jsonRig{
		BootSD: number(d.BootSD), RepetitionSD: number(d.RepetitionSD),
		DriftPercent: number(d.Drift.ChangePercent), DriftP: number(d.Drift.P), InBlocks: given(d.Drift.Blocks, d.Drift.P == d.Drift.P),
		TrendPercent: number(d.Trend.PercentPerRepetition), TrendP: number(d.Trend.P),
		SteadyBoots: given(d.Steady.Boots, d.Steady.Boots > 0), UnsteadyBoots: given(d.Steady.Unsteady, d.Steady.Boots > 0),
		FlaggedBoots: d.FlaggedBoots, FlaggedRepetitions: d.FlaggedRepetitions,
		Sentences: rigSentences(r, a),
	}
}
