package bench

import (
	"time"

	"vnettune/results"
	"vnettune/results/record"
)

// FinishedStore is what tells whether a campaign is finished.
type FinishedStore interface {
	ScheduleStore
	Changed() (bool, error)
}

// Finished says whether nothing is left to do for a campaign: its store has every boot
// that the plan, or the search through it, asks for, and its guest needs no restore. The
// summary is then that of a session without a boot. It asks the store alone.
func Finished(spec Spec, store FinishedStore) (sum Summary, finished bool, err error) {
	changed, err := store.Changed()
	if err != nil || changed {
		return sum, false, err
	}
	kept, err := store.Read()
	if err != nil {
		return sum, false, err
	}
	slot, why, err := schedule(spec, store, kept, time.Now, func(Event) {}).Next()
	if err != nil || slot != nil {
		return sum, false, err
	}
	sum = Summary{Planned: spec.Plan.MaxBoots(), Stints: spec.Plan.Switch != nil, OK: ranked(kept.Boots), Stopped: why, Silent: silent(spec.Workloads, kept.Boots)}
	return sum, true, nil
}

// ScheduleStore is what the order of boots is asked from.
type ScheduleStore interface {
	SearchStore
	SwitchStore
	SettleStore
}

// schedule is the plan as it stands, or the search through it, whose decisions notify
// hears of.
func schedule(spec Spec, store ScheduleStore, kept results.Contents, now func() time.Time, notify func(Event)) Schedule {
	if spec.Plan.Switch != nil {
		s := &switched{plan: spec.Plan, judge: spec.Judge, store: store, now: now, decided: func(d record.SwitchDecision) {
			notify(Event{Time: now(), Kind: EventDecision, Block: d.Blocks, Blocks: spec.Plan.Blocks(), Text: d.String()})
		}}
		s.look(kept)
		s.last = -1
		return s
	}
	if len(spec.Plan.Looks) > 0 {
		s := &settling{plan: spec.Plan, judge: spec.Settling, store: store, now: now, decided: func(d record.SettleDecision) {
			notify(Event{Time: now(), Kind: EventDecision, Block: d.Blocks, Blocks: spec.Plan.Blocks(), Text: d.String()})
		}}
		s.take(kept)
		return s
	}
	if spec.Plan.Search == nil {
		return newFixedPlan(spec.Plan, kept.Boots)
	}
	tried := map[int]bool{}
	for _, b := range kept.Boots {
		tried[b.Order] = true
	}
	return &search{plan: spec.Plan, spec: spec.Search, store: store, now: now, remaining: max(0, spec.Plan.MaxBoots()-len(tried)), decided: func(d record.Decision) {
		notify(Event{Time: now(), Kind: EventDecision, Block: d.Blocks, Blocks: spec.Plan.Search.Last(), Text: d.String()})
	}}
}
