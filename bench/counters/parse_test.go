package counters

import (
	"encoding/binary"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/results/record"
)

// recorded is a file of the kernel's as a machine had it.
func recorded(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestParseStat(t *testing.T) {
	got, err := parseStat(recorded(t, "stat"))
	want := record.HostCPU{Processors: 2, Busy: (2011665 + 242294 + 842819 + 28809) / 100.0, Softirq: 288.09}
	if err != nil || cmp.Diff(want, got) != "" {
		t.Errorf("%v\n%s", err, cmp.Diff(want, got))
	}
	if got, err := parseStat([]byte("cpu 1 2 3 4 5 6 7 8 9 10\ncpu0 1 2 3 4 5 6 7 8 9 10\n")); err != nil || got.Steal != 0.08 || got.Softirq != 0.07 || got.Busy != 0.19 {
		t.Errorf("%+v, %v", got, err)
	}
	for _, text := range []string{"", "cpu 1 2 3\ncpu0 1\n", "cpu x 2 3 4 5 6 7 8\ncpu0\n", "cpu 1 2 3 4 5 6 7 8\n", "cpu 1 2 3 -4 5 6 7 8\ncpu0\n"} {
		if got, err := parseStat([]byte(text)); err == nil {
			t.Errorf("%q is read as %+v", text, got)
		}
	}
}

func TestParseSoftnet(t *testing.T) {
	got, err := parseSoftnet(recorded(t, "softnet_stat"))
	if want := [][3]uint32{{0x0121419a, 0, 14}, {0x01267120, 0, 10}}; err != nil || cmp.Diff(want, got) != "" {
		t.Errorf("%v\n%s", err, cmp.Diff(want, got))
	}
	// Numbers of 32 bits go around.
	s := softnetBetween([][3]uint32{{math.MaxUint32, 5, 1}, {1, 1, 1}}, [][3]uint32{{2, 7, 1}, {3, 1, 4}})
	if want := (record.Softnet{Processed: 5, Dropped: 2, Squeezed: 3}); s == nil || *s != want {
		t.Errorf("%+v, want %+v", s, want)
	}
	if s := softnetBetween([][3]uint32{{1, 1, 1}}, nil); s != nil {
		t.Errorf("a processor that went gives %+v", s)
	}
	for _, text := range []string{"", "0 1\n", "g 0 0\n", "100000000 0 0\n"} {
		if got, err := parseSoftnet([]byte(text)); err == nil {
			t.Errorf("%q is read as %v", text, got)
		}
	}
}

func TestParseDev(t *testing.T) {
	got, err := parseDev(recorded(t, "dev"))
	if err != nil || len(got) != 3 || got["v0"].Name != "v0" || got["lo"].PacketsSent != got["lo"].PacketsReceived || got["v0"].BytesSent == 0 {
		t.Errorf("%+v, %v", got, err)
	}
	got, err = parseDev([]byte("face |bytes\n tap0:1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"))
	want := record.LinkCounters{Name: "tap0", BytesReceived: 1, PacketsReceived: 2, DropsReceived: 4, BytesSent: 9, PacketsSent: 10, DropsSent: 12}
	if err != nil || cmp.Diff(want, got["tap0"]) != "" {
		t.Errorf("%v\n%s", err, cmp.Diff(want, got["tap0"]))
	}
	for _, text := range []string{"", "lo: 1 2 3\n", "lo: 1 2 3 4 5 6 7 8 9 10 11 x\n", ": 1 2 3 4 5 6 7 8 9 10 11 12\n"} {
		if got, err := parseDev([]byte(text)); err == nil {
			t.Errorf("%q is read as %v", text, got)
		}
	}
}

func TestParseThread(t *testing.T) {
	got, err := parseThread(recorded(t, "thread"))
	if want := (thread{"qemu-system-x86", 1750853, 55.14}); err != nil || got != want {
		t.Errorf("%+v (%v), want %+v", got, err, want)
	}
	const numbers = " S 1 1 1 0 -1 0 0 0 0 0 300 200 0 0 20 0 1 0 77 0 0"
	for _, name := range []string{"CPU 0/KVM", "a) (b", "vhost-12", ""} {
		if got, err := parseThread([]byte("5 (" + name + ")" + numbers)); err != nil || got != (thread{name, 77, 5}) {
			t.Errorf("%q: %+v, %v", name, got, err)
		}
	}
	for _, text := range []string{"", "5 x S 1", ")(", "5 (x) S 1 1 1", "5 (x) S 1 1 1 0 -1 0 0 0 0 0 x 200 0 0 20 0 1 0 77 0 0"} {
		if got, err := parseThread([]byte(text)); err == nil {
			t.Errorf("%q is read as %+v", text, got)
		}
	}
}

// The recorded sockets are of one connection whose receiver reads slowly, and of one that said a few words.
func TestParseSocket(t *testing.T) {
	sender, err := parseSocket(recorded(t, "socket-sender"))
	if err != nil || sender == nil {
		t.Fatalf("%v, %v", sender, err)
	}
	if s := sender.TCPSocket; s.Port != 48732 || *s.BytesAcked < 1e5 || *s.BytesReceived != 0 || *s.Busy < 0.5 || *s.Busy > 2 ||
		*s.RwndLimited < 0.5**s.Busy || *s.RwndLimited > *s.Busy || *s.RTT <= 0 || *s.MinRTT <= 0 || *s.MinRTT > *s.RTT || *s.Cwnd < 1 || *s.SndWnd > 65536 || *s.Delivery <= 0 {
		t.Errorf("%+v", values(s))
	}
	control, err := parseSocket(recorded(t, "socket-control"))
	if err != nil || control == nil || *control.BytesAcked < 140 || *control.BytesAcked > 141 || control.cookie == sender.cookie {
		t.Errorf("%+v, %v", control, err)
	}
	if got := data([]socket{*sender, *control}, 1, 1); len(got) != 1 || got[0].Port != sender.Port {
		t.Errorf("the data goes by %+v", got)
	}
	if got := data([]socket{*control}, 1, 1); got != nil {
		t.Errorf("the control connection is taken for %+v", got)
	}
	if got := data([]socket{*sender, *control}, 2, 1); got != nil {
		t.Errorf("of three connections two were seen, and %+v is taken for data", got)
	}
	if got := data([]socket{*sender}, 1, 0); len(got) != 1 || got[0].Port != sender.Port { // iperf2 has no control connection
		t.Errorf("the data goes by %+v", got)
	}
	if got := data(nil, 1, 0); got != nil {
		t.Errorf("nothing was seen, and %+v is taken for data", got)
	}
}

// A kernel before Linux 4.10 has no times in its tcp_info: they are absent, and no zeros.
func TestAnOlderKernelTellsLess(t *testing.T) {
	whole := recorded(t, "socket-sender")
	var s *socket
	for at := sizeOfMessage; ; {
		length := int(binary.NativeEndian.Uint16(whole[at:]))
		if binary.NativeEndian.Uint16(whole[at+2:]) != diagInfo {
			at += (length + 3) &^ 3
			continue
		}
		short := append([]byte{}, whole[:at+4+160]...)
		binary.NativeEndian.PutUint16(short[at:], 4+160)
		var err error
		if s, err = parseSocket(short); err != nil || s == nil {
			t.Fatalf("%v, %v", s, err)
		}
		break
	}
	if s.RTT == nil || s.MinRTT == nil || s.BytesAcked == nil || s.Busy != nil || s.RwndLimited != nil || s.SndWnd != nil || s.Delivery != nil {
		t.Errorf("%+v", values(s.TCPSocket))
	}
}

func TestParseSocketRefuses(t *testing.T) {
	whole := recorded(t, "socket-sender")
	for _, n := range []int{0, 10, sizeOfMessage - 1, len(whole) - 1} {
		if s, err := parseSocket(whole[:n]); err == nil && s != nil && n < sizeOfMessage {
			t.Errorf("%d bytes are read as %+v", n, s)
		}
	}
	if s, err := parseSocket(whole[:sizeOfMessage]); err != nil || s != nil {
		t.Errorf("a socket of which nothing is told is %+v, %v", s, err)
	}
	torn := append([]byte{}, whole...)
	binary.NativeEndian.PutUint16(torn[sizeOfMessage:], 60000)
	if _, err := parseSocket(torn); err == nil {
		t.Error("an attribute that is longer than its message is read")
	}
}

func TestRequest(t *testing.T) {
	for address, length := range map[string]int{"192.0.2.7:5201": 56 + 4 + 12 + 4, "[2001:db8::7]:5201": 56 + 4 + 12 + 16, "[::ffff:192.0.2.7]:5201": 56 + 4 + 12 + 4} {
		b := request(netip.MustParseAddrPort(address))
		if len(b) != length || int(binary.NativeEndian.Uint16(b[56:])) != length-56 || binary.NativeEndian.Uint32(b[60+8:]) != 5201 {
			t.Errorf("%s: % x", address, b)
		}
	}
}

// values are what pointers point to, for messages.
func values(s record.TCPSocket) map[string]float64 {
	out := map[string]float64{}
	for name, v := range map[string]*float64{"acked": s.BytesAcked, "received": s.BytesReceived, "retransmits": s.Retransmits, "busy": s.Busy, "rwnd": s.RwndLimited, "sndbuf": s.SndbufLimited,
		"rtt": s.RTT, "min rtt": s.MinRTT, "delivery": s.Delivery, "cwnd": s.Cwnd, "window": s.SndWnd} {
		if v != nil {
			out[name] = *v
		}
	}
	return out
}

func FuzzParseSocket(f *testing.F) {
	f.Add(recorded(f, "socket-sender"))
	f.Add(recorded(f, "socket-control"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := parseSocket(b)
		if err != nil && s != nil {
			t.Fatal("an error with a socket")
		}
		if s != nil {
			data([]socket{*s, *s}, 1, 1)
		}
	})
}

func FuzzProc(f *testing.F) {
	for _, name := range []string{"stat", "softnet_stat", "dev", "thread"} {
		f.Add(recorded(f, name))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := parseStat(b); err == nil && !(c.Busy >= 0 && c.Processors > 0) {
			t.Fatalf("%+v", c)
		}
		if s, err := parseSoftnet(b); err == nil && softnetBetween(s, s) == nil {
			t.Fatalf("%v", s)
		}
		if d, err := parseDev(b); err == nil && len(d) == 0 {
			t.Fatal("no interface, and no error")
		}
		if p, err := parseThread(b); err == nil && !(p.seconds >= 0) {
			t.Fatalf("%+v", p)
		}
	})
}
