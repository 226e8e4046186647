package synthetic

import (
	"fmt"
	"math"
	"math/rand/v2"

	"vnettune/results/sample"
)

// GuestKind marks the rows: nothing was measured.
const GuestKind = "synthetic"

// Draw makes the campaign's rows in the order of boots. The same plan gives the
// same rows; the error names what is wrong with the plan.
func Draw(p Plan) ([]sample.Row, error) {
	if err := p.validate(); err != nil {
		return nil, err
	}
	d := drawer{Plan: p, rng: rand.New(rand.NewPCG(p.Seed, 0x766e6574))}
	arms := p.Arms()
	noise := make([]float64, len(arms))
	for i := range noise {
		noise[i] = math.Exp(p.NoiseSpread * d.rng.NormFloat64())
		if by, ok := p.Noise[arms[i]]; ok {
			noise[i] *= by
		}
	}
	if p.WithinBoot {
		return d.drawWithin(arms, noise), nil
	}
	boots := (len(arms) + p.Baselines() - 1) * p.Blocks
	rows := make([]sample.Row, 0, boots*p.Repetitions)
	beside := rand.New(rand.NewPCG(p.Seed, 0x636f7661)) // so that the rest is drawn as without a covariate
	for slot, at := range d.order(len(arms)) {
		row := sample.Row{
			Combination: arms[at.arm], Block: fmt.Sprintf("%04d", at.block+1), Boot: fmt.Sprintf("b%06d", slot+1), Order: slot + 1,
		}
		p.names(&row)
		value := d.values(arms[at.arm], float64(slot)/float64(max(1, boots-1)), noise[at.arm])
		row.Covariate = d.covariate(arms[at.arm], beside)
		if p.Lost > 0 && d.rng.Float64() < p.Lost {
			row.Status, row.Repetition = "measurement_failed", 1
			rows = append(rows, row)
			continue
		}
		rows = d.repetitions(rows, row, func(deviation float64) float64 { return value(noise[at.arm] * p.RepSD * deviation) })
	}
	return rows, nil
}

// names fills in what was measured.
func (p Plan) names(row *sample.Row) {
	metric := p.Metrics()
	row.Workload = map[string]string{"throughput": "tcp", "loss": "udp"}[p.Metric]
	row.Metric, row.Unit, row.Better, row.GuestKind = metric.Name, metric.Unit, metric.Better, GuestKind
}

// repetitions adds the rows of a boot or stint, each repetition with its part of the one before.
func (d *drawer) repetitions(rows []sample.Row, row sample.Row, value func(deviation float64) float64) []sample.Row {
	rep := d.repetition()
	for r := 1; r <= d.Repetitions; r++ {
		if r > 1 {
			rep = d.Correlation*rep + math.Sqrt(1-d.Correlation*d.Correlation)*d.repetition()
		}
		row.Repetition, row.Value, row.HasValue, row.Status = r, value(rep), true, sample.StatusOK
		rows = append(rows, row)
	}
	return rows
}

// values draws a boot and returns the value of a repetition by its deviation; through is how much of
// the campaign has passed, from 0 to 1.
func (d *drawer) values(arm string, through, noise float64) func(deviation float64) float64 {
	if d.Metric == "loss" {
		clean := d.Zeros > 0 && d.rng.Float64() < d.Zeros
		y := d.Mean + d.Effects[arm] + d.Drift*through + noise*d.BootSD*d.boot()
		return func(deviation float64) float64 {
			if clean {
				return 0
			}
			return min(100, max(0, y+deviation))
		}
	}
	y := 100*math.Log1p(d.Effects[arm]/100) + 100*math.Log1p(d.Drift/100*through)
	y += noise * d.BootSD * d.boot()
	if d.Slow > 0 && d.rng.Float64() < d.Slow {
		y += 100 * math.Log1p(-d.SlowBy/100)
	}
	return func(deviation float64) float64 { return d.Mean * math.Exp((y+deviation)/100) }
}

// covariateMean is the covariate of an average boot, in MiB/s.
const covariateMean = 8000

// covariate draws that of the boot whose deviation was drawn last; 0 for none.
func (d *drawer) covariate(arm string, rng *rand.Rand) float64 {
	if d.CovariateSD == 0 {
		return 0
	}
	x := d.CovariateRho*d.deviation + math.Sqrt(1-d.CovariateRho*d.CovariateRho)*rng.NormFloat64()
	return covariateMean * (1 + d.CovariateEffects[arm]/100) * math.Exp(d.CovariateSD*x/100)
}

type drawer struct {
	Plan
	rng *rand.Rand
	// deviation is the last boot's, in standard deviations.
	deviation float64
	// the boot before, if there was one
	begun  bool
	before float64
}

type place struct{ arm, block int }

// order is the sequence of boots; arm 0 is the baseline.
func (d *drawer) order(arms int) []place {
	block := make([]int, d.Baselines()-1, arms+d.Baselines())
	for arm := range arms {
		block = append(block, arm)
	}
	var out []place
	if d.Sequential {
		for _, arm := range block {
			for b := range d.Blocks {
				out = append(out, place{arm, b})
			}
		}
		return out
	}
	for b := range d.Blocks {
		for _, i := range d.rng.Perm(len(block)) {
			out = append(out, place{block[i], b})
		}
	}
	return out
}

// boot draws a boot's deviation, with its part of the one before it.
func (d *drawer) boot() float64 {
	fresh := d.freshBoot()
	if d.BootCorrelation != 0 && d.begun {
		fresh = d.BootCorrelation*d.before + math.Sqrt(1-d.BootCorrelation*d.BootCorrelation)*fresh
	}
	d.begun, d.before, d.deviation = true, fresh, fresh
	return fresh
}

func (d *drawer) freshBoot() float64 {
	if d.Shape == Bimodal {
		// Two groups at -0.95 and +0.95, each of standard deviation sqrt(1-0.95^2).
		const apart = 0.95
		within := math.Sqrt(1-apart*apart) * d.rng.NormFloat64()
		if d.rng.Float64() < 0.5 {
			return within - apart
		}
		return within + apart
	}
	return d.shaped()
}

func (d *drawer) repetition() float64 {
	if d.Shape == Bimodal {
		return d.rng.NormFloat64()
	}
	return d.shaped()
}

// shaped draws from the plan's shape.
func (d *drawer) shaped() float64 {
	z := d.rng.NormFloat64()
	switch d.Shape {
	case T3:
		sum := 0.0
		for range 3 {
			x := d.rng.NormFloat64()
			sum += x * x
		}
		return z / math.Sqrt(sum) // t3 has the variance 3: t/sqrt(3)
	case Drops:
		const share, depth = 0.03, 8.0
		if d.rng.Float64() < share {
			z -= depth
		}
		return z + share*depth
	case LogNormal:
		const s = 0.75
		mean := math.Exp(s * s / 2)
		return (math.Exp(s*z) - mean) / (mean * math.Sqrt(math.Expm1(s*s)))
	}
	return z
}
