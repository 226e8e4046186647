package rank

import "math"

// LeastBeside is the least number of boots of an arm, and of the baseline, for a claim about what was measured beside
// a metric. With three, counters that are zero in most boots are named falsely in a tenth of the campaigns of 16 arms
// and more: of so few boots many arms show no noise, and what is borrowed from them is too little.
const LeastBeside = 5

// Beside are the options and the error rate of a family of such claims. Arms that settle end at one of the looks, by
// what their metrics are, with which the rest may go: each look has its even share.
func (o Options) Beside() (Options, float64) {
	alpha := o.Alpha
	if o.Settle != nil {
		alpha /= float64(max(1, len(o.Settle.Looks)))
		o.Settle = nil
	}
	return o, alpha
}

// BesideBaseline is the difference of arm i from the baseline on the scale of y, with the blocks removed, and its p;
// NaN for what there is not. A claim takes LeastBeside boots of each, in a random order.
func (st *Study) BesideBaseline(i int) (diff, p float64) {
	base, n := st.Arms.Baseline, st.Fit.N
	if i == base || n[i] == 0 || n[base] == 0 {
		return math.NaN(), math.NaN()
	}
	c := st.Family.Compare(i, base)
	if st.Order() == OrderGrouped || c.Exploratory || n[i] < LeastBeside || n[base] < LeastBeside {
		return c.Diff, math.NaN()
	}
	return c.Diff, c.P
}
