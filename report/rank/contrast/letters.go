package contrast

import (
	"cmp"
	"fmt"
	mathbits "math/bits"
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
	e := cliques{same: make([]bits, n)}
	for a := range n {
		e.same[a] = newBits(n)
		for b := range n {
			if a != b && !differ(order[a], order[b]) {
				e.same[a].add(b)
			}
		}
	}
	if n > 0 {
		all := newBits(n)
		for i := range n {
			all.add(i)
		}
		e.expand(nil, all, newBits(n))
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

// bits is a set of small numbers.
type bits []uint64

func newBits(n int) bits { return make(bits, (n+63)/64) }

func (s bits) add(i int)      { s[i/64] |= 1 << (i % 64) }
func (s bits) remove(i int)   { s[i/64] &^= 1 << (i % 64) }
func (s bits) has(i int) bool { return s[i/64]>>(i%64)&1 == 1 }

func (s bits) empty() bool {
	for _, w := range s {
		if w != 0 {
			return false
		}
	}
	return true
}

// and are the members of both.
func (s bits) and(t bits) bits {
	out := make(bits, len(s))
	for k := range s {
		out[k] = s[k] & t[k]
	}
	return out
}

// common counts the members of both.
func (s bits) common(t bits) int {
	n := 0
	for k := range s {
		n += mathbits.OnesCount64(s[k] & t[k])
	}
	return n
}

// members are ascending.
func (s bits) members() []int {
	var out []int
	for k, w := range s {
		for ; w != 0; w &= w - 1 {
			out = append(out, 64*k+mathbits.TrailingZeros64(w))
		}
	}
	return out
}

// cliques enumerates the maximal sets of mutually same members (Bron and Kerbosch
// 1973, with a pivot), and stops when there are too many.
type cliques struct {
	same  []bits
	found [][]int
}

// expand grows the set by candidates; done holds members that were tried before.
func (e *cliques) expand(set []int, candidates, done bits) {
	if len(e.found) > MaxLetterSets {
		return
	}
	if candidates.empty() {
		if done.empty() {
			e.found = append(e.found, slices.Sorted(slices.Values(set)))
		}
		return
	}
	pivot := e.pivot(candidates, done)
	for _, v := range candidates.members() {
		if e.same[pivot].has(v) {
			continue
		}
		e.expand(append(slices.Clone(set), v), candidates.and(e.same[v]), done.and(e.same[v]))
		candidates.remove(v)
		done.add(v)
	}
}

// pivot is the member with most candidates beside it: those need no branch. One beside all of the
// others cannot be bettered.
func (e *cliques) pivot(candidates, done bits) int {
	choice, most := -1, -1
	all := candidates.common(candidates)
	for _, list := range [2]bits{candidates, done} {
		for _, u := range list.members() {
			n := e.same[u].common(candidates)
			if n > most {
				choice, most = u, n
			}
			if n >= all-1 {
				return choice
			}
		}
	}
	return choice
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
