package report

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"

	"vnettune/report/rank"
	"vnettune/results/record"
)

// Schema names the JSON form; docs/schema/ranking-v1.json describes it.
const Schema = "vnettune/ranking/v1"

// JSON writes the report for programs. A number that does not exist is null,
// never 0 and never NaN. Same report, same bytes.
func JSON(w io.Writer, r Report) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(newDocument(r)); err != nil {
		return fmt.Errorf("report: json: %w", err)
	}
	return nil
}

type document struct {
	Schema        string             `json:"schema"`
	Campaign      *string            `json:"campaign"`
	GuestKind     *string            `json:"guest_kind"`
	Notice        *string            `json:"notice"`
	Plan          []string           `json:"plan"`
	Baseline      string             `json:"baseline"`
	Placebo       *string            `json:"placebo"`
	MarginPercent float64            `json:"margin_percent"`
	Alpha         float64            `json:"alpha"`
	NotApplicable []string           `json:"not_applicable"`
	ExpectedInert []string           `json:"expected_inert"`
	Notes         []string           `json:"notes"`
	NoiseFloor    *record.NoiseFloor `json:"noise_floor"`
	Analyses      []jsonAnalysis     `json:"analyses"`
}

type jsonAnalysis struct {
	Workload        string        `json:"workload"`
	Metric          string        `json:"metric"`
	Unit            string        `json:"unit"`
	Better          string        `json:"better"`
	Family          int           `json:"family"`
	Alpha           float64       `json:"alpha"`
	MarginPercent   float64       `json:"margin_percent"`
	Method          string        `json:"method"`
	Variance        string        `json:"variance"`
	BootSummary     string        `json:"boot_summary"`
	Blocks          int           `json:"blocks"`
	Boots           int           `json:"boots"`
	Components      int           `json:"components"`
	DF              int           `json:"df"`
	PooledVariance  *float64      `json:"pooled_variance"`
	VarianceUpper80 *float64      `json:"variance_upper80"`
	PriorDF         *float64      `json:"prior_df"`
	PriorVariance   *float64      `json:"prior_variance"`
	BootsNeeded     *int          `json:"boots_needed"`
	BestSet         []string      `json:"best_set"`
	SingleWinner    *string       `json:"single_winner"`
	Tiers           [][]string    `json:"tiers"`
	Placebo         *string       `json:"placebo"`
	Diagnostics     jsonRig       `json:"diagnostics"`
	Warnings        []jsonWarning `json:"warnings"`
	Effects         any           `json:"effects,omitempty"` // newJSONEffects
	Sentences       []string      `json:"sentences"`
	Combinations    []jsonArm     `json:"combinations"`
}

type jsonBoots struct {
	OK          int `json:"ok"`
	Failed      int `json:"failed"`
	NotInEffect int `json:"not_in_effect"`
	Excluded    int `json:"excluded"`
	Planned     int `json:"planned"`
}

type jsonFailure struct {
	Class       string `json:"class"`
	Boots       int    `json:"boots"`
	Repetitions int    `json:"repetitions"`
}

type jsonArm struct {
	Combination     string        `json:"combination"`
	Baseline        bool          `json:"baseline"`
	ChangedSettings int           `json:"changed_settings"`
	Boots           jsonBoots     `json:"boots"`
	Failures        []jsonFailure `json:"failures"`
	MissingShare    float64       `json:"missing_share"`
	Estimate        *float64      `json:"estimate"`
	DiffPercent     *float64      `json:"diff_percent"`
	LowerPercent    *float64      `json:"lower_percent"`
	UpperPercent    *float64      `json:"upper_percent"`
	Exploratory     bool          `json:"exploratory"`
	SE              *float64      `json:"se"`
	DF              *float64      `json:"df"`
	T               *float64      `json:"t"`
	PRaw            *float64      `json:"p_raw"`
	PHolm           *float64      `json:"p_holm"`
	Differs         *bool         `json:"differs"`
	SizeUncertain   *bool         `json:"size_uncertain"`
	Label           rank.Label    `json:"label"`
	Verdict         rank.Verdict  `json:"verdict"`
	Grade           *rank.Grade   `json:"grade"`
	WithoutFlagged  *jsonLook     `json:"without_flagged"`
	WorstCase       *jsonLook     `json:"worst_case"`
	FailureP        *float64      `json:"failure_p"`
	FailurePHolm    *float64      `json:"failure_p_holm"`
	MDEPercent      *float64      `json:"mde_percent"`
	Rank            *int          `json:"rank"`
	MCBLower        *float64      `json:"mcb_lower_percent"`
	MCBUpper        *float64      `json:"mcb_upper_percent"`
	MayBeBest       *bool         `json:"may_be_best"`
	Tier            *int          `json:"tier"`
	FromLeader      *float64      `json:"from_leader_percent,omitempty"`
	Letters         *string       `json:"letters"`
	Sentence        string        `json:"sentence"`
	Warnings        []jsonWarning `json:"warnings"`
}

// number is v to machineDigits, or null when it is none.
func number(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	rounded, err := strconv.ParseFloat(machineNumber(v), 64)
	if err != nil {
		return nil
	}
	return &rounded
}

// present is v, or null for the zero value.
func present[T comparable](v T) *T {
	var zero T
	return given(v, v != zero)
}

// given is v where it exists.
func given[T any](v T, exists bool) *T {
	if !exists {
		return nil
	}
	return &v
}

// list is an empty list, not null, for none.
func list[T any](v []T) []T {
	if v == nil {
		return []T{}
	}
	return v
}

func newDocument(r Report) document {
	d := document{
		Schema: Schema, Campaign: present(r.Campaign), GuestKind: present(r.guestKind()), Notice: present(r.notice()),
		Plan: list(r.Plan), Baseline: r.Ranking.Baseline, Placebo: present(r.Placebo),
		MarginPercent: r.Ranking.Margin, Alpha: r.Ranking.Alpha,
		NotApplicable: list(r.NotApplicable), ExpectedInert: list(r.ExpectedInert), Notes: list(r.Notes), NoiseFloor: r.NoiseFloor,
		Analyses: []jsonAnalysis{},
	}
	for _, a := range r.Ranking.Analyses {
		one := newJSONAnalysis(r, a)
		one.Effects, one.Sentences = newJSONEffects(a, r.effectsOf(a)), answers(r, a)
		d.Analyses = append(d.Analyses, one)
	}
	return d
}

func newJSONAnalysis(r Report, a rank.Analysis) jsonAnalysis {
	out := jsonAnalysis{
		Workload: a.Workload, Metric: a.Metric, Unit: a.Unit, Better: string(a.Better),
		Family: a.Family, Alpha: a.Alpha, MarginPercent: a.Margin,
		Method: string(a.Method), Variance: string(varianceAsked(a)), BootSummary: "mean",
		Blocks: a.Blocks, Boots: a.Boots, Components: a.Parts, DF: a.DF,
		PooledVariance: number(a.Variance), VarianceUpper80: number(a.VarianceUpper80),
		PriorDF: number(a.PriorDF), PriorVariance: number(a.PriorVariance),
		BootsNeeded: present(a.BootsNeeded), BestSet: list(a.BestSet), SingleWinner: present(a.SingleWinner),
		Tiers: list(a.Tiers), Placebo: present(placeboLine(a, r.Placebo)), Diagnostics: newJSONRig(r, a), Warnings: newJSONWarnings(a.Warnings),
		Combinations: []jsonArm{},
	}
	for _, arm := range a.Arms {
		out.Combinations = append(out.Combinations, newJSONArm(a, arm))
	}
	return out
}

// varianceAsked is the variance method that the options named.
func varianceAsked(a rank.Analysis) rank.Variance {
	if a.Method == rank.MethodPooled {
		return rank.VariancePooled
	}
	return rank.VarianceModerated
}

func newJSONArm(a rank.Analysis, arm rank.Arm) jsonArm {
	tested, compared := !math.IsNaN(arm.P), !math.IsNaN(arm.FromBest.High)
	out := jsonArm{
		Combination: arm.Name, Baseline: arm.IsBaseline, ChangedSettings: arm.Changed,
		Boots:    jsonBoots(arm.Boots),
		Failures: []jsonFailure{}, MissingShare: arm.MissingShare,
		Estimate: number(arm.Estimate), DiffPercent: number(arm.DiffPercent),
		LowerPercent: number(arm.Interval.Low), UpperPercent: number(arm.Interval.High),
		Exploratory: arm.Exploratory, SE: number(arm.SE), DF: number(arm.DF), T: number(arm.T),
		PRaw: number(arm.P), PHolm: number(arm.PHolm),
		Differs: given(arm.Differs, tested), SizeUncertain: given(arm.SizeUncertain, tested),
		Label: arm.Label, Verdict: arm.Verdict, Grade: present(arm.Grade), WithoutFlagged: newJSONLook(arm.WithoutFlagged), WorstCase: newJSONLook(arm.WorstCase),
		FailureP: number(arm.FailureP), FailurePHolm: number(arm.FailurePHolm), MDEPercent: number(arm.MDEPercent),
		Rank: present(arm.Rank), MCBLower: number(arm.FromBest.Low), MCBUpper: number(arm.FromBest.High),
		MayBeBest: given(arm.MayBeBest, compared), Tier: present(arm.Tier), FromLeader: number(arm.FromLeader), Letters: present(arm.Letters),
		Sentence: Sentence(a, arm), Warnings: newJSONWarnings(arm.Warnings),
	}
	for _, f := range arm.Failures {
		out.Failures = append(out.Failures, jsonFailure(f))
	}
	return out
}
