package rank

import (
	"cmp"
	"fmt"
	"slices"

	"vnettune/report/stat"
)

// BootOrder says in which order the boots of a campaign were made, as far as that is known.
type BootOrder string

const (
	// OrderBlocks: block after block, so that drift hits all arms alike.
	OrderBlocks BootOrder = "blocks"
	// OrderMixed: not in blocks, but with the arms well mixed.
	OrderMixed BootOrder = "mixed"
	// OrderGrouped: arm after arm, so that drift and difference cannot be told apart.
	OrderGrouped BootOrder = "grouped"
	// OrderUnknown: the samples do not tell the order of all boots.
	OrderUnknown BootOrder = "unknown"
)

// Order says how the ranked boots were ordered. Where arms were switched within boots it is the order within these,
// which is all that a comparison within boots hangs on, unless all arms are compared between boots.
func (st *Study) Order() BootOrder {
	order := st.bootOrder()
	if order == nil {
		return OrderUnknown
	}
	if st.Series.Within != nil && !st.anyWithin() {
		return st.LevelOrder()
	}
	return orderOf(st.Fit.Obs, st.Fit.Arms, st.Fit.Blocks, order)
}

// anyWithin says whether an arm is compared with the baseline in the same boots.
func (st *Study) anyWithin() bool {
	for i := range st.Fit.Arms {
		if st.FoundBy(i) == FoundWithin {
			return true
		}
	}
	return len(st.Series.Within.Levels) < 2
}

// LevelOrder says how the boots of the levels were ordered, which are compared between boots; "" where there is one level.
func (st *Study) LevelOrder() BootOrder {
	switch w := st.Series.Within; {
	case w == nil || len(w.Levels) < 2:
		return ""
	case st.bootOrder() == nil:
		return OrderUnknown
	}
	return st.orderOfLevels()
}

// OrderOf is the order that the comparison of arm i with the baseline hangs on.
func (st *Study) OrderOf(i int) BootOrder {
	if st.FoundBy(i) == FoundBetween {
		return st.LevelOrder()
	}
	return st.Order()
}

// grouped says whether pairs of arms cannot be compared for the order of their boots.
func (st *Study) grouped() bool { return st.Order() == OrderGrouped || st.LevelOrder() == OrderGrouped }

// orderOf is that of observations of arms in blocks, by their places in the campaign.
func orderOf(obs []stat.Observation, arms int, blocks [][]int, order []int) BootOrder {
	switch {
	case inBlocks(blocks, order):
		return OrderBlocks
	case armByArm(obs, arms, order):
		return OrderGrouped
	}
	return OrderMixed
}

// bootOrder is each ranked boot's place in the campaign; nil if the samples do
// not tell all of them apart.
func (st *Study) bootOrder() []int {
	seen := map[int]bool{0: true} // 0 is a place that is not said
	order := make([]int, len(st.ranked))
	for k, b := range st.ranked {
		if seen[b.Order] {
			return nil
		}
		seen[b.Order], order[k] = true, b.Order
	}
	return order
}

// inBlocks says whether there are blocks and the boots of each were made together.
func inBlocks(blocks [][]int, order []int) bool {
	type span struct{ from, to int }
	var spans []span
	for _, rows := range blocks {
		if len(rows) == 0 {
			continue
		}
		s := span{order[rows[0]], order[rows[0]]}
		for _, r := range rows {
			s.from, s.to = min(s.from, order[r]), max(s.to, order[r])
		}
		spans = append(spans, s)
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	for i := 1; i < len(spans); i++ {
		if spans[i].from < spans[i-1].to {
			return false
		}
	}
	return len(spans) >= 2
}

// groupedLevel is the p of places by arm below which arms are called grouped.
const groupedLevel = 0.01

// armByArm says whether boots of one arm follow each other more often than half way from chance to
// a pure sequence, or the arms' places differ (Kruskal and Wallis 1952).
func armByArm(obs []stat.Observation, number int, order []int) bool {
	byPlace := make([]int, len(order)) // observations in the order of their boots
	for k := range byPlace {
		byPlace[k] = k
	}
	slices.SortFunc(byPlace, func(a, b int) int { return cmp.Compare(order[a], order[b]) })
	neighbours := 0
	arms := make([][]int, number) // the places of each arm, from 1
	for place, k := range byPlace {
		arm := obs[k].Arm
		arms[arm] = append(arms[arm], place+1)
		if place > 0 && obs[byPlace[place-1]].Arm == arm {
			neighbours++
		}
	}
	n := float64(len(order))
	chance, most := 0.0, n
	for _, places := range arms {
		if c := float64(len(places)); c > 0 {
			chance += c * (c - 1) / n
			most--
		}
	}
	return float64(neighbours) > (chance+most)/2 || stat.KruskalWallis(arms) < groupedLevel
}

// levelWarnings say what the order of the boots of levels means for what is compared between them, where it is not the
// order of all boots.
func (st *Study) levelWarnings(order BootOrder) []Warning {
	switch level := st.LevelOrder(); {
	case level == order:
	case level == OrderGrouped:
		return []Warning{{Code: WarnOrder, Text: "the boots of the levels were made level by level, so that drift and a difference between boots cannot be told apart: nothing is claimed of what is compared between boots, and arms are not ranked among each other. Make a boot of every level in each block, in random order"}}
	case level == OrderMixed:
		return []Warning{{Code: WarnOrder, Text: "the boots of the levels were not made in blocks; they are mixed well enough for claims between boots, but drift adds to the noise of these"}}
	}
	return nil
}

// orderWarnings say what the order of the boots means for the claims.
func (st *Study) orderWarnings(order BootOrder) []Warning {
	var text string
	switch order {
	case OrderGrouped:
		text = "the boots were made arm by arm, so that drift and difference cannot be told apart: nothing is claimed. Boot the arms in blocks, each arm once in a block, in random order"
	case OrderMixed:
		if len(st.Series.Blocks) == 1 {
			return nil // that says another warning
		}
		text = "the boots were not made in blocks; the arms are mixed well enough for claims, but drift adds to the noise"
	case OrderUnknown:
		text = "the samples do not say in which order the boots were made (column order): if arms were booted one after another, drift may look like a difference"
	case OrderBlocks:
		if !st.oneOrder() {
			return nil
		}
		text = "the arms were booted in one and the same order in every block: what changes within a block, such as warming up, may look like a difference"
	}
	return []Warning{{Code: WarnOrder, Text: text}}
}

// oneOrder says whether every block booted the arms in the same order, which happens by chance once
// in (arms!)^(blocks-1).
func (st *Study) oneOrder() bool {
	order := st.bootOrder()
	var first []int
	chance := 1.0
	for _, rows := range st.Fit.Blocks {
		if len(rows) == 0 {
			continue
		}
		rows = slices.SortedFunc(slices.Values(rows), func(a, b int) int { return cmp.Compare(order[a], order[b]) })
		arms := make([]int, len(rows))
		for i, r := range rows {
			arms[i] = st.Fit.Obs[r].Arm
		}
		if first == nil {
			first = arms
			continue
		}
		if !slices.Equal(first, arms) {
			return false
		}
		for i := range arms {
			chance /= float64(i + 1)
		}
	}
	return chance < driftLevel
}

// bootsOf writes "boot a" or "boots a, b and 3 more".
func bootsOf(names []string) string {
	const most = 6
	text := "boot"
	if len(names) > 1 {
		text = "boots"
	}
	for i, name := range names {
		if i == most {
			return text + fmt.Sprintf(" and %d more", len(names)-most)
		}
		if i > 0 {
			text += ","
		}
		text += " " + name
	}
	return text
}
