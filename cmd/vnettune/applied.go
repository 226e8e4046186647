package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"vnettune/bench/rig"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/trouble"
)

// mostReceipts is how many of this user's stores are looked at for one that is meant, the newest first.
const mostReceipts = 200

// appliedStore is the store of this user's by whose owner something is applied on a guest, as a word of a shell; STORE
// where none is known here.
func appliedStore(owner string) string {
	state, err := stateFolder()
	if err != nil {
		return "STORE"
	}
	type receipt struct {
		path string
		at   time.Time
	}
	var all []receipt
	entries, _ := os.ReadDir(receipts(state)) // without any none is known
	for _, e := range entries {
		info, err := e.Info()
		text, unread := os.ReadFile(filepath.Join(receipts(state), e.Name()))
		if err == nil && unread == nil {
			all = append(all, receipt{strings.TrimSpace(string(text)), info.ModTime()})
		}
	}
	slices.SortFunc(all, func(a, b receipt) int { return cmp.Or(b.at.Compare(a.at), strings.Compare(a.path, b.path)) })
	for _, r := range all[:min(len(all), mostReceipts)] {
		s, err := results.OpenReadOnly(r.path)
		if err != nil {
			continue // it was moved, or is nobody's any more
		}
		id, err := s.OwnerID()
		s.Close()
		if err == nil && id == owner {
			return trouble.ShellWord(r.path)
		}
	}
	return "STORE"
}

// overApplied is what vnettune apply has put on a guest and a run takes for the state that it was found in, nil for
// nothing: by --on-applied, by what the store's sessions began on, or by a person's word on the terminal.
func overApplied(ctx context.Context, g *rig.Rig, store string, agreed bool) (*record.Applied, error) {
	is, err := g.Applied(ctx)
	if err != nil || is == nil || agreed || begunOn(store, is.ID) {
		return is, err
	}
	undo := "the originals: put them back first: vnettune restore " + appliedStore(is.ID)
	what := fmt.Sprintf("something is applied on the guest: %s", is)
	answer, err := askTerminal(ctx, what+"\nWhich state is the baseline: [a] what is applied, or [o] the originals? ", false)
	switch {
	case errors.Is(err, errNoTerminal):
		return nil, usageError(trouble.Hint(trouble.Hint(errors.New(what+", and there is no terminal to ask which state is the baseline"), "%s", undo), "what is applied: say --on-applied"))
	case err != nil:
		return nil, signalled(ctx, err)
	}
	switch strings.ToLower(strings.TrimSpace(string(answer))) {
	case "a", "applied":
		return is, nil
	case "o", "originals":
		return nil, usageError(trouble.Hint(errors.New("nothing was done: the guest does not have its originals"), "put them back first: vnettune restore %s", appliedStore(is.ID)))
	}
	return nil, usageError(trouble.Hint(errors.New("nothing was done"), "answer a or o"))
}

// begunOn says whether a store's last session took what that owner applied for its baseline.
func begunOn(store, owner string) bool {
	s, err := results.OpenReadOnly(store)
	if err != nil {
		return false
	}
	defer s.Close()
	sessions, err := s.Sessions()
	if err != nil || len(sessions) == 0 {
		return false
	}
	on := sessions[len(sessions)-1].Guest.Applied
	return on != nil && on.ID == owner
}

// heldBy keeps beside a lab whose store its guest needs: the run's while it works, then that of what stays applied.
func heldBy(ctx context.Context, store string, over *record.Applied) func(changed bool) error {
	return func(changed bool) error {
		switch {
		case changed:
			return holdsGuest(ctx, store)
		case over == nil:
			return holdsGuest(ctx, "")
		}
		return errors.Join(holdsGuest(ctx, appliedStore(over.ID)), forgetsGuest(ctx))
	}
}
