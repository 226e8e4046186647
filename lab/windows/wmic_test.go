package windows

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestStartedProcesses follows processes from their start to their end.
func TestStartedProcesses(t *testing.T) {
	l := newXP(t)
	l.host.iperf = "/real/iperf3"
	l.must(`wmic process call create "C:\VNETTUNE\iperf3.exe -s -p 5301"`)
	if d := cmp.Diff(map[int][]string{1001: {"/real/iperf3", "-s", "-p", "5301"}}, l.host.running); d != "" {
		t.Errorf("on the machine below (-want +got):\n%s", d)
	}
	l.must(`wmic process call create "ping -n 31 127.0.0.1"`)
	ids := func() string {
		return strings.ReplaceAll(l.must(`tasklist /fo csv /nh`), "\",\"Console\",\"0\",\"1,024 K\"\n", " ")
	}
	const idle = `"System Idle Process","0 "System","4 `
	if got := ids(); got != idle+`"iperf3.exe","5004 "ping.exe","16777216 ` {
		t.Errorf("running: %s", got)
	}
	if got := l.must(`wmic process where "processid=16777216" get CommandLine,ExecutablePath /value`); !strings.Contains(got, `CommandLine=ping -n 31 127.0.0.1`) || !strings.Contains(got, `ExecutablePath=C:\WINDOWS\system32\ping.exe`) {
		t.Errorf("ping: %q", got)
	}
	l.host.pass(30 * time.Second)
	if got := ids(); got != idle+`"iperf3.exe","5004 ` {
		t.Errorf("after the ping's time: %s", got)
	}
	delete(l.host.running, 1001) // it ended by itself
	if got := ids(); got != idle {
		t.Errorf("after the server's end: %s", got)
	}
	l.must(`wmic process call create "C:\vnettune\iperf3.exe -s"`)
	l.must(`wmic process call create "ping.exe -n 600 127.0.0.1"`)
	l.must(`taskkill /f /t /im ping.exe`)
	l.refused(`taskkill /f /im ping.exe`)
	l.reboot()
	if len(l.host.running) != 0 || ids() != idle {
		t.Errorf("the reboot left %v, %s", l.host.running, ids())
	}
}

func TestXPIPerfFails(t *testing.T) {
	l := newXP(t, "iperf-fails")
	l.must(`wmic process call create "C:\vnettune\iperf3.exe -s -p 0"`)
	if len(l.host.running) != 0 {
		t.Error("the real server was started")
	}
	if out := l.must("tasklist"); !strings.Contains(out, "iperf3.exe") {
		t.Errorf("it does not look like a server: %s", out)
	}
	l.must("taskkill /f /im iperf3.exe")
}

func TestIPerfInTheForeground(t *testing.T) {
	l := newXP(t)
	l.host.installIPerf(t)
	if got := l.must(`C:\vnettune\iperf3.exe -v`); got != "iperf 3.12 (cJSON 1.7.15)\nmore\n" {
		t.Errorf("got %q", got)
	}
	if got := l.refused(`C:\other\iperf3.exe -v`); !strings.Contains(got, "not recognized") {
		t.Errorf("another folder: %q", got)
	}
}

func TestIPerf2(t *testing.T) {
	l := newXP(t)
	const create = `wmic process call create "C:\vnettune\iperf.exe -s -u -p 5001"`
	if got := l.refused(`"C:\vnettune\iperf.exe" -v`); !strings.Contains(got, "not recognized") {
		t.Errorf("a host without iperf: %q", got)
	}
	if got := l.must(create); !strings.Contains(got, "ReturnValue = 9;") {
		t.Errorf("a host without iperf: %q", got)
	}
	l.host.installIPerf2(t)
	if _, stderr, code := l.sh(`"C:\vnettune\iperf.exe" -v`); code != 1 || stderr != "iperf version 2.1.8 (12 August 2022) pthreads\n" {
		t.Errorf("exit code %d, %q", code, stderr)
	}
	if got := l.must(create); !strings.Contains(got, "ReturnValue = 0;") || len(l.host.running) != 1 {
		t.Errorf("%q, running %v", got, l.host.running)
	}
	for _, argv := range l.host.running {
		if d := cmp.Diff([]string{l.host.iperf2, "-s", "-u", "-p", "5001"}, argv); d != "" {
			t.Error(d)
		}
	}
	l.must("taskkill /f /im iperf.exe")
	if len(l.host.running) != 0 {
		t.Errorf("left %v", l.host.running)
	}
	for _, line := range []string{"-c 192.0.2.1", "-s -o C:\\x", "-u -p 5001", "-s -p"} {
		l.refused(`wmic process call create "C:\vnettune\iperf.exe ` + line + `"`)
	}
}

func TestNetstat(t *testing.T) {
	l := newXP(t)
	for _, line := range []string{"netstat -an", "netstat -a -n", "netstat /an -p tcp", "netstat -n -p udp"} {
		if got := l.must(line); !strings.HasPrefix(got, "\nActive Connections\n\n  Proto  Local Address          Foreign Address        State\n") {
			t.Errorf("%s: %q", line, got)
		}
	}
}

func TestSet(t *testing.T) {
	l := newXP(t)
	for line, want := range map[string]string{
		"set username":             "USERNAME=Tester\n",
		"set user":                 "USERNAME=Tester\nUSERPROFILE=C:\\Documents and Settings\\Tester\n",
		"set a_b=1 2&& set a_b":    "A_B=1 2\n",
		"echo %windir%":            "C:\\WINDOWS\n",
		`set "x_y=z" & set x_y`:    "X_Y=z\n",
		"echo a>nul& echo b 2>nul": "b \n",
		"whoami 2>&1 >nul || ver >nul & echo c <nul": "c \n",
	} {
		if got := l.must(line); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
	if out := l.must("set"); !strings.Contains(out, "\nPROCESSOR_ARCHITECTURE=x86\n") {
		t.Errorf("set: %q", out)
	}
	out, errs, code := l.sh("whoami 2>&1")
	if !strings.Contains(out, "not recognized") || errs != "" || code != 1 {
		t.Errorf("2>&1: %q, %q, %d", out, errs, code)
	}
}
