package rank

import "math/rand/v2"

// source draws numbers that a seed decides, the same under every release of Go:
// the permutation is drawn by its callers, not by rand.Shuffle.
type source struct{ *rand.PCG }

func newSource(seed uint64) source { return source{rand.NewPCG(seed, 0)} }

// below is a whole number from 0 to n-1. The remainder favours low ones by less
// than one part in 10^15.
func (s source) below(n int) int { return int(s.Uint64() % uint64(n)) }
