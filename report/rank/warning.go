package rank

// Code names a kind of warning, for programs.
type Code string

// The warnings.
const (
	WarnFailures       Code = "failed_boots"
	WarnRepsLost       Code = "repetitions_lost"
	WarnNotInEffect    Code = "not_in_effect"
	WarnExcluded       Code = "excluded"
	WarnStall          Code = "stalled"
	WarnZeroDropped    Code = "zero_dropped"
	WarnZeroLower      Code = "zero_has_no_ratio"
	WarnMissing        Code = "missing_boots"
	WarnSameBlock      Code = "repeated_in_block"
	WarnOutlier        Code = "outlier"
	WarnOutlierMatters Code = "outlier_matters"
	WarnDisconnected   Code = "disconnected"
	WarnNoVariance     Code = "no_variance"
	WarnSomeNoVariance Code = "some_without_variance"
	WarnBorrowed       Code = "borrowed_variance"
	WarnOneBlock       Code = "one_block"
	WarnManyLetters    Code = "too_many_letters"
)

// Warning travels with the number it is about; renderers print it as a footnote.
type Warning struct {
	Code Code
	Text string
}
