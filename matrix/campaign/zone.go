package campaign

import (
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
)

// A link-local address of IPv6 (fe80::/10) is one on every link. The kernel takes it with
// its zone only, the interface of this host that leads to the link: fe80::1%virbr0
// (RFC 4007, section 11). The zone is this host's and means nothing to the guest.

var (
	// zoneName is a name or an index of an interface (at most 15 bytes, linux/if.h).
	zoneName = regexp.MustCompile(`^[A-Za-z0-9_.:@+-]{1,15}$`)
	// zoneInURL is an address with its zone, behind % as people write it or behind %25 as a
	// URL needs it (RFC 6874).
	zoneInURL = regexp.MustCompile(`\[([^\]%]*)%(25)?([^\]%]+)\]`)
)

// zoned reports an address under key whose zone is missing, too much or none; what a
// store has kept is taken.
func (o object) zoned(key string, a netip.Addr) {
	linkLocal := a.Is6() && a.IsLinkLocalUnicast()
	switch {
	case o.r.stored:
	case linkLocal && a.Zone() == "":
		o.bad(key, fmt.Sprintf("%s is a link-local address, which every link has of its own", a), fmt.Sprintf("add the interface of this host that leads there, such as %s%%virbr0", a))
	case a.Zone() != "" && !linkLocal:
		o.bad(key, fmt.Sprintf("%s is not link-local and belongs to no interface alone", a.WithZone("")), "delete %"+a.Zone())
	case a.Zone() != "" && !zoneName.MatchString(a.Zone()):
		o.bad(key, fmt.Sprintf("%q is no interface of this host", a.Zone()), "legal: its name as ip link shows it, such as virbr0")
	}
}

// sameZone refuses to measure from an interface to an address on another. An index and a
// name may be the same interface.
func (o object) sameZone(from, to netip.Addr) {
	_, err1 := strconv.Atoi(from.Zone())
	_, err2 := strconv.Atoi(to.Zone())
	if from.Zone() == "" || to.Zone() == "" || from.Zone() == to.Zone() || (err1 == nil) != (err2 == nil) {
		return
	}
	o.bad("bind", fmt.Sprintf("this is an address of %s, and guest.data is reached by %s", from.Zone(), to.Zone()), "make them agree")
}
