package rank

// pairTable holds the contrasts of all pairs of participants and which of them
// differ by the rule for all declared pairs.
type pairTable struct {
	arms     int
	contrast []contrast // of i - j for i < j
	differs  []bool
}

// at is the place of the pair i < j.
func (t *pairTable) at(i, j int) int { return i*(2*t.arms-i-1)/2 + j - i - 1 }

// newPairTable compares every two participants (ascending) once. A pair of
// declared arms without a test stays in the family and counts as p = 1.
func newPairTable(c comparer, r rule, n int, participants []int) *pairTable {
	t := &pairTable{arms: n, contrast: make([]contrast, n*(n-1)/2)}
	for k := range t.contrast {
		t.contrast[k] = noContrast()
	}
	for a, i := range participants {
		for _, j := range participants[a+1:] {
			t.contrast[t.at(i, j)] = c.compare(i, j)
		}
	}
	t.differs = r.pairs(t)
	return t
}

// get is the contrast i - j in either direction.
func (t *pairTable) get(i, j int) contrast {
	if i < j {
		return t.contrast[t.at(i, j)]
	}
	c := t.contrast[t.at(j, i)]
	c.diff = -c.diff
	return c
}

// significant says whether i and j are shown to differ.
func (t *pairTable) significant(i, j int) bool {
	return i != j && t.differs[t.at(min(i, j), max(i, j))]
}
