package rank

import (
	"fmt"
	"math"

	"vnettune/report/rank/contrast"
	"vnettune/results/record"
)

// minTier is the least number of boots of an arm that is compared with all others.
const minTier = 3

// participants are the arms that are compared with all others: those that show noise of their own in
// three boots or more, or that the noise of boots compares with others.
func (st *Study) participants() []int {
	var out []int
	for i, d := range st.Fit.D {
		if (d > 0 || st.Family.Crossed(i)) && st.Fit.N[i] >= minTier {
			out = append(out, i)
		}
	}
	return out
}

// ordered are the arms that have a rank: those that show noise of their own, or are compared by that of
// boots.
func (st *Study) ordered() []int {
	var out []int
	for i, d := range st.Fit.D {
		if d > 0 || st.Family.Crossed(i) {
			out = append(out, i)
		}
	}
	return out
}

// pairs is what the pairs of arms show in every analysis of them: of all boots, of those that are
// not flagged, and for an arm that lost many with its own pairs compared as if its lost boots had
// measured the smallest and the largest of the campaign. What one of them takes back from the verdicts
// is taken back here too.
type pairs struct {
	participants []int
	main         *contrast.Table
	best         *contrast.Best               // of all boots; nil where it does not exist
	second       *contrast.Table              // without flagged boots; nil if none is flagged
	ofArm        map[int][]*contrast.Replaced // by arm that lost many
	members      []bool                       // may be the best by Hsu's comparison in any of the analyses
}

func (st *Study) comparedPairs(second *Study) (*pairs, error) {
	s := &pairs{participants: st.participants(), ofArm: make(map[int][]*contrast.Replaced), members: make([]bool, st.Fit.Arms)}
	s.main = st.Family.Pairs(s.participants)
	s.best = st.Family.Best(s.main)
	s.add(s.best, s.participants)
	if second != nil {
		participants := second.participants()
		s.second = second.Family.Pairs(participants)
		s.add(second.Family.Best(s.second), participants)
	}
	small, large := st.Extremes()
	for _, i := range s.participants {
		if !st.LostMany(i) {
			continue
		}
		for _, value := range []func(int) float64{small, large} {
			lost, err := st.With(Lost{i, value})
			if err != nil {
				return nil, err
			}
			r := st.Family.Replace(s.main, i, lost.Family)
			s.ofArm[i] = append(s.ofArm[i], r)
			for _, k := range s.participants {
				s.members[k] = s.members[k] || s.best == nil || r.NoVariance() || s.best.MayIn(r, k)
			}
		}
	}
	return s, nil
}

// add takes in who may be the best by one analysis: everybody, where it cannot tell.
func (s *pairs) add(best *contrast.Best, participants []int) {
	for _, i := range participants {
		s.members[i] = s.members[i] || best == nil || best.May[i]
	}
}

// differ says whether arms i and j are shown to differ, with one sign, in every analysis that is
// about them.
func (s *pairs) differ(i, j int) bool {
	if !s.main.Significant(i, j) {
		return false
	}
	better := s.main.Get(i, j).Diff > 0
	if s.second != nil && !(s.second.Significant(i, j) && s.second.Get(i, j).Diff > 0 == better) {
		return false
	}
	for _, r := range s.ofArm[i] {
		if !r.Shows(j, better) {
			return false
		}
	}
	for _, r := range s.ofArm[j] {
		if !r.Shows(i, !better) {
			return false
		}
	}
	return true
}

// ranks fills in what compares an arm with the other arms: order, best set, tiers, letters. All of
// it needs a connected design; of boots that were made arm by arm only the order and the bounds of
// MCB are given, and without a margin nothing that is a claim.
func (st *Study) ranks(a *Analysis, arms []Arm, second *Study) error {
	if !st.Family.Connected {
		return nil
	}
	order, rank := contrast.Order(st.ordered(), st.mean, st.Fit.Resolution, st.Arms.Changed, st.Arms.Names)
	for i := range arms {
		arms[i].Rank = record.Count(rank[i])
	}
	participants := st.participants()
	if st.Family.Moderation.NoVariance || len(participants) < 2 || math.IsNaN(st.Margin) {
		return nil
	}
	last, err := st.comparedPairs(second)
	if err != nil {
		return err
	}
	s := &looked{last, arms}
	best := s.last.best
	if s.any() {
		best = nil
	}
	if best != nil {
		for _, i := range participants {
			arms[i].y.bestLower, arms[i].y.bestUpper = best.Lower[i], best.Upper[i]
			arms[i].FromBest = FromBest(st.interval(contrast.Ends{Lower: best.Lower[i], Upper: best.Upper[i]}))
		}
	}
	if st.grouped() {
		return nil
	}
	var compared []int // participants in order
	for _, i := range order {
		if st.Fit.N[i] >= minTier {
			compared = append(compared, i)
		}
	}
	for k, tier := range contrast.Tiers(compared, s.differ) {
		names := make([]string, len(tier))
		for n, i := range tier {
			arms[i].Tier = record.Count(k + 1)
			names[n] = arms[i].Name
		}
		a.Tiers = append(a.Tiers, names)
	}
	st.fromLeader(arms, s, compared)
	if letters := contrast.Letters(compared, s.differ); letters != nil {
		for position, i := range compared {
			arms[i].Letters = record.Name(letters[position])
		}
	} else {
		a.Warnings = append(a.Warnings, Warning{Code: WarnManyLetters, Text: fmt.Sprintf("more than %d groups of arms that are not shown to differ: letters are left out", contrast.MaxLetterSets)})
	}
	if best != nil || s.any() {
		st.bestSet(a, arms, s)
	}
	return nil
}

// bestSet are the arms that may be the best: those that some analysis has in MCB's set, and those
// that are not shown to be worse than the first: these alone where arms settled at looks of their own, which MCB
// does not have.
func (st *Study) bestSet(a *Analysis, arms []Arm, s *looked) {
	few := false
	member := func(i int) bool { return !s.any() && s.last.members[i] }
	for _, n := range st.Fit.N {
		few = few || n == 1 || n == 2
	}
	for i := range arms {
		if member(i) && arms[i].Tier > 0 {
			a.MCBSet = append(a.MCBSet, arms[i].Name)
		}
	}
	for _, i := range s.last.participants {
		may := member(i) || arms[i].Tier == 1
		arms[i].MayBeBest = &may
		if may {
			a.BestSet = append(a.BestSet, arms[i].Name)
		}
	}
	if len(a.BestSet) == 1 && !few {
		a.SingleWinner = record.Name(a.BestSet[0])
	}
}

// ownLower and ownUpper are the ends of an arm's interval against the baseline, which is 0 for the baseline, on the
// scale of y.
func ownLower(a Arm) float64 {
	if a.IsBaseline {
		return 0
	}
	return a.y.lower
}

func ownUpper(a Arm) float64 {
	if a.IsBaseline {
		return 0
	}
	return a.y.upper
}

// fromLeader says of each arm that is shown to be worse than the first by how much it is at least.
func (st *Study) fromLeader(arms []Arm, s *looked, compared []int) {
	each := st.Options.Alpha / float64(len(arms)*(len(arms)-1)) // on either side of every pair
	for _, i := range compared {
		if !s.differ(compared[0], i) {
			continue
		}
		if leader := arms[compared[0]]; leader.Settled != nil || arms[i].Settled != nil {
			least := math.Max(0, ownLower(leader)-ownUpper(arms[i]))
			arms[i].y.fromLeader, arms[i].FromLeader = least, new(st.shown(-least))
			continue
		}
		c := s.last.main.Get(compared[0], i)
		least := math.Max(0, c.Diff-c.Width(each))
		arms[i].y.fromLeader, arms[i].FromLeader = least, new(st.shown(-least))
	}
}
