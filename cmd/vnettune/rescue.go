package main

import (
	"os"

	"vnettune/apply"
	"vnettune/apply/rescue"
	"vnettune/bench"
	"vnettune/bench/campaign"
)

// ladder is the ways back to the connection's guest.
func (c *connection) ladder(owner string, reboot campaign.Reboot) *rescue.Ladder {
	l := &rescue.Ladder{
		Guest: c.guest, Through: func(r apply.Runner) rescue.Guest { return c.guest.Through(r) },
		Owner: owner, Snapshot: c.rescue.Snapshot, Reboot: apply.RebootLimits(reboot), Clock: systemClock{},
	}
	switch r := c.rescue; {
	case r.Domain != "":
		domain := rescue.Libvirt{Domain: r.Domain, URI: r.URI}
		l.Agent, l.Machine = domain, domain
	default:
		if r.GuestAgent != "" {
			l.Agent = &rescue.SocketAgent{Path: r.GuestAgent}
		}
		if r.QMP != "" {
			l.Machine = rescue.Monitor{Socket: r.QMP}
		}
	}
	return l
}

// owner is how this host's campaigns mark a guest; the id is the store's.
func owner(id string) bench.Owner {
	name, err := os.Hostname()
	if err != nil {
		name = ""
	}
	return bench.Owner{ID: id, Host: apply.OwnerHost(name)}
}
