package stints

import "slices"

// tries is how often an order of stints is drawn before the hub's second stint is given up.
const tries = 1000

// Sequence draws the arms that a boot of a level of several arms is switched to, by number: every arm
// once and the hub twice, in random order, with no arm after itself, after stint 1 in the arm that the
// boot was booted into. Where there is no such order, as of two arms in a boot that was booted into the
// hub, the hub comes once. below draws a number from 0 to below n.
func Sequence(arms, hub, into int, below func(n int) int) []int {
	all := make([]int, 0, arms+1)
	for arm := range arms {
		all = append(all, arm)
	}
	for _, order := range [][]int{append(slices.Clone(all), hub), all} {
		for range tries {
			for i := len(order) - 1; i > 0; i-- {
				j := below(i + 1)
				order[i], order[j] = order[j], order[i]
			}
			if follows(order, into) {
				return order
			}
		}
	}
	return all // of one arm
}

// follows says whether no arm comes after itself.
func follows(order []int, into int) bool {
	for _, arm := range order {
		if arm == into {
			return false
		}
		into = arm
	}
	return true
}
