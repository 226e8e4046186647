package rescue

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"vnettune/trouble"
)

// RungCheck is what is known of one rung, for doctor.
type RungCheck struct {
	Rung       string
	Configured bool
	OK         bool   // it would work as far as can be seen; false when it is not configured
	Detail     string // what was seen, or why it would not work
	Remedy     string // what to do about it, "" when it is OK
}

// checkLimit bounds the check of one rung.
const checkLimit = 20 * time.Second

// Check looks at the rungs that do not go through the guest's network, and changes
// nothing.
func (l *Ladder) Check(ctx context.Context) []RungCheck {
	var checks []RungCheck
	if l.Agent == nil {
		checks = append(checks, missing(RungAgent, "set guest.rescue.guest_agent to the socket of the QEMU guest agent, or guest.rescue.libvirt"))
	} else {
		checks = append(checks, l.check(ctx, RungAgent, l.seeAgent, "install and start the QEMU guest agent in the guest, and let nothing else hold its socket"))
	}
	if l.Machine == nil {
		checks = append(checks, missing(RungReset, "set guest.rescue.qmp to QEMU's monitor socket, or guest.rescue.libvirt"))
	} else {
		checks = append(checks, l.check(ctx, RungReset, l.Machine.State, "check the socket or the domain, and that this user may use it"))
	}
	if l.Machine == nil || l.Snapshot == "" {
		checks = append(checks, missing(RungSnapshot, "make a snapshot of the guest as it is and name it as guest.rescue.snapshot"))
	} else {
		checks = append(checks, l.check(ctx, RungSnapshot, l.seeSnapshot, "make the snapshot, or correct its name in guest.rescue.snapshot"))
	}
	return checks
}

func missing(rung, remedy string) RungCheck {
	return RungCheck{Rung: rung, Detail: "not configured", Remedy: remedy}
}

func (l *Ladder) check(ctx context.Context, rung string, see func(context.Context) (string, error), remedy string) RungCheck {
	ctx, cancel := context.WithTimeout(ctx, checkLimit)
	defer cancel()
	detail, err := see(ctx)
	if err != nil {
		return RungCheck{Rung: rung, Configured: true, Detail: err.Error(), Remedy: cmp.Or(strings.Join(trouble.Hints(err), "; "), remedy)}
	}
	return RungCheck{Rung: rung, Configured: true, OK: true, Detail: detail}
}

func (l *Ladder) seeAgent(ctx context.Context) (string, error) {
	return agentInfo(ctx, l.Agent)
}

func (l *Ladder) seeSnapshot(ctx context.Context) (string, error) {
	switch there, err := l.Machine.HasSnapshot(ctx, l.Snapshot); {
	case err != nil:
		return "", err
	case !there:
		return "", fmt.Errorf("the machine has no snapshot %q", l.Snapshot)
	}
	return "the machine has the snapshot " + l.Snapshot, nil
}
