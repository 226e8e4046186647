package doctor

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"vnettune/apply"
	"vnettune/apply/deadman"
	"vnettune/results/record"
)

// examineTraces looks for what an earlier campaign may have left in the guest: the
// mark of its owner, an armed dead-man switch, or one that went off.
func (d *Examination) examineTraces(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, stepLimit)
	defer cancel()
	owner, err := d.guest.Owner(ctx)
	var applied *record.Applied
	if err == nil && owner != nil {
		if a, unread := d.guest.Applied(ctx); unread == nil && a != nil && a.ID == owner.ID { // else a campaign works on top of it
			applied = a
		}
	}
	switch {
	case applied != nil:
		d.warn("guest.left", "run asks which state is its baseline: what is applied (run --on-applied), or the originals, which vnettune restore puts back with the store of that vnettune apply",
			"something is applied on the guest: %s", applied)
	case err != nil:
		d.fail("guest.left", remedy(err, "attach --record FILE to a bug report"), "%v", err)
	case owner != nil:
		d.fail("guest.left", "put the guest back with that campaign's store: vnettune restore STORE; only where it is known to have its own values, on the guest: "+apply.RemoveOwner,
			"a campaign that was run on %s since %s works on the guest or left it changed", owner.Host, owner.Since.Format(time.RFC3339))
	default:
		d.ok("guest.left", "no campaign's mark is in the guest")
	}
	m, err := d.guest.DeadMan(ctx)
	switch {
	case errors.Is(err, deadman.ErrNone):
		d.notAsked("rescue.dead-man", deadman.ErrNone.Error())
	case err != nil:
		d.fail("rescue.dead-man", remedy(err, "start the service Schedule on the guest, and take an administrator"), "%v", err)
	case m.Armed && m.Due != nil:
		d.fail("rescue.dead-man", "wait until it went off, or put the guest back: vnettune restore STORE", "it is armed by an earlier campaign and goes off at %s by the guest's clock", m.Due.Time().Format(time.RFC3339))
	case m.Armed:
		d.fail("rescue.dead-man", "put the guest back: vnettune restore STORE", "it is armed by an earlier campaign")
	case m.HasFired() != "":
		d.warn("rescue.dead-man", "none needed if the guest is as it should be", "%s", m.HasFired())
	case owner != nil && applied == nil:
		d.notAsked("rescue.dead-man", "nothing is armed; that campaign may be about to")
	default:
		d.proveDeadMan(ctx)
	}
}

// proveDeadMan has the switch go off once, with a step that changes nothing and no reboot.
func (d *Examination) proveDeadMan(ctx context.Context) {
	s, err := d.guest.ProveDeadMan(ctx)
	switch {
	case err != nil:
		d.fail("rescue.dead-man", remedy(err, "start the service Schedule on the guest, take an administrator, and see in the task scheduler's history what became of \\vnettune\\revert"), "%v", err)
	case s.Failed() > 0:
		d.fail("rescue.dead-man", "see what keeps SYSTEM from writing the registry on the guest", "it went off by itself, and %d of its %d steps failed", s.Failed(), len(s.Outcome))
	case s.By != "":
		d.warn("rescue.dead-man", "none needed for the switch; what kept the script back may keep others: see the antivirus's history on the guest, its policy for script files, and PowerShell's language mode",
			"tried, without a reboot: its script was kept back, and the commands behind it did the steps")
	default:
		d.ok("rescue.dead-man", "tried, without a reboot: it goes off by itself and does its steps")
	}
}

// rung is a way back that does not go through WinRM.
type rung struct {
	Name       string `json:"name"`
	Configured bool   `json:"configured"`
	OK         bool   `json:"ok"`
	Detail     string `json:"detail"`
	Remedy     string `json:"remedy"`
}

// examineLadder looks at the ways back from outside the guest's network.
func (d *Examination) examineLadder(ctx context.Context) {
	rungs, err := askHost(d, "rescue", func() ([]rung, error) { return d.outside(ctx), nil })
	if err != nil {
		d.fail("rescue.outside", remedy(err, "attach --record FILE to a bug report"), "%v", err)
		return
	}
	back := slices.ContainsFunc(d.Checks, func(c Check) bool { return c.ID == "rescue.dead-man" && c.Status == OK })
	for _, r := range rungs {
		id := "rescue." + strings.ReplaceAll(r.Name, " ", "-")
		switch {
		case !r.Configured:
			d.notAsked(id, "not configured")
		case r.OK:
			d.ok(id, "%s", r.Detail)
			back = true
		default:
			d.fail(id, r.Remedy, "%s", r.Detail)
		}
	}
	if !back {
		d.warn("rescue.any", "configure guest.rescue (docs/rescue.md), or stay within reach of the guest's console", "nothing brings the guest back when a setting cuts its network")
	}
}

// outside is what the ladder knows of the rungs that need no WinRM.
func (d *Examination) outside(ctx context.Context) []rung {
	var rungs []rung
	for _, c := range d.live.Ladder("").Check(ctx) {
		rungs = append(rungs, rung{c.Rung, c.Configured, c.OK, c.Detail, c.Remedy})
	}
	return rungs
}
