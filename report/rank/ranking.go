package rank

import (
	"math"

	"vnettune/report/rank/boots"
	"vnettune/report/rank/stints"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// Ranking is all that the data say about a set of combinations.
type Ranking struct {
	// Baseline, Margin (percent, of metrics on the ratio scale without one of their own) and
	// Alpha are those of the Options.
	Baseline      string
	Margin, Alpha float64
	// GuestKind is what the samples say was measured; empty when they do not.
	GuestKind string
	// Bridged are what the bridge says of arms that are switched within boots, by name; FellBack
	// names those whose switched stints are not ranked.
	Bridged  []stints.Bridged
	FellBack []string
	// Analyses are sorted by workload, then metric.
	Analyses []Analysis
}

// Claims says whether anything may be claimed about a workload's metric, as far as the order of its
// boots and its margin go.
func (r Ranking) Claims(workload, metric string) bool {
	for _, a := range r.Analyses {
		if a.Workload == workload && a.Metric == metric {
			return a.BootOrder != OrderGrouped && a.Margin.Exists()
		}
	}
	return false
}

// Method says how two arms are compared.
type Method string

const (
	// MethodModerated: least squares with blocks, moderated variances.
	MethodModerated Method = "moderated"
	// MethodSeparate: least squares with blocks, each arm's own variance: fewer
	// than six arms show their noise, or none shows any.
	MethodSeparate Method = "separate"
	// MethodPooled: least squares with blocks, one variance for all arms.
	MethodPooled Method = "pooled"
	// MethodWelch: two arms in all, Welch's test, blocks ignored.
	MethodWelch Method = "welch"
	// MethodPaired: two arms in all, at least six blocks with both.
	MethodPaired Method = "paired"
	// MethodSessions: a gate against stored campaigns, each of them one value.
	MethodSessions Method = "sessions"
)

// MarshalJSON writes the method; null where nothing had to be compared.
func (m Method) MarshalJSON() ([]byte, error) { return record.Name(m).MarshalJSON() }

// Analysis is the ranking of one workload's metric: one family of comparisons. Its JSON form is
// described in docs/schema/ranking-v2.json; renderers add to it what they put into words.
type Analysis struct {
	Workload string        `json:"workload"`
	Metric   string        `json:"metric"`
	Unit     string        `json:"unit"`
	Better   sample.Better `json:"better"`
	// Scale is how arms are compared, EffectUnit the unit of all differences: percent on the
	// ratio scale, else the metric's unit ("percentage points" where that is percent).
	Scale      sample.Scale `json:"scale"`
	EffectUnit string       `json:"effect_unit"`
	// Family is the number of declared comparisons with the baseline. It never
	// shrinks, whatever failed. Margin is in EffectUnit; NaN if there is none, and then
	// nothing is claimed.
	Family int           `json:"family"`
	Alpha  float64       `json:"alpha"`
	Margin record.Number `json:"margin"`
	// NotMeasured names the combinations whose boots measured other workloads, and not this
	// one: they are not in the family.
	NotMeasured []string `json:"not_measured"`
	// BootOrder says in which order the boots were made. Placements says that boots come in
	// two kinds.
	BootOrder  BootOrder   `json:"boot_order"`
	Placements []Placement `json:"placements"`
	// Method is how the arms are compared, Variance how the options want the noise of
	// boots estimated. Summary is how the repetitions of a boot become one number.
	Method   Method   `json:"method"`
	Variance Variance `json:"variance"`
	Summary  string   `json:"boot_summary"`
	// Blocks with rows of this workload and metric; Boots that are ranked.
	Blocks int `json:"blocks"`
	Boots  int `json:"boots"`
	// Parts is the number of parts of the design that no block connects; 1 in a sound campaign.
	Parts int `json:"components"`
	// Stints says how arms were switched within boots; nil in a campaign without.
	Stints *StintDesign `json:"stints,omitempty"`
	// Covariate says whether what was measured first in each boot is taken out of its noise; nil where
	// none is asked for.
	Covariate *Covariate `json:"covariate,omitempty"`
	// Looks are those at which arms settle, the last of them the end of the plan; none in a campaign that
	// boots every arm to the end. Alpha is what they spend together.
	Looks []Look `json:"looks,omitempty"`
	// DF is the residual degrees of freedom, Pooled the pooled residual variance of a
	// boot and VarianceUpper80 its upper 80 % limit, both on the scale of y: the square root
	// is about percent on the ratio scale, and in the unit on the difference scale.
	DF              int           `json:"df"`
	Pooled          record.Number `json:"pooled_variance"`
	VarianceUpper80 record.Number `json:"variance_upper80"`
	// PriorDF and PriorVariance are what the moderation borrows; PriorDF is 0 when
	// it is off and +Inf when the arms do not differ in noise.
	PriorDF       record.Number `json:"prior_df"`
	PriorVariance record.Number `json:"prior_variance"`
	// BootsNeeded is the number of boots an arm that would show a difference of
	// the margin with 80 % power; 0 when the data cannot tell.
	BootsNeeded record.Count `json:"boots_needed"`
	// BestSet names the arms that may be the best: MCBSet, those that Hsu's comparison with
	// the best does not exclude, and the first tier. SingleWinner is its only member when a
	// single winner may be claimed.
	BestSet      []string    `json:"best_set"`
	MCBSet       []string    `json:"mcb_set"`
	SingleWinner record.Name `json:"single_winner"`
	// BestBySwitching is the single winner of a campaign that switches within boots, confirmed or not; only
	// where Confirmation, of fresh boots, shows it to be better than the baseline is it the SingleWinner.
	BestBySwitching record.Name   `json:"best_by_switching,omitempty"`
	Confirmation    *Confirmation `json:"confirmation,omitempty"`
	// Tiers holds the names, best first; empty if tiers do not exist. A tier
	// boundary means worse than that tier's leader, not than every member.
	Tiers       [][]string  `json:"tiers"`
	Diagnostics Diagnostics `json:"diagnostics"`
	Warnings    []Warning   `json:"warnings"`
	// Arms in order: best first, then those without a rank by name.
	Arms   []Arm           `json:"combinations"`
	ranked map[string]bool // the names of the boots
}

// Pairs is the number of declared pairs of arms.
func (a Analysis) Pairs() int { return (a.Family + 1) * a.Family / 2 }

// IsBaseline says whether the named arm is the baseline.
func (a Analysis) IsBaseline(name string) bool {
	for _, arm := range a.Arms {
		if arm.Name == name {
			return arm.IsBaseline
		}
	}
	return false
}

// Diagnostics say whether the rig was trustworthy while an analysis was measured.
type Diagnostics struct {
	// BootSD and RepetitionSD are standard deviations between boots, the repetitions'
	// own part taken off, and between the repetitions of a boot, on the scale of y: about
	// percent, or in the unit. NaN if the data cannot tell.
	BootSD       record.Number `json:"boot_sd"`
	RepetitionSD record.Number `json:"repetition_sd"`
	// Within are those of boots within which arms were switched; nil for others. BootSD is then what
	// all arms of a boot share.
	Within *WithinSD `json:"within_boots,omitempty"`
	Drift
	// Trend is that of repetitions over all boots.
	Trend
	// Steady counts boots by the intervals of their runs.
	Steady
	// FlaggedBoots and FlaggedRepetitions are far from their arm's others.
	FlaggedBoots       int `json:"flagged_boots"`
	FlaggedRepetitions int `json:"flagged_repetitions"`
}

// Interval is a closed range of differences in the measured quantity; NaN ends where there is none.
type Interval struct {
	Low  record.Number `json:"lower"`
	High record.Number `json:"upper"`
}

// NoInterval is the interval where there is none.
func NoInterval() Interval { return Interval{none, none} }

// none is the number that does not exist.
var none = record.Number(math.NaN())

// EffectUnit is the unit of differences of a metric that is measured in unit.
func EffectUnit(scale sample.Scale, unit string) string {
	switch {
	case scale == sample.Ratio:
		return "%"
	case unit == "%" || unit == "percent":
		return "percentage points"
	}
	return unit
}

// FromBest is the interval of the difference from the best of the other arms.
type FromBest struct {
	Low  record.Number `json:"mcb_lower"`
	High record.Number `json:"mcb_upper"`
}

// Arm is one combination in one analysis.
type Arm struct {
	Name string `json:"combination"`
	// IsBaseline: all comparisons below are empty.
	IsBaseline bool `json:"baseline"`
	// Changed is the number of settings whose level differs from the baseline's; 0
	// when the samples do not name levels.
	Changed  int                  `json:"changed_settings"`
	Boots    boots.Counts         `json:"boots"`
	Failures []boots.FailureCount `json:"failures"`
	// MissingShare is the lost part of the planned boots, from 0 to 1.
	MissingShare float64 `json:"missing_share"`

	// Estimate is the geometric mean over boots, adjusted for blocks, in the unit.
	Estimate record.Number `json:"estimate"`
	// Difference from the baseline in the analysis's EffectUnit, and Interval, its
	// simultaneous interval.
	Difference record.Number `json:"difference"`
	Interval
	// Exploratory: the interval borrows its variance from other arms because this
	// one or the baseline has one boot; no claim rests on it.
	Exploratory bool `json:"exploratory"`
	// SE is the standard error of the difference on the scale of y, DF its degrees of freedom.
	SE record.Number `json:"se"`
	DF record.Number `json:"df"`
	// T, on the scale of y, P and PHolm test for a difference from the baseline; PHolm is adjusted by
	// Holm's rule, or with the pooled variance by Dunnett's distribution.
	T     record.Number `json:"t"`
	P     record.Number `json:"p_raw"`
	PHolm record.Number `json:"p_holm"`
	// Differs: PHolm <= Alpha. SizeUncertain: it differs, yet the interval touches
	// zero. Both are nil without a test.
	Differs       *bool `json:"differs"`
	SizeUncertain *bool `json:"size_uncertain"`
	// Equal: both arms gave one and the same value in every boot; nil for the baseline.
	Equal *bool `json:"equal_in_every_boot"`
	// Label is what the interval of all boots says, Verdict what is claimed.
	Label   Label   `json:"label"`
	Verdict Verdict `json:"verdict"`
	Grade   Grade   `json:"grade"`
	// WithoutFlagged is the comparison when all boots that are flagged as outliers are left
	// out of the analysis; nil when there are none.
	WithoutFlagged *SecondLook `json:"without_flagged"`
	// LostWorst and LostBest are the comparisons if the arm's lost boots had measured the
	// worst of the campaign and the baseline's the best, and the other way round; nil if
	// neither lost many.
	LostWorst *SecondLook `json:"lost_worst"`
	LostBest  *SecondLook `json:"lost_best"`
	// FailureP tests by Fisher's exact test whether boots fail as often as the
	// baseline's; FailurePHolm is adjusted over the arms.
	FailureP     record.Number `json:"failure_p"`
	FailurePHolm record.Number `json:"failure_p_holm"`
	// MDE is the difference that this comparison would have shown with 80 % power.
	MDE record.Number `json:"mde"`

	// Rank counts from 1, equal for ties; 0 for an arm outside the ranking.
	Rank record.Count `json:"rank"`
	FromBest
	MayBeBest *bool `json:"may_be_best"` // nil if FromBest does not exist
	// Tier counts from 1; 0 for none.
	Tier record.Count `json:"tier"`
	// FromLeader is by how much at least the arm is worse than the first of the first tier: the
	// end of its interval that is nearest to zero, simultaneous over all pairs of declared arms
	// (Bonferroni). 0 if the arm is shown to be worse but no minimum amount is; nil otherwise.
	FromLeader *record.Number `json:"from_leader,omitempty"`
	// Letters: arms that share one are not shown to differ; empty for none.
	Letters record.Name `json:"letters"`

	// FoundBy says how the arm was compared with the baseline in a campaign with stints, and Bridge
	// what the bridge says of an arm that is switched; both are empty in others.
	FoundBy FoundBy    `json:"found_by,omitempty"`
	Bridge  *ArmBridge `json:"bridge,omitempty"`

	// Settled is the look at which the arm's verdict was settled: all of the above is by its boots and its
	// level. nil for an arm that is not settled.
	Settled *Look `json:"settled,omitempty"`

	Warnings []Warning `json:"warnings"`
	y        onY
}

// onY is an arm on the scale of y.
type onY struct {
	mean, rawMean, diff, lower, upper, bestLower, bestUpper, fromLeader float64
	v, moderated                                                        float64
}
