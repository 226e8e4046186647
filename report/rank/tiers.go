package rank

import "math"

// tiersOf splits the order: the first arm leads a tier and takes along all that
// are not significantly different from it; then the same with the rest. The
// pairs' significance is settled once and never again after a removal.
func tiersOf(order []int, differ func(i, j int) bool) [][]int {
	var tiers [][]int
	rest := order
	for len(rest) > 0 {
		leader := rest[0]
		var tier, next []int
		for _, arm := range rest {
			if arm != leader && differ(leader, arm) {
				next = append(next, arm)
			} else {
				tier = append(tier, arm)
			}
		}
		tiers = append(tiers, tier)
		rest = next
	}
	return tiers
}

// fromLeader says by how much at least each arm is worse that is shown to be.
func (st *study) fromLeader(arms []Arm, t *pairTable, leader int) {
	each := st.options.Alpha / float64(len(arms)*(len(arms)-1)) // on either side of every pair
	s := sign(st.series.better)
	for i := range arms {
		if !t.significant(leader, i) {
			continue
		}
		c := t.get(leader, i)
		arms[i].FromLeader = percent(-s*math.Max(0, c.diff-c.width(each))) + 0
	}
}
