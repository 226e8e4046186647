package rig

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"testing"

	"vnettune/trouble"
)

// hosts is a resolver with names of its own.
type hosts map[string][]string

func (h hosts) LookupNetIP(_ context.Context, _, name string) ([]netip.Addr, error) {
	var all []netip.Addr
	for _, a := range h[name] {
		all = append(all, netip.MustParseAddr(a))
	}
	if all == nil {
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	return all, nil
}

// A name in guest.data stands for one address, or the campaign does not begin.
func TestDataAddress(t *testing.T) {
	names := hosts{
		"one":  {"::ffff:192.0.2.7"},
		"same": {"192.0.2.7", "::ffff:192.0.2.7"},
		"both": {"fd00::7", "192.0.2.7"},
		"two":  {"192.0.2.8", "192.0.2.7"},
	}
	for _, tt := range []struct{ data, bind, want, wrong string }{
		{"192.0.2.9", "", "192.0.2.9", ""},
		{"fd00::9", "", "fd00::9", ""},
		{"one", "", "192.0.2.7", ""},
		{"same", "", "192.0.2.7", ""},
		{"both", "192.0.2.1", "192.0.2.7", ""},
		{"both", "fd00::1", "fd00::7", ""},
		{"both", "", "", `guest.data: "both" has 2 addresses (192.0.2.7, fd00::7); write the address of the adapter under test`},
		{"two", "192.0.2.1", "", `guest.data: "two" has 2 addresses (192.0.2.7, 192.0.2.8)`},
		{"one", "fd00::1", "", "no address of the family of host.bind (fd00::1)"},
		{"none", "", "", `guest.data: "none" cannot be resolved`},
	} {
		got, err := dataAddress(t.Context(), names, tt.data, tt.bind)
		if tt.wrong != "" {
			if err == nil || !strings.Contains(trouble.Line(err), tt.wrong) {
				t.Errorf("%s from %q: %v, %v, want an error with %q", tt.data, tt.bind, got, err, tt.wrong)
			}
			continue
		}
		if err != nil || got.String() != tt.want {
			t.Errorf("%s from %q: %v, %v, want %s", tt.data, tt.bind, got, err, tt.want)
		}
	}
}
