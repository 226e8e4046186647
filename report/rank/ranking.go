package rank

import (
	"math"

	"vnettune/report/rank/boots"
	"vnettune/report/stat"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// Ranking is all that the data say about a set of combinations.
type Ranking struct {
	// Baseline, Margin (percent) and Alpha are those of the Options.
	Baseline      string
	Margin, Alpha float64
	// GuestKind is what the samples say was measured; empty when they do not.
	GuestKind string
	// Analyses are sorted by workload, then metric.
	Analyses []Analysis
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

// Analysis is the ranking of one workload's metric: one family of comparisons. Its JSON form is
// described in docs/schema/ranking-v1.json; renderers add to it what they put into words.
type Analysis struct {
	Workload string        `json:"workload"`
	Metric   string        `json:"metric"`
	Unit     string        `json:"unit"`
	Better   sample.Better `json:"better"`
	// Family is the number of declared comparisons with the baseline. It never
	// shrinks, whatever failed. Margin is in percent.
	Family int     `json:"family"`
	Alpha  float64 `json:"alpha"`
	Margin float64 `json:"margin_percent"`
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
	// DF is the residual degrees of freedom, Pooled the pooled residual variance of a
	// boot and VarianceUpper80 its upper 80 % limit, both on the scale of 100 ln: the
	// square root is about a coefficient of variation in percent.
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
	// BestSet names the arms that may be the best; SingleWinner is its only member
	// when a single winner may be claimed.
	BestSet      []string    `json:"best_set"`
	SingleWinner record.Name `json:"single_winner"`
	// Tiers holds the names, best first; empty if tiers do not exist. A tier
	// boundary means worse than that tier's leader, not than every member.
	Tiers       [][]string  `json:"tiers"`
	Diagnostics Diagnostics `json:"diagnostics"`
	Warnings    []Warning   `json:"warnings"`
	// Arms in order: best first, then those without a rank by name.
	Arms   []Arm           `json:"combinations"`
	ranked map[string]bool // the names of the boots
}

// Diagnostics say whether the rig was trustworthy while an analysis was measured.
type Diagnostics struct {
	// BootSD and RepetitionSD are standard deviations between boots, the repetitions'
	// own part taken off, and between the repetitions of a boot, on the scale of
	// 100 ln: about percent. NaN if the data cannot tell.
	BootSD       record.Number `json:"boot_sd"`
	RepetitionSD record.Number `json:"repetition_sd"`
	Drift
	// Trend is that of repetitions over all boots.
	Trend
	// Steady counts boots by the intervals of their runs.
	Steady
	// FlaggedBoots and FlaggedRepetitions are far from their arm's others.
	FlaggedBoots       int `json:"flagged_boots"`
	FlaggedRepetitions int `json:"flagged_repetitions"`
}

// Interval is a closed range in percent; NaN ends where there is none.
type Interval struct {
	Low  record.Number `json:"lower_percent"`
	High record.Number `json:"upper_percent"`
}

// NoInterval is the interval where there is none.
func NoInterval() Interval { return Interval{none, none} }

// none is the number that does not exist.
var none = record.Number(math.NaN())

// Percents turns an interval on the scale of y into percent of the measured quantity;
// where less is better, and sign is -1, it is turned around.
func Percents(lower, upper, sign float64) Interval {
	if sign < 0 {
		lower, upper = -upper, -lower
	}
	return Interval{Low: Percent(lower), High: Percent(upper)}
}

// Percent is a difference on the scale of 100 ln in percent. Adding 0 makes a negative
// zero, which is no difference, a plain one.
func Percent(d float64) record.Number { return record.Number(stat.Percent(d) + 0) }

// FromBest is the interval of the difference from the best of the other arms.
type FromBest struct {
	Low  record.Number `json:"mcb_lower_percent"`
	High record.Number `json:"mcb_upper_percent"`
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
	// DiffPercent is the difference from the baseline, and Interval its simultaneous interval.
	DiffPercent record.Number `json:"diff_percent"`
	Interval
	// Exploratory: the interval borrows its variance from other arms because this
	// one or the baseline has one boot; no claim rests on it.
	Exploratory bool `json:"exploratory"`
	// SE is the standard error of the difference on the scale of 100 ln, DF its degrees of freedom.
	SE record.Number `json:"se"`
	DF record.Number `json:"df"`
	// T, P and PHolm test for a difference from the baseline; PHolm is adjusted by
	// Holm's rule, or with the pooled variance by Dunnett's distribution.
	T     record.Number `json:"t"`
	P     record.Number `json:"p_raw"`
	PHolm record.Number `json:"p_holm"`
	// Differs: PHolm <= Alpha. SizeUncertain: it differs, yet the interval touches
	// zero. Both are nil without a test.
	Differs       *bool   `json:"differs"`
	SizeUncertain *bool   `json:"size_uncertain"`
	Label         Label   `json:"label"`
	Verdict       Verdict `json:"verdict"`
	Grade         Grade   `json:"grade"`
	// WithoutFlagged is the comparison when boots and repetitions that are flagged as
	// outliers, and boots that stalled, are left out of the analysis; nil when there
	// are none. If its label is another, nothing is claimed.
	WithoutFlagged *SecondLook `json:"without_flagged"`
	// WorstCase is the comparison if the lost boots had gone as badly as can be; set only if the
	// verdict is given up for them.
	WorstCase *SecondLook `json:"worst_case"`
	// FailureP tests by Fisher's exact test whether boots fail as often as the
	// baseline's; FailurePHolm is adjusted over the arms.
	FailureP     record.Number `json:"failure_p"`
	FailurePHolm record.Number `json:"failure_p_holm"`
	// MDEPercent is the difference that this comparison would have shown with 80 % power.
	MDEPercent record.Number `json:"mde_percent"`

	// Rank counts from 1, equal for ties; 0 for an arm outside the ranking.
	Rank record.Count `json:"rank"`
	FromBest
	MayBeBest *bool `json:"may_be_best"` // nil if FromBest does not exist
	// Tier counts from 1; 0 for none.
	Tier record.Count `json:"tier"`
	// FromLeader is by how many percent at least the arm is worse than the first of the order: the
	// end of its interval that is nearest to zero, simultaneous over all pairs of declared arms
	// (Bonferroni). 0 if the arm is shown to be worse but no minimum amount is; nil otherwise.
	FromLeader *record.Number `json:"from_leader_percent,omitempty"`
	// Letters: arms that share one are not shown to differ; empty for none.
	Letters record.Name `json:"letters"`

	Warnings []Warning `json:"warnings"`
	log      logScale
}

// logScale is an arm on the scale of 100 ln of the analysed direction.
type logScale struct {
	mean, rawMean, diff, lower, upper, bestLower, bestUpper float64
	v, moderated                                            float64
	verdict                                                 Verdict // before flagged data and drift took it back
}
