package main

import (
	"fmt"
	"os"
	"strings"

	"vnettune/apply"
	"vnettune/apply/rescue"
	"vnettune/apply/terms"
	"vnettune/bench"
	"vnettune/matrix"
	"vnettune/matrix/campaign"
)

// ladder is the ways back to the connection's guest.
func (c *connection) ladder(owner string, reboot campaign.Reboot) *rescue.Ladder {
	l := &rescue.Ladder{
		Guest: c.guest, Through: func(r terms.Runner) rescue.Guest { return c.guest.Through(r) },
		Owner: owner, Snapshot: c.rescue.Snapshot, Reboot: apply.RebootLimits(reboot), Clock: systemClock{},
		Answer: min(rescue.DefaultAnswer, reboot.Down),
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

// dangerWords says which settings of a plan can cut the guest off, and what is done
// about it; "" when there is none.
func dangerWords(c campaign.Campaign, p matrix.Plan) string {
	var ids []string
	for _, s := range p.Settings {
		if matrix.Catalogue().Dangerous(s.Setting.ID) {
			ids = append(ids, s.Setting.ID)
		}
	}
	r := c.Guest.Rescue
	words := "can cut the guest off: " + strings.Join(ids, ", ") + "; "
	switch {
	case len(ids) == 0:
		return ""
	case p.Generation == matrix.XP && r.DeadMan > 0 && !r.Independent():
		return words + "a guest of generation xp has no dead-man switch, and run will refuse: give another way back in guest.rescue, or say dead_man: off"
	case p.Generation == matrix.XP && r.DeadMan > 0:
		return words + "a guest of generation xp has no dead-man switch, the other ways of guest.rescue must do"
	case r.DeadMan == 0 && !r.Independent() && c.Guest.Lab == nil:
		return words + "nothing brings it back (guest.rescue.dead_man is off)"
	case r.DeadMan == 0:
		return words + "no dead-man switch (guest.rescue.dead_man is off), the other ways back must do"
	}
	return words + fmt.Sprintf("a dead-man switch in the guest puts its own values back after %s", r.DeadMan)
}
