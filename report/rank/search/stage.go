package search

import (
	"math"

	"vnettune/report/rank/contrast"
	"vnettune/report/stat"
	"vnettune/results/record"
)

// search is Kim and Nelson's procedure over the blocks y[block][arm].
type search struct {
	names        []string
	changed      []int
	first, limit int
	alpha, delta float64
	// resolution is the difference of two y that is rounding.
	resolution float64
	y          [][]float64

	// v and d are each arm's variance at its last stage; eliminated arms keep theirs
	// in the moderation.
	v, d []float64
	// booted counts the boots of live arms in the blocks so far; minus the numbers of blocks and
	// arms it is the residual degrees of freedom.
	booted int
}

// run replays all stages that the blocks allow.
func (k *search) run() Result {
	r := Result{Delta: k.delta, EliminatedAt: make(map[string]int)}
	k.v, k.d = make([]float64, len(k.names)), make([]float64, len(k.names))
	live := make([]int, len(k.names))
	for i := range live {
		live[i] = i
	}
	for n := k.first; n <= len(k.y) && r.Reason == GoesOn; n++ {
		if r.Missing = k.missing(live, n); len(r.Missing) > 0 {
			break
		}
		if n == k.first {
			k.booted = n * len(live)
		} else {
			k.booted += len(live)
		}
		stage, gone := k.stage(live, n)
		r.Stages, r.Blocks = append(r.Stages, stage), n
		live = without(live, gone)
		for _, arm := range gone {
			r.EliminatedAt[k.names[arm]] = n
		}
		switch {
		case len(live) == 1:
			r.Reason, r.Proven = OneSurvivor, true
		case stage.MaxWidth == 0:
			r.Reason, r.Proven = Close, true
		case n == k.limit:
			r.Reason = Budget
		}
	}
	r.Survivors, r.Boots = k.named(live), k.boots(r)
	if r.Reason != GoesOn {
		mean := make([]float64, len(k.names))
		for _, arm := range live {
			mean[arm] = k.sum(arm, r.Blocks) / float64(r.Blocks)
		}
		order, _ := contrast.Order(live, mean, k.resolution, k.changed, k.names)
		r.Pick = k.names[order[0]]
		last := &r.Stages[len(r.Stages)-1]
		last.Ended, last.Pick, last.Proven = string(r.Reason), r.Pick, r.Proven
	}
	return r
}

// missing lists the boots of live arms that the first n blocks lack.
func (k *search) missing(live []int, n int) []MissingBoot {
	var out []MissingBoot
	for block := range n {
		for _, arm := range live {
			if math.IsNaN(k.y[block][arm]) {
				out = append(out, MissingBoot{k.names[arm], block + 1})
			}
		}
	}
	return out
}

// boots counts one for every arm and block before its elimination.
func (k *search) boots(r Result) int {
	n := 0
	for _, name := range k.names {
		if at, ok := r.EliminatedAt[name]; ok {
			n += at
		} else {
			n += r.Blocks
		}
	}
	return n
}

// stage decides after n blocks. All eliminations of a stage are made at once,
// against the survivors at its start.
func (k *search) stage(live []int, n int) (record.Decision, []int) {
	k.variances(live, n)
	mod := stat.Moderate(k.v, k.d)
	pooled := k.booted - n - (len(k.names) - 1)
	nu := math.Min(mod.D0+float64(n-1), float64(pooled))
	// The constants of Kim and Nelson (2001).
	eta := (math.Pow(2*k.alpha/float64(len(k.names)-1), -2/nu) - 1) / 2
	h2 := 2 * eta * nu
	width := func(i, l int) float64 {
		vi, vl := mod.V[i], mod.V[l]
		if !mod.On && (vi == 0 || vl == 0) {
			// No variance in a few boots is not the absence of noise.
			vi, vl = math.Max(vi, vl), math.Max(vi, vl)
		}
		if vi+vl == 0 {
			return math.Inf(1)
		}
		return math.Max(0, k.delta/2*(h2*(vi+vl)/(k.delta*k.delta)-float64(n)))
	}
	sums := make(map[int]float64, len(live))
	leader := live[0]
	for _, arm := range live {
		if sums[arm] = k.sum(arm, n); sums[arm] > sums[leader] {
			leader = arm
		}
	}
	d := record.Decision{
		Blocks: n, PriorDF: record.Number(mod.D0), PriorVariance: record.Number(mod.S0), PooledDF: pooled,
		Nu: record.Number(nu), Eta: record.Number(eta), H2: record.Number(h2), Eliminated: []record.Out{},
	}
	var gone []int
	for _, i := range live {
		d.Arms = append(d.Arms, record.ArmState{Name: k.names[i], Behind: record.Number(sums[i] - sums[leader]), Variance: record.Number(k.v[i]), Moderated: record.Number(mod.V[i])})
		worst := record.Out{}
		for _, l := range live {
			behind, w := record.Number(sums[l]-sums[i]), record.Number(width(i, l))
			if l != i && behind > w && behind-w > worst.Behind-worst.Width {
				worst = record.Out{Name: k.names[i], By: k.names[l], Behind: behind, Width: w}
			}
		}
		if worst.Name != "" {
			d.Eliminated = append(d.Eliminated, worst)
			gone = append(gone, i)
		}
	}
	rest := without(live, gone)
	d.Survivors = k.named(rest)
	for a, i := range rest {
		for _, l := range rest[a+1:] {
			d.MaxWidth = max(d.MaxWidth, record.Number(width(i, l)))
		}
	}
	return d, gone
}

// variances sets the survivors' variances about arm and block means.
func (k *search) variances(live []int, n int) {
	grand := 0.0
	armMean := make(map[int]float64, len(live))
	blockMean := make([]float64, n)
	size := float64(len(live))
	for _, arm := range live {
		armMean[arm] = k.sum(arm, n) / float64(n)
		grand += armMean[arm] / size
		for block := range n {
			blockMean[block] += k.y[block][arm] / size
		}
	}
	for _, arm := range live {
		squares := 0.0
		for block := range n {
			e := k.y[block][arm] - armMean[arm] - blockMean[block] + grand
			squares += e * e
		}
		k.d[arm] = float64(n-1) * (size - 1) / size
		if k.v[arm] = squares / k.d[arm]; k.v[arm] <= k.resolution*k.resolution {
			k.v[arm] = 0
		}
	}
}

func (k *search) sum(arm, n int) float64 {
	sum := 0.0
	for _, values := range k.y[:n] {
		sum += values[arm]
	}
	return sum
}

func (k *search) named(arms []int) []string {
	var out []string
	for _, arm := range arms {
		out = append(out, k.names[arm])
	}
	return out
}

// without is the ascending list less those that are gone.
func without(list, gone []int) []int {
	var out []int
	for _, x := range list {
		if len(gone) > 0 && gone[0] == x {
			gone = gone[1:]
			continue
		}
		out = append(out, x)
	}
	return out
}
