package contrast

import (
	"cmp"
	"fmt"
	"slices"
)

// MaxLetterSets is the number of sets above which letters are not printed: nobody
// could read them, and there can be exponentially many.
const MaxLetterSets = 200

// Letters gives each arm of the order its letters: arms that share one are not shown to differ. The
// sets are all maximal sets of arms without a significant pair, each as ascending positions in the
// order, sorted lexicographically. nil when there are more than MaxLetterSets.
func Letters(order []int, differ func(i, j int) bool) []string {
	n := len(order)
	same := make([][]bool, n)
	for a := range n {
		same[a] = make([]bool, n)
		for b := range n {
			same[a][b] = a != b && !differ(order[a], order[b])
		}
	}
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	e := cliques{same: same}
	if n > 0 {
		e.expand(nil, all, nil)
	}
	if len(e.found) > MaxLetterSets {
		return nil
	}
	slices.SortFunc(e.found, slices.Compare)
	letters := make([]string, n)
	for k, set := range e.found {
		for _, position := range set {
			letters[position] += letterName(k)
		}
	}
	return letters
}

// letterName is a to z, then (aa), (ab) ...
func letterName(k int) string {
	const alphabet = "abcdefghijklmnopqrstuvwxyz"
	if k < len(alphabet) {
		return alphabet[k : k+1]
	}
	k -= len(alphabet)
	return fmt.Sprintf("(%c%c)", alphabet[k/len(alphabet)], alphabet[k%len(alphabet)])
}

// cliques enumerates the maximal sets of mutually same members (Bron and Kerbosch
// 1973, with a pivot), and stops when there are too many.
type cliques struct {
	same  [][]bool
	found [][]int
}

// expand grows the set by candidates; done holds members that were tried before.
func (e *cliques) expand(set, candidates, done []int) {
	if len(e.found) > MaxLetterSets {
		return
	}
	if len(candidates) == 0 && len(done) == 0 {
		e.found = append(e.found, slices.Sorted(slices.Values(set)))
		return
	}
	pivot := e.pivot(candidates, done)
	for _, v := range slices.Clone(candidates) {
		if e.same[pivot][v] {
			continue
		}
		e.expand(append(slices.Clone(set), v), e.with(v, candidates), e.with(v, done))
		candidates = slices.DeleteFunc(slices.Clone(candidates), func(c int) bool { return c == v })
		done = append(slices.Clone(done), v)
	}
}

// pivot is the member with most candidates beside it: those need no branch.
func (e *cliques) pivot(candidates, done []int) int {
	choice, most := -1, -1
	for _, list := range [2][]int{candidates, done} {
		for _, u := range list {
			if n := len(e.with(u, candidates)); n > most {
				choice, most = u, n
			}
		}
	}
	return choice
}

// with are the members of list that are the same as v.
func (e *cliques) with(v int, list []int) []int {
	var out []int
	for _, c := range list {
		if e.same[v][c] {
			out = append(out, c)
		}
	}
	return out
}

// Order sorts arms best first: by mean; inside a group of equal means fewer
// changed settings first, then the name by bytes. It returns the order and each
// arm's rank (1, 1, 3 ...; 0 for arms that are not ordered). Neighbours nearer than resolution, on the
// scale of y, are equal.
func Order(participants []int, mean []float64, resolution float64, changed []int, name []string) (order, rank []int) {
	order = slices.Clone(participants)
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(mean[b], mean[a]) })
	rank = make([]int, len(mean))
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && mean[order[to-1]]-mean[order[to]] <= resolution {
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
