package processes

import (
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const socketTable = "  sl  local_address rem_address   st tx_queue\n" +
	"   0: 0100007F:1761 00000000:0000 0A 0\n" +
	"   1: 0100007F:1451 0100007F:1761 01 0\n" +
	"   2: 00000000000000000000000000000000:1451 00000000000000000000000000000000:0000 0A 0\n" +
	"   3: 0000000000000000FFFF00000202000A:1451 0000000000000000FFFF00000102000A:8001 01 0\n" +
	"   4: 000080FE00000000000000000100000A:1451 00000000000000000000000000000000:0000 0A 0\n"

func TestReadSockets(t *testing.T) {
	got, err := readSockets(strings.NewReader(socketTable))
	if err != nil {
		t.Fatal(err)
	}
	at := netip.MustParseAddrPort
	want := []Socket{
		{at("127.0.0.1:5985"), at("0.0.0.0:0"), "0A"},
		{at("127.0.0.1:5201"), at("127.0.0.1:5985"), "01"},
		{at("0.0.0.0:5201"), at("0.0.0.0:0"), "0A"},
		{at("10.0.2.2:5201"), at("10.0.2.1:32769"), "01"},
		{at("[fe80::a00:1]:5201"), at("0.0.0.0:0"), "0A"},
	}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(Socket{}), cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	for _, bad := range []string{"head\n 0: 1\n", "head\n 0: nothex:zz 0:0 01\n", "head\n 0: 0100007F 0:0 01\n", "head\n 0: 0100007F:1 000000:0 01\n"} {
		if _, err := readSockets(strings.NewReader(bad)); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestListeningAndEstablished(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	expect := func(when string, listens, connected bool) {
		t.Helper()
		a, err := Listening(port)
		b, err2 := Established(port)
		if a != listens || b != connected || err != nil || err2 != nil {
			t.Errorf("%s: listens %t, connected %t, %v, %v", when, a, b, err, err2)
		}
	}
	expect("open", true, false)
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	expect("in use", true, true)
	l.Close()
	expect("no longer open", false, true)
}

func FuzzReadSockets(f *testing.F) {
	f.Add(socketTable)
	f.Add("head\n0: 0:0 0:0 01\n")
	f.Fuzz(func(t *testing.T, table string) {
		list, err := readSockets(strings.NewReader(table))
		if err == nil && len(list) > strings.Count(table, "\n")+1 {
			t.Errorf("%d sockets in %q", len(list), table)
		}
	})
}
