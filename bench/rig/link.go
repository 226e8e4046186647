package rig

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"vnettune/bench/hypervisor"
	"vnettune/bench/link"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/trouble"
)

// links are the two ends of the link to the guest. Before the host's is shaped for the first time the store knows which
// adapter it is, so that a later command can put it back.
type links struct {
	rig     *Rig
	store   *results.Store
	adapter string // of this host, the last before the guest; "" where no workload shapes it
	guest   bool   // a workload shapes the guest's end
}

// Try finds the ends and gives them each of the conditions.
func (l *links) Try(ctx context.Context, adapter record.Adapter, all []record.Conditions) error {
	for _, c := range all {
		if c.At == record.AtGuest {
			l.guest = true
			continue
		}
		if l.adapter == "" {
			if err := l.take(ctx, adapter); err != nil {
				return trouble.Invalid(trouble.Hint(fmt.Errorf("the conditions of a link at the host (link): %w", err), "delete link from the workloads"))
			}
		}
	}
	for _, c := range all {
		err := l.Set(ctx, c)
		if err = errors.Join(err, l.Set(ctx, record.Conditions{})); err != nil {
			return trouble.Invalid(fmt.Errorf("the link's %s: %w", c, err))
		}
	}
	return nil
}

// take finds the host's adapter, and stores that it is about to be shaped.
func (l *links) take(ctx context.Context, adapter record.Adapter) error {
	name, err := l.rig.HostLink(ctx, adapter)
	if err == nil {
		err = note(l.store, hostChanges{Link: name})
	}
	if err == nil {
		l.adapter = name
	}
	return err
}

// HostLink is the adapter of this host through which packets reach the guest, where nobody shapes it.
func (r *Rig) HostLink(ctx context.Context, adapter record.Adapter) (string, error) {
	_, path := hypervisor.Look(ctx, r.machine(adapter))
	if path.NotKnown != "" || len(path.Links) == 0 {
		return "", fmt.Errorf("which adapter of this host is the last before the guest is not known: %s", path.NotKnown)
	}
	name := path.Links[len(path.Links)-1].Name
	return name, link.Free(name, link.Tune)
}

// Set shapes the ends that workloads shape.
func (l *links) Set(ctx context.Context, c record.Conditions) error {
	asked := link.Conditions{Delay: c.Delay, Jitter: c.Jitter, Loss: c.Loss}
	if c.Rate != "" {
		asked.Rate = record.BitRate(c.Rate)
	}
	var host, guest link.Conditions
	switch c.At {
	case record.AtHost:
		host = asked
	case record.AtGuest:
		guest = asked
	}
	var err error
	if l.adapter != "" {
		err = link.Set(l.adapter, link.Tune, host)
	}
	if l.guest {
		err = errors.Join(err, l.rig.means.Lab.Link(ctx, guest))
	}
	return err
}

// note stores what is about to be changed on this host.
func note(store *results.Store, c hostChanges) error {
	c.Host = hostName()
	c.Boot, c.Network = here()
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return store.AddEvent(results.Event{At: time.Now(), Kind: results.EventHostSet, Text: string(text)})
}
