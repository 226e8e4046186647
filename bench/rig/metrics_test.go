package rig_test

import (
	"bytes"
	"errors"
	"net"
	"os/exec"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vnettune/bench/rig"
)

// A connection on the loopback leaves metrics; they are forgotten, and nothing that is not there is an error.
func TestForgetMetrics(t *testing.T) {
	show, err := exec.LookPath("ip")
	if err != nil {
		t.Skip("NOT TESTED: forgetting TCP metrics: no ip of iproute2 to see them by")
	}
	l, err := net.Listen("tcp", "127.0.0.9:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	accepted, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	accepted.Close() // which ends in no TIME_WAIT on this side of the connection
	c.Close()
	cached := func() string {
		out, err := exec.Command(show, "tcp_metrics", "show", "127.0.0.9").CombinedOutput()
		if err != nil || !bytes.Contains(out, []byte("127.0.0.9")) {
			return ""
		}
		return string(out)
	}
	// What a connection leaves is there some time after its end.
	for range 200 {
		if cached() != "" {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if cached() == "" {
		t.Skip("NOT TESTED: forgetting TCP metrics: this host caches none")
	}
	if err := rig.ForgetMetrics("127.0.0.9"); errors.Is(err, unix.EPERM) {
		t.Skip("NOT TESTED: forgetting TCP metrics takes the right to configure the network")
	} else if err != nil {
		t.Fatal(err)
	}
	if left := cached(); left != "" {
		t.Errorf("still cached: %s", left)
	}
	if err := rig.ForgetMetrics("127.0.0.9"); err != nil {
		t.Errorf("nothing to forget: %v", err)
	}
	if rig.ForgetMetrics("nowhere") == nil {
		t.Error("no address is no error")
	}
}
