package apply_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"net"
	"net/netip"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vnettune/apply"
	"vnettune/apply/winrm"
	"vnettune/lab/kernel"
	"vnettune/lab/windows"
	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/processes"
	"vnettune/lab/windows/stack"
	"vnettune/matrix"
	"vnettune/spawn"
)

var update = flag.Bool("update", false, "write golden files anew")

// standIn is the stand-in's Windows in memory: no kernel, no network, but every
// answer comes from the personality that was written without reading this package.
type standIn struct {
	t       *testing.T
	config  machine.Config
	port    int // of the connection that stands for WinRM's
	machine *machine.Machine
	disk    memoryDisk
	now     time.Time
	boot    time.Time
	restart time.Time // when the asked restart happens; zero for none
	offline int       // pings that fail after the restart
	deaf    bool      // answers a request to restart and does not restart
	effects []kernel.Settings
	cut     []bool // the adapter was taken down or up
	stuck   bool   // its adapter goes down and does not come up again

	serving sync.Mutex // held while a command runs that came over a connection, and while the clock moves

	timers    []*timer
	processes map[int]io.Closer // servers that the machine runs for the personality
	programs  map[int]*exec.Cmd // programs that were pushed, which really run
	folder    string            // of what the machine below keeps
}

// timer is something to do later by the stand-in's clock; do is nil once it is done or stopped.
type timer struct {
	at time.Time
	do func()
}

type memoryDisk struct{ data []byte }

func (d *memoryDisk) Load() ([]byte, error) { return d.data, nil }
func (d *memoryDisk) Save(b []byte) error   { d.data = bytes.Clone(b); return nil }

var guestAddress = netip.MustParseAddr("192.0.2.2")

func newStandIn(t *testing.T, faults ...string) *standIn {
	return newStandInOf(t, machine.Config{Generation: "w10", Language: "en"}, faults...)
}

// newStandInOf plays the Windows that config chooses.
func newStandInOf(t *testing.T, config machine.Config, faults ...string) *standIn {
	t.Helper()
	f, err := machine.ParseFaults(faults)
	if err != nil {
		t.Fatal(err)
	}
	config.User, config.Password, config.Faults = "Administrator", "pw", f
	s := &standIn{t: t, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), config: config}
	s.port, s.folder, s.programs = connect(t), t.TempDir(), map[int]*exec.Cmd{}
	s.start()
	return s
}

// connect opens a connection to this process, so that the stand-in finds an
// established one when it is asked which TCP template connections use.
func connect(t *testing.T) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); l.Close() })
	return l.Addr().(*net.TCPAddr).Port
}

func (s *standIn) start() {
	s.boot, s.processes = s.now, map[int]io.Closer{}
	var err error
	if s.machine, err = windows.New(s.config, &s.disk, (*standInHost)(s)); err != nil {
		s.t.Fatal(err)
	}
}

func (s *standIn) guest() *apply.Guest {
	return apply.New(s, guestAddress, s.port, s)
}

// Now and Sleep make the stand-in the harness's clock too.
func (s *standIn) Now() time.Time { return s.now }
func (s *standIn) Sleep(ctx context.Context, d time.Duration) error {
	s.serving.Lock()
	defer s.serving.Unlock()
	s.now = s.now.Add(d)
	for _, t := range s.timers {
		if do := t.do; do != nil && !s.now.Before(t.at) {
			t.do = nil
			do()
		}
	}
	if !s.restart.IsZero() && !s.now.Before(s.restart) {
		s.restart, s.offline = time.Time{}, 3
		s.now = s.now.Add(5 * time.Second)
		_ = s.machine.Close()
		s.start()
	}
	return ctx.Err()
}

func (s *standIn) Ping(context.Context) error {
	if s.offline > 0 {
		s.offline--
		return &winrm.NetError{Step: "connect", Err: context.DeadlineExceeded}
	}
	return nil
}

func (s *standIn) Forget() {}

func (s *standIn) Run(ctx context.Context, command string, stdin []byte) (winrm.Result, error) {
	var out, errs bytes.Buffer
	exit := s.machine.Run(ctx, machine.Command{Line: command, Stdin: bytes.NewReader(stdin), Stdout: &out, Stderr: &errs, CodePage: 65001, Shell: true})
	return winrm.Result{Stdout: out.Bytes(), Stderr: errs.Bytes(), Exit: exit}, nil
}

// standInHost is the machine under the personality.
type standInHost standIn

func (h *standInHost) Now() time.Time      { return h.now }
func (h *standInHost) BootTime() time.Time { return h.boot }

// After keeps f for the moment that the harness's clock reaches it. Only the timers of
// the running boot are alive, as the personality stops its own when it closes.
func (h *standInHost) After(d time.Duration, f func()) func() {
	t := &timer{at: h.now.Add(d), do: f}
	h.timers = append(h.timers, t)
	return func() { t.do = nil }
}

func (*standInHost) SwitchOff(time.Duration) {}
func (h *standInHost) Restart(d time.Duration) {
	if !h.deaf {
		h.restart = h.now.Add(d)
	}
}
func (h *standInHost) CancelRestart() bool {
	was := !h.restart.IsZero()
	h.restart = time.Time{}
	return was
}
func (h *standInHost) Adapters() []stack.Adapter {
	up := len(h.cut) == 0 || h.cut[len(h.cut)-1]
	return []stack.Adapter{{MAC: "52:54:00:00:00:02", MTU: 1500, Up: up, Addresses: []netip.Addr{guestAddress}}}
}

// Wait moves the clock; it is called while that is moved.
func (h *standInHost) Wait(d time.Duration) { h.now = h.now.Add(d) }

// SetAdapter takes the one adapter down or up.
func (h *standInHost) SetAdapter(_ string, up bool) error {
	if up && h.stuck {
		return errors.New("the device does not start")
	}
	h.cut = append(h.cut, up)
	return nil
}

func (h *standInHost) Effect(k kernel.Settings) error { h.effects = append(h.effects, k); return nil }

// Start plays a server that was given a port: the personality's netstat shows this
// machine's sockets, so the port really listens, on loopback.
func (h *standInHost) Start(args []string, _ string) (int, error) {
	pid := 4242 + len(h.processes) + len(h.programs)
	if strings.HasPrefix(args[0], h.folder) {
		cmd := spawn.Command(context.Background(), args[0], args[1:]...)
		if err := cmd.Start(); err != nil {
			return 0, err
		}
		h.t.Cleanup(func() { _ = h.Stop(pid) })
		h.programs[pid] = cmd
		return pid, nil
	}
	if at := slices.Index(args, "-p"); at >= 0 && at+1 < len(args) {
		var l io.Closer
		var err error
		if here := net.JoinHostPort("127.0.0.1", args[at+1]); slices.Contains(args, "-u") {
			l, err = net.ListenPacket("udp4", here)
		} else {
			l, err = net.Listen("tcp4", here)
		}
		if err != nil {
			return 0, err
		}
		h.t.Cleanup(func() { l.Close() })
		h.processes[pid] = l
	}
	return pid, nil
}
func (h *standInHost) Stop(pid int) error {
	if l, ok := h.processes[pid]; ok {
		l.Close()
	}
	delete(h.processes, pid)
	if cmd := h.programs[pid]; cmd != nil {
		delete(h.programs, pid)
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // killed
	}
	return nil
}
func (h *standInHost) Running(pid int) bool {
	_, ok := h.processes[pid]
	return ok || h.programs[pid] != nil
}
func (h *standInHost) Listening(port int) bool {
	if len(h.programs) > 0 {
		listens, err := processes.Listening(port)
		return listens && err == nil
	}
	return len(h.processes) > 0
}
func (h *standInHost) IPerf() string    { return "/usr/bin/iperf3" }
func (h *standInHost) IPerf2() string   { return "/usr/bin/iperf" }
func (h *standInHost) IPerfLog() string { return filepath.Join(h.folder, "iperf3.log") }
func (h *standInHost) Kind() string     { return "lab" }

// planned takes settings of the catalogue as a w10 takes them.
func planned(t *testing.T, ids ...string) []matrix.Planned {
	t.Helper()
	return plannedOn(t, matrix.W10, ids...)
}

func plannedOn(t *testing.T, g matrix.Generation, ids ...string) []matrix.Planned {
	t.Helper()
	var all []matrix.Planned
	for _, id := range ids {
		s, ok := matrix.Catalogue().Lookup(id)
		if !ok {
			t.Fatalf("the catalogue has no %s", id)
		}
		form, ok := s.Forms[g]
		if !ok {
			t.Fatalf("%s has no form on %s", id, g)
		}
		p := matrix.Planned{Setting: s, Form: form}
		if s.Status[g].Word == matrix.Inert {
			p.Inert = s.Status[g].Text
		}
		all = append(all, p)
	}
	return all
}

// Totals are those of a namespace, which has no processors of its own.
func (h *standInHost) Totals(string) (machine.Totals, error) {
	return machine.Totals{Link: machine.LinkTotals{ReceivedBytes: 1 << 40, ReceivedPackets: 7, ReceivedDropped: 2, SentErrors: 1, SentBytes: 3, SentPackets: 2}}, nil
}
