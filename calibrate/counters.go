package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"vnettune/report/rank/moved"
	"vnettune/report/rank/synthetic"
	"vnettune/results/sample"
)

// drawnCounter is a counter that does not depend on the arm, as real ones are: value is that of a boot, of which
// shared is the boot's deviation that all counters and the throughput have in part.
type drawnCounter struct {
	name  string
	value func(rng *rand.Rand, shared, through float64) float64
}

// drawnCounters are of all kinds that counters come in: near a constant, skewed, mostly zero, of two levels, drifting,
// and going with the boot's throughput.
var drawnCounters = []drawnCounter{
	{"tcp_busy", func(rng *rand.Rand, _, _ float64) float64 { return min(100, 97+1.5*rng.NormFloat64()) }},
	{"tcp_rwnd_limited", func(rng *rand.Rand, _, _ float64) float64 { return max(0, 12+5*rng.NormFloat64()) }},
	{"tcp_sndbuf_limited", mostly(0.9, func(rng *rand.Rand) float64 { return 30 * rng.Float64() })},
	{"host_softirq", func(rng *rand.Rand, shared, through float64) float64 { return 8*math.Exp(0.1*shared) + 2*through }},
	{"host_steal", mostly(0.7, func(rng *rand.Rand) float64 { return math.Exp(1 + rng.NormFloat64()) })},
	{"guest_dpc", func(rng *rand.Rand, _, _ float64) float64 { return 20 * math.Exp(0.3*rng.NormFloat64()) }},
	{"retransmits_per_gb", mostly(0.6, func(rng *rand.Rand) float64 { return math.Exp(3 + 1.5*rng.NormFloat64()) })},
	{"qemu_cpu_per_gb", func(rng *rand.Rand, shared, _ float64) float64 { return 2 * math.Exp(0.05*(shared+rng.NormFloat64())) }},
	{"vhost_cpu_per_gb", func(rng *rand.Rand, _, _ float64) float64 { // of two placements
		if rng.Float64() < 0.1 {
			return 1.3 + 0.02*rng.NormFloat64()
		}
		return 1 + 0.02*rng.NormFloat64()
	}},
	{"softnet_dropped_per_gb", func(*rand.Rand, float64, float64) float64 { return 0 }},
	{"softnet_squeezed_per_gb", func(rng *rand.Rand, _, _ float64) float64 { return math.Round(math.Exp(rng.NormFloat64())) }},
	{"link_drops_per_gb", mostly(0.97, func(rng *rand.Rand) float64 { return 1000 * rng.Float64() })},
	{"guest_packets_per_gb", func(rng *rand.Rand, shared, _ float64) float64 { return 9e4 * math.Exp(0.02*shared) }},
	{"kvm_exits_per_gb", func(rng *rand.Rand, _, _ float64) float64 { return 1e5 * (1 + 0.1*math.Abs(t3(rng))) }},
}

// mostly is 0 in that share of boots.
func mostly(zero float64, other func(*rand.Rand) float64) func(*rand.Rand, float64, float64) float64 {
	return func(rng *rand.Rand, _, _ float64) float64 {
		if rng.Float64() < zero {
			return 0
		}
		return other(rng)
	}
}

// t3 draws from Student's distribution with 3 degrees of freedom.
func t3(rng *rand.Rand) float64 {
	sum := 0.0
	for range 3 {
		x := rng.NormFloat64()
		sum += x * x
	}
	return rng.NormFloat64() / math.Sqrt(sum/3)
}

// withCounters draws counters beside a campaign, that do not depend on its arms: the boots of its rows with one
// repetition each, and dependent as those of one boot are.
func withCounters(rows []sample.Row, effects map[string]float64, mean float64, seed uint64) []sample.Row {
	rng := rand.New(rand.NewPCG(seed, 0x636f756e74))
	boots := bootsOf(rows)
	type bootOf struct {
		row sample.Row
		sum float64
		n   int
	}
	var order []string
	of := map[string]*bootOf{}
	for _, r := range rows {
		if !r.Ranked() || !r.HasValue {
			continue
		}
		b := of[r.Boot]
		if b == nil {
			b = &bootOf{row: r}
			of[r.Boot], order = b, append(order, r.Boot)
		}
		b.sum, b.n = b.sum+r.Value, b.n+1
	}
	var out []sample.Row
	for k, name := range order {
		b := of[name]
		// In units of the boots' noise: what of the throughput the arm has not made.
		shared := 100 * math.Log(b.sum/float64(b.n)/mean/(1+effects[b.row.Combination]/100)) / bootMean
		for _, c := range drawnCounters {
			m, _ := sample.KnownMetric(c.name)
			r := b.row
			r.Metric, r.Unit, r.Better, r.Repetition, r.Value = m.Name, m.Unit, m.Better, 1, c.value(rng, shared, float64(k)/float64(boots))
			out = append(out, r)
		}
	}
	return append(slices.Clone(rows), out...)
}

// counters is how often a counter that does not depend on the arm is named, in campaigns whose arms truly differ and
// in A/A, with the test run for every arm whatever its verdict.
func (c *calibration) counters() error {
	for _, part := range []struct {
		name    string
		effects map[string]float64
	}{{"A/A", nil}, {"arms of +8, -8, -40, +4 %, the others 0", map[string]float64{"c01": 8, "c02": -8, "c03": -40, "c04": 4}}} {
		for _, size := range [][2]int{{2, 5}, {4, 5}, {8, 5}, {16, 5}, {2, 10}, {8, 10}} {
			arms, blocks := size[0], size[1]
			for _, n := range []noise{{"normal", shape(synthetic.Normal)}, {"placements 10/90, 15 % apart; 3 % of boots lost", func(p *synthetic.Plan) { p.Slow, p.SlowBy, p.Lost = 0.1, 15, 0.03 }}} {
				runs := c.runs(1000)
				first := c.seeds(runs)
				var named tally
				by := map[string]int{}
				err := each(runs, func(run int) ([]string, error) {
					p := synthetic.DefaultPlan()
					p.Combinations, p.Blocks, p.Effects = arms, blocks, map[string]float64{}
					for arm, effect := range part.effects {
						if slices.Contains(p.Arms(), arm) {
							p.Effects[arm] = effect
						}
					}
					n.apply(&p)
					p.Seed = first + uint64(run)*seedStep
					rows, err := synthetic.Draw(p)
					if err != nil {
						return nil, err
					}
					all, err := moved.Find(withCounters(rows, p.Effects, p.Mean, p.Seed), options())
					var names []string
					for _, w := range all {
						for _, arm := range p.Arms() {
							for _, counter := range w.With(arm) {
								names = append(names, counter.Name)
							}
						}
					}
					return names, err
				}, func(names []string) {
					named.add(len(names) > 0)
					for _, name := range names {
						by[name]++
					}
				})
				if err != nil {
					return err
				}
				most := "none"
				for name, times := range by {
					if most == "none" || times > by[most] || times == by[most] && name < most {
						most = name
					}
				}
				row("counters", fmt.Sprintf("%s; %d arms with the baseline, %d boots, %d counters: any is named; which most often", part.name, arms, blocks, len(drawnCounters)), n.name, runs,
					"<= 5 %; -", named.atMost(5)+"; "+most, "-")
			}
		}
	}
	return nil
}
