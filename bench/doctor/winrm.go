package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"vnettune/apply/terms"
	"vnettune/apply/winrm"
	"vnettune/apply/winrm/fault"
	"vnettune/trouble"
)

// examineWinRM reaches the guest and asks for its facts, whose answer proves the
// user and the password.
func (d *Examination) examineWinRM(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, stepLimit)
	defer cancel()
	if err := d.reach(ctx); err != nil {
		d.fail("winrm.reach", "check that the guest is up, that WinRM listens there (guest.control), and that its firewall lets this host in: vnettune guest-setup", "%s: %v", d.way.Control, err)
		return
	}
	d.ok("winrm.reach", "%s takes connections", d.way.Control)
	if !d.examineEncryption(ctx) {
		return
	}
	before, beforeErr := askHost(d, "clock before", now)
	f, _, err := d.guest.Facts(ctx)
	after, afterErr := askHost(d, "clock after", now)
	var answered *fault.Fault
	switch {
	case errors.Is(err, fault.ErrUnauthorized):
		do := []string{"check guest.user and the password, that the user is an administrator, and that the guest allows this way to log on: vnettune guest-setup"}
		d.fail("winrm.login", strings.Join(append(do, trouble.Hints(err)...), "; "), "%v", err)
		return
	case errors.As(err, &answered):
		d.fail("winrm.login", remedy(err, "see the fault's meaning; vnettune guest-setup prints what sets a guest up"), "%v", err)
		return
	case winrm.Lost(err):
		d.fail("winrm.answer", remedy(err, "check that WinRM listens at "+d.way.Control+" (guest.control), and see whether the guest is rebooting"), "%v", err)
		return
	case err != nil:
		d.fail("winrm.answer", remedy(err, "a guest needs PowerShell 3 or later, or must be an XP or Server 2003; attach --record FILE to a bug report"), "%v", err)
		return
	}
	d.ok("winrm.login", "the guest takes user and password, and runs commands")
	d.facts = &f
	kind := f.Kind()
	d.GuestKind = &kind
	if f.StandIn != "" {
		notice := standInNotice
		d.Notice = &notice
	}
	if beforeErr == nil && afterErr == nil {
		d.examineClock(before, after)
		d.examinePace(after.Sub(before))
	}
	if !d.self.IsValid() {
		d.notAsked("winrm.quotas", d.silent)
		return
	}
	h, err := d.guest.Health(ctx, d.self)
	switch {
	case errors.Is(err, terms.ErrNotAsked):
		d.silent = terms.ErrNotAsked.Error()
		d.notAsked("winrm.quotas", d.silent)
	case err != nil:
		d.silent = "the guest did not answer; see winrm.quotas"
		d.fail("winrm.quotas", remedy(err, "attach --record FILE to a bug report"), "%v", err)
	default:
		d.health = &h
		d.examineQuotas(h)
		d.examineStart(h)
	}
}

// reachTries is how often a connection is tried that is refused or breaks: a guest that is starting may do so. One that
// nothing answers is tried once, for as long as one that was lost on the way takes to be sent again.
const reachTries = 3

// reach connects to the guest; the error is the first one.
func (d *Examination) reach(ctx context.Context) error {
	first := d.witness.Ping(ctx)
	for err, n := first, 1; err != nil; n++ {
		if silent := net.Error(nil); n == reachTries || errors.As(err, &silent) && silent.Timeout() {
			return first
		}
		err = d.witness.Ping(ctx)
	}
	return nil
}

func now() (time.Time, error) { return time.Now().UTC(), nil }

// examineEncryption says who can read along, and prints the certificate that a
// campaign may pin; false where none can be had, so that there is nobody to log in to.
func (d *Examination) examineEncryption(ctx context.Context) bool {
	switch {
	case !d.way.HTTPS && d.way.Auth == string(winrm.Basic):
		d.warn("winrm.encrypted", "take transport.auth: ntlm, which encrypts every message, or https", "no: the password and all commands cross the network readable")
		return true
	case !d.way.HTTPS:
		d.ok("winrm.encrypted", "NTLM encrypts every message over http")
		return true
	}
	shown, err := askHost(d, "certificate", func() (string, error) { return winrm.Fingerprint(ctx, d.live.Config) })
	if err != nil {
		d.fail("winrm.certificate", remedy(err, "check that this port is WinRM's https listener"), "%v", err)
		return false
	}
	d.ok("winrm.certificate", "SHA-256 %s", shown)
	if d.way.Trust == "insecure" {
		d.warn("winrm.encrypted", "compare that fingerprint with the guest's own and pin it: guest.trust: {fingerprint: ...}", "https, but any machine may pass for the guest (guest.trust.insecure)")
		return true
	}
	d.ok("winrm.encrypted", "https, trusted by %s, user proved by %s", d.way.Trust, d.way.Auth)
	return true
}

// slowStart is how long the first script may take, unflagged: a PowerShell without native images
// takes 6 to 8 s to start alone, at each question anew (docs/facts/windows-answers.md D8).
const slowStart = 5 * time.Second

// examinePace says how long the guest took for its facts. XP's come from many command lines.
func (d *Examination) examinePace(took time.Duration) {
	switch {
	case d.facts.PSVersion == "":
		d.notAsked("guest.pace", terms.ErrNotAsked.Error())
	case took > slowStart:
		d.warn("guest.pace", "ask again once it is idle; if it stays so, on the guest, as administrator: ngen executeQueuedItems",
			"it took %s for the first script: PowerShell starts slowly there, which each boot of a campaign pays several times", took.Round(100*time.Millisecond))
	default:
		d.ok("guest.pace", "it took no longer than %s for the first script", slowStart)
	}
}

// clockTolerance is how far the guest's clock may be off unflagged. Nothing
// compares the two machines' clocks; a wrong one confuses people who read logs, and
// a certificate may seem invalid.
const clockTolerance = 5 * time.Second

// examineClock holds the guest's clock to the host's: it was read between the two
// moments.
func (d *Examination) examineClock(before, after time.Time) {
	guest := d.facts.Now.Time()
	off := time.Duration(0)
	switch {
	case guest.Before(before):
		off = guest.Sub(before)
	case guest.After(after):
		off = guest.Sub(after)
	}
	if off.Abs() > clockTolerance {
		d.warn("guest.clock", "set the guest's clock, and give it a time source", "%s off from this host's", off.Round(time.Second))
		return
	}
	d.ok("guest.clock", "agrees with this host's to within %s", clockTolerance)
}

// What a WinRM service must allow at least. The smallest that a Windows comes with
// are 150 KiB for an envelope (1.1 and 2.0), 5 shells a user and 15 processes a
// shell (2.0): docs/facts/windows-samples.md 5.6; Microsoft, Quota Management for Remote Shells.
const (
	leastEnvelopeKiB = 150
	leastShells      = 3
	leastProcesses   = 5
	leastMemoryMB    = 256
)

func (d *Examination) examineQuotas(h terms.Health) {
	if h.WinRM == nil {
		d.warn("winrm.quotas", "none needed as long as campaigns run", "could not be asked: %s", h.Problems["winrm"])
		return
	}
	q := *h.WinRM
	saw := quotas(q)
	less := func(n *int, least int) bool { return n != nil && *n < least }
	if less(q.MaxEnvelopeKiB, leastEnvelopeKiB) || less(q.ShellsPerUser, leastShells) || less(q.ProcessesPerShell, leastProcesses) || less(q.MemoryPerShellMB, leastMemoryMB) && *q.MemoryPerShellMB != 0 {
		d.fail("winrm.quotas", fmt.Sprintf("raise them with winrm set winrm/config and winrm/config/winrs to at least %d KiB, %d shells, %d processes, %d MB", leastEnvelopeKiB, leastShells, leastProcesses, leastMemoryMB), "%s", saw)
	} else {
		d.ok("winrm.quotas", "%s", saw)
	}
	switch {
	case q.AllowUnencrypted == nil:
		d.warn("winrm.service", "on the guest: winrm get winrm/config/service", "the guest does not say whether it takes unencrypted messages")
	case *q.AllowUnencrypted:
		d.warn("winrm.service", "on the guest, in cmd.exe: winrm set winrm/config/service @{AllowUnencrypted=\"false\"}; vnettune guest-setup does it", "the guest takes unencrypted messages, from anybody who reaches it")
	default:
		d.ok("winrm.service", "the guest takes encrypted messages only")
	}
}

// quotas are those of a guest in words.
func quotas(q terms.WinRMConfig) string {
	return fmt.Sprintf("envelope %s KiB, %s shells a user, %s processes and %s MB a shell", said(q.MaxEnvelopeKiB), said(q.ShellsPerUser), said(q.ProcessesPerShell), said(q.MemoryPerShellMB))
}

// said is a number that a guest gave, or that it gave none.
func said(n *int) string {
	if n == nil {
		return "an unknown number of"
	}
	return fmt.Sprint(*n)
}

// examineStart says whether WinRM is there after a boot, and when. Delayed services start
// some two minutes after the others (MS-SCMR, SERVICE_DELAYED_AUTO_START_INFO), at each boot
// of a campaign anew.
func (d *Examination) examineStart(h terms.Health) {
	const do = "run the script that vnettune guest-setup prints on the guest again, or there: sc.exe config WinRM start= auto"
	switch s := h.Start; {
	case s == nil && h.Problems["start"] == "":
		d.notAsked("winrm.start", "the guest was asked by a version that did not ask this")
	case s == nil || s.Type == 0:
		d.warn("winrm.start", "on the guest: sc.exe qc WinRM", "the guest does not say when WinRM starts: %s", cmp.Or(h.Problems["start"], "no value Start"))
	case s.Type != terms.StartsByItself:
		d.fail("winrm.start", do, "WinRM does not start by itself (type %d): after its first boot the guest would not answer", s.Type)
	case s.Delayed:
		d.warn("winrm.start", do, "Automatic (Delayed Start): WinRM comes some two minutes after all else, at each boot")
	default:
		d.ok("winrm.start", "by itself, at each boot")
	}
}
