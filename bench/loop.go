package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"vnettune/apply"
	"vnettune/matrix"
	"vnettune/results"
)

// Loop runs campaigns. All fields must be set.
type Loop struct {
	Guest  Guest
	Meter  Meter
	Store  Store
	Clock  apply.Clock
	Host   json.RawMessage // facts of the host, for the record
	Notify func(Event)
}

// Summary is how a session ended.
type Summary struct {
	Planned int    // boots of the plan
	OK      int    // ranked boots in the store, of all sessions
	Failed  int    // boots of this session that are not ranked
	Stopped string // why the loop stopped before the end; "" when it did not
}

// UnrestoredError says that the guest is left with settings of the campaign.
type UnrestoredError struct{ Err error }

func (e *UnrestoredError) Error() string {
	return fmt.Sprintf("the guest is left changed: %v", e.Err)
}
func (e *UnrestoredError) Unwrap() error { return e.Err }

// restoreLimit bounds the way out when the session was cancelled.
const restoreLimit = 15 * time.Minute

// Run does every boot that the plan, or the search through it, still asks for, and
// restores the guest whatever happens. A cancelled context stops it after cleaning up; a
// boot that was cut by it is not stored and will be done again.
func (l *Loop) Run(ctx context.Context, spec Spec) (sum Summary, err error) {
	s, err := l.begin(ctx, spec)
	if err != nil {
		return Summary{Planned: spec.Plan.MaxBoots()}, err
	}
	defer func() {
		err = errors.Join(err, l.finish(ctx, s, err))
	}()
	failures := 0
	for {
		slot, why, err := s.schedule.Next()
		if limit := spec.Limits.reached(l.Clock.Now().Sub(s.started), failures); slot != nil && limit != "" {
			slot, why = nil, limit
		}
		if err != nil || slot == nil {
			s.summary.Stopped = why
			return s.summary, err
		}
		ok, err := l.bootOnceOrTwice(ctx, s, *slot)
		if err != nil {
			return s.summary, err
		}
		if ok {
			failures = 0
			s.summary.OK++
		} else {
			failures++
			s.summary.Failed++
		}
		s.done++
	}
}

// reached says which limit is over; "" for none.
func (m Limits) reached(spent time.Duration, failures int) string {
	if m.Hours > 0 && spent.Hours() >= m.Hours {
		return fmt.Sprintf("the limit of %g hours is over", m.Hours)
	}
	if m.FailuresInARow > 0 && failures >= m.FailuresInARow {
		return fmt.Sprintf("%d boots in a row failed", failures)
	}
	return ""
}

// session is the state of one uninterrupted stretch.
type session struct {
	spec      Spec
	id        int64
	originals apply.Originals
	schedule  Schedule
	started   time.Time
	done      int           // boots of this session
	spent     time.Duration // their time
	summary   Summary
}

// left estimates the time to the end from the boots of this session.
func (s *session) left() time.Duration {
	if s.done == 0 {
		return 0
	}
	return s.spent / time.Duration(s.done) * time.Duration(s.schedule.Left()+1)
}

// leftAfter is left when the present boot has just ended.
func (s *session) leftAfter() time.Duration {
	return s.spent / time.Duration(s.done+1) * time.Duration(s.schedule.Left())
}

// begin checks the guest, stores its originals before anything is written to it,
// and opens the session.
func (l *Loop) begin(ctx context.Context, spec Spec) (*session, error) {
	facts, raw, err := l.Guest.Facts(ctx)
	if err != nil {
		return nil, err
	}
	gen, err := facts.Generation()
	if err != nil {
		return nil, err
	}
	if gen != spec.Plan.Generation {
		return nil, fmt.Errorf("the campaign is for generation %s, the guest is %s (build %d): set guest.generation to %s", spec.Plan.Generation, gen, facts.Build, gen)
	}
	if err := refusePending(facts.Pending); err != nil && !spec.AllowPending {
		return nil, err
	}
	s := &session{spec: spec, started: l.Clock.Now(), summary: Summary{Planned: spec.Plan.MaxBoots()}}
	if s.originals, err = l.originals(ctx, facts, spec.Plan.Settings); err != nil {
		return nil, err
	}
	// A guest without its iperf3 would fail every boot: better to know before the first write.
	server, err := l.Guest.StartIPerf(ctx, spec.GuestIPerf, spec.Target.Port)
	if err == nil {
		err = CheckServer(server, spec.Plan.Settings)
	}
	if err != nil {
		return nil, err
	}
	stored, err := l.Store.Boots()
	if err != nil {
		return nil, err
	}
	s.schedule, s.summary.OK = l.schedule(spec, stored), ranked(stored)
	if s.id, err = l.Store.StartSession(l.Host, raw, s.started); err != nil {
		return nil, err
	}
	if err := l.Store.MarkChanged(l.Clock.Now()); err != nil {
		return nil, err
	}
	todo := fmt.Sprintf("%d of %d boots to do", s.schedule.Left(), len(spec.Plan.Slots))
	if spec.Plan.Search != nil {
		todo = fmt.Sprintf("a search of at most %d boots, %d are stored", spec.Plan.MaxBoots(), len(stored))
		if spec.Plan.Search.Screen > 0 {
			todo += "; " + matrix.ScreenCaveat
		}
	}
	l.Notify(Event{Time: s.started, Kind: EventStart, Boots: len(spec.Plan.Slots), Blocks: spec.Plan.Blocks(),
		Text: fmt.Sprintf("%s, build %d; %s", facts.Caption, facts.Build, todo)})
	return s, nil
}

// schedule is the plan as it stands, or the search through it.
func (l *Loop) schedule(spec Spec, stored []results.Boot) Schedule {
	if spec.Plan.Search == nil {
		return newFixedPlan(spec.Plan, stored)
	}
	return &search{plan: spec.Plan, spec: spec.Search, store: l.Store, now: l.Clock.Now, decided: func(d Decision) {
		l.Notify(Event{Time: l.Clock.Now(), Kind: EventDecision, Block: d.Blocks, Blocks: spec.Plan.Search.Last(), Text: d.String()})
	}}
}

func ranked(stored []results.Boot) int {
	n := 0
	for _, b := range stored {
		if b.Status == results.StatusOK {
			n++
		}
	}
	return n
}

// originals are the stored ones, or read now and stored. A guest that should be
// clean and is not as it was found is refused: its baseline would be another.
func (l *Loop) originals(ctx context.Context, f apply.Facts, settings []matrix.Planned) (apply.Originals, error) {
	stored, err := l.Store.Originals()
	if err != nil {
		return apply.Originals{}, err
	}
	changed, err := l.Store.Changed()
	if err != nil {
		return apply.Originals{}, err
	}
	if stored != nil {
		var o apply.Originals
		if err := json.Unmarshal(stored, &o); err != nil {
			return o, fmt.Errorf("the stored originals: %w", err)
		}
		if changed {
			l.Notify(Event{Time: l.Clock.Now(), Kind: EventWarning, Text: "an earlier session ended without restoring the guest; its originals are in the store and will be put back at the end"})
			return o, nil
		}
		now, err := l.Guest.Originals(ctx, f, settings)
		if err != nil {
			return o, err
		}
		return o, o.Same(now)
	}
	o, err := l.Guest.Originals(ctx, f, settings)
	if err != nil {
		return o, err
	}
	text, err := json.Marshal(o)
	if err != nil {
		return o, fmt.Errorf("originals: %w", err)
	}
	return o, l.Store.SaveOriginals(text)
}

// finish restores the guest, also when the session was cancelled, and closes the session.
func (l *Loop) finish(ctx context.Context, s *session, cause error) error {
	outcome := "done"
	switch {
	case ctx.Err() != nil:
		outcome = "interrupted"
	case cause != nil:
		outcome = "failed"
	case s.summary.Stopped != "":
		outcome = "stopped"
	}
	out, cancel := context.WithTimeout(context.WithoutCancel(ctx), restoreLimit)
	defer cancel()
	l.Notify(Event{Time: l.Clock.Now(), Kind: EventRestore, Text: "putting the guest back to its originals"})
	// The server is a courtesy to the guest; what counts is the restore.
	_ = l.Guest.StopIPerf(out, s.spec.GuestIPerf, s.spec.Target.Port)
	err := l.Guest.Restore(out, s.originals, s.spec.Reboot)
	if err == nil {
		err = l.Store.MarkClean(l.Clock.Now())
		l.Notify(Event{Time: l.Clock.Now(), Kind: EventRestored, Text: "the guest has its originals, read back after a reboot"})
	} else {
		err = &UnrestoredError{Err: err}
	}
	end := l.Store.EndSession(s.id, outcome, l.Clock.Now())
	l.Notify(Event{Time: l.Clock.Now(), Kind: EventDone, Status: outcome, Text: s.summary.Stopped})
	return errors.Join(err, end)
}
