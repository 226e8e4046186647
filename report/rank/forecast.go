package rank

import (
	"fmt"
	"math"

	"vnettune/results/sample"
)

// Noise is how much one workload's metric varies, as variances on the scale of
// 100 ln: their square roots are about percent. NaN where the data cannot tell.
type Noise struct {
	Workload, Metric string
	Better           sample.Better
	// Boot is between boots of an arm in a block, Repetition between the repetitions
	// of a boot; BootMean is that of a boot's mean, Boot plus Repetition over the
	// repetitions that the boots had. DF are BootMean's degrees of freedom.
	Boot, Repetition, BootMean float64
	DF                         int
}

// MeasureNoise finds the noise in rows: one Noise for each workload and metric, in
// the order of Analyze. Arms may differ; what blocks and arms explain is no noise.
func MeasureNoise(rows []sample.Row, o Options) ([]Noise, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	declared, all, err := collect(rows, o)
	if err != nil {
		return nil, err
	}
	var out []Noise
	for _, s := range all {
		st, err := newStudy(declared, s, o)
		if err != nil {
			return nil, fmt.Errorf("workload %q, metric %q: %w", s.workload, s.metric, err)
		}
		out = append(out, st.noise())
	}
	return out, nil
}

// noise splits the residual variance of a boot's mean: it is that between boots
// plus the repetitions' over their number, by the harmonic mean where that differs.
func (st *study) noise() Noise {
	squares, df, inverse, boots := 0.0, 0, 0.0, 0
	for i, b := range st.series.boots {
		if st.outcomes[i].fate != fateOK {
			continue
		}
		boots++
		inverse += 1 / float64(len(b.reps))
		var logs []float64
		for _, r := range b.reps {
			if r.value > 0 {
				logs = append(logs, 100*math.Log(r.value))
			}
		}
		if len(logs) > 1 {
			_, v := meanVariance(logs)
			squares += v * float64(len(logs)-1)
			df += len(logs) - 1
		}
	}
	n := Noise{
		Workload: st.series.workload, Metric: st.series.metric, Better: st.series.better,
		Repetition: math.NaN(), BootMean: st.fit.pooled, DF: st.fit.df,
	}
	if df > 0 {
		n.Repetition = squares / float64(df)
	}
	n.Boot = math.Max(0, n.BootMean-n.Repetition*inverse/float64(boots))
	return n
}

// BootMeanWith is the variance of the mean of a boot with r repetitions, by its
// upper 80 % limit, so that a lucky small sample does not promise too much. Where
// the repetitions' own part is not known it is that of the boots as they were.
func (n Noise) BootMeanWith(r int) float64 {
	v := n.Boot + n.Repetition/float64(r)
	if math.IsNaN(v) {
		v = n.BootMean
	}
	return varianceUpper80(v, n.DF)
}

// Planned is a campaign before it runs.
type Planned struct {
	// Arms, the baseline included, boot once in each of Blocks; the baseline
	// BaselinePerBlock times.
	Arms, Blocks, BaselinePerBlock int
	// Margin is in percent, Alpha the error rate of the family.
	Margin, Alpha float64
	// Power is the wanted chance to show a true difference; 0 means 0.8.
	Power float64
}

// Detectable is the difference from the baseline in percent that the campaign would
// show with the wanted power, when a boot's mean varies by variance in every arm; NaN
// when it tests nothing.
func (p Planned) Detectable(variance float64) float64 {
	se, df := p.precision(variance, p.Blocks)
	if df < 1 || !(se > 0) {
		return math.NaN()
	}
	return percent(detectableWith(p.power(), se, df, p.level()))
}

// BlocksNeeded is the number of blocks with which the campaign would show a
// difference of the margin with the wanted power; 0 when no number does or none is needed
// because nothing varies.
func (p Planned) BlocksNeeded(variance float64) int {
	if !(variance > 0) || p.Arms < 2 {
		return 0
	}
	hi := newMargins(p.Margin, 1).hi
	return bootsWith(p.power(), hi, p.level(), func(n int) (se, df float64) { return p.precision(variance, n) })
}

func (p Planned) power() float64 {
	if p.Power == 0 {
		return wantedPower
	}
	return p.Power
}

func (p Planned) level() float64 { return p.Alpha / float64(2*(p.Arms-1)) }

// precision is that of one comparison in n complete blocks.
func (p Planned) precision(variance float64, n int) (se, df float64) {
	arms, base := float64(p.Arms), float64(max(1, p.BaselinePerBlock))
	se = math.Sqrt(variance / float64(n) * (1 + 1/base))
	if p.Arms == 2 && n < minPairs {
		return se, 2 * float64(n-1) // Welch's, which ignores blocks
	}
	return se, float64(n)*(arms-1+base) - arms - float64(n) + 1
}
