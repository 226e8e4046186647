package rank

// What the reference cases check and no result shows.

// LogNumbers is an arm on the scale of 100 ln.
type LogNumbers struct {
	Mean, RawMean, Diff, Lower, Upper, BestLower, BestUpper, V, Moderated float64
	Verdict                                                               Verdict // before flagged data and drift took it back
}

func (a Arm) OnLogScale() LogNumbers {
	l := a.log
	return LogNumbers{l.mean, l.rawMean, l.diff, l.lower, l.upper, l.bestLower, l.bestUpper, l.v, l.moderated, l.verdict}
}

func (st *Study) Participants() []int { return st.participants() }

func (n Noise) BestRepetitions(costBoot, costRepetition float64) float64 {
	return n.bestRepetitions(costBoot, costRepetition)
}

var PlainLabel = plainLabel
