package gate

import (
	"errors"
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

// HistoryPoint is one campaign's value: the mean over boots, geometric on the ratio scale, in the
// unit; or compared with the interleaved baseline, in percent of it or as a difference.
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
	// Before and After are the means of the segments on either side.
	Before record.Number `json:"before"`
	After  record.Number `json:"after"`
	// Change from before to after, in the history's EffectUnit; Matters: it is at least the
	// margin.
	Change  record.Number `json:"change"`
	Matters bool          `json:"matters"`
	// P is that of the permutation test.
	P record.Number `json:"p"`
}

// History is one workload's metric over campaigns. It advises and never overrides
// the gate. Its JSON form is described in docs/schema/history-v2.json.
type History struct {
	Workload string        `json:"workload"`
	Metric   string        `json:"metric"`
	Unit     string        `json:"unit"`
	Better   sample.Better `json:"better"`
	// Scale is how values are compared; changes and Margin are in EffectUnit. Margin is NaN if
	// there is none: then no change matters.
	Scale      sample.Scale  `json:"scale"`
	EffectUnit string        `json:"effect_unit"`
	Margin     record.Number `json:"margin"`
	// TooShort: fewer than 10 campaigns hold the metric; no change is looked for.
	TooShort bool           `json:"too_short"`
	Points   []HistoryPoint `json:"points"`
	Changes  []Change       `json:"changes"`

	axis boots.Axis // whose y grows with the metric, better or not
}

// HistoryOf follows the metrics over campaigns, in their order. arm is followed as a ratio to each
// campaign's own baseline, which removes what differs from day to day; an empty arm follows the
// baseline itself. Campaigns without the metric are left out of it.
func HistoryOf(campaigns []Session, arm string, o rank.Options) ([]History, error) {
	found := make(map[boots.Key]*History)
	var keys []boots.Key
	for _, c := range campaigns {
		base, err := sessionMeans(c.Rows, c.Baseline, o)
		if errors.Is(err, boots.ErrNothingMeasured) {
			continue // there is nothing of it to follow
		}
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
				margin := o.MarginOf(key.Metric, m.unit)
				h = &History{Workload: key.Workload, Metric: key.Metric, Unit: m.unit, Better: m.axis.Better, Scale: m.axis.Scale,
					EffectUnit: rank.EffectUnit(m.axis.Scale, m.unit), Margin: record.Number(margin), Changes: []Change{}, axis: boots.Axis{Scale: m.axis.Scale}}
				found[key] = h
				keys = append(keys, key)
			}
			if h.Unit != m.unit && (arm == "" || !h.axis.Ratio()) || h.Better != m.axis.Better {
				return nil, fmt.Errorf("%s: workload %q, metric %q is in %s, %s is better; before in %s, %s: they cannot be followed",
					c.Name, key.Workload, key.Metric, m.unit, m.axis.Better, h.Unit, h.Better)
			}
			s := m.axis.Direction()
			p := HistoryPoint{Campaign: c.Name, Boots: m.n, y: s * m.y}
			if arm != "" {
				p.y -= s * b.y
			}
			p.Value = h.value(p.y, arm != "")
			h.Points = append(h.Points, p)
		}
	}
	slices.SortFunc(keys, boots.Key.Compare)
	var out []History
	for _, key := range keys {
		h := found[key]
		if h.change(arm != ""); arm != "" {
			h.Unit = h.EffectUnit + " from the baseline"
			if h.axis.Ratio() {
				h.Unit = "% of baseline"
			}
		}
		out = append(out, *h)
	}
	return out, nil
}

// value is y as it is shown: in percent of the baseline where it is compared with one.
func (h *History) value(y float64, compared bool) record.Number {
	v := h.axis.Value(y)
	if compared && h.axis.Ratio() {
		v *= 100
	}
	return record.Number(v)
}

// change finds the change points and what they amount to.
func (h *History) change(compared bool) {
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
		change := h.axis.Shown(after - before)
		h.Changes = append(h.Changes, Change{
			From: h.Points[s.At].Campaign, Index: s.At, P: record.Number(s.P), Change: record.Number(change), Matters: math.Abs(change) >= float64(h.Margin),
			Before: h.value(before, compared), After: h.value(after, compared),
		})
	}
}
