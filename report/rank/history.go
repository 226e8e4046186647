package rank

import (
	"fmt"
	"math"
	"slices"

	"vnettune/results/sample"
)

// minHistory is the least number of campaigns in which changes are looked for.
const minHistory = 10

// HistoryPoint is one campaign's value: the geometric mean over boots, in the
// unit, or in percent of the interleaved baseline.
type HistoryPoint struct {
	Campaign string
	Value    float64
	Boots    int
	y        float64
}

// Change is a point from which on campaigns differ from those before.
type Change struct {
	// From is the first campaign after the change, Index its place from 0.
	From  string
	Index int
	// Before and After are the geometric means of the segments on either side.
	Before, After float64
	// ChangePercent from before to after; Matters: it is at least the margin.
	ChangePercent float64
	Matters       bool
	// P is that of the permutation test.
	P float64
}

// History is one workload's metric over campaigns. It advises and never overrides
// the gate.
type History struct {
	Workload, Metric, Unit string
	Better                 sample.Better
	Points                 []HistoryPoint
	// TooShort: fewer than 10 campaigns hold the metric; no change is looked for.
	TooShort bool
	Changes  []Change
}

// HistoryOf follows the metrics over campaigns, in their order. arm is followed as
// a ratio to each campaign's own baseline, which removes what differs from day to
// day; an empty arm follows the baseline itself. Campaigns without the metric are
// left out of it.
func HistoryOf(campaigns []StoredSession, arm string, o Options) ([]History, error) {
	found := make(map[seriesKey]*History)
	var keys []seriesKey
	for _, c := range campaigns {
		base, err := sessionMeans(c.Rows, c.Baseline, o)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Name, err)
		}
		of := base
		if arm != "" && arm != c.Baseline {
			if of, err = sessionMeans(c.Rows, arm, o); err != nil {
				return nil, fmt.Errorf("%s: %w", c.Name, err)
			}
		}
		for _, key := range sortedKeys(of) {
			m, b := of[key], base[key]
			if m.n == 0 || b.n == 0 {
				continue
			}
			h := found[key]
			if h == nil {
				h = &History{Workload: key.workload, Metric: key.metric, Unit: m.unit, Better: m.better}
				found[key] = h
				keys = append(keys, key)
			}
			if h.Unit != m.unit && arm == "" || h.Better != m.better {
				return nil, fmt.Errorf("%s: workload %q, metric %q is in %s, %s is better; before in %s, %s: they cannot be followed",
					c.Name, key.workload, key.metric, m.unit, m.better, h.Unit, h.Better)
			}
			s := sign(m.better)
			p := HistoryPoint{Campaign: c.Name, Boots: m.n, y: s * m.y, Value: math.Exp(s * m.y / 100)}
			if arm != "" {
				p.y -= s * b.y
				p.Value = 100 * math.Exp(p.y/100)
			}
			h.Points = append(h.Points, p)
		}
	}
	slices.SortFunc(keys, func(a, b seriesKey) int {
		return slices.Compare([]string{a.workload, a.metric}, []string{b.workload, b.metric})
	})
	var out []History
	for _, key := range keys {
		h := found[key]
		if arm != "" {
			h.Unit = "% of baseline"
		}
		h.change(o.Margin)
		out = append(out, *h)
	}
	return out, nil
}

// change finds the change points and what they amount to.
func (h *History) change(margin float64) {
	if len(h.Points) < minHistory {
		h.TooShort = true
		return
	}
	y := make([]float64, len(h.Points))
	for i, p := range h.Points {
		y[i] = p.y
	}
	splits := changePoints(y)
	for k, s := range splits {
		from, to := 0, len(y)
		if k > 0 {
			from = splits[k-1].at
		}
		if k+1 < len(splits) {
			to = splits[k+1].at
		}
		before, _ := meanVariance(y[from:s.at])
		after, _ := meanVariance(y[s.at:to])
		scale := h.Points[s.at].Value / math.Exp(h.Points[s.at].y/100)
		c := Change{
			From: h.Points[s.at].Campaign, Index: s.at, P: s.p, ChangePercent: percent(after - before),
			Before: scale * math.Exp(before/100), After: scale * math.Exp(after/100),
		}
		c.Matters = math.Abs(c.ChangePercent) >= margin
		h.Changes = append(h.Changes, c)
	}
}
