package lab_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"vnettune/lab"
)

const (
	afdKey   = `HKLM\SYSTEM\CurrentControlSet\Services\AFD\Parameters`
	tcpipKey = `HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters`
)

// seedWindows are the window values of linux-kvm.org's page for XP, as command lines.
var seedWindows = []string{
	`reg add ` + afdKey + ` /v DefaultReceiveWindow /t REG_DWORD /d 0x100000 /f`,
	`reg add ` + afdKey + ` /v DefaultSendWindow /t REG_DWORD /d 1048576 /f`,
	`reg add ` + tcpipKey + ` /v TcpWindowSize /t REG_DWORD /d 0x100000 /f`,
	`reg add ` + tcpipKey + ` /v Tcp1323Opts /t REG_DWORD /d 1 /f`,
}

// What the kernel is told by a fresh xp and by one with the seed's windows.
const (
	xpDefault = "ReceiveWindow=65535 SendBuffer=139264 SynRetries=2 MTU=1500 Congestion=reno ECN=false Timestamps=true WindowScaling=true"
	xpSeed    = "ReceiveWindow=1048576 SendBuffer=1179648 SynRetries=2 MTU=1500 Congestion=reno ECN=false Timestamps=false WindowScaling=true"
)

// setSeed writes the seed's values, which change nothing, and restarts.
func setSeed(t *testing.T, i lab.Info) {
	t.Helper()
	for _, line := range seedWindows {
		ask(t, i, line)
	}
	if b, err := os.ReadFile(i.Console); err != nil || strings.Contains(string(b), xpSeed) {
		t.Errorf("in effect before the reboot (%v):\n%s", err, b)
	}
	ask(t, i, "shutdown -r -t 1 -f")
	waitFor(t, i.Console, xpSeed)
	waitFor(t, i.KeeperLog, "boot 2: first answer")
}

func TestFastXP(t *testing.T) {
	needFast(t)
	m := newManager(t, "")
	i, err := m.Up(t.Context(), lab.Options{Name: "xp", Kind: lab.KindFast, Generation: "xp", Executable: executable(t)})
	if err != nil {
		t.Fatal(err)
	}
	waitFor(t, i.Console, xpDefault)
	if got := ask(t, i, "output", "ver"); got != "\r\nMicrosoft Windows XP [Version 5.1.2600]\r\n" {
		t.Errorf("ver: %q", got)
	}
	setSeed(t, i)
	query := ask(t, i, "output", `reg query `+tcpipKey+` /v TcpWindowSize`)
	if want := "    TcpWindowSize\tREG_DWORD\t0x100000\r\n"; !strings.Contains(query, want) {
		t.Errorf("after the reboot: %q, want %q", query, want)
	}
	measure(t, i, "-t", "1")
	ask(t, i, "output", `wmic process call create "C:\vnettune\iperf3.exe -s -p 5202"`)
	if got := ask(t, i, "output", `wmic process where "name='iperf3.exe'" get ExecutablePath /value`); !strings.Contains(got, "\r\r\nExecutablePath=C:\\vnettune\\iperf3.exe\r\r\n") {
		t.Errorf("the running server: %q", got)
	}
}

// TestXPVirtualMachine measures what the window values do where a round trip takes 2 ms.
// A window is an upper bound of what can be received in a round trip; that the larger
// one is faster by so and so much is reported and not asserted.
func TestXPVirtualMachine(t *testing.T) {
	needVM(t)
	m := newManager(t, userCache(t))
	var log strings.Builder
	i, err := m.Up(t.Context(), lab.Options{
		Name: "xp-machine", Kind: lab.KindVM, Generation: "xp", Delay: 2 * time.Millisecond, Executable: staticBinary(t), Log: &log,
	})
	if err != nil && strings.Contains(err.Error(), "find a kernel") {
		t.Skipf("THE VIRTUAL MACHINE IS NOT TESTED: %v", err)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, &log)
	}
	waitFor(t, i.Console, xpDefault)
	bothWays := func(name string) (in, out float64) {
		in, out = measure(t, i, "-t", "2"), measure(t, i, "-t", "2", "-R")
		t.Logf("%s: %.0f Mbit/s host to guest, %.0f Mbit/s guest to host", name, in, out)
		return in, out
	}
	in, out := bothWays("xp as installed")
	if limit := 65535 * 8 / 2e-3 / 1e6; in > limit {
		t.Errorf("%.0f Mbit/s to the guest, a window of 65535 bytes allows %.0f", in, limit)
	}
	// The kernel may fill one more buffer of 64 KiB than the limit has room for.
	if limit := (139264 + 65536) * 8 / 2e-3 / 1e6; out > limit {
		t.Errorf("%.0f Mbit/s from the guest, a send buffer of 139264 bytes allows %.0f", out, limit)
	}
	setSeed(t, i)
	bothWays("1 MiB windows, Tcp1323Opts=1")
	console, err := os.ReadFile(i.Console)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"not available", "kernel module", "boot failed"} {
		if strings.Contains(string(console), bad) {
			t.Errorf("the console says %q:\n%s", bad, console)
		}
	}
}

// listening is the row of the guest's iperf3 in netstat.
var listening = regexp.MustCompile(`:5201 .*LISTENING`)

// measure starts a server in the guest for one test, runs iperf3 on the host's side
// and gives what was received, in Mbit/s.
func measure(t *testing.T, i lab.Info, arguments ...string) float64 {
	t.Helper()
	// One that stays closes its port between two tests and opens it anew.
	if got := ask(t, i, "output", `wmic process call create "C:\vnettune\iperf3.exe -s -1 -p 5201"`); !strings.Contains(got, "ReturnValue = 0;") {
		t.Fatalf("start of the server: %q", got)
	}
	for end := time.Now().Add(30 * time.Second); !listening.MatchString(ask(t, i, "output", "netstat -an -p tcp")); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("iperf3 does not listen")
		}
	}
	argv := append([]string{"iperf3", "-c", i.GuestAddress, "-J"}, arguments...)
	out, err := lab.Enter(i, argv, nil).Output()
	if err != nil {
		t.Fatalf("%v: %v: %s", argv, err, out)
	}
	var answer struct {
		Error string `json:"error"`
		End   struct {
			Received struct {
				Rate float64 `json:"bits_per_second"`
			} `json:"sum_received"`
		} `json:"end"`
	}
	if err := json.Unmarshal(out, &answer); err != nil {
		t.Fatal(err)
	}
	if answer.Error != "" || answer.End.Received.Rate == 0 {
		t.Fatalf("%v: %s, %v bit/s", argv, answer.Error, answer.End.Received.Rate)
	}
	return answer.End.Received.Rate / 1e6
}
