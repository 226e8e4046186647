package lab_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vnettune/apply/qmp"
	"vnettune/lab"
)

// needVM skips where a virtual machine cannot be had, and says what is missing.
func needVM(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("THE VIRTUAL MACHINE IS NOT TESTED: -short")
	}
	for program, pkg := range map[string]string{
		"qemu-system-x86_64": "qemu-system-x86", "iperf3": "iperf3", "nsenter": "util-linux",
		"apt-get": "apt (Debian or Ubuntu)", "dpkg-deb": "dpkg (Debian or Ubuntu)",
	} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("THE VIRTUAL MACHINE IS NOT TESTED: no %s; run: apt-get install %s", program, pkg)
		}
	}
	if f, err := os.OpenFile("/dev/net/tun", os.O_RDWR, 0); err != nil {
		t.Skipf("THE VIRTUAL MACHINE IS NOT TESTED: %v; run the tests as root", err)
	} else {
		f.Close()
	}
}

// staticBinary builds this very test binary without cgo, so that it can be the init of
// a machine without libraries; one built with the race detector cannot.
func staticBinary(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "lab.test")
	cmd := exec.Command("go", "test", "-c", "-o", path, ".")
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

// userCache is where kernels are kept between test runs: fetching one takes a network.
func userCache(t *testing.T) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(cache, "vnettune")
}

func TestVirtualMachine(t *testing.T) {
	needVM(t)
	m := newManager(t, userCache(t))
	var log strings.Builder
	i, err := m.Up(t.Context(), lab.Options{
		Name: "machine", Kind: lab.KindVM, Delay: 2 * time.Millisecond, Executable: staticBinary(t), Log: &log,
	})
	if err != nil && strings.Contains(err.Error(), "find a kernel") {
		t.Skipf("THE VIRTUAL MACHINE IS NOT TESTED: %v", err)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, &log)
	}
	t.Logf("%s\nfirst answer after %.1f s, accelerator %s", &log, i.FirstAnswer, i.Accelerator)
	if got := ask(t, i, "fingerprint"); got != i.Fingerprint {
		t.Errorf("certificate over HTTPS has fingerprint %s, info says %s", got, i.Fingerprint)
	}
	ask(t, i, "netsh interface tcp set global autotuninglevel=disabled")
	waitFor(t, i.Console, "ReceiveWindow=65535")

	c, err := qmp.Dial(t.Context(), i.QMPSocket)
	if err != nil {
		t.Fatal(err)
	}
	if status, err := c.Execute(t.Context(), "query-status", nil); err != nil || !strings.Contains(string(status), "running") {
		t.Errorf("monitor: %s, %v", status, err)
	}
	c.Close()

	a := dialAgent(t, i.AgentSocket)
	a.mustPlay("lab")
	if _, code := a.run("", "shutdown.exe", "/r", "/t", "1", "/f"); code != 0 {
		t.Errorf("shutdown by the agent: exit code %d", code)
	}
	waitFor(t, i.KeeperLog, "boot 2: first answer")
	a = dialAgent(t, i.AgentSocket)
	a.mustPlay("lab")
	a.conn.Close() // QEMU serves one client at a time
	console, err := os.ReadFile(i.Console)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(console), "ReceiveWindow=65535"); n != 2 {
		t.Errorf("the setting came into effect %d times, want once by netsh and once by the second boot:\n%s", n, console)
	}
	mustLoseItsNetwork(t, i, 2)
	if console, err = os.ReadFile(i.Console); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(console), "VLAN=7") {
		t.Errorf("no boot was in a VLAN:\n%s", console)
	}
	for _, bad := range []string{"not available", "kernel module", "boot failed", "NO GUEST AGENT"} {
		if strings.Contains(string(console), bad) {
			t.Errorf("the console says %q:\n%s", bad, console)
		}
	}
	f := footprintOf(t, i)
	if err := m.Down(t.Context(), "machine"); err != nil {
		t.Fatal(err)
	}
	f.mustBeGone(t)
}
