package rank

import (
	"math"

	"vnettune/report/rank/boots"
	"vnettune/report/stat"
	"vnettune/results/record"
)

// WithinNoise is how much the parts of boots vary within which arms were switched, as variances on the
// scale of y; NaN where the data cannot tell.
type WithinNoise struct {
	// Interaction is of an arm in a boot beside both, Stint of one application of an arm in a boot
	// beside the others. Unit is that of the analysed value, the residual mean square, with DF.
	Interaction, Stint, Unit float64
	DF                       int
}

// WithinSD are standard deviations on the scale of y: about percent, or in the unit.
type WithinSD struct {
	Interaction record.Number `json:"interaction_sd"`
	Stint       record.Number `json:"stint_sd"`
	Unit        record.Number `json:"unit_sd"`
}

func (n *WithinNoise) sd() *WithinSD {
	if n == nil {
		return nil
	}
	return &WithinSD{sd(n.Interaction), sd(n.Stint), sd(n.Unit)}
}

// noiseWithin splits the variances by moments: repetitions within stints, stints of an arm within a
// boot, arms within boots, and boots.
func (st *Study) noiseWithin() Noise {
	w, f := st.Series.Within, st.Fit
	n := Noise{Workload: st.Series.Workload, Metric: st.Series.Metric, Unit: st.Series.Unit, Axis: st.Series.Axis, Margin: st.Margin,
		Within: &WithinNoise{Unit: f.Pooled, DF: f.DF}}
	var repetition, stint, inverseReps, inverseStints moments
	of := func(b *boots.Boot) {
		repetition.pool(b.Ys(st.Series.Axis))
		inverseReps.add(1 / float64(len(b.Reps)))
	}
	for _, b := range st.ranked {
		if b.Stints == nil {
			of(b)
			inverseStints.add(1)
			continue
		}
		y := make([]float64, len(b.Stints))
		for i := range b.Stints {
			of(&b.Stints[i])
			y[i] = b.Stints[i].Y - f.Explained(b.Stints[i].X)
		}
		stint.pool(y)
		inverseStints.add(1 / float64(len(y)))
	}
	for _, b := range w.First {
		if b != nil {
			of(b)
		}
	}
	n.Repetition = repetition.variance()
	ofStint := stint.variance()
	n.Within.Stint = math.Max(0, ofStint-n.Repetition*inverseReps.mean())
	n.Within.Interaction = math.Max(0, f.Pooled-ofStint*inverseStints.mean())
	var between, inverseUnits moments
	for level := range w.Levels {
		var effects []float64
		for b, rows := range f.Blocks {
			if w.LevelOf[b] == level && len(rows) > 0 {
				effects = append(effects, f.Effect[b])
				inverseUnits.add(1 / float64(len(rows)))
			}
		}
		between.pool(effects)
	}
	n.Boot = math.Max(0, between.variance()-f.Pooled*inverseUnits.mean())
	if math.IsNaN(f.Pooled) {
		n.Boot = between.variance()
	}
	n.BootMean, n.DF = n.Boot+f.Pooled, int(between.df)
	if !math.IsNaN(ofStint) {
		n.BootMean = n.Boot + n.Within.Interaction + ofStint
	}
	return n
}

// moments pools variances, or averages numbers.
type moments struct{ squares, df, sum, count float64 }

// pool adds the squares of values about their mean.
func (m *moments) pool(values []float64) {
	if len(values) > 1 {
		_, v := stat.MeanVariance(values)
		m.squares += v * float64(len(values)-1)
		m.df += float64(len(values) - 1)
	}
}

func (m *moments) variance() float64 {
	if m.df == 0 {
		return math.NaN()
	}
	return m.squares / m.df
}

func (m *moments) add(v float64) { m.sum, m.count = m.sum+v, m.count+1 }

func (m *moments) mean() float64 { return m.sum / m.count }

// driftOfBoots tests the boots' effects over their order, with a mean for each level: the values within
// a boot share its deviation, and are not independent.
func (st *Study) driftOfBoots() Drift {
	obs, places := st.bootsOfLevels(func(b int) float64 { return st.Fit.Effect[b] })
	return st.driftOf(obs, len(st.Series.Within.Levels), places)
}

// orderOfLevels is the order in which boots of the levels were made.
func (st *Study) orderOfLevels() BootOrder {
	obs, places := st.bootsOfLevels(func(int) float64 { return 0 })
	blocks := make([][]int, len(st.Series.Within.Designs))
	for i, o := range obs {
		blocks[o.Block] = append(blocks[o.Block], i)
	}
	return orderOf(obs, len(st.Series.Within.Levels), blocks, places)
}

// bootsOfLevels are the boots with units as observations of their levels in the campaign's blocks, and
// their places in the campaign.
func (st *Study) bootsOfLevels(y func(boot int) float64) (obs []stat.Observation, places []int) {
	w := st.Series.Within
	for b, rows := range st.Fit.Blocks {
		if len(rows) > 0 {
			obs = append(obs, stat.Observation{Arm: w.LevelOf[b], Block: w.DesignOf[b], Y: y(b)})
			places = append(places, w.Place[b])
		}
	}
	return obs, places
}
