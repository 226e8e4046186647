package rank

// Code names a kind of warning, for programs.
type Code string

// The warnings.
const (
	WarnFailures       Code = "failed_boots"
	WarnFailsMore      Code = "fails_more_often"
	WarnRepsLost       Code = "repetitions_lost"
	WarnNotInEffect    Code = "not_in_effect"
	WarnExcluded       Code = "excluded"
	WarnStall          Code = "stalled"
	WarnZeroDropped    Code = "zero_dropped"
	WarnZeroLower      Code = "zero_has_no_ratio"
	WarnMissing        Code = "missing_boots"
	WarnSameBlock      Code = "repeated_in_block"
	WarnOutlier        Code = "outlier"
	WarnOutlierRep     Code = "outlier_repetition"
	WarnOutlierMatters Code = "outlier_matters"
	WarnWithoutFlagged Code = "without_flagged"
	WarnDrift          Code = "drift"
	WarnNoSteadyState  Code = "no_steady_state"
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
	// Arm is the combination that it is about; empty for the analysis as a whole.
	Arm string
	// Boots are those that it is about, by name.
	Boots []string
	// Numbers are what it says, by name; names end in the unit. One that does not
	// exist is NaN.
	Numbers map[string]float64
	// Text says all of it in words, without the arm's name.
	Text string
}
