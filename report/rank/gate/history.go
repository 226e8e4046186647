package gate

import (
	"fmt"
	"math"
	"slices"

	"vnettune/report/rank"
	"vnettune/report/rank/boots"
	"vnettune/report/stat"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// minHistory is the least number of campaigns in which changes are looked for.
const minHistory = 10

// HistoryPoint is one campaign's value: the geometric mean over boots, in the
// unit, or in percent of the interleaved baseline.
type HistoryPoint struct {
	Campaign string        `json:"campaign"`
	Value    record.Number `json:"value"`
	Boots    int           `json:"boots"`
	y        float64
}

// Change is a point from which on campaigns differ from those before.
type Change struct {
	// From is the first campaign after the change, Index its place from 0.
	From  string `json:"from"`
	Index int    `json:"index"`
	// Before and After are the geometric means of the segments on either side.
	Before record.Number `json:"before"`
	After  record.Number `json:"after"`
	// ChangePercent from before to after; Matters: it is at least the margin.
	ChangePercent record.Number `json:"change_percent"`
	Matters       bool          `json:"matters"`
	// P is that of the permutation test.
	P record.Number `json:"p"`
}

// History is one workload's metric over campaigns. It advises and never overrides
// the gate. Its JSON form is described in docs/schema/history-v1.json.
type History struct {
	Workload string        `json:"workload"`
	Metric   string        `json:"metric"`
	Unit     string        `json:"unit"`
	Better   sample.Better `json:"better"`
	// TooShort: fewer than 10 campaigns hold the metric; no change is looked for.
	TooShort bool           `json:"too_short"`
	Points   []HistoryPoint `json:"points"`
	Changes  []Change       `json:"changes"`
}

// HistoryOf follows the metrics over campaigns, in their order. arm is followed as a ratio to each
// campaign's own baseline, which removes what differs from day to day; an empty arm follows the
// baseline itself. Campaigns without the metric are left out of it.
func HistoryOf(campaigns []Session, arm string, o rank.Options) ([]History, error) {
	found := make(map[boots.Key]*History)
	var keys []boots.Key
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
				h = &History{Workload: key.Workload, Metric: key.Metric, Unit: m.unit, Better: m.better, Changes: []Change{}}
				found[key] = h
				keys = append(keys, key)
			}
			if h.Unit != m.unit && arm == "" || h.Better != m.better {
				return nil, fmt.Errorf("%s: workload %q, metric %q is in %s, %s is better; before in %s, %s: they cannot be followed",
					c.Name, key.Workload, key.Metric, m.unit, m.better, h.Unit, h.Better)
			}
			s := boots.Sign(m.better)
			p := HistoryPoint{Campaign: c.Name, Boots: m.n, y: s * m.y, Value: record.Number(math.Exp(s * m.y / 100))}
			if arm != "" {
				p.y -= s * b.y
				p.Value = record.Number(100 * math.Exp(p.y/100))
			}
			h.Points = append(h.Points, p)
		}
	}
	slices.SortFunc(keys, boots.Key.Compare)
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
	splits := stat.ChangePoints(y)
	for k, s := range splits {
		from, to := 0, len(y)
		if k > 0 {
			from = splits[k-1].At
		}
		if k+1 < len(splits) {
			to = splits[k+1].At
		}
		before, _ := stat.MeanVariance(y[from:s.At])
		after, _ := stat.MeanVariance(y[s.At:to])
		at, percent := h.Points[s.At], stat.Percent(after-before)
		scale := float64(at.Value) / math.Exp(at.y/100)
		h.Changes = append(h.Changes, Change{
			From: at.Campaign, Index: s.At, P: record.Number(s.P), ChangePercent: record.Number(percent), Matters: math.Abs(percent) >= margin,
			Before: record.Number(scale * math.Exp(before/100)), After: record.Number(scale * math.Exp(after/100)),
		})
	}
}
