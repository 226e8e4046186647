package lab_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vnettune/lab"
	"vnettune/lab/windows/machine"
)

// options is what a new connection to the guest's WinRM has agreed on in its handshake.
func options(address string) error {
	conn, err := net.DialTimeout("tcp", address+":5985", 10*time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		return err
	}
	var info *unix.TCPInfo
	var failed error
	if err := raw.Control(func(fd uintptr) { info, failed = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO) }); err != nil || failed != nil {
		return errors.Join(err, failed)
	}
	// Bits of tcpi_options: TCPI_OPT_TIMESTAMPS and TCPI_OPT_WSCALE of include/uapi/linux/tcp.h.
	fmt.Printf("scaling=%t timestamps=%t", info.Options&4 != 0, info.Options&1 != 0)
	return nil
}

// cut keeps a connection open while a command restarts the adapter, and prints what it hears of that.
func cut(w winrm, address, command string) error {
	conn, err := net.DialTimeout("tcp", address+":5985", 10*time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := fmt.Fprint(conn, "POST /wsman HTTP/1.1\r\nHost: guest\r\n"); err != nil { // its end never comes
		return err
	}
	go w.run(command, nil) // whether it is answered before the adapter goes is not certain
	for up := false; !up; time.Sleep(20 * time.Millisecond) {
		b, err := os.ReadFile(os.Getenv("LAB_CONSOLE"))
		if err != nil {
			return err
		}
		up = regexp.MustCompile(`(?s)adapter \S+: down.*adapter \S+: up`).Match(b)
	}
	for { // until the host has found the guest's hardware address again
		probe, err := net.DialTimeout("tcp", address+":5985", 200*time.Millisecond)
		if err == nil {
			probe.Close()
			break
		}
	}
	one := make([]byte, 1)
	_ = conn.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
	if _, err := conn.Read(one); !errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("it heard %q, %v", one, err)
	}
	if _, err := fmt.Fprint(conn, "\r\n"); err != nil {
		return err
	}
	_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	if _, err := conn.Read(one); !errors.Is(err, syscall.ECONNRESET) {
		return fmt.Errorf("after it sent again it heard %q, %v", one, err)
	}
	fmt.Print("heard nothing, then a reset")
	return nil
}

// grown is the largest window of some runs, until one is above a bound: on a busy machine a reader that keeps up needs no
// large one.
func grown(t *testing.T, i lab.Info, bound int) (largest int) {
	t.Helper()
	for range 5 {
		if largest = max(largest, window(t, i)); largest > bound {
			break
		}
	}
	return largest
}

// window is the largest receive window in bytes that the guest of a fast lab gave a run of iperf3, whose
// server was started for it.
func window(t *testing.T, i lab.Info) int {
	t.Helper()
	b, err := os.ReadFile(i.KeeperLog)
	if err != nil {
		t.Fatal(err)
	}
	boots := regexp.MustCompile(`process (\d+)`).FindAllSubmatch(b, -1)
	inside := i
	if inside.KeeperPID, err = strconv.Atoi(string(boots[len(boots)-1][1])); err != nil {
		t.Fatal(err)
	}
	server := lab.Enter(inside, []string{"iperf3", "-s", "-1", "-p", "5301"}, nil)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = server.Process.Kill() // it has ended where all went well
		_ = server.Wait()
	}()
	var run struct {
		End struct {
			Streams []struct {
				Sender struct {
					Window int `json:"max_snd_wnd"`
				}
			}
		}
	}
	for end := time.Now().Add(30 * time.Second); len(run.End.Streams) == 0; time.Sleep(20 * time.Millisecond) { // the server needs its time
		out, err := lab.Enter(i, []string{"iperf3", "-c", i.GuestAddress, "-p", "5301", "-t", "1", "-J"}, nil).Output()
		if err == nil {
			err = json.Unmarshal(out, &run)
		}
		if time.Now().After(end) {
			t.Fatalf("iperf3: %v: %s", err, out)
		}
	}
	if run.End.Streams[0].Sender.Window == 0 {
		t.Skip("WINDOWS OF iperf3 ARE NOT TESTED: this iperf3 does not tell them")
	}
	return run.End.Streams[0].Sender.Window
}

// A run of iperf3 has the window of the moment: auto-tuning off acts on it without a reboot, but not
// on a guest that takes it at a reboot only.
func TestWindowsOfRuns(t *testing.T) {
	needFast(t)
	m := newManager(t, "")
	const unscaled = 65535 // bytes: no window is larger without a scale
	i := upFast(t, m, "honest")
	if got := grown(t, i, unscaled); got <= unscaled {
		t.Errorf("at first the window is %d", got)
	}
	ask(t, i, "output", autotuningOff)
	if got := window(t, i); got > unscaled {
		t.Errorf("without a reboot the window is %d", got)
	}
	i, err := m.Up(t.Context(), lab.Options{Name: "liar", Kind: lab.KindFast, Untold: untoldOfWindows, Executable: executable(t)})
	if err != nil {
		t.Fatal(err)
	}
	ask(t, i, "output", autotuningOff)
	if got := grown(t, i, unscaled); got <= unscaled {
		t.Errorf("a guest that takes it at a reboot has a window of %d", got)
	}
	reboot(t, i, 2)
	if got := window(t, i); got > unscaled {
		t.Errorf("after the reboot it has %d", got)
	}
}

// untoldOfWindows is what the lab of TestWindowsOfRuns hides.
var untoldOfWindows = machine.Untold{Takes: []string{"tcp.autotuninglevel=reboot"}}

// rateOf is what the host's end of the cable is limited to, in bit/s, as tc prints it.
func rateOf(t *testing.T, i lab.Info) string {
	t.Helper()
	out, err := lab.Enter(i, []string{"tc", "qdisc", "show"}, nil).CombinedOutput()
	m := regexp.MustCompile(`tbf .*rate (\S+)`).FindSubmatch(out)
	if err != nil || m == nil {
		t.Fatalf("no rate in %s (%v)", out, err)
	}
	return string(m[1])
}

// lastEffect is the newest line of what is in effect.
func lastEffect(t *testing.T, i lab.Info) string {
	t.Helper()
	b, err := os.ReadFile(i.Console)
	if err != nil {
		t.Fatal(err)
	}
	lines := regexp.MustCompile(`settings in effect: .*`).FindAllString(string(b), -1)
	if lines == nil {
		t.Fatalf("nothing came into effect:\n%s", b)
	}
	return lines[len(lines)-1]
}

func mustHave(t *testing.T, when, in string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(in, p) {
			t.Errorf("%s: %q, want %s", when, in, p)
		}
	}
}

// reboot restarts the guest and waits for its nth boot.
func reboot(t *testing.T, i lab.Info, nth int) {
	t.Helper()
	ask(t, i, "shutdown /r /t 1")
	waitFor(t, i.KeeperLog, "boot "+strconv.Itoa(nth)+": first answer")
}

const (
	autotuningOff = "netsh interface tcp set global autotuninglevel=disabled"
	timestampsOn  = "netsh interface tcp set global timestamps=enabled"
	ecnOn         = "netsh interface tcp set global ecncapability=enabled"
	lsoOff        = `reg add "HKLM\SYSTEM\CurrentControlSet\Control\Class\{4d36e972-e325-11ce-bfc1-08002be10318}\0001" /v *LsoV2IPv4 /t REG_SZ /d 0 /f`
	restartDevice = `pnputil /restart-device "PCI\VEN_1AF4&DEV_1000&SUBSYS_00011AF4&REV_00\3&13C0B0C5&0&18"`
)

// takes is a contract of both kinds of lab: what acts at once is agreed on by new connections, what
// the lab lies about is not, and the driver's keywords wait for the restart of the adapter, which cuts
// WinRM off without a word and lets it come back.
func takes(t *testing.T, i lab.Info) {
	mustHave(t, "at first", ask(t, i, "options"), "scaling=true", "timestamps=false")
	if got := rateOf(t, i); got != "200Mbit" {
		t.Errorf("at first the host sends with %s", got)
	}
	ask(t, i, "output", autotuningOff)
	ask(t, i, "output", timestampsOn)
	mustHave(t, "one acts at once, the other does not", ask(t, i, "options"), "scaling=true", "timestamps=true")
	mustHave(t, "what is configured", ask(t, i, "output", "netsh interface tcp show global"), "Level    : disabled")
	ask(t, i, "output", ecnOn)
	if got := rateOf(t, i); got != "150Mbit" {
		t.Errorf("with a planted effect the host sends with %s", got)
	}

	ask(t, i, "output", lsoOff)
	mustHave(t, "a keyword before the restart", lastEffect(t, i), "TSO=true")
	if got := ask(t, i, "cut", restartDevice); got != "heard nothing, then a reset" {
		t.Errorf("a connection that was open before the restart: %q", got)
	}
	mustHave(t, "after it the guest answers", ask(t, i, "output", "hostname"), "VNETTUNE-LAB")
	mustHave(t, "a keyword after the restart", lastEffect(t, i), "TSO=false", "Share=0.75")
	mustHave(t, "still", ask(t, i, "options"), "scaling=true", "timestamps=true")

	reboot(t, i, 2)
	mustHave(t, "after the boot", ask(t, i, "options"), "scaling=false", "timestamps=true")
	mustHave(t, "after the boot", lastEffect(t, i), "ReceiveWindow=65535", "TSO=false")
	if got := rateOf(t, i); got != "150Mbit" {
		t.Errorf("after the boot the host sends with %s", got)
	}
}

// untoldOfTakes is what the lab of takes hides.
var untoldOfTakes = machine.Untold{Takes: []string{"tcp.autotuninglevel=reboot"}, Effects: []string{"tcp.ecncapability=enabled:25"}}

func needTC(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("tc"); err != nil {
		t.Skip("RATES ARE NOT TESTED: no tc; run: apt-get install iproute2")
	}
}

func TestTakesFast(t *testing.T) {
	needFast(t)
	needTC(t)
	m := newManager(t, "")
	i, err := m.Up(t.Context(), lab.Options{Name: "takes", Kind: lab.KindFast, Rate: 200, Untold: untoldOfTakes, Executable: executable(t)})
	if err != nil {
		t.Fatal(err)
	}
	takes(t, i)
}

func TestTakesVirtualMachine(t *testing.T) {
	needVM(t)
	needTC(t)
	m := newManager(t, userCache(t))
	var log strings.Builder
	i, err := m.Up(t.Context(), lab.Options{Name: "takes-vm", Kind: lab.KindVM, Delay: 2 * time.Millisecond, Rate: 200, Untold: untoldOfTakes, Executable: staticBinary(t), Log: &log})
	if err != nil && strings.Contains(err.Error(), "find a kernel") {
		t.Skipf("THE VIRTUAL MACHINE IS NOT TESTED: %v", err)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, &log)
	}
	takes(t, i)
}

// Without a lie autotuning acts on new connections, and what of the window stays is gone after a boot;
// what is drawn is another number in another state and in another boot, and the same in the same.
func TestCarryOverAndInteraction(t *testing.T) {
	needFast(t)
	needTC(t)
	m := newManager(t, "")
	plain := upFast(t, m, "plain")
	ask(t, plain, "output", autotuningOff)
	mustHave(t, "without a lie", ask(t, plain, "options"), "scaling=false")

	i, err := m.Up(t.Context(), lab.Options{Name: "drawn", Kind: lab.KindFast, Rate: 200, Untold: machine.Untold{CarryOver: 0.5, Interaction: 2, Seed: 3}, Executable: executable(t)})
	if err != nil {
		t.Fatal(err)
	}
	first := rateOf(t, i)
	ask(t, i, "output", autotuningOff)
	mustHave(t, "half of the window stays", lastEffect(t, i), "ReceiveWindow=8421376", "WindowScaling=true")
	second := rateOf(t, i)
	ask(t, i, "output", "netsh interface tcp set global autotuninglevel=normal")
	if again := rateOf(t, i); again != first || second == first {
		t.Errorf("rates %s, %s and back in the first state %s", first, second, again)
	}
	ask(t, i, "output", autotuningOff)
	reboot(t, i, 2)
	mustHave(t, "after a boot nothing stays", lastEffect(t, i), "ReceiveWindow=65535", "WindowScaling=false")
	if third := rateOf(t, i); third == second {
		t.Errorf("both boots draw %s for one state", third)
	}
}
