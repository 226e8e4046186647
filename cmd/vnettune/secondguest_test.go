package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A campaign on one guest is measured from another: the second lab's guest, entered by nsenter, with its own iperf3 and
// meter. The cable between the two is this test's, through the first lab's host.
func TestAPeerInASecondGuest(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("NOT TESTED: a peer in a second guest: only root enters two labs at once")
	}
	w := newWorld(t)
	const second = "second"
	for _, name := range []string{worldName, second} {
		if out, err := w.command("lab", "up", name, "--kind", "fast").CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	t.Cleanup(func() {
		ctx, cancel := contextFor(time.Minute)
		defer cancel()
		if err := w.labs.Down(ctx, second); err != nil {
			t.Error(err)
		}
	})
	host, other := w.keeper(worldName), guestOf(t, w.keeper(second))
	in := func(pid int, words string) {
		t.Helper()
		args := append([]string{"-t", strconv.Itoa(pid), "-n"}, strings.Fields(words)...)
		if out, err := exec.Command("nsenter", args...).CombinedOutput(); err != nil {
			t.Skipf("NOT TESTED: a peer in a second guest: %s: %v: %s", words, err, out)
		}
	}
	// The first lab's host answers for each of the two towards the other, whose networks have the same addresses.
	in(host, "ip link add vnt-peer type veth peer name peer0")
	in(host, fmt.Sprintf("ip link set peer0 netns %d", other))
	in(host, "ip link set vnt-peer up")
	in(host, "ip route add 192.0.2.9/32 dev vnt-peer")
	in(host, "sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.proxy_arp=1")
	in(other, "ip addr flush dev eth0")
	in(other, "ip addr add 192.0.2.9/32 dev peer0")
	in(other, "ip link set peer0 up")
	in(other, "ip route add 192.0.2.2/32 dev peer0")

	if err := meterBuilt(); err != nil {
		t.Fatal(err)
	}
	own := filepath.Join(filepath.Dir(program(t)), "meter")
	text, err := os.ReadFile(w.file)
	if err != nil {
		t.Fatal(err)
	}
	before, _, _ := strings.Cut(string(text), "workloads:")
	campaign := before + fmt.Sprintf(`peer: {command: [nsenter, -t, "%d", -n], meter: %s}
workloads:
  - {direction: both, seconds: 1, omit: 0}
  - {protocol: latency, seconds: 1, omit: 0}
  - {protocol: udp, tool: meter, direction: from-guest, rate: 10M, length: 1200, seconds: 1, omit: 0}
blocks: 1
repetitions: 1
settle: 0s
`, other, own)
	if err := os.WriteFile(w.file, []byte(campaign), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := w.command("run", w.file, "--store", w.store).CombinedOutput()
	if code := exitCode(exitOf(err)); code != exitDone {
		t.Fatalf("run: exit code %d: %s", code, out)
	}
	csv, err := w.command("report", w.store, "--format", "csv").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{",tcp-to-guest,throughput,", ",tcp-from-guest,throughput,", ",latency,latency,", ",latency,transactions,", ",meter-udp-from-guest-10M-l1200,loss,"} {
		if n := strings.Count(string(csv), want); n < 2 {
			t.Errorf("%d rows with %q, want two boots': %s", n, want, csv)
		}
	}
	full, err := w.command("report", w.store, "--full", "--width", "200").Output()
	if err != nil || !strings.Contains(string(full), "- peer: ") || !strings.Contains(string(full), "tcp_no_metrics_save 0, MTU 1500") {
		t.Errorf("the peer and its path are not in the report: %v: %s", err, full)
	}
	// A peer without the meter keeps a campaign from its first write.
	broken := strings.Replace(campaign, "meter: "+own, "meter: /no/such/meter", 1)
	if err := os.WriteFile(w.file, []byte(broken), 0o600); err != nil {
		t.Fatal(err)
	}
	none := filepath.Join(t.TempDir(), "none.db")
	out, err = w.command("run", w.file, "--store", none).CombinedOutput()
	if code := exitCode(exitOf(err)); code == exitDone || !strings.Contains(string(out), "/no/such/meter") {
		t.Errorf("without a meter: exit code %d: %s", code, out)
	}
}

// keeper is the process that keeps a lab, in the network of its host.
func (w *world) keeper(name string) int {
	w.t.Helper()
	info, err := w.labs.Status(name)
	if err != nil {
		w.t.Fatal(err)
	}
	return info.KeeperPID
}

// guestOf is the process that is a fast lab's guest: the keeper's child in a network of its own.
func guestOf(t *testing.T, keeper int) int {
	t.Helper()
	network := func(pid int) string {
		name, _ := os.Readlink(fmt.Sprintf("/proc/%d/ns/net", pid))
		return name
	}
	for _, pid := range childrenOf(t, keeper) {
		if network(pid) != network(keeper) {
			return pid
		}
	}
	t.Fatalf("no child of the keeper %d has a network of its own", keeper)
	return 0
}
