package bench

import (
	"fmt"
	"math"
	"slices"

	"vnettune/matrix"
	kn "vnettune/report/rank/search"
	"vnettune/results/record"
	"vnettune/trouble"
)

// agrees says whether the stored decision was is d. The last digits of numbers may
// differ between machines; what was decided may not.
func agrees(d, was record.Decision) error {
	if was.Blocks != d.Blocks || !slices.Equal(was.Survivors, d.Survivors) || was.Ended != d.Ended || was.Pick != d.Pick {
		return trouble.Hint(fmt.Errorf("search: after block %d the store decided otherwise (%s) than its boots do now (%s): were boots excluded since?",
			was.Blocks, was, d), newStore)
	}
	return nil
}

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
		s.remaining += s.most(min(len(arms), matrix.ScreenKeep+1), blocks)
		return nil, slot, "", nil
	}
	screen, kept, err := kn.Screen(seen.of(arms, 1, blocks), s.spec.Judge, kn.ScreenOptions{Workload: s.spec.Workload, Metric: s.spec.Metric, Keep: matrix.ScreenKeep})
	if err != nil {
		return nil, nil, "", fmt.Errorf("search: %w", err)
	}
	stored, err := s.store.Decisions()
	if err != nil {
		return nil, nil, "", err
	}
	d := newScreenDecision(screen, kept, blocks, s.plan.Baseline().Name)
	return d.Survivors, nil, "", s.decide(d, stored, 0)
}

// newScreenDecision keeps the best by the model, and the baseline in any case: what
// is picked is compared with it.
func newScreenDecision(screen record.Screen, kept []string, blocks int, baseline string) record.Decision {
	none := record.Number(math.NaN())
	d := record.Decision{
		Blocks: blocks, Survivors: kept, Eliminated: []record.Out{},
		PriorDF: none, PriorVariance: none, Nu: none, Eta: none, H2: none, MaxWidth: none,
		Screen: &screen,
	}
	if !slices.Contains(d.Survivors, baseline) {
		d.Survivors = append(d.Survivors, baseline)
	}
	slices.Sort(d.Survivors)
	for _, a := range screen.Arms {
		d.Arms = append(d.Arms, record.ArmState{Name: a.Name, Behind: none, Variance: none, Moderated: none})
	}
	return d
}
