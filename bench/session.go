package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"vnettune/apply"
	"vnettune/bench/iperf"
	"vnettune/matrix"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
	"vnettune/trouble"
)

// Known is a guest that says what it is and what its settings are, and lets nobody write
// to another machine than the one that it is expected to be.
type Known interface {
	Facts(ctx context.Context) (record.Guest, []byte, error)
	// Declare adds to the facts what the driver of the adapter under test declares.
	Declare(ctx context.Context, f record.Guest) (record.Guest, error)
	// Legal refuses a plan with a value that the driver does not declare.
	Legal(f record.Guest, p matrix.Plan) error
	Originals(ctx context.Context, f record.Guest, settings []matrix.Planned) (record.Originals, error)
	// Foretell says which of the originals are not in effect, and which arms that sets aside.
	Foretell(ctx context.Context, o record.Originals, p matrix.Plan) ([]apply.Foretold, error)
	// PowerPlans refuses a plan with a power plan that the guest does not have.
	PowerPlans(ctx context.Context, o record.Originals, p matrix.Plan) error
	Differs(ctx context.Context, o record.Originals) ([]string, error)
	Expect(i record.Identity)
}

// OriginalsStore keeps which machine the guest is, its own values, and whether it has
// others and bears the owner's mark now.
type OriginalsStore interface {
	Originals() (*record.Originals, error)
	SaveOriginals(record.Originals) error
	Changed() (bool, error)
	Identity() (*record.Identity, error)
	SaveIdentity(i record.Identity, at time.Time) error
	NoteChanged(at time.Time) error
	NoteClaimed(at time.Time) error
	Claimed() (bool, error)
	NoteClean(at time.Time) error
}

// SessionStore keeps when a session began and ended, on what, and what happened
// outside of its boots.
type SessionStore interface {
	StartSession(host record.Host, guest record.Guest, at time.Time) (int64, error)
	EndSession(id int64, outcome string, at time.Time) error
	AddEvent(results.Event) error
	Events() ([]results.Event, error)
}

// session is the state of one uninterrupted stretch.
type session struct {
	spec      Spec
	id        int64
	originals record.Originals
	machine   record.Identity // of the guest, as it was last seen
	schedule  Schedule
	started   time.Time
	ahead     time.Duration    // the guest's clock before the host's
	due       time.Time        // when the dead-man switch acts, by the host's clock; zero when none is armed
	inherited bool             // an earlier session left the guest changed
	reverted  bool             // the guest is back at a snapshot, which may lack the mark
	hostBusy  bool             // that this host was not idle in time was told
	untidy    bool             // that TCP metrics are not forgotten was told
	uncounted map[string]bool  // parts of the counters of which was told that they are absent
	variants  *Variants        // nil where the plan has none
	sights    map[string]sight // of the machine under each variant, by its name
	seen      bool             // adapter is
	adapter   record.Adapter   // under test, as it was seen last under a variant
	live      live             // the boot within which arms are switched
	progress  progress
	budget    budget
	summary   Summary
}

// storedFacts is the kind of the store's events that hold what the guest answered when
// it was asked for its facts, to the letter.
const storedFacts = "facts"

// begin checks the guest, stores which machine it is and its originals before anything
// is written to it, marks it as this campaign's and opens the session. A guest that was
// refused is left as it was.
func (l *Loop) begin(ctx context.Context, spec Spec) (*session, error) {
	s := &session{spec: spec, started: l.Clock.Now(), budget: budget{limit: spec.Budget}, summary: Summary{Planned: spec.Plan.MaxBoots(), Stints: spec.Plan.Switch != nil}}
	if err := l.expect(s); err != nil {
		return nil, err
	}
	var err error
	if s.variants, err = l.variantsOf(spec); err != nil {
		return nil, err
	}
	s.sights = map[string]sight{}
	facts, raw, err := l.Guest.Facts(ctx)
	if err == nil {
		err = l.recognise(s, facts)
	}
	if err != nil {
		return nil, err
	}
	windows, err := apply.WindowsOf(facts)
	if err != nil {
		return nil, err
	}
	if gen := windows.Generation; gen != spec.Plan.Generation {
		return nil, trouble.Hint(fmt.Errorf("the campaign is for generation %s, the guest is %s (build %d)", spec.Plan.Generation, gen, facts.Build), "set guest.generation to %s", gen)
	}
	if cannot := spec.Plan.Cannot(windows); len(cannot) > 0 {
		return nil, trouble.Hint(errors.Join(cannot...), "leave it out of the campaign")
	}
	if err := refusePending(facts); err != nil && !spec.AllowPending {
		return nil, err
	}
	s.ahead = facts.Now.Time().Sub(l.Clock.Now())
	if facts, err = l.declared(ctx, facts, spec.Plan); err != nil {
		return nil, err
	}
	if err := l.unowned(ctx, s); err != nil {
		return nil, err
	}
	if s.originals, err = l.originals(ctx, facts, spec.Plan); err != nil {
		return nil, err
	}
	if err := l.remember(s); err != nil {
		return nil, err
	}
	if s.inherited, err = l.Store.Changed(); err == nil {
		err = l.Store.AddEvent(results.Event{At: l.Clock.Now(), Kind: results.EventOver, Text: spec.over()})
	}
	if err == nil {
		err = l.Store.NoteChanged(l.Clock.Now())
	}
	if err != nil {
		return nil, err
	}
	facts.Applied = spec.Over
	var stored results.Contents
	err = trouble.Guard(func() (err error) {
		stored, err = l.open(ctx, s, facts, raw)
		return err
	})
	if err != nil {
		return nil, errors.Join(err, l.letGo(ctx, s, err))
	}
	todo := fmt.Sprintf("%d of %d boots to do", s.schedule.Remaining(), len(spec.Plan.Slots))
	if sw, ok := s.schedule.(*switched); ok {
		todo = fmt.Sprintf("%d of %d stints to do, in %s", s.schedule.Remaining(), len(sw.slots), spec.Plan.Extent())
	}
	if spec.Plan.Search != nil {
		todo = fmt.Sprintf("a search of at most %d boots, %d are stored", spec.Plan.MaxBoots(), len(stored.Boots))
		if spec.Plan.Search.Screen > 0 {
			todo += "; " + record.ScreenCaveat
		}
	}
	e := l.extent(s, EventStart)
	e.Time, e.Text = s.started, fmt.Sprintf("%s, build %d; %s", facts.Caption, facts.Build, todo)
	l.Notify(e)
	if cost := l.Meter.UDPCost(s.spec.Target); cost != "" && slices.ContainsFunc(spec.Workloads, record.Workload.OverUDP) {
		l.Notify(Event{Time: l.Clock.Now(), Kind: EventWarning, Text: cost})
	}
	return s, nil
}

// declared are the facts with what the driver of the adapter under test declares, which
// every value of the plan must be among. A plan without a property of the adapter does
// without: then what is not known of the driver is only missing in the store.
func (l *Loop) declared(ctx context.Context, f record.Guest, p matrix.Plan) (record.Guest, error) {
	declared, err := l.Guest.Declare(ctx, f)
	if !apply.HasKeywords(p) && (err == nil || !apply.Lost(err)) {
		return declared, nil
	}
	if err == nil && len(p.Variants) == 0 { // a variant may have another driver, which is asked when it is there
		err = trouble.Invalid(l.Guest.Legal(declared, p))
	}
	return declared, err
}

// open marks the guest, finds out whether it can be measured and brought back, and
// stores that the session began. It gives what the store held before.
func (l *Loop) open(ctx context.Context, s *session, facts record.Guest, raw []byte) (results.Contents, error) {
	if err := l.takeOver(ctx, s); err != nil {
		return results.Contents{}, err
	}
	// A guest without its iperf3 would fail every boot: better to know before the first setting is written.
	var err error
	if record.NeedIPerf3(s.spec.Workloads) {
		err = l.meetIPerf3(ctx, s, &facts)
	}
	if err == nil {
		err = l.meetIPerf2(ctx, s, &facts)
	}
	if err == nil {
		err = l.tryMeter(ctx, s)
	}
	// And so it is with a dead-man switch that cannot be armed.
	if err == nil && (apply.Risky(s.originals) || len(OfDrivers(s.spec.Plan)) > 0) {
		err = l.tryDeadMan(ctx, s)
	}
	if err == nil {
		err = l.tryDrivers(ctx, s)
	}
	if err != nil {
		return results.Contents{}, err
	}
	stored, err := l.Store.Read()
	if err != nil {
		return stored, err
	}
	s.schedule, s.summary.OK = schedule(s.spec, l.Store, stored, l.Clock.Now, l.Notify), ranked(stored.Boots)
	s.progress = newProgress(s.schedule, s.spec.Plan, stored.Boots)
	host := l.Host(ctx, underTest(facts, s.spec.Target.Address, s.machine.Adapter))
	l.compareHosts(stored.Sessions, host)
	if err := l.tryLinks(ctx, s); err != nil {
		return stored, err
	}
	if s.id, err = l.Store.StartSession(host, facts, s.started); err != nil {
		return stored, err
	}
	return stored, l.Store.AddEvent(results.Event{At: s.started, Kind: storedFacts, Text: string(raw)})
}

// meetIPerf3 starts the guest's iperf3 before the first setting is written, learns its version, and refuses one that
// would hide what is under test.
func (l *Loop) meetIPerf3(ctx context.Context, s *session, facts *record.Guest) error {
	server, err := l.Guest.StartIPerf(ctx, s.spec.GuestIPerf, s.spec.Target.Ports()...)
	if err == nil {
		var v iperf.Version
		if v, err = CheckServer(server, s.spec.Plan.Settings, s.spec.AllowOldIPerf); err == nil {
			facts.IPerf3, facts.SetsBuffers = v.String(), v.SetsBuffers()
		}
	}
	if err == nil && facts.SetsBuffers {
		l.Notify(Event{Time: l.Clock.Now(), Kind: EventWarning, Text: facts.BuffersSet()})
	}
	if err == nil {
		// What the runs have to know of the guest's server.
		s.spec.Target, err = l.Meter.Meet(ctx, s.spec.Target, server.Version)
	}
	return err
}

// compareHosts tells in what this host and the guest's machine differ from those of the
// sessions before: the boots of all of them stand in one ranking.
func (l *Loop) compareHosts(before []results.Session, host record.Host) {
	hosts := make([]record.Host, len(before))
	for i, s := range before {
		hosts[i] = s.Host
	}
	if differs := host.Differs(record.LastKnown(hosts)); len(differs) > 0 {
		l.Notify(Event{Time: l.Clock.Now(), Kind: EventWarning, Text: "this host or the guest's machine is not as in the sessions before: " + strings.Join(differs, "; ")})
	}
}

func ranked(stored []results.Boot) int {
	n := 0
	for _, b := range stored {
		if b.Status == sample.StatusOK {
			n++
		}
	}
	return n
}

// originals are the stored ones, or read now and stored. A guest that should be
// clean and is not as it was found is refused: its baseline would be another. So is one whose
// baseline would be set aside in every boot.
func (l *Loop) originals(ctx context.Context, f record.Guest, p matrix.Plan) (record.Originals, error) {
	stored, err := l.stored()
	if err != nil {
		return record.Originals{}, err
	}
	changed, err := l.Store.Changed()
	if err != nil {
		return record.Originals{}, err
	}
	if stored != nil {
		if changed {
			l.Notify(Event{Time: l.Clock.Now(), Kind: EventWarning, Text: "an earlier session ended without restoring the guest; its originals are in the store and will be put back at the end"})
			return *stored, nil
		}
		now, err := l.Guest.Originals(ctx, f, p.Settings)
		if err == nil {
			err = trouble.Hint(stored.Same(now), "put it back as it was, or begin a new store")
		}
		if err == nil {
			err = l.foretell(ctx, now, p)
		}
		return *stored, err
	}
	o, err := l.Guest.Originals(ctx, f, p.Settings)
	if err == nil {
		err = l.foretell(ctx, o, p)
	}
	if err != nil {
		return o, err
	}
	return o, l.Store.SaveOriginals(o)
}

// foretell refuses a power plan that the guest does not have. It tells of arms that would be set aside in every boot, since the guest was found with a setting
// that is not in effect, and refuses a campaign whose baseline would be. It tells of values that get another
// type, too.
func (l *Loop) foretell(ctx context.Context, o record.Originals, p matrix.Plan) error {
	if err := l.Guest.PowerPlans(ctx, o, p); err != nil && !errors.Is(err, apply.ErrPlansUntold) {
		var none *apply.NoPlanError
		if errors.As(err, &none) {
			err = trouble.Invalid(err)
		}
		return err
	}
	if p.Applied != "" { // the guest as it was found is not booted
		return l.tellRetyped(o, p)
	}
	all, err := l.Guest.Foretell(ctx, o, p)
	if err == nil {
		err = apply.NotInEffect(all)
	}
	if err != nil {
		return err
	}
	for _, f := range all {
		l.Notify(Event{Time: l.Clock.Now(), Kind: EventWarning, Text: f.String() + "; " + f.Advice()})
	}
	return l.tellRetyped(o, p)
}

// tellRetyped tells of values that get another type.
func (l *Loop) tellRetyped(o record.Originals, p matrix.Plan) error {
	for _, r := range apply.RetypedBy(o, p) {
		l.Notify(Event{Time: l.Clock.Now(), Kind: EventWarning, Text: r.String() + "; " + r.Advice("")})
	}
	return nil
}

// finish restores the guest, also when the session was cancelled, and closes the
// session. Every way back has its limits, so that there is none here.
func (l *Loop) finish(ctx context.Context, s *session, cause error) error {
	outcome := s.summary.Outcome()
	var unleft error // why what was applied does not stay
	if cause == nil && ctx.Err() == nil && s.summary.OK > 0 && s.spec.Plan.Applied != "" {
		if unleft = trouble.Guard(func() error { return l.leave(ctx, s) }); unleft == nil {
			return nil
		}
		cause = unleft
	}
	switch {
	case ctx.Err() != nil:
		outcome = "interrupted"
	case cause != nil:
		outcome = "failed"
	}
	var said string
	var unkept error
	err := trouble.Guard(func() (err error) {
		said, unkept, err = l.restore(context.WithoutCancel(ctx), s, cause)
		if err == nil {
			err = l.removeMeter(context.WithoutCancel(ctx), s.spec)
		}
		return err
	})
	if err == nil {
		err = errors.Join(unkept, l.Store.NoteClean(l.Clock.Now()))
		l.Notify(Event{Time: l.Clock.Now(), Kind: EventRestored, Text: said})
		if err != nil {
			err = fmt.Errorf("%s, but its store does not say so: %w", said, err)
		}
	} else {
		err = &UnrestoredError{Err: errors.Join(err, unkept)}
	}
	end := l.Store.EndSession(s.id, outcome, l.Clock.Now())
	l.Notify(Event{Time: l.Clock.Now(), Kind: EventDone, Status: outcome, Text: cmp.Or(s.summary.Stopped, s.summary.InTime)})
	return errors.Join(unleft, err, end)
}
