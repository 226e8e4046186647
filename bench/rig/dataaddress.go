package rig

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"vnettune/trouble"
)

// lookup finds the addresses of a name; net.Resolver is one.
type lookup interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// dataAddress is the address that is measured: guest.data as it is, or the one address
// of that name, of host.bind's family where the host measures from an address. A name
// with several could lead to another adapter than the one under test.
func dataAddress(ctx context.Context, names lookup, data, bind string) (netip.Addr, error) {
	if a, err := netip.ParseAddr(data); err == nil {
		return a, nil
	}
	const remedy = "write the address of the adapter under test as guest.data"
	all, err := names.LookupNetIP(ctx, "ip", data)
	if err != nil {
		return netip.Addr{}, trouble.Hint(fmt.Errorf("guest.data: %q cannot be resolved: %w", data, err), remedy)
	}
	for i := range all {
		all[i] = all[i].Unmap()
	}
	slices.SortFunc(all, netip.Addr.Compare)
	all = slices.Compact(all)
	if from, err := netip.ParseAddr(bind); err == nil {
		all = slices.DeleteFunc(all, func(a netip.Addr) bool { return a.Is4() != from.Unmap().Is4() })
	}
	if len(all) == 1 {
		return all[0], nil
	}
	words := make([]string, len(all))
	for i, a := range all {
		words[i] = a.String()
	}
	if len(all) == 0 {
		return netip.Addr{}, trouble.Hint(fmt.Errorf("guest.data: %q has no address of the family of host.bind (%s)", data, bind), remedy)
	}
	return netip.Addr{}, trouble.Hint(fmt.Errorf("guest.data: %q has %d addresses (%s)", data, len(all), strings.Join(words, ", ")), remedy)
}
