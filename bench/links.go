package bench

import (
	"context"
	"slices"

	"vnettune/results/record"
)

// Links gives the link to the guest the conditions of workloads; rig has it.
type Links interface {
	// Try gives the link each of the conditions and takes them away again: what cannot be had shows before the first
	// boot. adapter is the guest's, under test.
	Try(ctx context.Context, adapter record.Adapter, all []record.Conditions) error
	// Set gives the link conditions instead of those that it has from here; the zero value is the link as it is.
	Set(ctx context.Context, l record.Conditions) error
}

// usesLinks says whether the link changes between workloads.
func usesLinks(all []record.Workload) bool {
	return slices.ContainsFunc(all, func(w record.Workload) bool { return w.Link != record.Conditions{} })
}

// tryLinks finds out whether the link can have the conditions of the workloads.
func (l *Loop) tryLinks(ctx context.Context, s *session) error {
	if !usesLinks(s.spec.Workloads) {
		return nil
	}
	var all []record.Conditions
	for _, w := range s.spec.Workloads {
		if w.Link != (record.Conditions{}) && !slices.Contains(all, w.Link) {
			all = append(all, w.Link)
		}
	}
	return l.Links.Try(ctx, s.originals.Adapter, all)
}
