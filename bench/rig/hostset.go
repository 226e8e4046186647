package rig

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"vnettune/bench/hostset"
	"vnettune/bench/link"
	"vnettune/foreign"
	"vnettune/results"
	"vnettune/trouble"
)

// hostChanges is a part of what a session sets on this host.
type hostChanges struct {
	Host    string           `json:"host"` // its name
	Boot    string           `json:"boot"` // of the host: with its end all of it is gone
	Network string           `json:"network"`
	Changes []hostset.Change `json:"changes,omitempty"`
	Link    string           `json:"link,omitempty"` // an adapter that workloads give conditions
}

// HostLeftError says that a host still is as a campaign set it.
type HostLeftError struct{ Err error }

// Error says it, and why.
func (e *HostLeftError) Error() string {
	return fmt.Sprintf("this host is left as the campaign set it: %v", e.Err)
}

// Unwrap is why.
func (e *HostLeftError) Unwrap() error { return e.Err }

// mostChanges is how many changes an event has, so that none is longer than an event may be.
const mostChanges = 50

// here is where changes are made: the host's boot, and the process's network namespace.
func here() (boot, network string) {
	boot = firstLine("/proc/sys/kernel/random/boot_id")
	network, _ = os.Readlink("/proc/self/ns/net")
	return boot, network
}

// HostIsSet says whether a session of a store has set something on its host that nobody has put back.
func HostIsSet(store *results.Store) (bool, error) {
	left, err := store.HostSet()
	return len(left) > 0, err
}

// hostLeft is what sessions have set and not put back, in its order.
func hostLeft(store *results.Store) ([]hostChanges, error) {
	events, err := store.HostSet()
	if err != nil {
		return nil, err
	}
	left := make([]hostChanges, len(events))
	for i, e := range events {
		if err := json.Unmarshal([]byte(e.Text), &left[i]); err != nil {
			return nil, fmt.Errorf("%s: event %s: %w", store.Path(), e.Kind, err)
		}
	}
	return left, nil
}

// setHost sets what the campaign asks of this host. What an earlier session left goes first.
func setHost(store *results.Store, root hostset.Root, asked map[string]string, lab bool, tell func(string)) error {
	if err := putHostBack(store, root, lab, tell); err != nil || len(asked) == 0 {
		return err
	}
	changes, err := root.Plan(asked)
	if err != nil {
		return trouble.Invalid(err)
	}
	for part := range slices.Chunk(changes, mostChanges) {
		if err := note(store, hostChanges{Changes: part}); err != nil {
			return err
		}
	}
	if err := root.Apply(changes); err != nil {
		return trouble.Invalid(errors.Join(err, putHostBack(store, root, lab, tell)))
	}
	for _, name := range hostset.Names {
		n := 0
		for _, c := range changes {
			if c.Setting == name {
				n++
			}
		}
		if n > 0 {
			files := "files"
			if n == 1 {
				files = "file"
			}
			tell(fmt.Sprintf("this host: %s is %s until the session ends (%d %s of the kernel's)", name, asked[name], n, files))
		}
	}
	return nil
}

// PutHostBack puts back what sessions of a store have set on this host, and tells what stays as somebody else has set it.
// Of a lab's campaign, what was set in another network namespace than this process's has ended with its lab. What cannot
// be put back here is a *HostLeftError.
func PutHostBack(store *results.Store, lab bool, tell func(string)) error {
	return putHostBack(store, "/", lab, tell)
}

func putHostBack(store *results.Store, root hostset.Root, lab bool, tell func(string)) error {
	left, err := hostLeft(store)
	if err != nil || len(left) == 0 {
		return err
	}
	boot, network := here()
	var failed []error
	for _, c := range slices.Backward(left) {
		changes := c.Changes
		switch {
		case c.Host != hostName():
			failed = append(failed, fmt.Errorf("it was set on %s, where it can be put back", foreign.Word(c.Host)))
			continue
		case c.Boot != boot:
			continue // the host has started anew, and has nothing of it
		case c.Network != network:
			all := len(changes)
			changes = slices.DeleteFunc(changes, func(c hostset.Change) bool { return hostset.OfNetwork(c.Setting) })
			if (len(changes) < all || c.Link != "") && !lab {
				failed = append(failed, errors.New("a part of it was set in another network namespace, where it can be put back"))
			}
		case c.Link != "" && foreign.Word(c.Link) != c.Link:
			failed = append(failed, fmt.Errorf("%s is no adapter", foreign.Word(c.Link)))
		case c.Link != "":
			failed = append(failed, link.Clear(c.Link, link.Tune))
		}
		kept, err := root.PutBack(changes)
		for _, what := range kept {
			tell("this host: " + what)
		}
		failed = append(failed, err)
	}
	if err := errors.Join(failed...); err != nil {
		return trouble.Hint(&HostLeftError{err}, "put it back with: vnettune restore %s", trouble.ShellWord(store.Path()))
	}
	return store.AddEvent(results.Event{At: time.Now(), Kind: results.EventHostBack})
}
