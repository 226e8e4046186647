package windows

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"

	"vnettune/lab/kernel"
	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/stack"
)

// memDisk is a Disk in memory.
type memDisk struct {
	mu    sync.Mutex
	data  []byte
	saves int
	fail  error // answer of the next saves
}

func (d *memDisk) Load() ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return bytes.Clone(d.data), nil
}

func (d *memDisk) Save(b []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fail != nil {
		return d.fail
	}
	d.data, d.saves = bytes.Clone(b), d.saves+1
	return nil
}

// fakeHost is a Host in memory: effects are kept, the clock is the test's.
type fakeHost struct {
	mu        sync.Mutex
	now, boot time.Time
	effects   []kernel.Settings
	effectErr error
	restarts  []time.Duration
	switched  []bool // the adapter: up or down
	pending   bool
	off       bool // it is to stay down
	adapters  []stack.Adapter
	running   map[int][]string
	pid       int
	deaf      bool   // a started process never listens
	asked     func() // called when somebody asks whether one listens
	iperf     string
	iperf2    string
	stderr    string // where the last process that was started says what went wrong
	timers    map[int]fakeTimer
	timer     int
}

type fakeTimer struct {
	at time.Time
	f  func()
}

func (h *fakeHost) After(d time.Duration, f func()) func() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.timer++
	id := h.timer
	h.timers[id] = fakeTimer{h.now.Add(d), f}
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.timers, id)
	}
}

func newFakeHost() *fakeHost {
	boot := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	return &fakeHost{
		now: boot.Add(time.Minute), boot: boot, running: map[int][]string{}, pid: 1000, timers: map[int]fakeTimer{},
		adapters: []stack.Adapter{{MAC: "52:54:00:12:34:56", MTU: 1500, Up: true, Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.2")}}},
	}
}

// installIPerf gives the host a program that prints a version.
func (h *fakeHost) installIPerf(t *testing.T) {
	t.Helper()
	h.iperf = filepath.Join(t.TempDir(), "iperf3")
	script := "#!/bin/sh\necho 'iperf 3.12 (cJSON 1.7.15)'\necho more\n"
	if err := os.WriteFile(h.iperf, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
}

// installIPerf2 gives it one that prints its version as iperf 2.1.8 does.
func (h *fakeHost) installIPerf2(t *testing.T) {
	t.Helper()
	h.iperf2 = filepath.Join(t.TempDir(), "iperf")
	script := "#!/bin/sh\necho 'iperf version 2.1.8 (12 August 2022) pthreads' >&2\nexit 1\n"
	if err := os.WriteFile(h.iperf2, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
}

func (h *fakeHost) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

// pass lets time pass, and what is due by then happen.
func (h *fakeHost) pass(d time.Duration) {
	h.mu.Lock()
	h.now = h.now.Add(d)
	h.mu.Unlock()
	for {
		id, next := h.due()
		if next == nil {
			return
		}
		h.mu.Lock()
		delete(h.timers, id)
		h.mu.Unlock()
		next()
	}
}

// due is the oldest timer that is due.
func (h *fakeHost) due() (id int, f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, t := range h.timers {
		if !t.at.After(h.now) && (f == nil || i < id) {
			id, f = i, t.f
		}
	}
	return id, f
}

func (h *fakeHost) Wait(d time.Duration) { h.pass(d) }

func (h *fakeHost) SetAdapter(mac string, up bool) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range h.adapters {
		if h.adapters[i].MAC == mac {
			h.adapters[i].Up = up
		}
	}
	h.switched = append(h.switched, up)
	return nil
}

func (h *fakeHost) BootTime() time.Time { return h.boot }

func (h *fakeHost) SwitchOff(d time.Duration) {
	h.Restart(d)
	h.off = true
}

func (h *fakeHost) Restart(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.restarts, h.pending = append(h.restarts, d), true
}

func (h *fakeHost) CancelRestart() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	was := h.pending
	h.pending = false
	return was
}

func (h *fakeHost) Adapters() []stack.Adapter {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]stack.Adapter(nil), h.adapters...)
}

func (h *fakeHost) Effect(s kernel.Settings) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.effectErr != nil {
		return h.effectErr
	}
	h.effects = append(h.effects, s)
	if s.MTU > 0 {
		for i := range h.adapters {
			h.adapters[i].MTU = s.MTU
		}
	}
	return nil
}

// last is what is in effect.
func (h *fakeHost) last() kernel.Settings {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.effects[len(h.effects)-1]
}

func (h *fakeHost) Start(argv []string, stderr string) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stderr = stderr
	h.pid++
	h.running[h.pid] = argv
	return h.pid, nil
}

func (h *fakeHost) Stop(pid int) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.running[pid] == nil {
		return errors.New("no such process")
	}
	delete(h.running, pid)
	return nil
}

func (h *fakeHost) Running(pid int) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.running[pid] != nil
}

func (h *fakeHost) Listening(port int) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.asked != nil {
		h.asked()
	}
	return len(h.running) > 0 && !h.deaf
}

func (h *fakeHost) IPerf() string { return h.iperf }

func (h *fakeHost) IPerf2() string { return h.iperf2 }

func (h *fakeHost) IPerfLog() string { return h.iperf + ".log" }
func (h *fakeHost) Kind() string     { return "lab-fast" }

// lab is one machine with its disk and host.
type lab struct {
	t    *testing.T
	cfg  machine.Config
	disk *memDisk
	host *fakeHost
	m    *machine.Machine
}

func newLab(t *testing.T, faults ...string) *lab {
	t.Helper()
	return newLabOf(t, "w10", faults...)
}

func newXP(t *testing.T, faults ...string) *lab {
	t.Helper()
	return newLabOf(t, "xp", faults...)
}

func newLabOf(t *testing.T, generation string, faults ...string) *lab {
	t.Helper()
	f, err := machine.ParseFaults(faults)
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{t: t, disk: &memDisk{}, host: newFakeHost(), cfg: machine.Config{Generation: generation, Language: "en", User: "Tester", Password: "right", Faults: f}}
	l.reboot()
	return l
}

// reboot boots the machine anew from its disk.
func (l *lab) reboot() {
	l.t.Helper()
	if l.m != nil {
		if err := l.m.Close(); err != nil {
			l.t.Fatal(err)
		}
		l.host.boot = l.host.now
		for i := range l.host.adapters {
			l.host.adapters[i].Up = true // as the kernel below does
		}
	}
	m, err := New(l.cfg, l.disk, l.host)
	if err != nil {
		l.t.Fatal(err)
	}
	l.m = m
	l.t.Cleanup(func() { m.Close() })
}

// sh runs a line through cmd.exe; line ends come back as plain newlines.
func (l *lab) sh(line string) (stdout, stderr string, code int) {
	l.t.Helper()
	return l.run(machine.Command{Line: line, Shell: true})
}

func (l *lab) run(c machine.Command) (stdout, stderr string, code int) {
	l.t.Helper()
	var out, err bytes.Buffer
	c.Stdout, c.Stderr = &out, &err
	code = l.m.Run(context.Background(), c)
	for _, b := range []string{out.String(), err.String()} {
		if strings.Contains(strings.ReplaceAll(b, "\r\n", ""), "\n") {
			l.t.Errorf("%q: a line does not end in CR LF: %q", c.Line, b)
		}
	}
	return strings.ReplaceAll(out.String(), "\r\n", "\n"), strings.ReplaceAll(err.String(), "\r\n", "\n"), code
}

// must runs a line that has to succeed.
func (l *lab) must(line string) string {
	l.t.Helper()
	out, err, code := l.sh(line)
	if code != 0 {
		l.t.Fatalf("%s: exit code %d\n%s%s", line, code, out, err)
	}
	return out
}

// refused runs a line that has to fail.
func (l *lab) refused(line string) string {
	l.t.Helper()
	out, err, code := l.sh(line)
	if code == 0 {
		l.t.Fatalf("%s: accepted\n%s%s", line, out, err)
	}
	return out + err
}

// encode makes the argument of -EncodedCommand.
func encode(script string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(script)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return base64.StdEncoding.EncodeToString(b)
}

// Totals are those of a machine that counts nothing but its adapter's packets.
func (h *fakeHost) Totals(string) (machine.Totals, error) {
	return machine.Totals{Link: machine.LinkTotals{ReceivedBytes: 1 << 40, ReceivedPackets: 7}}, nil
}
