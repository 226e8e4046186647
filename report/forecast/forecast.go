package forecast

import (
	"math"
	"slices"
	"time"

	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/report/rank"
	"vnettune/results/sample"
)

// Standard deviations that a forecast assumes, and says that it assumes, without earlier data of the guest, in
// percent: of boots, of the repetitions of a boot, and of what an arm does in one boot more than in another.
// The mean of a boot of three repetitions then varies by 2.3 %, the noise that the method's power is stated for.
const (
	assumedBootSD        = 2
	assumedRepetitionSD  = 2
	assumedInteractionSD = 0.5
)

// Forecast is what a plan would take and what it could detect.
type Forecast struct {
	Hours float64
	// MostHours are those with the most boots that confirm what is best by switching; 0 where there are none.
	MostHours float64 `json:",omitempty"`
	Bytes     int64
	// From is the store with earlier data of the guest; "" when there is none and the noise is an
	// assumption: Unused then says why the campaign's own store was not used.
	From   string
	Unused string `json:",omitempty"`
	// Calibrated says in words whether an A/A run stands behind the noise of From.
	Calibrated string `json:",omitempty"`
	Power      float64
	Costs      *Costs `json:",omitempty"` // of the earlier data
	Detectable []Detectable
	// Prices are what differences would cost by reboots and within boots, for primary metrics.
	Prices []Price
	// CannotSwitch says why nothing of the campaign can be switched within boots; "" where something can,
	// which Switched describes.
	CannotSwitch string    `json:",omitempty"`
	Switched     *Switched `json:",omitempty"`
	// Sizes are those of each design over the campaign's settings, for the long form.
	Sizes []matrix.Size `json:"-"`
	// Patches are what variants have another in the XML of the guest's domain.
	Patches []Patch `json:",omitempty"`
}

// Costs are measured medians over the ranked boots of the earlier data.
type Costs struct {
	Boots             int
	BootSeconds       float64 // beside its counted repetitions
	RepetitionSeconds float64 // one of every workload
	// SwitchSeconds are those of a switch within a boot beside its runs; 0: nothing was switched.
	SwitchSeconds float64 `json:",omitempty"`
}

// Detectable is what could be seen of one workload's metric. Metric is "" for an assumed noise.
type Detectable struct {
	Workload, Metric string
	Assumed          bool
	// Unit is that of all differences and standard deviations: percent, or the metric's own
	// where it is compared by differences; Margin is the metric's in it, nil if it has none.
	Unit   string
	Margin *float64 `json:",omitempty"`
	// BootSD and RepetitionSD are the standard deviations between boots and between
	// the repetitions of a boot, as measured with DF degrees of freedom;
	// BootMeanSD is the upper 80 % limit of that of a boot's mean.
	BootSD, RepetitionSD *float64 `json:",omitempty"`
	DF                   int      `json:",omitempty"`
	BootMeanSD           float64
	// StintSD is that of the mean of a stint, InteractionSD that of an arm in a boot: what a plan that
	// switches is forecast by.
	StintSD, InteractionSD float64
	// InteractionAssumed: the earlier data switched nothing.
	InteractionAssumed bool    `json:",omitempty"`
	MDE                float64 `json:",omitempty"` // 0: the plan tests nothing
	BlocksNeeded       int     // for the margin; 0: cannot be told
	BootsNeeded        int     `json:",omitempty"` // of the whole campaign, with so many blocks
	HoursNeeded        float64 `json:",omitempty"`
	// Repetitions a boot that would give the most precision for the time; 0: unknown, or arms are switched.
	Repetitions int
	// BlocksThen and HoursThen are what the margin needs with so many repetitions.
	BlocksThen int     `json:",omitempty"`
	HoursThen  float64 `json:",omitempty"`
}

// Earlier is what a stored campaign of the same guest teaches about a new one.
type Earlier struct {
	Store string // its file
	// Calibrated says in words whether an A/A run stands behind the noise.
	Calibrated string
	Boots      int          // ranked ones
	Noise      []rank.Noise // of workloads that both measure in the same way
	// Boot is a boot's time beside its runs, Discarded that of the runs that are not
	// counted, Repetition that of one repetition of all workloads; measured medians.
	Boot, Discarded, Repetition time.Duration
	// Switch is the median of a switch within a boot beside its runs; 0: nothing was switched.
	Switch time.Duration
	// Alike: both campaigns have the same workloads, so that the runs' times hold.
	Alike bool
}

// perBoot is what a boot costs whatever its repetitions.
func (e *Earlier) perBoot() time.Duration { return e.Boot + e.Discarded }

// New forecasts a plan from earlier data, which may be nil. power is the wanted chance to show a
// difference of the margin.
func New(c campaign.Campaign, p matrix.Plan, old *Earlier, power float64) Forecast {
	f := Forecast{Hours: planTime(c, p, old).Hours(), Bytes: planBytes(c, p), Power: power}
	if old != nil {
		f.From, f.Calibrated = old.Store, old.Calibrated
		f.Costs = &Costs{old.Boots, old.perBoot().Seconds(), old.Repetition.Seconds(), old.Switch.Seconds()}
	}
	if from, to := campaign.Loads(p, planTime(c, p, old), BootTime(c, old)); from != to {
		f.MostHours = to.Takes.Hours()
	}
	noises := noisesOf(c, old)
	w := waysOf(c, p, old, power, noises)
	for _, n := range noises {
		f.Detectable = append(f.Detectable, w.detectable(n))
	}
	f.Prices, f.CannotSwitch = w.prices(f.Detectable), w.why
	f.Switched = w.describe()
	return f
}

// noise is how one workload's metric varies: variances on the scale of y.
type noise struct {
	workload, metric, unit string
	scale                  sample.Scale
	margin                 float64 // NaN for none
	primary                bool
	measured               *rank.Noise // nil: assumed
	switched               bool        // by a campaign that switched, so that its interaction is measured too
	// bootMean is that of a boot's mean; it has all of boot, interaction and stint, which is the mean of
	// the repetitions of one stint.
	bootMean, boot, interaction, stint float64
}

// noisesOf are those of the earlier data, and behind them assumed ones of the other workloads.
func noisesOf(c campaign.Campaign, old *Earlier) []noise {
	var all []noise
	known := map[string]bool{}
	repetitions := float64(c.Repetitions)
	if old != nil {
		for _, n := range old.Noise {
			known[n.Workload] = true
			metric, _ := sample.KnownMetric(n.Metric)
			x := noise{workload: n.Workload, metric: n.Metric, unit: rank.EffectUnit(n.Scale, n.Unit), scale: n.Scale, margin: n.Margin, primary: metric.Primary,
				measured: &n, bootMean: n.BootMeanWith(c.Repetitions), boot: n.Boot, interaction: assumedInteractionSD * assumedInteractionSD, stint: n.Repetition / repetitions}
			if math.IsNaN(x.stint) { // one repetition a boot: no stint varies by more than boots do
				x.boot, x.stint = x.bootMean, x.bootMean
			}
			of, switched := n.OfStints()
			switch {
			case switched:
				x.boot, x.interaction, x.stint, x.switched = of.Boot, of.Interaction, of.Stint+of.Repetition/repetitions, true
			case n.Scale != sample.Ratio: // as it is to the boots' where both are assumed
				const share = assumedInteractionSD / float64(assumedBootSD)
				x.interaction = share * share * x.boot
			}
			all = append(all, x)
		}
	}
	for _, w := range c.Workloads {
		if known[w.Name] {
			continue
		}
		x := noise{workload: w.Name, unit: "%", scale: sample.Ratio, margin: c.Margin, primary: true,
			boot: assumedBootSD * assumedBootSD, interaction: assumedInteractionSD * assumedInteractionSD, stint: assumedRepetitionSD * assumedRepetitionSD / repetitions}
		x.bootMean = x.boot + x.stint
		all = append(all, x)
	}
	return all
}

// detectable is what the plan could see of a metric.
func (w ways) detectable(n noise) Detectable {
	d := Detectable{Workload: n.workload, Metric: n.metric, Unit: n.unit, Assumed: n.measured == nil, BootMeanSD: math.Sqrt(n.bootMean),
		StintSD: math.Sqrt(n.stint), InteractionSD: math.Sqrt(n.interaction), InteractionAssumed: !n.switched}
	if !math.IsNaN(n.margin) {
		d.Margin = &n.margin
	}
	mde := w.rebooted(n, n.margin).Detectable(n.bootMean)
	cost := w.byReboots(n, n.margin)
	if w.own != nil {
		mde = w.switched(n, n.margin).Detectable(w.own.Blocks)
		cost = w.within(n, n.margin)
	}
	if blocks := w.plan.Blocks(); !math.IsNaN(mde) && (blocks >= rank.FewestBoots || w.plan.Search != nil || w.own != nil && w.own.Blocks >= rank.FewestBoots) {
		d.MDE = mde
	}
	d.BlocksNeeded, d.BootsNeeded, d.HoursNeeded = cost.Blocks, cost.Boots+cost.Confirm, cost.Hours
	if n.measured == nil {
		return d
	}
	d.DF, d.BootSD, d.RepetitionSD = n.measured.DF, root(n.measured.Boot), root(n.measured.Repetition)
	if w.own != nil {
		return d
	}
	d.Repetitions = n.measured.Repetitions(w.old.perBoot().Seconds(), w.old.Repetition.Seconds())
	if d.Repetitions > 0 {
		d.BlocksThen = w.rebooted(n, n.margin).BlocksNeeded(n.measured.BootMeanWith(d.Repetitions))
		d.HoursThen = (time.Duration(d.BlocksThen*w.perBlock) * bootTime(w.c, w.old, d.Repetitions)).Hours()
	}
	return d
}

// root is the standard deviation of a variance, nil if that is not known.
func root(variance float64) *float64 {
	if math.IsNaN(variance) {
		return nil
	}
	sd := math.Sqrt(variance)
	return &sd
}

// baselinePerBlock is how often the baseline boots in a block.
func baselinePerBlock(p matrix.Plan) int {
	n := 0
	for _, s := range p.Slots {
		if s.Block == 1 && s.Arm == 0 {
			n++
		}
	}
	return n
}

// primaries are the noises by which prices are told: primary metrics, or all where none is.
func primaries(all []noise) []noise {
	some := slices.DeleteFunc(slices.Clone(all), func(n noise) bool { return !n.primary })
	if len(some) == 0 {
		return all
	}
	return some
}
