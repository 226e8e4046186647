package rig

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"vnettune/apply"
	"vnettune/bench"
	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
	"vnettune/trouble"
)

// ToApply is a campaign as vnettune apply goes by it: its guest and the ways to it, and nothing that measures.
func ToApply(c campaign.Campaign) campaign.Campaign {
	c.Workloads, c.Host.Set, c.Settle, c.Budget = nil, nil, record.Settle{}, 0
	c.Limits.Hours, c.Limits.FailuresInARow = 0, 0
	return c
}

// Generation is that of the guest's Windows, as the guest says.
func (r *Rig) Generation(ctx context.Context) (matrix.Generation, error) {
	f, _, err := r.Guest.Facts(ctx)
	if err != nil {
		return "", r.explain(err)
	}
	return apply.GenerationOf(f)
}

// Applied is what vnettune apply has put on the guest to stay; nil for nothing. A guest that does not answer says nothing.
func (r *Rig) Applied(ctx context.Context) (*record.Applied, error) {
	a, err := r.Guest.Applied(ctx)
	if err != nil && apply.Lost(err) {
		return nil, nil
	}
	return a, r.explain(err)
}

// Unmarked refuses a guest that bears the mark of a store. One that does not answer is the next question's to tell.
func (r *Rig) Unmarked(ctx context.Context) error {
	mark, err := r.Guest.Owner(ctx)
	switch {
	case err != nil && apply.Lost(err):
		return nil
	case err == nil && mark != nil:
		err = &apply.OwnedError{Owner: *mark, Now: time.Now()}
	}
	return r.explain(err)
}

// Before reads what a plan of vnettune apply would change on the guest, and writes nothing. Settings that the guest does
// not have are refused, all of them by name. Where nothing would change, the readings say what is in effect.
func (r *Rig) Before(ctx context.Context, plan matrix.Plan) ([]apply.Change, []record.Reading, error) {
	f, _, err := r.Guest.Facts(ctx)
	if err != nil {
		return nil, nil, r.explain(err)
	}
	windows, err := apply.WindowsOf(f)
	if err != nil {
		return nil, nil, err
	}
	if cannot := plan.Cannot(windows); len(cannot) > 0 {
		return nil, nil, trouble.Invalid(trouble.Hint(errors.Join(cannot...), "this guest cannot be given it: nothing was written; apply another set"))
	}
	declared, err := r.Guest.Declare(ctx, f)
	if err == nil {
		f = declared
	} else if apply.HasKeywords(plan) || apply.Lost(err) {
		return nil, nil, err
	}
	lacking, err := r.Guest.Lacking(ctx, f, plan.Settings)
	if err != nil {
		return nil, nil, err
	}
	if len(lacking) > 0 {
		names := make([]string, len(lacking))
		for i, l := range lacking {
			names[i] = trouble.Line(l.Err)
			if !strings.Contains(names[i], l.ID) {
				names[i] = l.ID + ": " + names[i]
			}
		}
		return nil, nil, trouble.Invalid(trouble.Hint(fmt.Errorf("this guest cannot be given all of it: %s", strings.Join(names, "; ")), "nothing was written; apply another set"))
	}
	if err := r.Guest.Legal(f, plan); err != nil {
		return nil, nil, trouble.Invalid(err)
	}
	o, err := r.Guest.Originals(ctx, f, plan.Settings)
	if err != nil {
		return nil, nil, err
	}
	combination := plan.Arms[plan.Slots[0].Arm].Combination
	changes, err := apply.Changes(o, combination)
	if err != nil || slices.ContainsFunc(changes, func(c apply.Change) bool { return !c.None }) {
		return changes, nil, err
	}
	targets, err := apply.Targets(o, combination)
	if err != nil {
		return nil, nil, err
	}
	readings, _, err := r.Guest.ReadBack(ctx, targets)
	return changes, readings, err
}

// Free says whether a store can take the plan of vnettune apply: there is no such file yet, or it is that of the same
// apply, which was cut short and has no boot. changed: that left the guest changed, and the originals are in the store.
func (r *Rig) Free(f Files, plan matrix.Plan) (free, changed bool, err error) {
	s, err := results.OpenReadOnly(f.Store)
	if errors.Is(err, fs.ErrNotExist) {
		_, err = os.Stat(f.Store)
		return errors.Is(err, fs.ErrNotExist), false, nil // else it is a file in which no store was made yet
	}
	if err != nil {
		return false, false, trouble.Invalid(err)
	}
	defer s.Close()
	on, err := s.Continues(kept(r.campaign, f, plan))
	if err != nil || on.Another || s.Plan().Applied != plan.Applied {
		return false, false, nil
	}
	c, err := s.Read()
	return len(c.Boots) == 0, c.Changed, err
}

// Apply puts the plan's combination on the guest, reboots it and proves both; what comes of every step hears notify. It
// ends with the combination on the guest, which stays says, or with the guest's originals.
func (s *Session) Apply(ctx context.Context, notify func(bench.Event)) (last results.Boot, stays bool, err error) {
	_, err = s.Run(ctx, bench.Judges{}, notify)
	stored, unread := s.Store.Read()
	if n := len(stored.Boots); n > 0 {
		last = stored.Boots[n-1]
	}
	err = errors.Join(err, unread)
	return last, err == nil && last.Status == sample.StatusOK && stored.Changed, err
}
