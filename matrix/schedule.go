package matrix

import "math/rand/v2"

// twiceFrom is the number of arms in a block, the baseline included, from which on the baseline
// boots twice a block: every comparison shares it, so that its mean should be known better than
// theirs, and its noise, which is not borrowed from other arms, too.
const twiceFrom = 6

// baselineTimes is how often the baseline boots in a block.
func baselineTimes(arms int) int {
	if arms >= twiceFrom {
		return 2
	}
	return 1
}

// schedule makes the order of boots: each block is a fresh random permutation of the arms, with the
// baseline as often as told. The permutation is drawn here and not by rand.Shuffle, so that a seed
// means the same order under every release of Go.
func schedule(arms, baseline, blocks int, seed uint64) []Slot {
	source := rand.NewPCG(seed, 0)
	var block []int
	for arm := range arms {
		block = append(block, arm)
	}
	for range baseline - 1 {
		block = append(block, 0)
	}
	var slots []Slot
	for b := range blocks {
		// Fisher-Yates. The remainder of a 64-bit number favours low positions
		// by less than one part in 10^15 for any plan that can be run.
		for i := len(block) - 1; i > 0; i-- {
			j := int(source.Uint64() % uint64(i+1))
			block[i], block[j] = block[j], block[i]
		}
		for _, arm := range block {
			slots = append(slots, Slot{Block: b + 1, Order: len(slots) + 1, Arm: arm})
		}
	}
	return slots
}
