package stat

import "math/rand/v2"

// Source draws numbers that a seed decides, the same under every release of Go:
// permutations are drawn by its callers, not by rand.Shuffle.
type Source struct{ pcg *rand.PCG }

// NewSource starts from the seed.
func NewSource(seed uint64) Source { return Source{rand.NewPCG(seed, 0)} }

// Below is a whole number from 0 to n-1. The remainder favours low ones by less
// than one part in 10^15.
func (s Source) Below(n int) int { return int(s.pcg.Uint64() % uint64(n)) }
