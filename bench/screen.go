package bench

import (
	"fmt"
	"slices"

	"vnettune/matrix"
	kn "vnettune/report/rank/search"
)

// screened is the arms that are searched: all of them, or those that the screen keeps,
// once it is done. Until then it gives the slot that the screen needs next, or says
// why there is none.
func (s *search) screened(seen seen) (arms []string, slot *matrix.Slot, why string, err error) {
	for _, a := range s.plan.Arms {
		arms = append(arms, a.Name)
	}
	blocks := s.plan.Search.Screen
	if blocks == 0 {
		return arms, nil, "", nil
	}
	arms = seen.working(s.plan, arms, 1, blocks)
	if !slices.Contains(arms, s.plan.Baseline().Name) {
		return nil, nil, noBaseline, nil
	}
	if slot := s.missing(seen, 1, blocks, arms); slot != nil {
		return nil, slot, "", nil
	}
	r, err := kn.Screen(seen.of(arms, 1, blocks), s.options(), kn.ScreenOptions{Workload: s.spec.Workload, Metric: s.spec.Metric, Keep: matrix.ScreenKeep})
	if err != nil {
		return nil, nil, "", fmt.Errorf("search: %w", err)
	}
	stored, err := s.store.Decisions()
	if err != nil {
		return nil, nil, "", err
	}
	d := newScreenDecision(r, blocks, s.plan.Baseline().Name)
	return d.Survivors, nil, "", s.decide(d, stored, 0)
}

// Screen is the model of a screen, with its numbers on the scale of 100 ln.
type Screen struct {
	Parameters int      `json:"parameters"`
	DF         int      `json:"df"`
	Variance   *float64 `json:"residual_variance"`
	// Arms, best first, with the model's mean and that of their boots, less the
	// model's of the best.
	Arms []ScreenedArm `json:"arms"`
}

// ScreenedArm is one arm of a screen.
type ScreenedArm struct {
	Name   string  `json:"name"`
	Fitted float64 `json:"fitted_minus_leader"`
	Seen   float64 `json:"seen_minus_leader"`
}

// newScreenDecision keeps the best by the model, and the baseline in any case: what
// is picked is compared with it.
func newScreenDecision(r kn.ScreenResult, blocks int, baseline string) Decision {
	d := Decision{Blocks: blocks, Survivors: slices.Clone(r.Kept), Eliminated: []Out{}, Screen: &Screen{Parameters: r.Parameters, DF: r.DF, Variance: finite(r.Variance)}}
	if !slices.Contains(d.Survivors, baseline) {
		d.Survivors = append(d.Survivors, baseline)
	}
	slices.Sort(d.Survivors)
	for _, a := range r.Arms {
		d.Arms = append(d.Arms, ArmState{Name: a.Name})
		d.Screen.Arms = append(d.Screen.Arms, ScreenedArm(a))
	}
	return d
}

// words is the screen's decision in a line.
func (s Screen) words(kept []string) string {
	var best []string
	for _, a := range s.Arms {
		if slices.Contains(kept, a.Name) {
			best = append(best, a.Name)
		}
	}
	return fmt.Sprintf("the screen keeps %d of %d arms, best first by its model: %s; %s", len(kept), len(s.Arms), joined(best), matrix.ScreenCaveat)
}
