package counters

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/bench/hypervisor"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// whole has something of everything.
func whole() record.Counters {
	return record.Counters{
		Seconds: 5,
		Sockets: []record.TCPSocket{
			{Port: 1, BytesAcked: new(4e8), Busy: new(4.0), RwndLimited: new(3.0), SndbufLimited: new(0.2), RTT: new(20.0), MinRTT: new(11.0), Delivery: new(300.0), Cwnd: new(10.0), SndWnd: new(65536.0), Retransmits: new(3.0)},
			{Port: 2, BytesAcked: new(4e8), Busy: new(4.0), RwndLimited: new(1.0), SndbufLimited: new(0.2), RTT: new(40.0), MinRTT: new(10.0), Delivery: new(500.0), Cwnd: new(30.0), SndWnd: new(131072.0), Retransmits: new(4.0)},
		},
		CPU:     &record.HostCPU{Processors: 4, Busy: 10, Softirq: 1, Steal: 0.2},
		Softnet: &record.Softnet{Processed: 1e6, Dropped: 2, Squeezed: 10},
		QEMU:    &record.QEMUCPU{Total: 7, VCPU: new(4.0), Vhost: new(2.0)},
		Exits:   new(2e5),
		Links:   []record.LinkCounters{{Name: "br0", PacketsSent: 1e5, BytesSent: 1e9, DropsSent: 1}, {Name: "tap0", PacketsSent: 4e4, BytesSent: 1.2e9, PacketsReceived: 2e4, BytesReceived: 2e6, DropsSent: 3}},
		Guest:   &record.GuestCPU{Seconds: 8, Processors: 2, Busy: 4, DPC: new(1.6), Interrupt: new(0.0)},
		Adapter: &record.GuestAdapter{BytesReceived: 1.5e9, PacketsReceived: 1e6, BytesSent: 1e7, PacketsSent: 1e5, Discarded: 5},
	}
}

// A GB crosses in 5 seconds at 1600 Mbit/s, one of which is left out.
var (
	inAll    = record.Workload{Name: "tcp", Protocol: record.TCP, Direction: record.ToGuest, Seconds: 4, Omit: 1}
	measured = []record.Metric{{Name: "throughput", Unit: "Mbit/s", Value: 1600}}
)

func TestFigures(t *testing.T) {
	got := map[string]float64{}
	for _, m := range Figures(whole(), inAll, measured, record.RunDetails{Retransmits: new(int64(80))}) {
		known, ok := sample.KnownMetric(m.Name)
		if !ok || known.Unit != m.Unit || string(known.Better) != m.Better {
			t.Errorf("%+v is not as it is known: %+v", m, known)
		}
		got[m.Name] = m.Value
	}
	want := map[string]float64{
		"tcp_busy": 80, "tcp_rwnd_limited": 50, "tcp_sndbuf_limited": 5, "tcp_rtt": 30, "tcp_min_rtt": 10, "tcp_delivery_rate": 800, "tcp_cwnd": 40, "tcp_snd_wnd": 98304,
		"retransmits_per_gb": 100, "host_busy": 50, "host_softirq": 5, "host_steal": 1, "host_softirq_per_gb": 1, "softnet_dropped_per_gb": 2, "softnet_squeezed_per_gb": 10,
		"qemu_cpu_per_gb": 7, "vcpu_cpu_per_gb": 4, "vhost_cpu_per_gb": 2, "kvm_exits_per_gb": 2e5, "gbit_per_core_host": 1, "link_drops_per_gb": 4, "link_packets_per_gb": 4e4, "link_segment": 3e4,
		"guest_busy": 25, "guest_dpc": 10, "guest_interrupt": 0, "guest_cpu_per_gb": 4, "gbit_per_core_guest": 2, "guest_packets_per_gb": 1e6, "guest_discards_per_gb": 5, "guest_segment": 1500,
	}
	for name, v := range want {
		if math.Abs(got[name]-v) > 1e-9*v {
			t.Errorf("%s is %v, want %v", name, got[name], v)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s is there as well: %v", name, got[name])
		}
	}
}

// What was not read gives no figure, and so does a run without a rate, or from the guest what only its sender knows.
func TestNoFiguresOfWhatIsNotThere(t *testing.T) {
	if got := Figures(record.Counters{Seconds: 5}, inAll, measured, record.RunDetails{}); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	for _, m := range Figures(whole(), inAll, nil, record.RunDetails{Retransmits: new(int64(80))}) {
		if sample.CounterOf(m.Name) == sample.PerGB || sample.CounterOf(m.Name) == "" {
			t.Errorf("without a rate there is %+v", m)
		}
	}
	from := inAll
	from.Direction = record.FromGuest
	for _, m := range Figures(whole(), from, measured, record.RunDetails{}) {
		switch {
		case m.Name == "retransmits_per_gb" || len(m.Name) > 4 && m.Name[:4] == "tcp_":
			t.Errorf("of the receiver's sockets there is %+v", m)
		case m.Name == "guest_segment" && m.Value != 100, m.Name == "link_segment" && m.Value != 100:
			t.Errorf("%+v: the payload goes the other way", m)
		}
	}
	both, socketsToo := inAll, false
	both.Direction = record.AtOnce
	for _, m := range Figures(whole(), both, measured, record.RunDetails{}) {
		socketsToo = socketsToo || m.Name == "tcp_busy"
		w := whole()
		l := w.Links[len(w.Links)-1]
		if m.Name == "link_segment" && m.Value != (l.BytesSent+l.BytesReceived)/(l.PacketsSent+l.PacketsReceived) ||
			m.Name == "guest_segment" && m.Value != (w.Adapter.BytesSent+w.Adapter.BytesReceived)/(w.Adapter.PacketsSent+w.Adapter.PacketsReceived) {
			t.Errorf("%+v: the payload goes both ways", m)
		}
	}
	if !socketsToo {
		t.Error("of both ways at once the host's own sockets tell nothing")
	}
	idle := whole()
	idle.Guest.Busy, idle.Adapter.PacketsReceived, idle.Sockets[0].Busy, idle.Sockets[1].Busy = 0, 0, new(0.0), new(0.0)
	for _, m := range Figures(idle, inAll, measured, record.RunDetails{}) {
		if m.Name == "gbit_per_core_guest" || m.Name == "guest_segment" || m.Name == "tcp_rwnd_limited" || math.IsNaN(m.Value) {
			t.Errorf("%+v is a quotient of nothing", m)
		}
	}
}

func TestAddGuest(t *testing.T) {
	const second = 1e7
	reading := func(at, idle, dpc uint64, received float64) *record.GuestReading {
		return &record.GuestReading{Processors: []record.ProcessorTotals{{Name: "0", At: at, Idle: idle, DPC: &dpc, Interrupt: new(uint64(0))}, {Name: "1", At: at, Idle: at}},
			Adapter: &record.GuestAdapter{BytesReceived: received, PacketsReceived: 1}}
	}
	var c record.Counters
	AddGuest(&c, reading(100*second, 50*second, 7*second, 10), reading(104*second, 53*second, 8*second, 40))
	want := record.Counters{Guest: &record.GuestCPU{Seconds: 4, Processors: 2, Busy: 1}, Adapter: &record.GuestAdapter{BytesReceived: 30}}
	if d := cmp.Diff(want, c); d != "" { // one processor gives no time of DPCs: there is no sum
		t.Error(d)
	}
	for name, pair := range map[string][2]*record.GuestReading{
		"totals that went back":  {reading(100*second, 50*second, 0, 10), reading(104*second, 49*second, 0, 9)},
		"a clock that went back": {reading(100*second, 50*second, 0, 10), reading(99*second, 50*second, 0, 9)},
		"a processor less":       {reading(100*second, 50*second, 0, 10), {Processors: []record.ProcessorTotals{{Name: "0", At: 104 * second}}, Adapter: &record.GuestAdapter{}}},
	} {
		var c record.Counters
		if AddGuest(&c, pair[0], pair[1]); c.Guest != nil || c.Adapter != nil || len(c.Absent) != 2 {
			t.Errorf("%s: %+v", name, c)
		}
	}
	c = record.Counters{}
	silent := &record.GuestReading{Absent: []record.Absence{{Part: record.PartAdapter, Reason: "Zugriff\x1b verweigert"}}}
	if AddGuest(&c, silent, silent); len(c.Absent) != 1 || c.Absent[0].Reason == silent.Absent[0].Reason {
		t.Errorf("%+v: it is said once, and as what it is", c.Absent)
	}
	if AddGuest(&c, nil, silent); len(c.Absent) != 1 {
		t.Errorf("%+v", c.Absent)
	}
}

// fakeHost writes the files of a host.
func fakeHost(t *testing.T, files map[string]string) roots {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return roots{filepath.Join(dir, "proc"), filepath.Join(dir, "debug")}
}

// stat is a thread's line.
func stat(name, ticks string) string {
	return "1 (" + name + ") S 1 1 1 0 -1 0 0 0 0 0 " + ticks + " 0 0 0 20 0 1 0 77 0 0"
}

func TestTheGuestsMachine(t *testing.T) {
	at := hypervisor.Place{PID: 40, Vhost: []int{9}, VhostSeen: true, Links: []string{"br0", "tap0"}}
	files := func(scale string) map[string]string {
		return map[string]string{
			"proc/40/stat": stat("qemu", scale+"00"), "proc/40/task/40/stat": stat("qemu", scale+"0"), "proc/40/task/41/stat": stat("CPU 0/KVM", scale+"10"),
			"proc/40/task/42/stat": stat("CPU 1/KVM", scale+"20"), "proc/40/task/43/stat": stat("IO iothread1", scale+"5"), "proc/40/task/44/stat": stat("worker", scale+"1"),
			"proc/9/stat": stat("vhost-40", scale+"30"), "debug/kvm/40-11/exits": scale + "000\n",
			"proc/stat": "cpu " + scale + " 0 0 0 0 0 0 0\ncpu0\n", "proc/net/softnet_stat": scale + " 0 0\n",
			"proc/net/dev": "tap0: " + scale + " " + scale + " 0 0 0 0 0 0 " + scale + " " + scale + " 0 0\n",
		}
	}
	was, is := fakeHost(t, files("1")).take(at), fakeHost(t, files("3")).take(at)
	got := between(was, is, at)
	want := record.Counters{
		CPU: &record.HostCPU{Processors: 1, Busy: got.CPU.Busy}, Softnet: &record.Softnet{Processed: 2}, Exits: new(2000.0),
		QEMU:  &record.QEMUCPU{Total: 2 + 2, VCPU: new(4.0), IOThread: new(0.2), Main: new(0.2), Vhost: new(2.0)},
		Links: []record.LinkCounters{{Name: "tap0", BytesReceived: 2, PacketsReceived: 2, BytesSent: 2, PacketsSent: 2}},
	}
	if d := cmp.Diff(want, got, approximately); d != "" || math.Abs(got.CPU.Busy-0.02) > 1e-9 {
		t.Errorf("%s (busy %v)", d, got.CPU.Busy)
	}

	// Without names nobody knows which thread is which, and the sum is known all the same.
	unnamed := files("3")
	unnamed["proc/40/task/41/stat"], unnamed["proc/40/task/42/stat"] = stat("qemu", "310"), stat("qemu", "320")
	if q := between(was, fakeHost(t, unnamed).take(at), at).QEMU; q == nil || q.VCPU != nil || q.Main != nil || math.Abs(q.Total-4) > 1e-9 {
		t.Errorf("%+v", q)
	}

	// Another process has the number now.
	other := files("3")
	other["proc/40/stat"] = "1 (qemu) S 1 1 1 0 -1 0 0 0 0 0 300 0 0 0 20 0 1 0 78 0 0"
	if c := between(was, fakeHost(t, other).take(at), at); c.QEMU != nil || len(c.Absent) != 1 {
		t.Errorf("%+v", c)
	}

	// What cannot be read is absent, and never 0.
	nothing := fakeHost(t, nil)
	c := between(nothing.take(at), nothing.take(at), at)
	if text, err := json.Marshal(record.Counters{Absent: c.Absent, Seconds: c.Seconds}); err != nil || len(c.Absent) != 5 || cmp.Diff(record.Counters{Absent: c.Absent}, c) != "" {
		t.Errorf("%s (%v): %+v", text, err, c)
	}
}

// approximately compares sums of hundredths.
var approximately = cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-9 })
