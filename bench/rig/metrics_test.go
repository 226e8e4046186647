package rig_test

import (
	"bytes"
	"errors"
	"net"
	"os/exec"
	"testing"

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
	c.Close()
	if err := rig.ForgetMetrics("127.0.0.9"); errors.Is(err, unix.EPERM) {
		t.Skip("NOT TESTED: forgetting TCP metrics takes the right to configure the network")
	} else if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(show, "tcp_metrics", "show", "127.0.0.9").CombinedOutput()
	if err == nil && bytes.Contains(out, []byte("127.0.0.9")) {
		t.Errorf("still cached: %s", out)
	}
	if err := rig.ForgetMetrics("127.0.0.9"); err != nil {
		t.Errorf("nothing to forget: %v", err)
	}
	if rig.ForgetMetrics("nowhere") == nil {
		t.Error("no address is no error")
	}
}
