package bench_test

import (
	"slices"
	"strings"
	"testing"

	"vnettune/bench"
	"vnettune/results/record"
)

// Every session stores the host and the guest's machine as they were, and tells what is not
// as before: the boots of all sessions stand in one ranking.
func TestHostsAreComparedBetweenSessions(t *testing.T) {
	r := newRig()
	r.spec.Target.Address = "192.0.2.9"
	r.guest.adapters = []record.Adapter{{MAC: "52:54:00:00:00:01"}, {MAC: "52:54:00:00:00:02", Addresses: []string{"192.0.2.9"}}}
	machine := func(kind string) record.Host {
		return record.Host{Kernel: "Linux 6.1", VM: &record.VM{Source: record.VMByQEMU, Machine: record.Name(kind)}, Path: &record.Path{}}
	}
	unseen := machine("")
	unseen.VM = &record.VM{NotKnown: "why"}
	for i, c := range []struct {
		host record.Host
		told []string
	}{
		{machine("pc-q35-7.2"), nil},
		{machine("pc-q35-7.2"), nil},
		{unseen, nil},
		{machine("pc-q35-8.0"), []string{"this host or the guest's machine is not as in the sessions before: machine type was pc-q35-7.2 and is pc-q35-8.0"}},
	} {
		r.host, r.events, r.store.boots = c.host, nil, nil
		if _, err := r.run(t.Context()); err != nil {
			t.Fatal(err)
		}
		var told []string
		for _, e := range r.events {
			if e.Kind == bench.EventWarning && strings.Contains(e.Text, "sessions before") {
				told = append(told, e.Text)
			}
		}
		if !slices.Equal(told, c.told) {
			t.Errorf("session %d: %q, want %q", i+1, told, c.told)
		}
		if r.adapter.MAC != "52:54:00:00:00:02" {
			t.Errorf("session %d: the machine with the adapter %+v is looked for", i+1, r.adapter)
		}
		if len(r.store.sessions) != i+1 || r.store.sessions[i].Host.VM != c.host.VM {
			t.Errorf("session %d: %d sessions are stored", i+1, len(r.store.sessions))
		}
	}
}
