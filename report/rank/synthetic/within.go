package synthetic

import (
	"fmt"
	"math"

	"vnettune/report/rank/stints"
	"vnettune/results/sample"
)

// drawWithin makes the rows of boots that go through their arms by switching: each block one boot of the
// arms that are switched, and one of every whole plot, in random order. Boots are booted into the arms
// in rotation, each rotation in random order.
func (d *drawer) drawWithin(arms []string, noise []float64) []sample.Row {
	switched := len(arms) - d.WholePlots
	var rows []sample.Row
	var rotation []int
	total, boot := d.Blocks*(1+d.WholePlots), 0
	for block := range d.Blocks {
		for _, level := range d.rng.Perm(1 + d.WholePlots) {
			into, rest := switched+level-1, []int(nil)
			if level == 0 {
				if len(rotation) == 0 {
					rotation = d.rng.Perm(switched)
				}
				into, rotation = rotation[0], rotation[1:]
				rest = stints.Sequence(switched, 0, into, d.rng.IntN)
			}
			boot++
			row := sample.Row{Block: fmt.Sprintf("%04d", block+1), Boot: fmt.Sprintf("b%06d", boot), Order: boot}
			d.names(&row)
			rows = d.ofBoot(rows, row, arms, noise, append([]int{into}, rest...), float64(boot-1)/float64(max(1, total-1)))
		}
	}
	return rows
}

// ofBoot draws one boot: what all its stints share, what each arm shares in it, and its stints.
func (d *drawer) ofBoot(rows []sample.Row, row sample.Row, arms []string, noise []float64, order []int, through float64) []sample.Row {
	effect := func(arm int) float64 {
		if d.Metric == "loss" {
			return d.Effects[arms[arm]]
		}
		return 100 * math.Log1p(d.Effects[arms[arm]]/100)
	}
	shared := d.BootSD * d.boot()
	if d.Metric == "loss" {
		shared += d.Mean + d.Drift*through + d.RebootOnly[arms[order[0]]]
	} else {
		shared += 100*math.Log1p(d.Drift/100*through) + 100*math.Log1p(d.RebootOnly[arms[order[0]]]/100)
		if d.Slow > 0 && d.rng.Float64() < d.Slow {
			shared += 100 * math.Log1p(-d.SlowBy/100)
		}
	}
	clean := d.Zeros > 0 && d.rng.Float64() < d.Zeros
	inBoot := make(map[int]float64)
	for k, arm := range order {
		row.Combination, row.Stint = arms[arm], k+1
		if _, ok := inBoot[arm]; !ok {
			inBoot[arm] = noise[arm] * d.InteractionSD * d.shaped()
		}
		y := shared + inBoot[arm] + noise[arm]*d.StintSD*d.shaped()
		if k == 0 {
			y += effect(arm)
		} else {
			y += (1-d.CarryOver)*effect(arm) + d.CarryOver*effect(order[k-1])
		}
		if d.Lost > 0 && d.rng.Float64() < d.Lost {
			lost := row
			lost.Status, lost.Repetition = "measurement_failed", 1
			rows = append(rows, lost)
			continue
		}
		rows = d.repetitions(rows, row, func(deviation float64) float64 {
			deviation *= noise[arm] * d.RepSD
			switch {
			case d.Metric != "loss":
				return d.Mean * math.Exp((y+deviation)/100)
			case clean:
				return 0
			}
			return min(100, max(0, y+deviation))
		})
	}
	return rows
}
