package windows

import (
	"net/netip"
	"testing"
)

func TestNetstatRows(t *testing.T) {
	for want, s := range map[string]socket{
		"  TCP    127.0.0.1:5201         0.0.0.0:0              LISTENING\n": {
			local: netip.MustParseAddrPort("127.0.0.1:5201"), remote: netip.MustParseAddrPort("0.0.0.0:0"), state: "0A"},
		"  TCP    192.0.2.2:5201         192.0.2.1:32769        ESTABLISHED\n": {
			local: netip.MustParseAddrPort("192.0.2.2:5201"), remote: netip.MustParseAddrPort("192.0.2.1:32769"), state: "01"},
		"  UDP    192.0.2.2:5201         *:*                    \n": {
			local: netip.MustParseAddrPort("192.0.2.2:5201"), remote: netip.MustParseAddrPort("0.0.0.0:0"), state: "07"},
	} {
		protocol := "tcp"
		if s.state == "07" {
			protocol = "udp"
		}
		if got := s.row(protocol); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
