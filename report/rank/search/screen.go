package search

import (
	"fmt"

	"vnettune/report/rank"
	"vnettune/report/rank/boots"
	"vnettune/report/rank/contrast"
	"vnettune/report/rank/effects"
	"vnettune/report/stat"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// ScreenOptions say what a screen looks at and how many combinations it keeps.
type ScreenOptions struct {
	// Workload and Metric may be empty if the samples hold one only.
	Workload, Metric string
	Keep             int
}

// Screen judges a factorial, all of whose combinations were booted a few times at most, by a linear
// model with main effects and interactions of two settings, so that each boot tells something about
// every setting. It names those that it keeps, the best by the model. That gives no guarantee:
// interactions of three or more settings are not in it, and where they are large the best may be
// screened out.
func Screen(rows []sample.Row, o rank.Options, so ScreenOptions) (record.Screen, []string, error) {
	if err := o.Check(); err != nil {
		return record.Screen{}, nil, err
	}
	if so.Keep < 1 {
		return record.Screen{}, nil, fmt.Errorf("screen: %d combinations kept: it must be 1 or more", so.Keep)
	}
	c, err := boots.Group(made(rows), o.Baseline, o.ScaleOf)
	if err != nil {
		return record.Screen{}, nil, err
	}
	s, err := choose(c.Series, boots.Key{Workload: so.Workload, Metric: so.Metric})
	if err != nil {
		return record.Screen{}, nil, err
	}
	factors, levels, err := effects.FactorsOf(s.Arms, s.Arms.Names)
	if err != nil {
		return record.Screen{}, nil, err
	}
	var obs []stat.Observation
	for _, b := range s.Boots {
		if b.Fate == boots.OK {
			obs = append(obs, stat.Observation{Arm: b.Arm, Block: b.Block, Y: b.Y})
		}
	}
	if len(obs) == 0 {
		return record.Screen{}, nil, fmt.Errorf("screen: workload %q, metric %q: no boot may be ranked", s.Workload, s.Metric)
	}
	f, err := stat.FitForModel(obs, len(s.Arms.Names), len(s.Blocks), s.Resolution(obs))
	if err != nil {
		return record.Screen{}, nil, fmt.Errorf("screen: workload %q, metric %q: %w", s.Workload, s.Metric, err)
	}
	screen := screened(s.Arms, f, f.Model(effects.TermsUpTo(2, factors, levels)))
	var kept []string
	for _, a := range screen.Arms[:min(so.Keep, len(screen.Arms))] {
		kept = append(kept, a.Name)
	}
	return screen, kept, nil
}

// screened orders the arms by the model.
func screened(arms boots.Arms, f *stat.Fit, m *stat.Model) record.Screen {
	fitted, seen := make([]float64, len(arms.Names)), make([]float64, len(arms.Names))
	for i, b := range f.Obs {
		fitted[b.Arm] += b.Y - m.Resid[i]
		seen[b.Arm] += b.Y
	}
	var working []int
	for a, n := range f.N {
		if n > 0 {
			fitted[a] /= float64(n)
			seen[a] /= float64(n)
			working = append(working, a)
		}
	}
	order, _ := contrast.Order(working, fitted, f.Resolution, arms.Changed, arms.Names)
	out := record.Screen{Parameters: len(f.Obs) - m.DF, DF: m.DF, Variance: record.Number(m.Variance())}
	best := fitted[order[0]]
	for _, a := range order {
		out.Arms = append(out.Arms, record.ScreenedArm{Name: arms.Names[a], Fitted: record.Number(fitted[a] - best), Seen: record.Number(seen[a] - best)})
	}
	return out
}
