package enginetest

import (
	"bytes"
	"context"
	"maps"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vnettune/lab/kernel"
	"vnettune/lab/windows"
	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/registry"
	"vnettune/lab/windows/scripts"
	"vnettune/lab/windows/snapshottest"
	"vnettune/lab/windows/stack"
)

// boundGuest is the stand-in's Windows over a machine that is the same in every run.
type boundGuest struct {
	*machine.Machine
	t    *testing.T
	host *stillHost
}

// loopback is the guest's address: the way to it is the kernel's, on every machine.
const loopback = "127.0.0.1"

// bound makes the guest of a case, as it is before the first script.
func bound(t *testing.T, c boundCase) *boundGuest {
	t.Helper()
	boot := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	adapters := c.adapters
	if adapters == nil {
		adapters = []stack.Adapter{{MAC: "52:54:00:12:34:56", MTU: 1500, Up: true, Addresses: []netip.Addr{netip.MustParseAddr(loopback)}}}
	}
	g := &boundGuest{t: t, host: &stillHost{boot: boot, now: boot.Add(time.Minute), adapters: adapters, log: filepath.Join(t.TempDir(), "iperf3.log")}}
	faults, err := machine.ParseFaults(append([]string{"iperf-version=3.21"}, c.faults...))
	if err != nil {
		t.Fatal(err)
	}
	config := machine.Config{Generation: "w10", Language: "en", User: "Administrator", Password: "pw", StrictWinRM: true, Faults: faults}
	if c.config != nil {
		c.config(&config)
	}
	if g.Machine, err = windows.New(config, noDisk{}, g.host); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	// Who it is is drawn by lot, and not here.
	g.change(func(s *machine.State) error {
		s.UUID = "0A1B2C3D-0000-4000-8000-0123456789AB"
		return s.Reg.Set(registry.MustPath(registry.CryptographyKey), "MachineGuid", registry.String("0a1b2c3d-1111-4000-8000-0123456789ab"))
	})
	if c.before != nil {
		c.before(g)
	}
	return g
}

// change changes what the guest has.
func (g *boundGuest) change(f func(*machine.State) error) {
	g.t.Helper()
	if err := g.Update(f); err != nil {
		g.t.Fatal(err)
	}
}

// set writes registry values, as kind and data by name.
func (g *boundGuest) set(key string, values map[string]registry.Value) {
	g.t.Helper()
	g.change(func(s *machine.State) error {
		for _, name := range slices.Sorted(maps.Keys(values)) {
			if err := s.Reg.Set(registry.MustPath(key), name, values[name]); err != nil {
				return err
			}
		}
		return nil
	})
}

// play runs the stand-in's own implementation of a script. A script that a task runs is run by the
// task, when its time has come.
func (g *boundGuest) play(p play) (string, int) {
	g.t.Helper()
	switch p.script {
	case "revert":
		g.host.pass(time.Hour)
		return "", 0
	case "restarting", "installing":
		g.host.pass(3 * time.Second)
		return "", 0
	}
	var out bytes.Buffer
	exit := scripts.Play(context.Background(), g.Machine, string(p.script), strings.NewReader(p.in), &out)
	return out.String(), exit
}

// netsh runs netsh, and gives what it prints and its exit code.
func (g *boundGuest) netsh(args []string) ([]byte, int) {
	var out bytes.Buffer
	exit := g.Run(context.Background(), machine.Command{Line: "netsh " + strings.Join(args, " "), Stdout: &out, Stderr: &out, CodePage: 65001})
	return out.Bytes(), exit
}

// registry is what is under the keys that a snapshot has whole: kind and data by the path of
// each value, and nothing by that of each key.
func (g *boundGuest) registry() map[string]string {
	found := map[string]string{}
	tree := g.View().Reg
	var walk func(path string, k *registry.Key)
	walk = func(path string, k *registry.Key) {
		found[path] = ""
		for _, name := range k.ValueNames() {
			v, _ := k.Get(name)
			found[path+" "+name] = v.Kind + " " + v.Data
		}
		for _, sub := range k.Subkeys() {
			walk(path+`\`+sub.Name, sub)
		}
	}
	for _, key := range snapshottest.Owned {
		if k := tree.Find(registry.MustPath(key)); k != nil {
			walk(key, k)
		}
	}
	return found
}

// connect opens a connection to a port of this machine, below those that systems give out.
func connect(t *testing.T, port string) {
	t.Helper()
	for _, address := range []string{"127.8.5.1", "127.8.5.2", "127.8.5.3", "127.8.5.4"} {
		l, err := net.Listen("tcp4", net.JoinHostPort(address, port))
		if err != nil {
			continue // this test runs in another process too
		}
		c, err := net.Dial("tcp4", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close(); l.Close() })
		return
	}
	t.Fatalf("port %s is taken", port)
}

// stillHost is a machine whose clock stands still until it is moved.
type stillHost struct {
	boot, now time.Time
	adapters  []stack.Adapter
	timers    []*stillTimer
	server    bool
	log       string
}

type stillTimer struct {
	at time.Time
	do func()
}

// pass moves the clock; what is due by then happens.
func (h *stillHost) pass(d time.Duration) {
	h.now = h.now.Add(d)
	for _, t := range h.timers {
		if do := t.do; do != nil && !t.at.After(h.now) {
			t.do = nil
			do()
		}
	}
}

func (h *stillHost) After(d time.Duration, f func()) func() {
	t := &stillTimer{h.now.Add(d), f}
	h.timers = append(h.timers, t)
	return func() { t.do = nil }
}

func (h *stillHost) Wait(d time.Duration) { h.now = h.now.Add(d) }

// SetAdapter takes the adapter down or up.
func (h *stillHost) SetAdapter(mac string, up bool) error {
	h.adapters = slices.Clone(h.adapters)
	for i := range h.adapters {
		if h.adapters[i].MAC == mac {
			h.adapters[i].Up = up
		}
	}
	return nil
}

func (h *stillHost) Now() time.Time               { return h.now }
func (h *stillHost) BootTime() time.Time          { return h.boot }
func (h *stillHost) SwitchOff(time.Duration)      {}
func (h *stillHost) Restart(time.Duration)        {}
func (h *stillHost) CancelRestart() bool          { return true }
func (h *stillHost) Adapters() []stack.Adapter    { return h.adapters }
func (h *stillHost) Effect(kernel.Settings) error { return nil }
func (h *stillHost) Listening(port int) bool      { return h.server && port == iperfPort }
func (h *stillHost) IPerf() string                { return "" } // its version is a fault's
func (h *stillHost) IPerf2() string               { return "" }
func (h *stillHost) IPerfLog() string             { return h.log }
func (h *stillHost) Kind() string                 { return "lab-fast" }

func (h *stillHost) Start([]string, string) (int, error) {
	h.server = true
	return 4242, os.WriteFile(h.log, []byte("iperf3: error - unable to receive cookie\n"), 0o600)
}
func (h *stillHost) Stop(int) error   { h.server = false; return nil }
func (h *stillHost) Running(int) bool { return h.server }

// noDisk keeps nothing: the guest boots once.
type noDisk struct{}

func (noDisk) Load() ([]byte, error) { return nil, nil }
func (noDisk) Save([]byte) error     { return nil }

// Totals stand still: more than 32 bits, and all different.
func (h *stillHost) Totals(string) (machine.Totals, error) {
	return machine.Totals{
		Processors: []machine.ProcessorTotals{{Idle: time.Hour, DPC: 3 * time.Second, Interrupt: time.Second}, {Idle: 2 * time.Hour}},
		Link:       machine.LinkTotals{ReceivedBytes: 1 << 40, ReceivedPackets: 1 << 30, ReceivedDropped: 5, ReceivedErrors: 2, SentBytes: 1 << 33, SentPackets: 1 << 31, SentDropped: 7, SentErrors: 1},
	}, nil
}
