package rank

import (
	"vnettune/report/rank/boots"
	"vnettune/report/stat"
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

// Analysis is the ranking of one workload's metric: one family of comparisons.
type Analysis struct {
	Workload, Metric, Unit string
	Better                 sample.Better
	// Method is how the arms are compared.
	Method Method
	// Family is the number of declared comparisons with the baseline. It never
	// shrinks, whatever failed. Margin is in percent.
	Family        int
	Margin, Alpha float64
	// Blocks with rows of this workload and metric; Boots that are ranked.
	Blocks, Boots int
	// Parts is the number of parts of the design that no block connects; 1 in a sound
	// campaign.
	Parts int
	// DF is the residual degrees of freedom, Variance the pooled residual variance
	// of a boot and VarianceUpper80 its upper 80 % limit, both on the scale of
	// 100 ln: the square root is about a coefficient of variation in percent.
	DF                        int
	Variance, VarianceUpper80 float64
	// PriorDF and PriorVariance are what the moderation borrows; PriorDF is 0 when
	// it is off and +Inf when the arms do not differ in noise.
	PriorDF, PriorVariance float64
	// BootsNeeded is the number of boots an arm that would show a difference of
	// the margin with 80 % power; 0 when the data cannot tell.
	BootsNeeded int
	// Arms in order: best first, then those without a rank by name.
	Arms []Arm
	// Tiers holds the names, best first; nil where tiers do not exist. A tier
	// boundary means worse than that tier's leader, not than every member.
	Tiers [][]string
	// BestSet names the arms that may be the best; SingleWinner is its only member
	// when a single winner may be claimed.
	BestSet      []string
	SingleWinner string
	Diagnostics  Diagnostics
	Warnings     []Warning
	ranked       map[string]bool // the names of the boots
}

// Diagnostics say whether the rig was trustworthy while an analysis was measured.
type Diagnostics struct {
	// BootSD and RepetitionSD are standard deviations between boots, the repetitions'
	// own part taken off, and between the repetitions of a boot, on the scale of
	// 100 ln: about percent. NaN where the data cannot tell.
	BootSD, RepetitionSD float64
	Drift                Drift
	// Trend is that of repetitions over all boots.
	Trend Trend
	// Steady counts boots by the intervals of their runs; zero where none are known.
	Steady Steady
	// FlaggedBoots and FlaggedRepetitions are far from their arm's others.
	FlaggedBoots, FlaggedRepetitions int
}

// Interval is a closed range in percent; NaN ends where there is none.
type Interval struct{ Low, High float64 }

// Percents turns an interval on the scale of y into percent of the measured quantity;
// where less is better, and sign is -1, it is turned around.
func Percents(lower, upper, sign float64) Interval {
	if sign < 0 {
		lower, upper = -upper, -lower
	}
	// Adding 0 makes a negative zero, which is no difference, a plain one.
	return Interval{Low: stat.Percent(lower) + 0, High: stat.Percent(upper) + 0}
}

// Arm is one combination in one analysis.
type Arm struct {
	Name string
	// IsBaseline: all comparisons below are empty.
	IsBaseline bool
	// Changed is the number of settings whose level differs from the baseline's; 0
	// when the samples do not name levels.
	Changed  int
	Boots    boots.Counts
	Failures []boots.FailureCount
	// MissingShare is the lost part of the planned boots, from 0 to 1.
	MissingShare float64

	// Estimate is the geometric mean over boots, adjusted for blocks, in the unit.
	Estimate float64
	// DiffPercent is the difference from the baseline, and Interval its
	// simultaneous interval.
	DiffPercent float64
	Interval    Interval
	// Exploratory: the interval borrows its variance from other arms because this
	// one or the baseline has one boot; no claim rests on it.
	Exploratory bool
	// SE is the standard error of the difference on the scale of 100 ln, DF its
	// degrees of freedom.
	SE, DF float64
	// T, P and PHolm test for a difference from the baseline; PHolm is adjusted by
	// Holm's rule, or with the pooled variance by Dunnett's distribution.
	T, P, PHolm float64
	// Differs: PHolm <= Alpha. SizeUncertain: it differs, yet the interval touches
	// zero.
	Differs, SizeUncertain bool
	Label                  Label
	Verdict                Verdict
	Grade                  Grade
	// WithoutFlagged is the comparison when boots and repetitions that are flagged as
	// outliers, and boots that stalled, are left out of the analysis; without a label
	// when there are none. Where its label is another, nothing is claimed.
	WithoutFlagged SecondLook
	// WorstCase is the comparison if the lost boots had gone as badly as can be; only
	// where the verdict is given up for them.
	WorstCase SecondLook
	// FailureP tests by Fisher's exact test whether boots fail as often as the
	// baseline's; FailurePHolm is adjusted over the arms.
	FailureP, FailurePHolm float64
	// MDEPercent is the difference that this comparison would have shown with 80 %
	// power.
	MDEPercent float64

	// Rank counts from 1, equal for ties; 0 for an arm outside the ranking.
	Rank int
	// FromBest is the interval of the difference from the best of the others.
	FromBest  Interval
	MayBeBest bool
	// Tier counts from 1; 0 for none.
	Tier int
	// FromLeader is how much worse than the first arm of the order the arm is at least,
	// in percent: the end of its interval that is nearest to zero, simultaneous over all
	// pairs of declared arms (Bonferroni). 0 if the arm is shown to be worse but no
	// minimum amount is; NaN otherwise.
	FromLeader float64
	// Letters: arms that share one are not shown to differ; empty for none.
	Letters string

	Warnings []Warning
	log      logScale
}

// logScale is an arm on the scale of 100 ln of the analysed direction.
type logScale struct {
	mean, rawMean, diff, lower, upper, bestLower, bestUpper float64
	v, moderated                                            float64
	verdict                                                 Verdict // before flagged data and drift took it back
}
