package windows

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/lab/kernel"
	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/stack"
)

// newUntold is a lab that hides something.
func newUntold(t *testing.T, u machine.Untold, faults ...string) *lab {
	t.Helper()
	f, err := machine.ParseFaults(faults)
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{t: t, disk: &memDisk{}, host: newFakeHost(), cfg: machine.Config{Generation: "w10", Language: "en", User: "Tester", Password: "right", Faults: f, Untold: u}}
	l.reboot()
	return l
}

func (l *lab) restartAdapter() {
	l.t.Helper()
	if err := l.m.RestartAdapter("ethernet"); err != nil {
		l.t.Fatal(err)
	}
}

const (
	lsoOff        = `reg add "` + driver + `" /v *LsoV2IPv4 /t REG_SZ /d 0 /f`
	autotuningOff = "netsh int tcp set global autotuninglevel=disabled"
	sendWindow    = `reg add ` + afd + ` /v DefaultSendWindow /t REG_DWORD /d 131072 /f`
)

// lso is what the driver is said to do.
func (l *lab) lso() any {
	return l.m.CIMAdapter(l.m.NICs()[0])["MSFT_NetAdapterLsoSettingData"]["IPv4Enabled"]
}

// A restart of the adapter has its driver read the keywords anew, and nothing else; it takes the
// adapter away for some time.
func TestRestartOfTheAdapter(t *testing.T) {
	l := newLab(t, "allow=DefaultSendWindow")
	l.must(lsoOff)
	l.must(sendWindow)
	if d := cmp.Diff(fresh(), l.host.last()); d != "" || l.lso() != true {
		t.Errorf("before the restart LSO is said to be %v (-want +got):\n%s", l.lso(), d)
	}
	began := l.host.Now()
	l.restartAdapter()
	want := fresh()
	want.TSO = ptr(false)
	if d := cmp.Diff(want, l.host.last()); d != "" || l.lso() != false {
		t.Errorf("after it LSO is said to be %v (-want +got):\n%s", l.lso(), d)
	}
	if d := cmp.Diff([]bool{false, true}, l.host.switched); d != "" || !l.host.Now().After(began) {
		t.Errorf("down and up after %v (-want +got):\n%s", l.host.Now().Sub(began), d)
	}
	l.reboot()
	want.SendBuffer = 131072
	if d := cmp.Diff(want, l.host.last()); d != "" {
		t.Errorf("after a boot (-want +got):\n%s", d)
	}
	if err := l.m.RestartAdapter("none"); err == nil {
		t.Error("an adapter that is not there was restarted")
	}
}

// xp reads everything at the boot.
func TestXPTakesNothingWithoutABoot(t *testing.T) {
	for _, id := range stack.Settings("xp") {
		if when := stack.WhenOf(nil, id); when != stack.Reboot {
			t.Errorf("%s: %v", id, when)
		}
	}
	l := newXP(t)
	before := l.host.last()
	l.must(`reg add ` + tcpip + ` /v TcpWindowSize /t REG_DWORD /d 0x4000 /f`)
	l.must(`reg add "` + driver + `" /v OffLoad.TxLSO /t REG_SZ /d 0 /f`)
	if err := l.m.RestartAdapter("Local Area Connection"); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(before, l.host.last()); d != "" {
		t.Errorf("without a boot (-want +got):\n%s", d)
	}
	l.reboot()
	if got := l.host.last(); got.ReceiveWindow != 0x4000 || *got.TSO {
		t.Errorf("after one: %s", got)
	}
}

// A lie about the moment is in no reading.
func TestSettingsTakeOtherwise(t *testing.T) {
	for _, tc := range []struct {
		name, takes, line              string
		acts                           func(kernel.Settings) bool
		wasNow, wasRestarted, wasBoot  bool
		reading                        func(*lab) any
		readNow, readRestart, readBoot any
	}{
		{name: "a boot in place of at once", takes: "tcp.autotuninglevel=reboot", line: autotuningOff,
			acts: func(s kernel.Settings) bool { return s.ReceiveWindow == 65535 && !*s.WindowScaling }, wasBoot: true,
			reading: func(l *lab) any { return strings.Contains(l.must("netsh int tcp show global"), "Level    : disabled") }, readNow: true, readRestart: true, readBoot: true},
		{name: "a restart of the adapter in place of at once", takes: "ip.mtu=adapter-restart", line: "netsh interface ipv4 set subinterface 4 mtu=1300 store=persistent",
			acts: func(s kernel.Settings) bool { return s.MTU == 1300 }, wasRestarted: true, wasBoot: true,
			reading: func(l *lab) any { return l.m.NICs()[0].MTU }, readNow: 1300, readRestart: 1300, readBoot: 1300},
		{name: "at once in place of a boot", takes: "afd.DefaultSendWindow=new-connections", line: sendWindow,
			acts: func(s kernel.Settings) bool { return s.SendBuffer == 131072 }, wasNow: true, wasRestarted: true, wasBoot: true,
			reading: func(*lab) any { return nil }},
		{name: "a boot in place of a restart of the adapter", takes: "netkvm.LsoV2IPv4=reboot", line: lsoOff,
			acts: func(s kernel.Settings) bool { return !*s.TSO }, wasBoot: true,
			reading: (*lab).lso, readNow: true, readRestart: false, readBoot: false},
		{name: "at once in place of a restart of the adapter", takes: "netkvm.LsoV2IPv4=at-once", line: lsoOff,
			acts: func(s kernel.Settings) bool { return !*s.TSO }, wasNow: true, wasRestarted: true, wasBoot: true,
			reading: (*lab).lso, readNow: true, readRestart: false, readBoot: false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := newUntold(t, machine.Untold{Takes: []string{tc.takes}}, "allow=DefaultSendWindow")
			check := func(when string, acts bool, reading any) {
				t.Helper()
				if got := tc.acts(l.host.last()); got != acts {
					t.Errorf("%s it acts: %v", when, got)
				}
				if got := tc.reading(l); got != reading {
					t.Errorf("%s a reading says %v, want %v", when, got, reading)
				}
			}
			l.must(tc.line)
			check("at once", tc.wasNow, tc.readNow)
			l.restartAdapter()
			check("after the restart of the adapter", tc.wasRestarted, tc.readRestart)
			l.reboot()
			check("after the boot", tc.wasBoot, tc.readBoot)
		})
	}
}

// A share of the window before it stays until the next boot, or until the next change.
func TestCarryOver(t *testing.T) {
	l := newUntold(t, machine.Untold{CarryOver: 0.25})
	window := func(when string, bytes int, scaled bool) {
		t.Helper()
		if got := l.host.last(); got.ReceiveWindow != bytes || *got.WindowScaling != scaled {
			t.Errorf("%s: %s, want a window of %d", when, got, bytes)
		}
	}
	const normal, off, partly = 16 << 20, 65535, 4_243_455 // the last: three quarters of off and one of normal
	window("at first", normal, true)
	l.must(autotuningOff)
	window("switched off", partly, true)
	l.must("netsh int tcp set global ecncapability=enabled")
	window("another setting later", partly, true)
	l.must("netsh int tcp set global autotuninglevel=restricted")
	window("the next level", 802_816, true) // three quarters of 1 MiB and one of 65535
	l.must(autotuningOff)
	l.reboot()
	window("after a boot", off, false)
}

// What is drawn belongs to the seed, the boot and the state of the settings: the same again gives the
// same, and its spread is the one that was asked for.
func TestInteraction(t *testing.T) {
	u := machine.Untold{Interaction: 2, Seed: 7}
	l, twin := newUntold(t, u), newUntold(t, u)
	var z []float64
	for boot := range 60 {
		base := l.host.last().Share
		if other := twin.host.last().Share; other != base {
			t.Fatalf("boot %d: the same lab draws %g and %g", boot, base, other)
		}
		l.must("netsh int tcp set global ecncapability=enabled")
		changed := l.host.last().Share
		l.must(`reg add HKLM\SOFTWARE\vnettune /v Placebo /t REG_DWORD /d 1 /f`)
		if got := l.host.last().Share; got != changed || changed == base {
			t.Errorf("boot %d: %g, with a setting %g, with a placebo beside it %g", boot, base, changed, got)
		}
		l.must("netsh int tcp set global ecncapability=disabled")
		if got := l.host.last().Share; got != base {
			t.Errorf("boot %d: back in the first state %g, want %g", boot, got, base)
		}
		z = append(z, (base-1)/0.02, (changed-1)/0.02)
		l.reboot()
		twin.reboot()
	}
	sum, squares := 0.0, 0.0
	for _, x := range z {
		sum, squares = sum+x, squares+x*x
	}
	// The seed is fixed, so that this is no matter of chance: it says that the drawing is about normal.
	n := float64(len(z))
	if mean, sd := sum/n, math.Sqrt(squares/n); math.Abs(mean) > 0.3 || sd < 0.8 || sd > 1.2 {
		t.Errorf("%d numbers of mean %.2f and standard deviation %.2f", len(z), mean, sd)
	}
	if other := newUntold(t, machine.Untold{Interaction: 2, Seed: 8}); other.host.last().Share == newUntold(t, u).host.last().Share {
		t.Error("another seed draws the same")
	}
}

// A planted effect goes by what is in force, not by what is configured.
func TestPlantedEffects(t *testing.T) {
	l := newUntold(t, machine.Untold{
		Effects: []string{"tcp.ecncapability=enabled:10", "netkvm.RxCapacity=512:20", "template.congestionprovider=ctcp:50"},
		Takes:   []string{"tcp.ecncapability=reboot"},
	})
	share := func(when string, want float64) {
		t.Helper()
		if got := l.host.last().Share; math.Abs(got-want) > 1e-9 {
			t.Errorf("%s: %g, want %g", when, got, want)
		}
	}
	share("at first", 1)
	l.must("netsh int tcp set global ecncapability=enabled")
	l.must(`reg add "` + driver + `" /v RxCapacity /t REG_SZ /d 512 /f`)
	share("written", 1)
	l.must("netsh int tcp set supplemental template=datacenter congestionprovider=ctcp")
	share("of a template that is not in use", 1)
	l.must("netsh int tcp set supplemental template=internet congestionprovider=ctcp")
	share("of the template in use", 0.5)
	l.restartAdapter()
	share("after the restart of the adapter", 0.4)
	l.reboot()
	share("after the boot", 0.36)
}

func TestUntoldRefuses(t *testing.T) {
	for _, u := range []machine.Untold{
		{Takes: []string{"tcp.rsc"}}, {Takes: []string{"tcp.rsc=later"}}, {Takes: []string{"tcpip.EnableWsd=reboot"}}, {Takes: []string{"tcp.rsc=reboot", "tcp.rsc=at-once"}},
		{Effects: []string{"tcp.rsc=disabled"}}, {Effects: []string{"tcp.rsc=disabled:0"}}, {Effects: []string{"tcp.rsc:10"}}, {Effects: []string{"tcp.rsc=:10"}},
		{Effects: []string{"tcp.rsc=disabled:91"}}, {Effects: []string{"x=1:10"}}, {CarryOver: 1.1}, {CarryOver: -0.1}, {CarryOver: math.NaN()}, {Interaction: 21}, {Interaction: math.Inf(1)},
	} {
		if err := u.Check("w10"); err == nil {
			t.Errorf("%+v: no error", u)
		}
	}
	cfg := machine.Config{Generation: "w10", Language: "en", User: "Tester", Password: "right", Untold: machine.Untold{CarryOver: 2}}
	if _, err := New(cfg, &memDisk{}, newFakeHost()); err == nil {
		t.Error("a machine began with a carry-over of 2")
	}
}

// pnputil is a way to have the adapter restarted.
func TestPnPUtil(t *testing.T) {
	l := newLab(t)
	l.must(lsoOff)
	l.refused(`pnputil /restart-device "PCI\NONE"`)
	l.refused(`pnputil /enum-devices`)
	if got := l.host.last(); !*got.TSO {
		t.Errorf("in force before the restart: %s", got)
	}
	if out := l.must(`pnputil /restart-device "` + l.m.NICs()[0].PnPID + `"`); !strings.Contains(out, "restarted successfully") {
		t.Errorf("said %q", out)
	}
	if got := l.host.last(); *got.TSO {
		t.Errorf("in force after it: %s", got)
	}
}
