package windows

import (
	"context"
	"strings"
	"testing"
	"time"

	"vnettune/lab/windows/machine"
)

// A fault with a boot happens in that boot and in no other.
func TestFaultsByBoot(t *testing.T) {
	l := newLabOf(t, "w10", "ignore=rss@boot=2")
	for boot, write := range []string{"rss=disabled", "rss=enabled", "rss=enabled"} {
		l.must("netsh interface tcp set global " + write)
		want := write
		if boot == 1 {
			want = "rss=disabled"
		}
		if out := l.must("netsh interface tcp dump"); !strings.Contains(out, want) {
			t.Errorf("boot %d:\n%s", boot+1, out)
		}
		if n := l.m.Boots(); n != boot+1 {
			t.Errorf("boot %d counts as %d", boot+1, n)
		}
		l.reboot()
	}
}

func TestDeniedSettings(t *testing.T) {
	l := newLabOf(t, "w10", "deny=RSS", "deny=DefaultReceiveWindow")
	if out := l.refused("netsh interface tcp set global rss=disabled"); !strings.Contains(out, "Access is denied.") {
		t.Errorf("netsh says %q", out)
	}
	if out := l.refused(`reg add HKLM\SYSTEM\CurrentControlSet\Services\AFD\Parameters /v DefaultReceiveWindow /t REG_DWORD /d 1 /f`); !strings.Contains(out, "Access is denied.") {
		t.Errorf("reg says %q", out)
	}
	if out := l.must("netsh interface tcp dump"); !strings.Contains(out, "rss=enabled") {
		t.Errorf("a denied write was done:\n%s", out)
	}
	l.must("netsh interface tcp set global autotuninglevel=disabled")
}

func TestDeniedInAForeignLanguage(t *testing.T) {
	l := newLabOf(t, "w10", "deny=rss", "foreign-texts")
	a := l.played("write", `{"steps": [{"op": "netsh", "args": ["interface", "tcp", "set", "global", "rss=disabled"]}]}`)
	step := a["steps"].([]any)[0].(map[string]any)
	if step["ok"] != false || !strings.Contains(step["output"].(string), "Отказано в доступе.") {
		t.Errorf("got %v", step)
	}
}

func TestRevertedSettings(t *testing.T) {
	l := newLabOf(t, "w10", "revert=rss@boot=2", "revert=*LsoV2IPv4@boot=2", "revert=DefaultReceiveWindow@boot=2", "revert=delayedackfrequency@boot=2")
	l.must("netsh interface tcp set global rss=disabled autotuninglevel=disabled")
	l.must("netsh interface tcp set supplemental template=internet delayedackfrequency=1")
	l.must(`reg add HKLM\SYSTEM\CurrentControlSet\Services\AFD\Parameters /v DefaultReceiveWindow /t REG_DWORD /d 1 /f`)
	l.must(`reg add "` + classOf(l) + `" /v *LsoV2IPv4 /t REG_SZ /d 0 /f`)
	l.reboot()
	if out := l.must("netsh interface tcp dump"); !strings.Contains(out, "rss=enabled") || !strings.Contains(out, "autotuninglevel=disabled") {
		t.Errorf("after the boot:\n%s", out)
	}
	if v := l.m.View().TCP.Templates["internet"]["delayedackfrequency"]; v != "2" {
		t.Error("delayedackfrequency survived")
	}
	l.refused(`reg query HKLM\SYSTEM\CurrentControlSet\Services\AFD\Parameters /v DefaultReceiveWindow`)
	if out := l.must(`reg query "` + classOf(l) + `" /v *LsoV2IPv4`); !strings.Contains(out, "REG_SZ    1") {
		t.Errorf("the adapter's value is not the installed one: %s", out)
	}
	l.must("netsh interface tcp set global rss=disabled")
	l.reboot()
	if out := l.must("netsh interface tcp dump"); !strings.Contains(out, "rss=disabled") {
		t.Errorf("the third boot reverts as well:\n%s", out)
	}
}

// classOf is the class key of the first adapter.
func classOf(l *lab) string {
	return `HKLM\SYSTEM\CurrentControlSet\Control\Class\{4d36e972-e325-11ce-bfc1-08002be10318}\` + "0001"
}

func TestFullDisk(t *testing.T) {
	l := newLabOf(t, "w10", "disk-full@boot=1,step=reg,nth=2")
	l.must(`reg add HKLM\SOFTWARE\x /v a /t REG_DWORD /d 1 /f`)
	if out := l.refused(`reg add HKLM\SOFTWARE\x /v b /t REG_DWORD /d 1 /f`); !strings.Contains(out, "not enough space") {
		t.Errorf("reg says %q", out)
	}
	l.must(`reg query HKLM\SOFTWARE\x /v a`)
	l.refused(`reg query HKLM\SOFTWARE\x /v b`)
	l.reboot()
	l.must(`reg add HKLM\SOFTWARE\x /v b /t REG_DWORD /d 1 /f`)
}

func TestRestartsThatNobodyAskedFor(t *testing.T) {
	l := newLabOf(t, "w10", "restart=2s@step=command,nth=2")
	l.must("hostname")
	l.host.pass(time.Hour)
	if l.m.GoingDown() {
		t.Fatal("it goes down before its point")
	}
	l.must("hostname")
	l.host.pass(time.Second)
	if l.m.GoingDown() {
		t.Fatal("it goes down before its time")
	}
	l.host.pass(2 * time.Second)
	if !l.m.GoingDown() {
		t.Error("it stays up")
	}
}

func TestACommandThatHangsEndsWithItsClient(t *testing.T) {
	l := newLabOf(t, "w10", "hang@step=command")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { l.m.Run(ctx, machine.Command{Line: "hostname"}); close(ended) }()
	select {
	case <-ended:
		t.Error("it ended by itself")
	case <-time.After(20 * time.Millisecond):
	}
	cancel()
	<-ended
	l.must("hostname")
}

func TestStaysUp(t *testing.T) {
	l := newLabOf(t, "w10", "stay-up@boot=1")
	l.must("shutdown /r /t 0 /f")
	l.host.pass(time.Hour)
	if l.m.GoingDown() {
		t.Error("it goes down")
	}
	l.reboot()
	l.must("shutdown /r /t 0 /f")
	l.host.pass(time.Hour)
	if !l.m.GoingDown() {
		t.Error("the second boot stays up as well")
	}
}

func TestFaultsOfIPerf(t *testing.T) {
	in := func(action string) string {
		return `{"action": "` + action + `", "exe": "C:\\vnettune\\iperf3.exe", "port": 0}`
	}
	newLabOf(t, "w10", "iperf-missing").failed("iperf", in("start"), "exe")

	for value, want := range map[string]string{"3.0.11": "iperf 3.0.11", "3.1.3-2.5.1": "iperf 3.1.3\nCYGWIN_NT-10.0 VNETTUNE-LAB 2.5.1(0.297/5/3) 2016-04-21 22:14 x86_64"} {
		l := newLabOf(t, "w10", "iperf-version="+value)
		a := l.played("iperf", `{"action": "status", "exe": "C:\\vnettune\\iperf3.exe", "port": 5201}`)
		if a["version"] != want {
			t.Errorf("version %q", a["version"])
		}
	}
}
