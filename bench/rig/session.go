package rig

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"vnettune/apply"
	"vnettune/bench"
	"vnettune/matrix"
	"vnettune/report/rank"
	"vnettune/results"
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

	rig    *Rig
	plan   matrix.Plan
	owner  string
	made   bool // the store was not there before
	needed bool // the guest needs the store for its restore
}

// Open opens the campaign's store, or makes it, for one session at a time.
func (r *Rig) Open(f Files, plan matrix.Plan) (*Session, error) {
	_, there := os.Stat(f.Store)
	store, err := results.OpenOrCreate(f.Store, results.Campaign{Name: r.campaign.Name, File: f.Campaign, Text: f.Text,
		Generation: string(plan.Generation), Plan: plan, Seed: r.campaign.Seed, Created: time.Now()})
	if err != nil {
		return nil, trouble.Invalid(err)
	}
	if err := store.Lock(); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	s := &Session{Store: store, rig: r, plan: plan, made: errors.Is(there, fs.ErrNotExist)}
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
	path := s.Store.Path()
	s.Store.Close()
	if s.made && !s.needed && err == nil && len(sessions) == 0 {
		os.Remove(path)
	}
}

// Run does the boots that the plan still asks for and restores the guest; a search judges
// by judge, and notify hears of every event.
func (s *Session) Run(ctx context.Context, judge rank.Options, notify func(bench.Event)) (bench.Summary, error) {
	r := s.rig
	r.Guest.Campaign = apply.CampaignOf(s.plan, func(what string) {
		notify(bench.Event{Time: Clock{}.Now(), Kind: bench.EventWarning, Text: what})
	})
	ladder := r.Ladder(s.owner)
	ladder.Claimed = s.Store.Claimed
	loop := bench.Loop{Guest: r.Guest, Rescue: ladder, Owner: owner(s.owner), Meter: r.Meter, Store: s.Store,
		Clock: Clock{}, Host: r.hostFacts(), Notify: notify}
	sum, err := loop.Run(ctx, r.spec(s.plan, judge))
	var unrestored *bench.UnrestoredError
	if errors.As(err, &unrestored) {
		s.needed = true
		return sum, withRestore(err, s.Store)
	}
	return sum, r.explain(err)
}

// spec turns the campaign into what the loop does.
func (r *Rig) spec(plan matrix.Plan, judge rank.Options) bench.Spec {
	c := r.campaign
	return bench.Spec{
		Plan: plan, Workloads: c.Workloads, Repetitions: c.Repetitions, Settle: c.Settle, Target: r.Target, GuestIPerf: r.Exe,
		Limits:   bench.Limits{Hours: c.Limits.Hours, FailuresInARow: c.Limits.FailuresInARow},
		Search:   bench.SearchSpec{Workload: c.Search.Workload, Metric: c.Search.Metric, Judge: judge},
		NewGuest: r.means.Lab != nil && r.means.Lab.New,
		Reboot:   apply.RebootLimits(c.Limits.Reboot), DeadMan: c.Guest.Rescue.DeadMan, OtherWayBack: r.Rescue.Independent(), AllowPending: c.Guest.AllowPending,
	}
}
