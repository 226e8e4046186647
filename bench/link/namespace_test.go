package link

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
)

// insideVariable tells the test binary that it runs in a namespace of its own, where
// it may change everything.
const insideVariable = "VNETTUNE_TEST_NAMESPACE"

func TestInANamespace(t *testing.T) {
	cmd := exec.Command(os.Args[0], "-test.run=^TestInside", "-test.v")
	cmd.Env = append(cmd.Environ(), insideVariable+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Skipf("THE CONDITIONS OF A LINK ARE NOT TESTED: no network namespace: %v; run the tests as root", err)
	}
	err := cmd.Wait()
	for line := range strings.Lines(out.String()) {
		if strings.Contains(line, "NOT TESTED") {
			t.Log(strings.TrimSpace(line))
		}
	}
	if err != nil || !bytes.Contains(out.Bytes(), []byte("--- PASS: TestInside ")) {
		t.Errorf("%v\n%s", err, &out)
	}
}

// queues are the kinds and handles of an adapter's queues that have one.
func queues(t *testing.T, l netlink.Link) string {
	t.Helper()
	all, err := netlink.QdiscList(l)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, q := range all {
		if q.Attrs().Handle != 0 {
			said = append(said, q.Type()+" "+netlink.HandleStr(q.Attrs().Handle))
		}
	}
	return strings.Join(said, ", ")
}

func TestInside(t *testing.T) {
	if os.Getenv(insideVariable) == "" {
		t.Skip("part of TestInANamespace")
	}
	const name = "end0"
	veth := &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: name}, PeerName: "end1"}
	if err := netlink.LinkAdd(veth); err != nil {
		t.Fatal(err)
	}
	l, err := netlink.LinkByName(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := netlink.LinkSetUp(l); err != nil {
		t.Fatal(err)
	}
	limits := CanHere(Conditions{Rate: 1e9})
	delays := CanHere(Conditions{Delay: time.Millisecond})
	steps := []struct {
		c    Conditions
		want string
	}{
		{Conditions{Rate: 100e6}, "tbf 766f:0"},
		{Conditions{Rate: 8e9}, "tbf 766f:0"},
		{Conditions{Delay: 10 * time.Millisecond}, "netem 766e:0"},
		{Conditions{Delay: 5 * time.Millisecond, Jitter: time.Millisecond, Loss: 1, Rate: 50e6}, "netem 766e:0, tbf 766f:0"},
		{Conditions{Loss: 0.5, Rate: 60e6}, "netem 766e:0, tbf 766f:0"},
		{Conditions{Loss: 0.5}, "netem 766e:0"},
		{Conditions{Rate: 1e6}, "tbf 766f:0"},
		{Conditions{}, ""},
	}
	for _, s := range steps {
		err := Set(name, Tune, s.c)
		switch lacks := s.c.queued() && delays != nil || s.c.Rate > 0 && limits != nil; {
		case lacks && (err == nil || !strings.Contains(err.Error(), "this kernel has no ")):
			t.Errorf("%+v: %v, want why it cannot be had", s.c, err)
		case lacks: // and then nothing of it is left
			s.want = ""
		case err != nil:
			t.Fatalf("%+v: %v", s.c, err)
		}
		if got := queues(t, l); got != s.want {
			t.Errorf("%+v: %q, want %q", s.c, got, s.want)
		}
	}
	if delays != nil {
		t.Logf("DELAY, JITTER AND LOSS ARE NOT TESTED HERE: %v", delays)
	}
	if limits != nil {
		t.Logf("RATES AND OTHERS' QUEUES ARE NOT TESTED: %v", limits)
		return
	}
	// What somebody else has made stays, whatever is asked.
	if err := Set(name, Stand, Conditions{Rate: 1e8}); err != nil {
		t.Fatal(err)
	}
	var others *OthersError
	if err := Set(name, Tune, Conditions{Rate: 1e6}); !errors.As(err, &others) || others.Kind != "tbf" {
		t.Errorf("another's queue: %v", err)
	}
	if err := Free(name, Tune); !errors.As(err, &others) {
		t.Errorf("another's queue: %v", err)
	}
	if err := Clear(name, Tune); err != nil {
		t.Errorf("nothing of ours to clear: %v", err)
	}
	if got := queues(t, l); got != "tbf 2:0" {
		t.Errorf("after all that: %q", got)
	}
	if err := errors.Join(Clear(name, Stand), Free(name, Tune), Clear("none", Tune)); err != nil {
		t.Error(err)
	}
	if got := queues(t, l); got != "" {
		t.Errorf("cleared: %q", got)
	}
	if err := Set("none", Tune, Conditions{Rate: 1e6}); err == nil {
		t.Error("an adapter that is not there has conditions")
	}
}
