package stat

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// robustBelow is the p of equal variances below which HC3 standard errors are used.
const robustBelow = 0.01

// equalVariances is Breusch and Pagan's test in Koenker's form: n R^2 of the squared residuals on
// the columns of the terms is chi-square. The question is whether noise depends on settings, so the
// blocks are left out: all observations are taken for one. NaN if there is nothing to test.
func (m *Model) equalVariances() float64 {
	f := m.Span.fit
	squares := make([]float64, len(m.Resid))
	obs := make([]Observation, len(m.Resid))
	for i, e := range m.Resid {
		squares[i] = e * e
		obs[i] = Observation{Arm: f.Obs[i].Arm, Y: e * e}
	}
	mean, v := MeanVariance(squares)
	// If all residuals have one size, only rounding tells them apart.
	if small := LogResolution * mean; m.DF < 1 || !(v > small*small) || f.Variance(m.RSS/float64(len(m.Resid))) == 0 {
		return math.NaN()
	}
	whole, err := FitForModel(obs, f.Arms, 1, 0)
	if err != nil {
		return math.NaN()
	}
	of := whole.plainModel(m.Terms)
	if of.Rank < 1 {
		return math.NaN()
	}
	n := float64(len(m.Resid))
	share := 1 - of.RSS/(v*(n-1))
	return distuv.ChiSquared{K: float64(of.Rank)}.Survival(n * share)
}

// setCovariance sets the covariance of the coefficients: (X'X)^- times s^2 or, if Robust, HC3's,
// which weighs each residual by 1/(1-leverage) (MacKinnon and White 1985).
func (m *Model) setCovariance() {
	// Row k: the coefficients on the columns of basis vector q_k.
	back := make([][]float64, m.Rank)
	for k := range back {
		unit := make([]float64, m.Rank)
		unit[k] = 1
		back[k] = m.Span.onColumns(unit)
	}
	middle, plain := square(m.Rank), square(m.Rank)
	for k := range plain {
		plain[k][k], middle[k][k] = 1, m.Variance()
	}
	if m.Robust {
		middle = m.robustMiddle(back)
	}
	m.inverse = sandwich(back, plain, m.Span.offered)
	m.covariance = sandwich(back, middle, m.Span.offered)
}

// robustMiddle is the sum over observations of q q' (e/(1-leverage))^2, q their row of
// the basis: the value of each basis vector at the arm less its mean over the block.
func (m *Model) robustMiddle(back [][]float64) [][]float64 {
	f := m.Span.fit
	direction := make([][]float64, m.Rank)
	for k := range direction {
		direction[k] = m.byArm(f, back[k])
	}
	middle := square(m.Rank)
	q := make([]float64, m.Rank)
	centre := make([]float64, m.Rank)
	for _, rows := range f.Blocks {
		for k, d := range direction {
			centre[k] = meanOf(rows, func(i int) float64 { return d[f.Obs[i].Arm] })
		}
		for _, i := range rows {
			rest := 1 - 1/float64(len(rows))
			for k, d := range direction {
				q[k] = d[f.Obs[i].Arm] - centre[k]
				rest -= q[k] * q[k]
			}
			if rest <= tinyResidual {
				continue
			}
			weight := m.Resid[i] / rest * m.Resid[i] / rest
			for a := range q {
				for b := range q {
					middle[a][b] += q[a] * q[b] * weight
				}
			}
		}
	}
	return middle
}

func square(n int) [][]float64 {
	out := make([][]float64, n)
	for i := range out {
		out[i] = make([]float64, n)
	}
	return out
}

// sandwich is back' middle back, n by n.
func sandwich(back, middle [][]float64, n int) [][]float64 {
	half := make([][]float64, len(back)) // middle back
	for i := range half {
		half[i] = make([]float64, n)
		for k, w := range middle[i] {
			if w != 0 {
				for c, v := range back[k] {
					half[i][c] += w * v
				}
			}
		}
	}
	out := square(n)
	for i, row := range back {
		for a, v := range row {
			if v != 0 {
				for b, w := range half[i] {
					out[a][b] += v * w
				}
			}
		}
	}
	return out
}
