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
	}
	boots := (len(arms) + p.baselines() - 1) * p.Blocks
	rows := make([]sample.Row, 0, boots*p.Repetitions)
	for slot, at := range d.order(len(arms)) {
		name := arms[at.arm]
		y := 100*math.Log1p(p.Effects[name]/100) + 100*math.Log1p(p.Drift/100*float64(slot)/float64(max(1, boots-1)))
		y += noise[at.arm] * p.BootSD * d.boot()
		rep := d.repetition()
		for r := 1; r <= p.Repetitions; r++ {
			if r > 1 {
				rep = p.Correlation*rep + math.Sqrt(1-p.Correlation*p.Correlation)*d.repetition()
			}
			rows = append(rows, sample.Row{
				Combination: name, Block: fmt.Sprintf("%04d", at.block+1), Boot: fmt.Sprintf("b%06d", slot+1), Order: slot + 1,
				Workload: "tcp", Metric: "throughput", Unit: "Mbit/s", Better: sample.HigherIsBetter,
				Repetition: r, Value: p.Mean * math.Exp((y+noise[at.arm]*p.RepSD*rep)/100), HasValue: true,
				Status: sample.StatusOK, GuestKind: GuestKind,
			})
		}
	}
	return rows, nil
}

type drawer struct {
	Plan
	rng *rand.Rand
}

type place struct{ arm, block int }

// order is the sequence of boots; arm 0 is the baseline.
func (d *drawer) order(arms int) []place {
	block := make([]int, d.baselines()-1, arms+d.baselines())
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

// boot draws a boot's deviation.
func (d *drawer) boot() float64 {
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
