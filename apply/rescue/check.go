package rescue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vnettune/apply"
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

// Check looks at every rung without changing anything.
func (l *Ladder) Check(ctx context.Context) []RungCheck {
	return append([]RungCheck{
		l.check(ctx, RungWinRM, true, l.seeWinRM, "see the line for WinRM"),
		l.check(ctx, RungDeadMan, true, l.seeDeadMan, "without it a setting that cuts the network needs guest.rescue.guest_agent or libvirt, or a person at the guest"),
	}, l.CheckOutside(ctx)...)
}

// CheckOutside looks at the rungs that do not go through the guest's network.
func (l *Ladder) CheckOutside(ctx context.Context) []RungCheck {
	var checks []RungCheck
	if l.Agent == nil {
		checks = append(checks, missing(RungAgent, "set guest.rescue.guest_agent to the socket of the QEMU guest agent, or guest.rescue.libvirt"))
	} else {
		checks = append(checks, l.check(ctx, RungAgent, true, l.seeAgent, "install and start the QEMU guest agent in the guest, and let nothing else hold its socket"))
	}
	if l.Machine == nil {
		checks = append(checks, missing(RungReset, "set guest.rescue.qmp to QEMU's monitor socket, or guest.rescue.libvirt"))
	} else {
		checks = append(checks, l.check(ctx, RungReset, true, l.Machine.State, "check the socket or the domain, and that this user may use it"))
	}
	if l.Machine == nil || l.Snapshot == "" {
		checks = append(checks, missing(RungSnapshot, "make a snapshot of the guest as it is and name it as guest.rescue.snapshot"))
	} else {
		checks = append(checks, l.check(ctx, RungSnapshot, true, l.seeSnapshot, "make the snapshot, or correct its name in guest.rescue.snapshot"))
	}
	return checks
}

func missing(rung, remedy string) RungCheck {
	return RungCheck{Rung: rung, Detail: "not configured", Remedy: remedy}
}

func (l *Ladder) check(ctx context.Context, rung string, configured bool, see func(context.Context) (string, error), remedy string) RungCheck {
	ctx, cancel := context.WithTimeout(ctx, checkLimit)
	defer cancel()
	detail, err := see(ctx)
	if err != nil {
		return RungCheck{Rung: rung, Configured: configured, Detail: err.Error(), Remedy: remedy}
	}
	return RungCheck{Rung: rung, Configured: configured, OK: true, Detail: detail}
}

func (l *Ladder) seeWinRM(ctx context.Context) (string, error) {
	f, _, err := l.Guest.Facts(ctx)
	if err != nil {
		return "", err
	}
	return f.ComputerName + " answers", nil
}

func (l *Ladder) seeDeadMan(ctx context.Context) (string, error) {
	m, err := l.Guest.DeadMan(ctx)
	switch {
	case errors.Is(err, apply.ErrNoDeadMan):
		return "", err
	case err != nil:
		return "", err
	case m.Armed && m.Due != nil:
		return "", fmt.Errorf("one is armed now and puts the guest back at %s (guest's clock): a campaign runs or was killed", m.Due.Time().Format(time.RFC3339))
	case m.HasFired() != "":
		return "can be armed; " + m.HasFired(), nil
	}
	return "can be armed", nil
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
