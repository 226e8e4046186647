package rank

import "math"

// variances sets df, the pooled variance and each arm's own: the residual sum of
// squares of its boots over d, the sum of 1-leverage. For complete designs d is
// boots times df over all boots; with missing cells only this form is unbiased.
func (f *fit) variances() {
	f.df = len(f.boots) + f.parts
	for _, n := range f.n {
		if n > 0 {
			f.df--
		}
	}
	for _, rows := range f.blockRows {
		if len(rows) > 0 {
			f.df--
		}
	}
	f.v, f.d = make([]float64, f.arms), make([]float64, f.arms)
	free := f.freedoms()
	total := 0.0
	for i, b := range f.boots {
		sq := f.resid[i] * f.resid[i]
		total += sq
		f.v[b.arm] += sq
		f.d[b.arm] += free[i]
	}
	for arm := range f.v {
		if f.n[arm] < 2 {
			f.d[arm] = 0
		}
		if f.d[arm] == 0 {
			f.v[arm] = math.NaN()
			continue
		}
		f.v[arm] /= f.d[arm]
		if f.v[arm] < exactZero {
			f.v[arm] = 0
		}
	}
	f.pooled = math.NaN()
	if f.df > 0 {
		f.pooled = total / float64(f.df)
		if f.pooled < exactZero {
			f.pooled = 0
		}
	}
}

// freedoms is 1-leverage of each boot. With w the mean of the arms' unit vectors
// over the boot's block and e the boot's own, the leverage is
// 1/|block| + (e-w)' S^- (e-w).
func (f *fit) freedoms() []float64 {
	free := make([]float64, len(f.boots))
	u := make([]float64, f.arms) // S^- w
	for _, rows := range f.blockRows {
		if len(rows) == 0 {
			continue
		}
		size := float64(len(rows))
		ww := 0.0
		for _, i := range rows {
			arm := f.boots[i].arm
			u[arm] = meanOf(rows, func(j int) float64 { return f.inverse.At(arm, f.boots[j].arm) })
			ww += u[arm] / size
		}
		for _, i := range rows {
			arm := f.boots[i].arm
			free[i] = 1 - 1/size - (f.inverse.At(arm, arm) - 2*u[arm] + ww)
			if free[i] < tinyResidual {
				free[i] = 0
			}
		}
	}
	return free
}
