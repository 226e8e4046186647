package rig

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"vnettune/apply"
	"vnettune/apply/rescue"
	"vnettune/apply/terms"
	"vnettune/bench"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/trouble"
)

// Ladder is the ways back to the rig's guest. owner is the id of the store that marked
// it; "" where it is only looked at.
func (r *Rig) Ladder(owner string) *rescue.Ladder {
	reboot := r.campaign.Limits.Reboot
	l := &rescue.Ladder{
		Guest: r.Guest, Through: func(way terms.Runner) rescue.Guest { return r.Guest.Through(way) },
		Owner: owner, Snapshot: r.Rescue.Snapshot, Reboot: apply.RebootLimits(reboot), Clock: Clock{},
		Answer: min(rescue.DefaultAnswer, reboot.Down),
	}
	switch ways := r.Rescue; {
	case ways.Domain != "":
		domain := rescue.Libvirt{Domain: ways.Domain, URI: ways.URI}
		l.Agent, l.Machine = domain, domain
	default:
		if ways.GuestAgent != "" {
			l.Agent = &rescue.SocketAgent{Path: ways.GuestAgent}
		}
		if ways.QMP != "" {
			l.Machine = rescue.Monitor{Socket: ways.QMP}
		}
	}
	return l
}

// owner is how this host's campaigns mark a guest; the id is the store's.
func owner(id string) bench.Owner {
	return bench.Owner{ID: id, Host: apply.OwnerHost(hostName())}
}

// Restored is what a restore came to.
type Restored struct {
	Driver string              // version of the driver that the guest was found with, and has again; "" where the campaign gave it none
	Done   bool                // the guest has its originals, read back after a reboot
	Steps  []record.RescueStep // what was done
	Moved  []string            // what is another on the same machine: its name, its adapter

	Others []string // what somebody else changed, and what became of it
	Kept   []string // ids of the settings that stay as somebody else set them

	Machine string // how its machine became again what it was; "" where it was no variant's

	Untouched bool // it had them, and had lost its mark: nothing was written
}

// Restore puts back what a store holds, by every way that its campaign names. It calls
// begins before it works on the guest, whose error keeps it from that. A cancelled context
// does not stop it: what there is to clean up is its work. What stops it is a
// *bench.UnrestoredError where the guest needs a restore.
func Restore(ctx context.Context, store *results.Store, reach func() (*Rig, error), begins func() error) (Restored, error) {
	changed, err := store.Changed()
	if err != nil {
		return Restored{}, err
	}
	o, err := originals(store)
	if err == nil && o == nil {
		err = errors.New("the store holds no originals")
	}
	if err != nil {
		return Restored{}, unrestored(changed, store, err)
	}
	id, err := store.Owner(apply.NewOwnerID(), time.Now())
	if err != nil {
		return Restored{}, unrestored(changed, store, err)
	}
	r, err := reach()
	if err != nil {
		return Restored{}, unrestored(changed, store, err)
	}
	defer r.Close()
	unlock, err := r.Lock()
	var busy *BusyError
	if errors.As(err, &busy) && errors.Is(store.Lock(), results.ErrRunning) {
		return Restored{}, err // it is the campaign itself, which restores its guest
	}
	if busy != nil && changed {
		return Restored{}, &bench.UnrestoredError{Err: err} // it says what to wait for
	}
	if err != nil {
		return Restored{}, unrestored(changed, store, err)
	}
	defer unlock()
	machine, err := store.Identity()
	if err != nil {
		return Restored{}, unrestored(changed, store, err)
	}
	if machine != nil {
		r.Guest.Expect(*machine)
	}
	if err := begins(); err != nil {
		return Restored{}, unrestored(changed, store, err)
	}
	var others []string
	r.Guest.Campaign = apply.CampaignOf(store.Plan(), func(what string) { others = append(others, what) })
	drivers, err := driversOf(store)
	if err != nil {
		return Restored{}, unrestored(changed, store, err)
	}
	r.Guest.Return(drivers)
	var due time.Time // an earlier session may have armed the dead-man switch
	if limit := r.campaign.Guest.Rescue.DeadMan; limit > 0 && (apply.Risky(*o) || drivers != nil) {
		due = time.Now().Add(limit)
	}
	ladder := r.Ladder(id)
	ladder.Claimed = store.Claimed
	if ladder.Over, err = over(store); err != nil {
		return Restored{}, unrestored(changed, store, err)
	}
	found, machineWay, err := r.machineBack(context.WithoutCancel(ctx), store, id, *o)
	if err != nil {
		return Restored{}, unrestored(true, store, r.explain(err))
	}
	steps, err := ladder.Restore(context.WithoutCancel(ctx), found, due)
	kept := keepSteps(store, steps)
	if err == nil && MeasuresByMeter(r.campaign) {
		err = r.Guest.RemoveMeter(context.WithoutCancel(ctx))
	}
	var other *apply.OtherMachineError
	switch {
	case errors.As(err, &other) && !changed:
		return Restored{Steps: steps}, trouble.Invalid(errors.Join(err, kept))
	case err != nil:
		return Restored{Steps: steps, Others: others}, unrestored(true, store, errors.Join(r.explain(err), kept))
	}
	if err = errors.Join(kept, store.NoteClean(time.Now())); err != nil {
		err = fmt.Errorf("%s does not say that the guest was restored: %w", store.Path(), err)
	}
	done := Restored{Done: true, Steps: steps, Others: others, Kept: r.Guest.Campaign.Kept(), Machine: machineWay, Untouched: steps[len(steps)-1].Outcome == rescue.Untouched}
	if drivers != nil {
		done.Driver = drivers.Found.Version
	}
	if machine != nil && err == nil {
		done.Moved, err = r.moved(ctx, store, *machine, o.Adapter)
	}
	return done, err
}

// driversOf is what a store's campaign has to undo of the guest's drivers; nil for nothing.
func driversOf(store *results.Store) (*apply.Drivers, error) {
	events, err := store.Events()
	if err != nil {
		return nil, err
	}
	return bench.DriversOf(events)
}

// over is the owner of what vnettune apply had put on the guest when the last session of a store began; "" for nothing.
func over(store *results.Store) (string, error) {
	events, err := store.Events()
	if err != nil {
		return "", err
	}
	for _, e := range slices.Backward(events) {
		if e.Kind == results.EventOver {
			return e.Text, nil
		}
	}
	// A session of a version before these events said it when it had begun.
	sessions, err := store.Sessions()
	if err != nil || len(sessions) == 0 || sessions[len(sessions)-1].Guest.Applied == nil {
		return "", err
	}
	return sessions[len(sessions)-1].Guest.Applied.ID, nil
}

// moved says what is another on the machine that was restored, and stores it. A guest
// that does not answer any more, as one that was reached by its agent, decides nothing.
func (r *Rig) moved(ctx context.Context, store *results.Store, was record.Identity, adapter record.Adapter) ([]string, error) {
	facts, _, err := r.Guest.Facts(ctx)
	if err != nil {
		return nil, nil
	}
	i := slices.IndexFunc(facts.Adapters, func(a record.Adapter) bool { return a.GUID == adapter.GUID })
	if i < 0 {
		adapter = record.Adapter{}
	} else {
		adapter = facts.Adapters[i]
	}
	found := record.IdentityOf(facts, adapter)
	moved, err := apply.SameMachine(was, found)
	if now := was.With(found); err == nil && now != was {
		err = store.SaveIdentity(now, time.Now())
	}
	return moved, err
}

// unrestored is what stopped a restore.
func unrestored(changed bool, store *results.Store, err error) error {
	if !changed {
		return err
	}
	return withRestore(&bench.UnrestoredError{Err: err}, store)
}

// withRestore adds to the error of a guest that is left changed how to put it back, where it is still there.
func withRestore(err error, store *results.Store) error {
	var other *apply.OtherMachineError
	if errors.As(err, &other) && other.Gone() {
		return err
	}
	return trouble.Hint(err, "put it back with: vnettune restore %s", trouble.ShellWord(store.Path()))
}

// keepSteps stores what was done.
func keepSteps(store *results.Store, steps []record.RescueStep) error {
	text, err := json.Marshal(steps)
	if err != nil {
		return err
	}
	return store.AddEvent(results.Event{At: time.Now(), Kind: bench.StoredRescue, Text: string(text)})
}
