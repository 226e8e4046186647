package programs

import (
	"net/netip"
	"testing"

	"vnettune/lab/windows/processes"
)

func TestNetstatRows(t *testing.T) {
	for want, s := range map[string]processes.Socket{
		"  TCP    127.0.0.1:5201         0.0.0.0:0              LISTENING\n": {
			Local: netip.MustParseAddrPort("127.0.0.1:5201"), Remote: netip.MustParseAddrPort("0.0.0.0:0"), State: "0A"},
		"  TCP    192.0.2.2:5201         192.0.2.1:32769        ESTABLISHED\n": {
			Local: netip.MustParseAddrPort("192.0.2.2:5201"), Remote: netip.MustParseAddrPort("192.0.2.1:32769"), State: "01"},
		"  UDP    192.0.2.2:5201         *:*                    \n": {
			Local: netip.MustParseAddrPort("192.0.2.2:5201"), Remote: netip.MustParseAddrPort("0.0.0.0:0"), State: "07"},
	} {
		protocol := "tcp"
		if s.State == "07" {
			protocol = "udp"
		}
		if got := row(s, protocol); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
