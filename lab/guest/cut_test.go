package guest

import (
	"context"
	"io"
	"log"
	"net"
	"net/netip"
	"strings"
	"testing"
)

// What is cut off has ended at both ends, and a connection that comes later has not.
func TestCut(t *testing.T) {
	var c connections
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := c.listen(plain)
	defer l.Close()
	pair := func() (client, server net.Conn) {
		t.Helper()
		client, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { client.Close() })
		if server, err = l.Accept(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { server.Close() })
		return client, server
	}
	one, other := pair()
	_, closed := pair()
	closed.Close()
	if len(c.open) != 1 {
		t.Errorf("%d connections are known, want the one that is open", len(c.open))
	}
	c.cut()
	for name, end := range map[string]net.Conn{"client": one, "server": other} {
		if n, err := end.Read(make([]byte, 1)); err == nil || err == io.EOF {
			t.Errorf("%s: read %d, %v: want an end without a word of farewell", name, n, err)
		}
	}
	one, other = pair()
	if _, err := other.Write([]byte("x")); err != nil {
		t.Error(err)
	}
	if n, err := one.Read(make([]byte, 1)); n != 1 || err != nil {
		t.Errorf("a later connection: %d, %v", n, err)
	}
}

// The keeper says no to what is no rate, and the guest hears of it.
func TestRatesThatAreNone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var said strings.Builder
	if err := ServeRate(ctx, "none", log.New(&said, "", 0)); err != nil {
		t.Skipf("THE RATE'S PORT IS NOT TESTED: %v", err)
	}
	keeper := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), RatePort)
	for rate, want := range map[float64]string{10: "is no rate", 1e6: "adapter none"} {
		if err := askRate(keeper, rate); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%g: %v, want %s", rate, err, want)
		}
	}
}
