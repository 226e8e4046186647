package rank

import (
	"cmp"
	"slices"
)

// sameMean is the distance on the scale of y below which neighbours in the order
// are equal.
const sameMean = 1e-9

// orderArms sorts arms best first: by mean; inside a group of equal means fewer
// changed settings first, then the name by bytes. It returns the order and each
// arm's rank (1, 1, 3 ...; 0 for arms that are not ordered).
func orderArms(participants []int, mean []float64, changed []int, name []string) (order, rank []int) {
	order = slices.Clone(participants)
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(mean[b], mean[a]) })
	rank = make([]int, len(mean))
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && mean[order[to-1]]-mean[order[to]] < sameMean {
			to++
		}
		group := order[from:to]
		slices.SortFunc(group, func(a, b int) int {
			return cmp.Or(cmp.Compare(changed[a], changed[b]), cmp.Compare(name[a], name[b]))
		})
		for _, arm := range group {
			rank[arm] = from + 1
		}
		from = to
	}
	return order, rank
}
