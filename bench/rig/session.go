package rig

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"vnettune/apply"
	"vnettune/bench"
	"vnettune/bench/counters"
	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/trouble"
)

// Files are a campaign as it lies on this host.
type Files struct {
	Campaign string // path of the campaign file
	Text     []byte // its content
	Store    string // path of the store, there or not
}

// Plan is the campaign's plan for the guest's Windows: that which the campaign names,
// or else what the guest is.
func (r *Rig) Plan(ctx context.Context, f Files) (matrix.Plan, error) {
	gen, err := r.generation(ctx, f.Store)
	if err != nil {
		return matrix.Plan{}, r.explain(err)
	}
	plan, err := r.campaign.Plan(gen)
	if err != nil {
		return matrix.Plan{}, trouble.Invalid(trouble.At(f.Campaign, err))
	}
	return plan, nil
}

// generation is what the campaign says, or what the guest is.
func (r *Rig) generation(ctx context.Context, store string) (matrix.Generation, error) {
	if r.campaign.Guest.Generation != "" {
		return r.campaign.Guest.Generation, nil
	}
	f, _, err := r.Guest.Facts(ctx)
	if err != nil && apply.Lost(err) {
		// A guest that was left without its network is still the one of the store.
		if s, storeErr := results.OpenReadOnly(store); storeErr == nil {
			defer s.Close()
			return matrix.Generation(s.Campaign().Generation), nil
		}
	}
	if err != nil {
		return "", err
	}
	return apply.GenerationOf(f)
}

// Session is one session of a campaign, whose store it holds.
type Session struct {
	Store   *results.Store
	Changed bool // an earlier session left the guest changed; this one restores it

	// Holds hears, before the store does, that the guest is about to be changed, and, once
	// the store knows, that it has its originals again. Its error keeps the guest as it is.
	Holds func(changed bool) error

	// Over is what vnettune apply had put on the guest, which the campaign takes for the state that it is found in; nil
	// for nothing.
	Over *record.Applied

	// BootTime is what the plan estimates for a boot with its runs; 0 for no estimate.
	BootTime time.Duration

	rig    *Rig
	plan   matrix.Plan
	owner  string
	made   bool // the store was not there before
	asked  results.Campaign
	goesOn results.Growth
	needed bool // the guest needs the store for its restore
}

// Open opens the campaign's store, or makes it, for one session at a time.
func (r *Rig) Open(f Files, plan matrix.Plan) (*Session, error) {
	_, there := os.Stat(f.Store)
	asked := kept(r.campaign, f, plan)
	store, err := results.OpenOrCreate(f.Store, asked)
	if errors.Is(err, results.ErrOtherCampaign) {
		err = nameFiles(f.Store, r.campaign, asked, err)
	}
	if err != nil {
		return nil, trouble.Invalid(err)
	}
	if err := store.Lock(); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	s := &Session{Store: store, rig: r, plan: plan, made: errors.Is(there, fs.ErrNotExist), asked: asked}
	if s.goesOn, err = continues(store, r.campaign, asked); err != nil {
		s.Close()
		return nil, trouble.Invalid(err)
	}
	if s.Changed, err = store.Changed(); err == nil {
		s.owner, err = store.Owner(apply.NewOwnerID(), time.Now())
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Close closes the store, and takes one away again that was made for nothing: the
// guest was refused before a session began, and nothing was left in it.
func (s *Session) Close() {
	sessions, err := s.Store.Sessions()
	set, unread := HostIsSet(s.Store)
	err = errors.Join(err, unread)
	path := s.Store.Path()
	s.Store.Close()
	if s.made && !s.needed && err == nil && len(sessions) == 0 && !set {
		os.Remove(path)
	}
}

// Run does the boots that the plan still asks for and restores the guest; what
// decides while it runs goes by judges, and notify hears of every event.
func (s *Session) Run(ctx context.Context, judges bench.Judges, notify func(bench.Event)) (_ bench.Summary, err error) {
	r := s.rig
	told := func(e bench.Event) {
		keepEvent(s.Store, e)
		notify(e)
	}
	aside := s.Store.Aside(r.means.Aside)
	taken, err := aside.TakeUp()
	for _, id := range taken {
		told(bench.Event{Time: time.Now(), Kind: bench.EventWarning, Text: fmt.Sprintf("boot %s of an earlier session, which could not be stored then, is in the store now", id)})
	}
	if err != nil {
		return bench.Summary{}, err
	}
	tell := func(what string) { told(bench.Event{Time: Clock{}.Now(), Kind: bench.EventWarning, Text: what}) }
	isLab := r.campaign.Guest.Lab != nil
	unlock, err := r.lockHost()
	if err == nil {
		defer unlock()
		err = setHost(s.Store, "/", r.campaign.Host.Set, isLab, tell)
	}
	switch {
	case err != nil && s.Changed:
		s.needed = true
		return bench.Summary{}, withRestore(&bench.UnrestoredError{Err: err}, s.Store)
	case err != nil:
		return bench.Summary{}, err
	}
	defer func() { err = errors.Join(err, PutHostBack(s.Store, isLab, tell)) }()
	r.Guest.Campaign = apply.CampaignOf(s.plan, func(what string) {
		told(bench.Event{Time: Clock{}.Now(), Kind: bench.EventWarning, Text: what})
	})
	ladder := r.Ladder(s.owner)
	ladder.Claimed = s.Store.Claimed
	if s.Over != nil {
		ladder.Over = s.Over.ID
	}
	loop := bench.Loop{Guest: r.Guest, Rescue: ladder, Owner: owner(s.owner), Meter: r.Meter, IPerf2: r.IPerf2,
		Store: heldStore{ownStore{s.Store, r.means.Receipts}, s}, Aside: aside, Clock: Clock{}, Host: r.hostFacts, Notify: told, Forget: ForgetMetrics,
		Counting: &counters.Counter{Guest: r.machine, Port: r.Target.Port, MeterPort: r.campaign.Guest.MeterPort, IPerf2Port: r.campaign.Guest.Iperf2Port, Peer: r.campaign.Peer != nil}, HostBusy: hostBusy}
	if MeasuresByMeter(r.campaign) {
		own, err := r.FindMeter()
		if err != nil {
			return bench.Summary{}, err
		}
		loop.Own = own
	}
	if peer, ok := PeerOf(r.campaign, r.Target.Address); ok {
		loop.Forget = peer.Forget
	}
	if len(s.plan.Variants) > 0 {
		if err := r.CheckVariants(s.plan); err != nil {
			return bench.Summary{}, err
		}
		loop.Machine, loop.Content = host{r}, r.content
	}
	loop.Links = &links{rig: r, store: s.Store}
	spec := r.spec(s.plan, judges)
	spec.BootTime, spec.Over = s.BootTime, s.Over
	sum, err := loop.Run(ctx, spec)
	var unrestored *bench.UnrestoredError
	if errors.As(err, &unrestored) {
		s.needed = true
		return sum, withRestore(err, s.Store)
	}
	return sum, r.explain(err)
}

// StoredEvent is the kind of the store's events that hold an event of a session, in the
// form of run --format json: those that are in no boot and no decision, so that a lost
// terminal loses nothing.
const StoredEvent = "told"

func keepEvent(store *results.Store, e bench.Event) {
	switch e.Kind {
	case bench.EventStep, bench.EventRun, bench.EventBoot, bench.EventDecision:
		return
	}
	if text, err := json.Marshal(e); err == nil {
		// A store that fails here fails at the next boot too, which ends the session.
		_ = store.AddEvent(results.Event{At: e.Time, Kind: StoredEvent, Text: string(text)})
	}
}

// Finished says whether the store has all that its campaign asks for and neither guest nor host needs
// a restore, so that a run has nothing to do, and what such a run comes to. What stands
// against that, a store of another campaign among it, is for the run to say.
func Finished(c campaign.Campaign, f Files, judges func(campaign.Campaign, matrix.Plan) bench.Judges) (bench.Summary, bool) {
	s, err := results.OpenReadOnly(f.Store)
	if err != nil {
		return bench.Summary{}, false
	}
	defer s.Close()
	plan, err := c.Plan(matrix.Generation(s.Campaign().Generation))
	if err != nil {
		return bench.Summary{}, false
	}
	if on, err := continues(s, c, kept(c, f, plan)); err != nil || on.Grown {
		return bench.Summary{}, false
	}
	r := Rig{campaign: c}
	if set, err := HostIsSet(s); set || err != nil {
		return bench.Summary{}, false
	}
	sum, finished, err := bench.Finished(r.spec(plan, judges(c, plan)), s)
	return sum, finished && err == nil
}

// heldStore tells of every change of the guest's state, and begins a session by the campaign as it is now.
type heldStore struct {
	ownStore
	session *Session
}

// goOn keeps what the campaign goes on with, before anything is stored or written that a restore by this store would
// need: the receipt of its originals, and the way to the guest, are those of the text that is run. A guest that was
// refused before leaves the store as it was.
func (h heldStore) goOn(at time.Time) error {
	on := h.session.goesOn
	if !on.Another {
		return nil
	}
	if err := h.Revise(h.session.asked, on.Grown, at); err != nil {
		return err
	}
	h.session.goesOn = results.Growth{}
	return nil
}

// SaveOriginals goes on first.
func (h heldStore) SaveOriginals(o record.Originals) error {
	if err := h.goOn(Clock{}.Now()); err != nil {
		return err
	}
	return h.ownStore.SaveOriginals(o)
}

// StartSession goes on first.
func (h heldStore) StartSession(host record.Host, guest record.Guest, at time.Time) (int64, error) {
	if err := h.goOn(at); err != nil {
		return 0, err
	}
	return h.ownStore.StartSession(host, guest, at)
}

// NoteChanged goes on, and tells of it first: what is told may be a moment too early, never too late.
func (h heldStore) NoteChanged(at time.Time) error {
	if err := h.goOn(at); err != nil {
		return err
	}
	if err := h.session.Holds(true); err != nil {
		return err
	}
	return h.ownStore.NoteChanged(at)
}

// NoteClean tells of it once it is stored.
func (h heldStore) NoteClean(at time.Time) error {
	if err := h.ownStore.NoteClean(at); err != nil {
		return err
	}
	return h.session.Holds(false)
}

// NewGuest says whether the guest is a stand-in that was set up for this session, and so another machine than that of a
// session before.
func (r *Rig) NewGuest() bool { return r.means.Lab != nil && r.means.Lab.New }

// spec turns the campaign into what the loop does.
func (r *Rig) spec(plan matrix.Plan, judges bench.Judges) bench.Spec {
	c := r.campaign
	return bench.Spec{
		Plan: plan, Workloads: c.Workloads, Repetitions: c.Repetitions, Settle: c.Settle, Target: r.Target, GuestIPerf: r.Exe,
		Budget: c.Budget,
		IPerf2: r.TargetOfIPerf2(), GuestIPerf2: r.Exe2,
		Limits:   bench.Limits{Hours: c.Limits.Hours, FailuresInARow: c.Limits.FailuresInARow, Store: c.Limits.Store},
		Search:   bench.SearchSpec{Workload: c.Search.Workload, Metric: c.Search.Metric, Judge: judges.Search},
		Judge:    judges.Switch,
		Settling: judges.Settle,
		NewGuest: r.NewGuest(),
		Reboot:   apply.RebootLimits(c.Limits.Reboot), DeadMan: c.Guest.Rescue.DeadMan, OtherWayBack: r.Rescue.Independent(), StandIn: r.means.Lab != nil, Control: r.controlAddress(), AllowPending: c.Guest.AllowPending, AllowOldIPerf: c.Guest.AllowOldIperf,
	}
}
