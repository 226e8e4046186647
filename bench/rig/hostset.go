package rig

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"vnettune/bench/hostset"
	"vnettune/results"
	"vnettune/trouble"
)

// hostChanges is a part of what a session sets on this host.
type hostChanges struct {
	Boot    string           `json:"boot"` // of this host: with its end all of it is gone
	Network string           `json:"network"`
	Changes []hostset.Change `json:"changes"`
}

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
func setHost(store *results.Store, root hostset.Root, asked map[string]string, tell func(string)) error {
	if err := putHostBack(store, root, tell); err != nil || len(asked) == 0 {
		return err
	}
	changes, err := root.Plan(asked)
	if err != nil {
		return trouble.Invalid(err)
	}
	boot, network := here()
	for part := range slices.Chunk(changes, mostChanges) {
		text, err := json.Marshal(hostChanges{boot, network, part})
		if err != nil {
			return err
		}
		if err := store.AddEvent(results.Event{At: time.Now(), Kind: results.EventHostSet, Text: string(text)}); err != nil {
			return err
		}
	}
	if err := root.Apply(changes); err != nil {
		return trouble.Invalid(errors.Join(err, putHostBack(store, root, tell)))
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
func PutHostBack(store *results.Store, tell func(string)) error { return putHostBack(store, "/", tell) }

func putHostBack(store *results.Store, root hostset.Root, tell func(string)) error {
	left, err := hostLeft(store)
	if err != nil || len(left) == 0 {
		return err
	}
	boot, network := here()
	var failed []error
	for _, c := range slices.Backward(left) {
		if c.Boot != boot {
			continue // the host has started anew, and has nothing of it
		}
		changes := c.Changes
		if c.Network != network { // it ended with its namespace
			changes = slices.DeleteFunc(changes, func(c hostset.Change) bool { return hostset.OfNetwork(c.Setting) })
		}
		kept, err := root.PutBack(changes)
		for _, what := range kept {
			tell("this host: " + what)
		}
		failed = append(failed, err)
	}
	if err := errors.Join(failed...); err != nil {
		return trouble.Hint(fmt.Errorf("this host is left as the campaign set it: %w", err), "put it back with: vnettune restore %s", trouble.ShellWord(store.Path()))
	}
	return store.AddEvent(results.Event{At: time.Now(), Kind: results.EventHostBack})
}
