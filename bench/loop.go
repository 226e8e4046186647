package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"vnettune/apply"
	"vnettune/apply/terms"
	"vnettune/matrix"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
	"vnettune/trouble"
)

// Loop runs campaigns. All fields must be set but Counting and HostBusy, and Own, IPerf2 and Links where no workload needs them.
type Loop struct {
	Guest   Guest
	Rescue  Rescue // the ways back to a guest that does not answer
	Owner   Owner  // whose campaign this is
	Meter   Meter
	Own     OwnMeter // where a workload needs it
	Links   Links    // where a workload needs them
	IPerf2  IPerf2   // where a workload needs it
	Machine Machine  // where the plan has variants
	Store   Store
	Aside   Aside
	Clock   terms.Clock
	Notify  func(Event)

	// Content is what the files of a driver's package hold, in their order, which must not have changed since the campaign
	// was read; for plans with packages.
	Content func(matrix.Package) ([][]byte, error)

	// Host gives the facts of this host and of the machine whose adapter under test this is,
	// for the record. What cannot be known is said in them.
	Host func(ctx context.Context, adapter record.Adapter) record.Host

	// Counting counts beside runs; nil counts nothing.
	Counting Counting

	// HostBusy says for how many percent of a stretch of time, which begins now, this host's processors are busy; nil
	// where nobody waits for them.
	HostBusy func(ctx context.Context, window time.Duration) (percent float64, err error)

	// Forget has this host forget what it cached of TCP towards the address under test.
	Forget func(address string) error
}

// Summary is how a session ended.
type Summary struct {
	Planned int    // boots of the plan
	Stints  bool   // what is counted as ranked or failed are stints, beside boots of arms that are booted
	OK      int    // ranked boots in the store, of all sessions
	Failed  int    // boots of this session that are not ranked
	Stopped string // why the loop stopped before the end; "" when it did not
	More    bool   // a limit, the budget or a failure left boots to do
	InTime  string // why the session ended in the time that it was given, with boots left to do; "" otherwise

	// Silent are the workloads of which every run failed or had a primary figure refused, in
	// all ranked boots of the store.
	Silent []Silent
}

// Outcome is the word for how a session ended that nothing cut short.
func (s Summary) Outcome() string {
	if s.Stopped != "" || s.InTime != "" {
		return "stopped"
	}
	return "done"
}

// Silent is a workload that gave no number, or never one of those it is run for.
type Silent struct {
	Workload string
	Figure   string      // that was refused or missing in every run; "" where no run gave any number
	Runs     int         // counted runs with their retries
	Last     results.Run // the last of them: its class and reason
}

// silent finds the workloads that gave no number in the ranked boots that were made, and
// those of which a primary figure was refused wherever a run gave others.
func silent(workloads []record.Workload, boots []results.Boot) []Silent {
	var all []Silent
	for _, w := range workloads {
		var runs []results.Run
		for _, b := range boots {
			for _, r := range b.Runs {
				if b.Status == sample.StatusOK && r.Workload == w.Name && r.Repetition != 0 {
					runs = append(runs, r)
				}
			}
		}
		if len(runs) == 0 {
			continue
		}
		one := Silent{Workload: w.Name, Runs: len(runs), Last: runs[len(runs)-1]}
		if !slices.ContainsFunc(runs, results.Run.Usable) {
			all = append(all, one)
			continue
		}
		if last, ok := refusedInAll(runs); ok {
			one.Figure, one.Last = last.figure, last.run
			all = append(all, one)
		}
	}
	return all
}

// refusal is a figure of a run that was refused; the run's class and reason are the
// refusal's.
type refusal struct {
	figure string
	run    results.Run
}

// refusedInAll finds the first primary figure that was refused in one run at least and
// that no run has, and gives the last of its refusals.
func refusedInAll(runs []results.Run) (last refusal, ok bool) {
	given := map[string]bool{}
	var refused []refusal
	for _, r := range runs {
		if !r.Usable() {
			continue
		}
		for _, m := range r.Metrics {
			given[m.Name] = true
		}
		if r.Details == nil {
			continue
		}
		for _, f := range r.Details.Refused {
			if m, known := sample.KnownMetric(f.Metric); known && m.Primary {
				r.Class, r.Reason = record.Implausible, f.Metric+" was refused: "+f.Reason
				refused = append(refused, refusal{f.Metric, r})
			}
		}
	}
	for _, r := range refused {
		if !given[r.figure] && (!ok || r.figure == last.figure) {
			last, ok = r, true
		}
	}
	return last, ok
}

// UnrestoredError says that the guest still has settings of the campaign.
type UnrestoredError struct{ Err error }

// Error says that the guest is changed, and what stopped its restore.
func (e *UnrestoredError) Error() string {
	return fmt.Sprintf("the guest is left changed: %v", e.Err)
}

// Unwrap gives what stopped the restore.
func (e *UnrestoredError) Unwrap() error { return e.Err }

// Run does every boot that the plan, or the search through it, still asks for, and
// restores the guest whatever happens. A cancelled context stops it after cleaning up; a
// boot that was cut by it is not stored and will be done again.
func (l *Loop) Run(ctx context.Context, spec Spec) (Summary, error) {
	var s *session
	err := trouble.Guard(func() (err error) {
		s, err = l.meet(ctx, spec)
		return err
	})
	if err != nil {
		l.keepStack(err)
		return Summary{Planned: spec.Plan.MaxBoots()}, l.unrestored(err)
	}
	err = trouble.Guard(func() error { return l.boots(ctx, s) })
	restored := l.finish(ctx, s, err)
	if stranger(err) && stranger(restored) {
		err = nil // it is the same, said once
	}
	err = errors.Join(err, restored)
	l.keepStack(err)
	stored, read := l.Store.Read()
	s.summary.Silent = silent(spec.Workloads, stored.Boots)
	return s.summary, errors.Join(err, read)
}

// boots does the boots of a session.
func (l *Loop) boots(ctx context.Context, s *session) error {
	failures := 0
	for {
		slot, why, err := s.schedule.Next()
		if limit := s.spec.Limits.reached(l.Clock.Now().Sub(s.started), failures); slot != nil && limit != "" {
			slot, why, s.summary.More = nil, limit, true
		}
		if err != nil || slot == nil {
			s.summary.Stopped = why
			return err
		}
		if why := s.budget.holds(s, *slot, l.Clock.Now()); why != "" {
			s.summary.More = true
			if s.budget.block > 0 {
				s.summary.InTime = why
			} else { // nothing came of it
				s.summary.Stopped = why
			}
			return nil
		}
		if s.spec.Plan.Search != nil || len(s.spec.Plan.Looks) > 0 {
			s.progress.over = slot.Order - 1 // those before it that it passed by are over, too
		}
		ok, err := l.bootOnceOrTwice(ctx, s, *slot)
		if err != nil {
			s.summary.More = true
			return err
		}
		if ok {
			failures = 0
			s.summary.OK++
		} else {
			failures++
			s.summary.Failed++
		}
	}
}

// storedPanic is the kind of the store's events, and of a boot's raw texts, that hold the
// stack of a mistake of this program.
const storedPanic = "panic"

// keepStack stores where the program made a mistake outside of a boot.
func (l *Loop) keepStack(err error) {
	var p *trouble.Panic
	if errors.As(err, &p) {
		// A store that fails here has failed before, which is said.
		_ = l.Store.AddEvent(results.Event{At: l.Clock.Now(), Kind: storedPanic, Text: p.Error() + "\n" + string(p.Stack)})
	}
}

// unrestored is err, and says as well where an earlier session left the guest changed.
// Another machine than a guest that is clean is the caller's to mend.
func (l *Loop) unrestored(err error) error {
	changed, storeErr := l.Store.Changed()
	var other *apply.OtherMachineError
	switch {
	case changed:
		err = &UnrestoredError{Err: err}
	case errors.As(err, &other):
		err = trouble.Invalid(err)
	}
	return errors.Join(err, storeErr)
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
