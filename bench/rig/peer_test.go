package rig_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vnettune/bench/iperf"
	"vnettune/bench/rig"
)

// peer plays one by a script that is given the words of the command.
func peer(t *testing.T, script string) rig.Peer {
	t.Helper()
	path := filepath.Join(t.TempDir(), "peer")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return rig.Peer{Runner: iperf.Runner{Prefix: []string{path}}, Address: "192.0.2.7", Now: time.Now}
}

// What a peer says of itself and its way to the guest, by what iproute2 and iputils print.
func TestPeerFacts(t *testing.T) {
	f := peer(t, `case "$*" in
"uname -n") echo lab2;;
"uname -sr") echo Linux 6.1.0-28-amd64;;
*scaling_governor) echo performance;;
*tcp_congestion_control) echo bbr;;
*tcp_no_metrics_save) echo 0;;
"date +%s.%N") date -d '+2 hours' +%s.%N;;
"ip -o route get 192.0.2.7") echo '192.0.2.7 via 198.51.100.1 dev enp1s0.4 src 198.51.100.5 uid 0 \    cache ';;
"ip -o link show dev enp1s0.4") echo "3: enp1s0.4@enp1s0: <BROADCAST,UP> mtu 9000 qdisc noqueue";;
"ping -n "*) printf '64 bytes from 192.0.2.7: icmp_seq=1 ttl=127 time=0.31 ms\n\n3 packets transmitted, 3 received, 0%% packet loss, time 402ms\nrtt min/avg/max/mdev = 0.297/0.310/0.331/0.014 ms\n';;
*) exit 127;;
esac`).Facts(t.Context())
	if f.Name != "lab2" || f.Kernel != "Linux 6.1.0-28-amd64" || f.Governor != "performance" || f.CongestionControl != "bbr" || f.NoMetricsSave != "0" {
		t.Errorf("the machine: %+v", f)
	}
	if f.Address != "198.51.100.5" || f.Device != "enp1s0.4" || f.Router != "198.51.100.1" || f.MTU == nil || *f.MTU != 9000 ||
		f.Hops == nil || *f.Hops != 1 || f.RTT == nil || *f.RTT != 0.297 {
		t.Errorf("the path: %+v", f)
	}
	if f.ClockAhead == nil || *f.ClockAhead < 7100 || *f.ClockAhead > 7300 {
		t.Errorf("the clock is %v s ahead, want 7200", f.ClockAhead)
	}
}

// Whatever a peer does not tell is missing, and never 0; what it makes up is not believed.
func TestPeerThatSaysNothing(t *testing.T) {
	for _, script := range []string{"exit 127", "exit 0", "echo 'no such thing'", "printf '\\033[2J ttl=999 = x/y/z mtu dev via src'"} {
		f := peer(t, script).Facts(t.Context())
		if f.ClockAhead != nil || f.RTT != nil || f.MTU != nil || f.Hops != nil || f.Router != "" || f.Address != "" {
			t.Errorf("%s: %+v", script, f)
		}
	}
}

// This machine as its own peer.
func TestPeerIsThisMachine(t *testing.T) {
	p := peer(t, `exec "$@"`)
	p.Address = "127.0.0.1"
	f := p.Facts(t.Context())
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		t.Fatal(err)
	}
	if want := "Linux " + unix.ByteSliceToString(u.Release[:]); string(f.Kernel) != want {
		t.Errorf("kernel %q, want %q", f.Kernel, want)
	}
	if f.ClockAhead == nil || *f.ClockAhead < -60 || *f.ClockAhead > 60 {
		t.Errorf("its own clock is %v s ahead", f.ClockAhead)
	}
	if f.Device == "" {
		t.Skip("NOT TESTED: the path: no ip of iproute2")
	}
	if f.Device != "lo" || f.MTU == nil || *f.MTU < 1500 || f.Router != "" {
		t.Errorf("the path: %+v", f)
	}
}
