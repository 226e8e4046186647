package rank

// What the reference cases check and no result shows.

// YNumbers is an arm on the scale of y.
type YNumbers struct {
	Mean, RawMean, Diff, Lower, Upper, BestLower, BestUpper, FromLeader, V, Moderated float64
}

func (a Arm) OnY() YNumbers {
	return YNumbers{a.y.mean, a.y.rawMean, a.y.diff, a.y.lower, a.y.upper, a.y.bestLower, a.y.bestUpper, a.y.fromLeader, a.y.v, a.y.moderated}
}

// SettledPairs says whether one arm is shown to be better than another.
func (st *Study) SettledPairs() func(i, j int) bool {
	second, err := st.without(st.findFlags())
	if err != nil {
		panic(err)
	}
	s, err := st.comparedPairs(second)
	if err != nil {
		panic(err)
	}
	return func(i, j int) bool { return s.differ(i, j) && s.main.Get(i, j).Diff > 0 }
}

func (n Noise) BestRepetitions(costBoot, costRepetition float64) float64 {
	return n.bestRepetitions(costBoot, costRepetition)
}

// FlagLimit is the threshold for flagged boots.
var FlagLimit = flagLimit

var PlainLabel = plainLabel
