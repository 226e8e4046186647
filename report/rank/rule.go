package rank

// rule keeps a family of comparisons honest: how p values are adjusted and how
// wide simultaneous intervals are. Families are the declared ones.
type rule interface {
	// baseline returns the adjusted p of the comparisons with the baseline.
	baseline(raw []contrast) []float64
	// eachSide is the error on each side of one of their intervals.
	eachSide() float64
	// pairs says for every contrast of the table whether the pair differs.
	pairs(t *pairTable) []bool
	// bestWidths returns the half width of the interval of i - j in the comparison
	// of i with the best of the others.
	bestWidths(t *pairTable) func(i, j int) float64
}

// holmRule is Holm's rule on p values and Bonferroni's on intervals, with each
// contrast's own standard error and degrees of freedom.
type holmRule struct {
	alpha float64
	arms  int
}

func (r holmRule) baseline(raw []contrast) []float64 {
	p := make([]float64, len(raw))
	for i, c := range raw {
		p[i] = c.p
	}
	return Holm(p)
}

func (r holmRule) eachSide() float64 { return r.alpha / float64(2*(r.arms-1)) }

func (r holmRule) pairs(t *pairTable) []bool {
	p := make([]float64, len(t.contrast))
	for k, c := range t.contrast {
		p[k] = c.p
	}
	differs := make([]bool, len(p))
	for k, adjusted := range Holm(p) {
		differs[k] = adjusted <= r.alpha
	}
	return differs
}

func (r holmRule) bestWidths(t *pairTable) func(i, j int) float64 {
	width := make([]float64, len(t.contrast))
	for k, c := range t.contrast {
		width[k] = c.width(r.alpha / float64(r.arms-1))
	}
	return func(i, j int) float64 { return width[t.at(min(i, j), max(i, j))] }
}
