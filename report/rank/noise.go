package rank

import (
	"math"

	"vnettune/report/rank/boots"
	"vnettune/report/rank/contrast"
	"vnettune/report/rank/stints"
	"vnettune/report/stat"
	"vnettune/results/sample"
)

// Noise is how much one workload's metric varies, as variances on the scale of y: their square
// roots are about percent, or in the unit on the difference scale. NaN if the data cannot tell.
type Noise struct {
	Workload, Metric, Unit string
	boots.Axis
	// Margin is that of the metric; NaN for none.
	Margin float64
	// Boot is between boots of an arm in a block, Repetition between the repetitions
	// of a boot; BootMean is that of a boot's mean, Boot plus Repetition over the
	// repetitions that the boots had. DF are BootMean's degrees of freedom.
	Boot, Repetition, BootMean float64
	DF                         int
	// Within is what boots within which arms were switched show beside; nil for others. Boot is then
	// what all arms of a boot share, and BootMean what the mean of a boot of one arm would vary by.
	Within *WithinNoise
}

// MeasureNoise finds the noise in rows: one Noise for each workload and metric, in
// the order of Analyze. Arms may differ; what blocks and arms explain is no noise.
func MeasureNoise(rows []sample.Row, o Options) ([]Noise, error) {
	studies, err := Studies(rows, o)
	if err != nil {
		return nil, err
	}
	out := make([]Noise, len(studies))
	for i, st := range studies {
		out[i] = st.noise()
	}
	return out, nil
}

// noise splits the residual variance of a boot's mean: it is that between boots
// plus the repetitions' over their number, by the harmonic mean where that differs.
func (st *Study) noise() Noise {
	if st.Series.Within != nil {
		return st.noiseWithin()
	}
	squares, df, inverse, ranked := 0.0, 0, 0.0, 0
	for _, b := range st.Series.Boots {
		if b.Fate != boots.OK {
			continue
		}
		ranked++
		inverse += 1 / float64(len(b.Reps))
		if ys := b.Ys(st.Series.Axis); len(ys) > 1 {
			_, v := stat.MeanVariance(ys)
			squares += v * float64(len(ys)-1)
			df += len(ys) - 1
		}
	}
	n := Noise{
		Workload: st.Series.Workload, Metric: st.Series.Metric, Unit: st.Series.Unit, Axis: st.Series.Axis, Margin: st.Margin,
		Repetition: math.NaN(), BootMean: st.Fit.Pooled, DF: st.Fit.DF,
	}
	if df > 0 {
		n.Repetition = squares / float64(df)
	}
	n.Boot = math.Max(0, n.BootMean-n.Repetition*inverse/float64(ranked))
	return n
}

// BootMeanWith is the variance of the mean of a boot with r repetitions, by its upper 80 % limit,
// so that a lucky small sample does not promise too much. If the repetitions' part is not known, it
// is that of the boots as they were.
func (n Noise) BootMeanWith(r int) float64 {
	v := n.ofBoot() + n.Repetition/float64(r)
	if math.IsNaN(v) {
		v = n.BootMean
	}
	return stat.VarianceUpper80(v, n.DF)
}

// maxRepetitions is the most repetitions a boot that planning proposes.
const maxRepetitions = 10

// Repetitions is the number of repetitions a boot that gives the most precision for the time:
// sqrt(cost of a boot/cost of a repetition * variance of a repetition/variance of boots) (Kalibera
// and Jones 2013), rounded, from 1 to 10, 10 when boots do not vary; 0 when the noise is not known.
// Costs are in any one unit of time. The optimum is flat: one more or less costs little.
func (n Noise) Repetitions(costBoot, costRepetition float64) int {
	best := n.bestRepetitions(costBoot, costRepetition)
	if math.IsNaN(best) {
		return 0
	}
	return int(math.Max(1, math.Min(maxRepetitions, math.Round(best))))
}

// bestRepetitions is Repetitions without rounding and limits.
func (n Noise) bestRepetitions(costBoot, costRepetition float64) float64 {
	boot := n.ofBoot()
	if boot == 0 {
		return math.Inf(1)
	}
	return math.Sqrt(costBoot / costRepetition * n.Repetition / boot)
}

// ofBoot is the variance of boots of one arm, without their repetitions' part.
func (n Noise) ofBoot() float64 {
	if n.Within == nil {
		return n.Boot
	}
	return n.Boot + n.Within.Interaction + n.Within.Stint
}

// OfStints is the noise of a plan of stints; ok is false where the data cannot tell it.
func (n Noise) OfStints() (of stints.Noise, ok bool) {
	if n.Within == nil {
		return of, false
	}
	of = stints.Noise{Boot: n.Boot, Interaction: n.Within.Interaction, Stint: n.Within.Stint, Repetition: n.Repetition}
	return of, !math.IsNaN(of.Boot + of.Interaction + of.Stint + of.Repetition)
}

// Planned is a campaign before it runs.
type Planned struct {
	// Arms, the baseline included, boot once in each of Blocks; the baseline
	// BaselinePerBlock times.
	Arms, Blocks, BaselinePerBlock int
	// Scale and Margin are the metric's: percent on the ratio scale, which the zero value is,
	// else its unit. Alpha is the error rate of the family.
	Scale         sample.Scale
	Margin, Alpha float64
	// Power is the wanted chance to show a true difference; 0 means 0.8.
	Power float64
}

// Detectable is the difference from the baseline, in the unit of the margin, that the campaign would
// show with the wanted power, when a boot's mean varies by variance in every arm; NaN when it tests nothing.
func (p Planned) Detectable(variance float64) float64 {
	se, df := p.precision(variance, p.Blocks)
	if df < 1 || !(se > 0) {
		return math.NaN()
	}
	return p.axis().Shown(stat.Detectable(p.power(), se, df, p.level()))
}

// BlocksNeeded is the number of blocks with which the campaign would show a difference of the
// margin with the wanted power; 0 if no number is enough, if nothing varies, or without a margin.
func (p Planned) BlocksNeeded(variance float64) int {
	if !(variance > 0) || p.Arms < 2 || math.IsNaN(p.Margin) {
		return 0
	}
	_, hi := p.axis().Margins(p.Margin)
	return stat.BootsFor(p.power(), hi, p.level(), func(n int) (se, df float64) { return p.precision(variance, n) })
}

func (p Planned) axis() boots.Axis { return boots.Axis{Scale: p.Scale} }

func (p Planned) power() float64 {
	if p.Power == 0 {
		return stat.UsualPower
	}
	return p.Power
}

func (p Planned) level() float64 { return p.Alpha / float64(2*(p.Arms-1)) }

// precision is that of one comparison in n complete blocks.
func (p Planned) precision(variance float64, n int) (se, df float64) {
	arms, base := float64(p.Arms), float64(max(1, p.BaselinePerBlock))
	se = math.Sqrt(variance / float64(n) * (1 + 1/base))
	if p.Arms == 2 && n < contrast.MinPairs {
		return se, 2 * float64(n-1) // Welch's, which ignores blocks
	}
	return se, float64(n)*(arms-1+base) - arms - float64(n) + 1
}
