package forecast

import (
	"math"
	"time"

	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/report/rank"
)

// assumedSD is the standard deviation of a boot's mean, in percent, that a forecast assumes, and
// says that it assumes, without earlier data of the guest: the one that the method's power is
// stated for.
const assumedSD = 2.3

// Forecast is what a plan would take and what it could detect.
type Forecast struct {
	Hours float64
	Bytes int64
	// From is the store with earlier data of the guest; "" when there is none and the noise is an
	// assumption: Unused then says why the campaign's own store was not used.
	From   string
	Unused string `json:",omitempty"`
	// Calibrated says in words whether an A/A run stands behind the noise of From.
	Calibrated string `json:",omitempty"`
	Power      float64
	Costs      *Costs `json:",omitempty"` // of the earlier data
	Detectable []Detectable
}

// Costs are measured medians over the ranked boots of the earlier data.
type Costs struct {
	Boots             int
	BootSeconds       float64 // beside its counted repetitions
	RepetitionSeconds float64 // one of every workload
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
	MDE                  float64 `json:",omitempty"` // 0: the plan tests nothing
	BlocksNeeded         int     // for the margin; 0: cannot be told
	BootsNeeded          int     `json:",omitempty"` // of the whole campaign, with so many blocks
	HoursNeeded          float64 `json:",omitempty"`
	// Repetitions a boot that would give the most precision for the time; 0: unknown.
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
	// Alike: both campaigns have the same workloads, so that the runs' times hold.
	Alike bool
}

// perBoot is what a boot costs whatever its repetitions.
func (e *Earlier) perBoot() time.Duration { return e.Boot + e.Discarded }

// New forecasts a plan from earlier data, which may be nil. power is the wanted chance to show a
// difference of the margin.
func New(c campaign.Campaign, p matrix.Plan, old *Earlier, power float64) Forecast {
	f := Forecast{Hours: planTime(c, p, old).Hours(), Bytes: planBytes(c, p), Power: power}
	design := rank.Planned{Arms: len(p.Arms), Blocks: p.Blocks(), BaselinePerBlock: baselinePerBlock(p), Margin: c.Margin, Alpha: c.Alpha, Power: power}
	perBlock := len(p.Slots) / p.Blocks()
	if p.Search != nil { // what is published is the pick against the baseline
		design.Arms, design.Blocks, perBlock = 2, p.Search.Confirm, 2
	}
	known := map[string]bool{}
	if old != nil {
		f.From, f.Calibrated = old.Store, old.Calibrated
		f.Costs = &Costs{old.Boots, old.perBoot().Seconds(), old.Repetition.Seconds()}
		for _, n := range old.Noise {
			known[n.Workload] = true
			f.Detectable = append(f.Detectable, measuredNoise(c, design, n, old, perBlock))
		}
	}
	for _, w := range c.Workloads {
		if !known[w.Name] {
			d := newDetectable(design, assumedSD*assumedSD)
			d.Workload, d.Assumed = w.Name, true
			d.needs(perBlock, bootTime(c, old, c.Repetitions))
			f.Detectable = append(f.Detectable, d)
		}
	}
	return f
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

// measuredNoise is what could be seen of a metric whose noise was measured.
func measuredNoise(c campaign.Campaign, design rank.Planned, n rank.Noise, old *Earlier, perBlock int) Detectable {
	design.Scale, design.Margin = n.Scale, n.Margin
	d := newDetectable(design, n.BootMeanWith(c.Repetitions))
	d.Workload, d.Metric, d.Unit, d.DF = n.Workload, n.Metric, rank.EffectUnit(n.Scale, n.Unit), n.DF
	d.BootSD, d.RepetitionSD = root(n.Boot), root(n.Repetition)
	d.needs(perBlock, bootTime(c, old, c.Repetitions))
	d.Repetitions = n.Repetitions(old.perBoot().Seconds(), old.Repetition.Seconds())
	if d.Repetitions > 0 {
		d.BlocksThen = design.BlocksNeeded(n.BootMeanWith(d.Repetitions))
		d.HoursThen = (time.Duration(d.BlocksThen*perBlock) * bootTime(c, old, d.Repetitions)).Hours()
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

func newDetectable(design rank.Planned, variance float64) Detectable {
	d := Detectable{Unit: "%", BootMeanSD: math.Sqrt(variance), BlocksNeeded: design.BlocksNeeded(variance)}
	if !math.IsNaN(design.Margin) {
		d.Margin = &design.Margin
	}
	if mde := design.Detectable(variance); !math.IsNaN(mde) {
		d.MDE = mde
	}
	return d
}

// needs turns blocks into boots and hours.
func (d *Detectable) needs(perBlock int, boot time.Duration) {
	d.BootsNeeded = d.BlocksNeeded * perBlock
	d.HoursNeeded = (time.Duration(d.BootsNeeded) * boot).Hours()
}
