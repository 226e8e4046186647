package apply

import (
	"context"
	"errors"
	"slices"

	"vnettune/results/record"
)

// WrittenBack is what came of writing the value that a place was found with.
type WrittenBack struct {
	Place   record.Place
	Found   record.State
	Refused error        // what the guest said where it does not take it
	Now     record.State // what it has then
}

// Same says whether the guest still has what was found.
func (w WrittenBack) Same() bool { return same(w.Now, w.Found) }

// WriteBack writes every value that was found once more, and so learns which of them can be written at all. A
// registry value that is not there is left out. What does not have its value afterwards is written
// once again. The error is a guest that could not be asked, or another machine: then the originals
// may not all be there.
func (g *Guest) WriteBack(ctx context.Context, o record.Originals) ([]WrittenBack, error) {
	var all []WrittenBack
	var targets []Target
	for _, t := range found(o) {
		if t.Want.Exists {
			targets = append(targets, t)
			all = append(all, WrittenBack{Place: t.Place, Found: t.Want})
		}
	}
	for range restorePasses {
		if len(targets) == 0 {
			break
		}
		for rest := targets; len(rest) > 0; {
			_, err := g.put(ctx, rest)
			var refusal *WriteError
			if !errors.As(err, &refusal) {
				if err != nil {
					return all, err
				}
				break
			}
			at := slices.IndexFunc(rest, func(t Target) bool { return t.Place.Key() == refusal.ID })
			all[slices.IndexFunc(all, func(w WrittenBack) bool { return w.Place.Key() == refusal.ID })].Refused = refusal
			rest = rest[at+1:]
		}
		places := make([]record.Place, len(all))
		for i, w := range all {
			places[i] = w.Place
		}
		got, _, err := g.read(ctx, places)
		if err != nil {
			return all, err
		}
		states, err := got.states(places)
		if err != nil {
			return all, err
		}
		for i := range all {
			all[i].Now = states[all[i].Place.Key()]
		}
		targets = slices.DeleteFunc(targets, func(t Target) bool { return same(states[t.Place.Key()], t.Want) })
	}
	return all, nil
}
