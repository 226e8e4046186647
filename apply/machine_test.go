package apply_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"vnettune/apply"
	"vnettune/apply/terms"
	"vnettune/apply/winrm"
	"vnettune/matrix"
	"vnettune/results/record"
)

// stranger is the identity of no machine here.
var stranger = record.Identity{MachineGUID: "11111111-2222-4333-8444-555555555555", UUID: "66666666-7777-4888-8999-AAAAAAAAAAAA", Name: "OTHER"}

// Whatever is to be done to a guest that has to be another machine is refused, in both
// dialects, and nothing of it is sent.
func TestNothingIsWrittenToAnotherMachine(t *testing.T) {
	x, s := newXP(t), newStandIn(t)
	for dialect, c := range map[string]struct {
		g        *apply.Guest
		settings []matrix.Planned
	}{
		"powershell": {s.guest(), planned(t, "tcp.autotuninglevel", "afd.DefaultReceiveWindow")},
		"xp":         {x.guest(), plannedOn(t, matrix.XP, "afd.DefaultReceiveWindow")},
	} {
		t.Run(dialect, func(t *testing.T) {
			g, ctx := c.g, t.Context()
			f, _, err := g.Facts(ctx)
			if err != nil {
				t.Fatal(err)
			}
			o, err := g.Originals(ctx, f, c.settings)
			if err != nil {
				t.Fatal(err)
			}
			targets, err := apply.Targets(o, combination(o, map[string]matrix.Value{"tcp.autotuninglevel": "disabled", "afd.DefaultReceiveWindow": "1048576"}))
			if err != nil {
				t.Fatal(err)
			}
			g.Expect(record.IdentityOf(f, o.Adapter))
			if err := g.Claim(ctx, owner("h", 1)); err != nil {
				t.Fatalf("the right machine: %v", err)
			}
			before := len(x.lines)
			for _, expected := range []record.Identity{stranger, {UUID: stranger.UUID}, {Disk: "another"}} {
				g.Expect(expected)
				for what, do := range map[string]func() error{
					"facts":   func() error { _, _, err := g.Facts(ctx); return err },
					"owner":   func() error { _, err := g.Owner(ctx); return err },
					"claim":   func() error { return g.Claim(ctx, owner("h", 1)) },
					"renew":   func() error { return g.Renew(ctx, owner("h", 1)) },
					"release": func() error { return g.Release(ctx, "x") },
					"write":   func() error { _, err := g.Write(ctx, targets); return err },
					"read":    func() error { _, _, err := g.ReadBack(ctx, targets); return err },
					"reboot":  func() error { _, err := g.Reboot(ctx, rebootLimits); return err },
					"arm":     func() error { _, _, err := g.Arm(ctx, o, time.Minute); return err },
					"disarm":  func() error { _, _, err := g.Disarm(ctx); return err },
					"start":   func() error { _, err := g.StartIPerf(ctx, xpIPerf, 5201); return err },
					"stop":    func() error { return g.StopIPerf(ctx, xpIPerf, 5201) },
					"start 2": func() error { _, err := g.StartIPerf2(ctx, xpIPerf2, 5001, []string{terms.TCP}); return err },
					"stop 2":  func() error { return g.StopIPerf2(ctx, xpIPerf2) },
					"restore": func() error { return g.Restore(ctx, o, rebootLimits) },
				} {
					g.Disk = map[bool]string{true: "this"}[expected.Disk != ""]
					var other *apply.OtherMachineError
					if err := do(); !errors.As(err, &other) || other.Stored != expected {
						t.Errorf("%s, expected %s: %v; want an OtherMachineError", what, expected, err)
					}
				}
			}
			for _, l := range x.lines[before:] {
				if !strings.HasPrefix(l, "reg query") && !strings.HasPrefix(l, "wmic path") && !strings.HasPrefix(l, "wmic os") && !strings.HasPrefix(l, "powershell") {
					t.Errorf("sent %q", l)
				}
			}
		})
	}
	if len(s.effects) != 1 || !s.restart.IsZero() {
		t.Errorf("the stand-in took %d sets of settings, restart %v; want those of its boot alone", len(s.effects), s.restart)
	}
}

// What a machine does not say of itself keeps nobody from it.
func TestAMachineThatDoesNotSayWhoItIs(t *testing.T) {
	x := newXP(t)
	delete(x.registry[`hklm\software\microsoft\cryptography`], "machineguid")
	x.uuid = "00000000-0000-0000-0000-000000000000"
	g := x.guest()
	g.Expect(stranger)
	if err := g.Claim(t.Context(), owner("h", 1)); err != nil {
		t.Errorf("%v", err)
	}
}

// Another machine that comes up in place of the guest is told from it at once, whether
// it booted after the guest went down or long before.
func TestAnotherMachineComesUp(t *testing.T) {
	for _, boot := range []time.Duration{0, -time.Hour} {
		x := newXP(t)
		g := x.guest()
		f, _, err := g.Facts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		g.Expect(record.IdentityOf(f, record.Adapter{}))
		began := x.now
		swap := &swapped{xp: x, boot: boot}
		g = g.Through(swap)
		_, err = g.Reboot(t.Context(), rebootLimits)
		var other *apply.OtherMachineError
		if !errors.As(err, &other) || x.now.Sub(began) > time.Minute {
			t.Errorf("boot %v: %v after %s; want an OtherMachineError at once", boot, err, x.now.Sub(began))
		}
	}
}

// swapped is an XP that is another machine after its next boot, one that booted by boot
// later.
type swapped struct {
	*xp
	boot time.Duration
}

func (s *swapped) Ping(ctx context.Context) error {
	if s.restart.IsZero() && s.offline > 0 && s.uuid != stranger.UUID {
		s.uuid, s.xp.boot = stranger.UUID, s.xp.boot.Add(s.boot)
	}
	return s.xp.Ping(ctx)
}

// A request to reboot that was not sent, since its shell was gone, is no reboot: the guest
// is asked who it is and then once more.
func TestARebootWhoseShellWasGone(t *testing.T) {
	s := newStandIn(t)
	f, _, err := s.guest().Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	once := &shellGone{standIn: s}
	g := s.guest().Through(once)
	g.Expect(record.IdentityOf(f, record.Adapter{}))
	if _, err := g.Reboot(t.Context(), rebootLimits); err != nil || !once.gone {
		t.Errorf("%v, shell gone %v", err, once.gone)
	}
}

// shellGone has no shell for the first request to reboot.
type shellGone struct {
	*standIn
	gone bool
}

func (s *shellGone) Run(ctx context.Context, command string, stdin []byte) (winrm.Result, error) {
	if strings.HasPrefix(command, "shutdown.exe") && !s.gone {
		s.gone = true
		return winrm.Result{}, &winrm.NetError{Step: "command", Err: winrm.ErrShellGone}
	}
	return s.standIn.Run(ctx, command, stdin)
}

// A restore needs the settings and a boot of the guest, and not its address under test.
func TestARestoreWithoutTheAddressUnderTest(t *testing.T) {
	s := newStandIn(t)
	g := s.guest()
	f, _, err := g.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	o, err := g.Originals(t.Context(), f, planned(t, "tcp.autotuninglevel"))
	if err != nil {
		t.Fatal(err)
	}
	targets, err := apply.Targets(o, combination(o, map[string]matrix.Value{"tcp.autotuninglevel": "disabled"}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.Write(t.Context(), targets); err != nil {
		t.Fatal(err)
	}
	for _, data := range []netip.Addr{{}, netip.MustParseAddr("198.51.100.7")} {
		moved := apply.New(s, data, s.port, s)
		moved.Expect(record.IdentityOf(f, o.Adapter))
		if _, err := moved.AdapterUnderTest(f); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("its adapter %q has [%s", o.Adapter.Name, guestAddress)) {
			t.Errorf("the adapter under test: %v; want to hear what has become of it", err)
		}
		if found, err := moved.Differs(t.Context(), o); err != nil || len(found) != 1 && data == (netip.Addr{}) {
			t.Errorf("differs %q, %v", found, err)
		}
		if err := moved.Restore(t.Context(), o, rebootLimits); err != nil {
			t.Errorf("data %v: %v", data, err)
		}
		if found, err := moved.Differs(t.Context(), o); err != nil || len(found) > 0 {
			t.Errorf("restored: differs %q, %v", found, err)
		}
	}
}

// A mark that is gone is not written anew by who has to find it.
func TestAMarkThatIsGoneIsNotRenewed(t *testing.T) {
	for dialect, g := range marked(t) {
		me := owner("h", 1_700_000_000)
		var unmarked *apply.UnmarkedError
		if err := g.Renew(t.Context(), me); !errors.As(err, &unmarked) || unmarked.ID != me.ID {
			t.Errorf("%s: %v", dialect, err)
		}
		if mark, err := g.Owner(t.Context()); mark != nil || err != nil {
			t.Errorf("%s: mark %+v, %v", dialect, mark, err)
		}
		if err := g.Claim(t.Context(), me); err != nil {
			t.Fatal(err)
		}
		if err := g.Renew(t.Context(), me); err != nil {
			t.Errorf("%s: %v", dialect, err)
		}
	}
	e := &apply.UnmarkedError{ID: "abc", Found: []string{"x: asked 1, configured 2"}}
	for _, want := range []string{"abc", "x: asked 1, configured 2", "nothing is written", `reg add HKLM\SOFTWARE\vnettune /v Owner /t REG_SZ /d abc /f`} {
		if words := e.Error() + e.Advice(); !strings.Contains(words, want) {
			t.Errorf("%s\ndoes not say %q", words, want)
		}
	}
}
