package lab

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vnettune/trouble"
)

func TestOptions(t *testing.T) {
	good := func(change func(*Options)) Options {
		o := Options{Executable: "/bin/vnettune"}
		change(&o)
		return o
	}
	for name, c := range map[string]struct {
		options Options
		want    string // in the error; empty: none
	}{
		"defaults":           {good(func(o *Options) {}), ""},
		"delay":              {good(func(o *Options) { o.Delay = 2 * time.Millisecond }), ""},
		"kind":               {good(func(o *Options) { o.Kind = "vbox" }), "use lab or lab-fast"},
		"fast with delay":    {good(func(o *Options) { o.Kind, o.Delay = KindFast, time.Millisecond }), "use the virtual machine lab"},
		"negative delay":     {good(func(o *Options) { o.Delay = -1 }), "use 0 to"},
		"odd delay":          {good(func(o *Options) { o.Delay = 1500 }), "whole microseconds"},
		"an iperf3":          {good(func(o *Options) { o.IPerf = "sh" }), ""},
		"no such iperf3":     {good(func(o *Options) { o.IPerf = "/nonexistent/iperf3" }), "name an iperf3 of this host"},
		"a file as iperf3":   {good(func(o *Options) { o.IPerf = "unit_test.go" }), "name an iperf3 of this host"},
		"unknown fault":      {good(func(o *Options) { o.Faults = []string{"explode"} }), "explode"},
		"name with a path":   {good(func(o *Options) { o.Name = "../x" }), "letters, digits"},
		"long name":          {good(func(o *Options) { o.Name = strings.Repeat("x", 41) }), "letters, digits"},
		"relative program":   {good(func(o *Options) { o.Executable = "vnettune" }), "must be absolute"},
		"name of a campaign": {good(func(o *Options) { o.Name = "a.b_c+d,e=f:g-h" }), ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := c.options.withDefaults()
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (err == nil || !strings.Contains(trouble.Line(err), c.want) || !errors.Is(err, ErrOptions)):
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestARecycledProcessIDIsNeverKilled(t *testing.T) {
	cmd := exec.Command("sleep", "600")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	waited := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(waited)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-waited
	})
	now, err := findProcess(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	before := process{pid: now.pid, start: now.start - 1}
	if before.alive() {
		t.Error("a process that started at another time is taken for this one")
	}
	if err := before.end(); err != nil {
		t.Errorf("end of a process that is gone: %v", err)
	}
	if err := before.signal(syscall.SIGKILL); !errors.Is(err, errGone) {
		t.Errorf("signal to a process that is gone: %v", err)
	}
	if !now.alive() {
		t.Fatal("the process that has the id now was killed")
	}
	if err := now.end(); err != nil || now.alive() {
		t.Errorf("end: %v", err)
	}
}

func TestParseStat(t *testing.T) {
	rest := " S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 424242 20 21"
	for name, c := range map[string]struct {
		stat  string
		start uint64
		ok    bool
	}{
		"plain":                {"7 (sh)" + rest, 424242, true},
		"a name with brackets": {"7 (a) S 1 (b))" + rest, 424242, true},
		"cut":                  {"7 (sh) S 1 2", 0, false},
		"empty":                {"", 0, false},
		"not a number":         {"7 (sh)" + strings.Replace(rest, "424242", "x", 1), 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			start, state, err := parseStat([]byte(c.stat))
			if (err == nil) != c.ok || start != c.start || c.ok && state != 'S' {
				t.Errorf("got %d, %c, %v", start, state, err)
			}
		})
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add([]byte("7 (sh) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 424242"))
	f.Add([]byte(")"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, state, err := parseStat(b); err == nil && !bytes.ContainsRune(b, rune(state)) && state < 0x80 {
			t.Errorf("state %q is not in %q", state, b)
		}
	})
}

func TestInfoSurvivesItsFile(t *testing.T) {
	want := Info{
		Name: "x", Kind: KindVM, DelayMS: milliseconds(1234567 * time.Nanosecond), Faults: []string{"iperf-fails"},
		KeeperPID: 5, KeeperStart: 1<<63 + 1, UserNamespace: true,
	}
	path := filepath.Join(t.TempDir(), "info.json")
	if err := writeInfo(path, want); err != nil {
		t.Fatal(err)
	}
	got, err := readInfo(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if got.Delay() != 1234*time.Microsecond {
		t.Errorf("delay %v", got.Delay())
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readInfo(path); err == nil || !strings.Contains(trouble.Line(err), path) {
		t.Errorf("half a file: %v", err)
	}
}

func TestTheSocketsPathIsShortEnough(t *testing.T) {
	for _, state := range []string{"/s", "/" + strings.Repeat("s", 200)} {
		m := Manager{State: state, Runtime: "/run/user/1000/vnettune"}
		f := m.folder(strings.Repeat("n", 40))
		if len(f.socket()) > maxSocketPath {
			t.Errorf("%s has %d bytes", f.socket(), len(f.socket()))
		}
	}
}

func TestCertificate(t *testing.T) {
	server, err := newCertificate(guestAddress.Addr())
	if err != nil {
		t.Fatal(err)
	}
	key, err := server.keyPEM()
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair([]byte(server.certificatePEM()), []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	if err := pair.Leaf.VerifyHostname("192.0.2.2"); err != nil {
		t.Error(err)
	}
	if len(server.fingerprint()) != 64 {
		t.Errorf("fingerprint %q", server.fingerprint())
	}
	if other, err := newCertificate(guestAddress.Addr()); err != nil || other.key.Equal(server.key) {
		t.Errorf("two labs have one key, or %v", err)
	}
}

func TestClientCertificate(t *testing.T) {
	authority, client, err := newClientCertificate("Administrator")
	if err != nil {
		t.Fatal(err)
	}
	if err := client.certificate.CheckSignatureFrom(authority.certificate); err != nil {
		t.Error(err)
	}
	f := Manager{State: t.TempDir()}.folder("x")
	if err := os.MkdirAll(f.path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := f.writeCertificates(authority, client); err != nil {
		t.Fatal(err)
	}
	if _, err := tls.LoadX509KeyPair(f.clientCertificate(), f.clientKey()); err != nil {
		t.Error(err)
	}
	if i, err := os.Stat(f.clientKey()); err != nil || i.Mode().Perm() != 0o600 {
		t.Errorf("the key's rights: %v, %v", i.Mode(), err)
	}
}

func TestLock(t *testing.T) {
	m := Manager{State: t.TempDir()}
	unlock, err := m.lock(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	other, err := m.lock(t.Context(), "y")
	if err != nil {
		t.Fatal(err)
	}
	other()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.lock(ctx, "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("second holder: %v", err)
	}
	unlock()
	again, err := m.lock(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	again()
	if left, _ := os.ReadDir(m.State); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestLockHoldsUnderContention(t *testing.T) {
	m := Manager{State: t.TempDir()}
	var inside atomic.Int32 // the lock itself is none that the race detector knows
	done := make(chan error)
	for range 8 {
		go func() {
			unlock, err := m.lock(t.Context(), "x")
			if err == nil {
				if n := inside.Add(1); n != 1 {
					err = fmt.Errorf("%d inside at a time", n)
				}
				inside.Add(-1)
				unlock()
			}
			done <- err
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestEnter(t *testing.T) {
	argv := []string{"/bin/true", "-x"}
	for name, c := range map[string]struct {
		info Info
		want []string
	}{
		"root": {Info{KeeperPID: 7}, []string{"nsenter", "-t", "7", "-n", "--", "/bin/true", "-x"}},
		"user": {Info{KeeperPID: 7, UserNamespace: true},
			[]string{"nsenter", "--preserve-credentials", "-U", "-t", "7", "-n", "--", "/bin/true", "-x"}},
	} {
		cmd := Enter(c.info, argv, []string{"A=b"})
		if d := cmp.Diff(c.want, cmd.Args); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		if !slices.Contains(cmd.Env, "A=b") || len(cmd.Env) < 2 {
			t.Errorf("%s: environment %v", name, cmd.Env)
		}
	}
}

func TestReadKeeper(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keeper.pid")
	if err := writeKeeper(path, process{42, 99}); err != nil {
		t.Fatal(err)
	}
	if p, err := readKeeper(path); err != nil || p != (process{42, 99}) {
		t.Errorf("got %v, %v", p, err)
	}
	for _, bad := range []string{"", "x", "42", "1 5", "-1 5", "0 0"} {
		if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if p, err := readKeeper(path); err == nil {
			t.Errorf("%q was read as %v", bad, p)
		}
	}
}
