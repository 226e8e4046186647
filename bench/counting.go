package bench

import (
	"context"
	"time"

	"vnettune/bench/counters"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/trouble"
)

// Counted is a guest that says what it counts.
type Counted interface {
	// Counters reads processor time and what the adapter counts. What the guest does not give is absent in the
	// reading; the error is a guest that could not be asked at all.
	Counters(ctx context.Context, of record.Adapter) (record.GuestReading, error)
}

// Counting counts on this host beside a run; counters.Counter is one.
type Counting interface {
	// Begin begins to count, towards the guest whose adapter under test is given, and gives what ends it.
	Begin(ctx context.Context, of record.Adapter, w record.Workload) (end func() record.Counters)
}

// readingLimit bounds one question for the guest's counters: a guest that does not answer must not hold the boot up.
const readingLimit = 20 * time.Second

// partGuest is what is absent where the guest could not be asked.
const partGuest = "the guest's counters"

// count begins to count beside a run, and gives what adds to it what was counted. The guest is asked before and
// behind the run, never while it lasts: the answer behind one run serves as that before the next. Nothing is counted
// beside the discarded run.
func (b *bootRecord) count(ctx context.Context, w record.Workload, rep int) (end func(*results.Run)) {
	l := b.loop
	if l.Counting == nil || rep == 0 {
		return func(*results.Run) {}
	}
	adapter := b.session.values().Adapter
	was, unread := b.before, error(nil)
	if was == nil {
		if was, unread = b.readGuest(ctx, adapter); l.Clock.Sleep(ctx, IdleGap) != nil {
			return func(*results.Run) {}
		}
	}
	done := l.Counting.Begin(ctx, adapter, w)
	return func(r *results.Run) {
		counted := done()
		is, lost := b.readGuest(ctx, adapter)
		if b.before = is; unread == nil {
			unread = lost
		}
		counters.AddGuest(&counted, was, is)
		if unread != nil {
			counted.Absent = append(counted.Absent, record.Absence{Part: partGuest, Reason: trouble.Line(unread)})
		}
		b.tellAbsent(counted.Absent)
		r.Details.Counters = &counted
		if r.Usable() {
			r.Metrics = append(r.Metrics, counters.Figures(counted, w, r.Metrics, *r.Details)...)
		}
	}
}

// readGuest asks the guest, once more in this boot as long as it answers.
func (b *bootRecord) readGuest(ctx context.Context, of record.Adapter) (*record.GuestReading, error) {
	if b.silent != nil {
		return nil, b.silent
	}
	ctx, cancel := context.WithTimeout(ctx, readingLimit)
	defer cancel()
	var read record.GuestReading
	err := trouble.Guard(func() (err error) {
		read, err = b.loop.Guest.Counters(ctx, of)
		return err
	})
	if err != nil {
		b.silent = err
		return nil, err
	}
	return &read, nil
}

// tellAbsent tells once in a session which counters cannot be read.
func (b *bootRecord) tellAbsent(absent []record.Absence) {
	s := b.session
	for _, a := range absent {
		if s.uncounted[a.Part] {
			continue
		}
		if s.uncounted == nil {
			s.uncounted = map[string]bool{}
		}
		s.uncounted[a.Part] = true
		e := b.loop.event(s, b.slot, EventWarning)
		e.Text = "not counted beside the runs: " + a.Part + ": " + a.Reason
		b.loop.Notify(e)
	}
}
