package stack

import "math"

// Release is one Windows as far as its TCP and its offloads go: by its build and by what it is made
// for, rows of the tables of this package are its own.
type Release struct {
	Build  int
	Server bool
}

// First builds of some releases (docs/facts/windows-samples.md 4).
const (
	server2012   = 9200
	server2012R2 = 9600
	server2016   = 14393
	w10v1703     = 15063
	server2019   = 17763
	w10v1903     = 18362
	w10v2004     = 19041
	server2022   = 20348
	w11v21H2     = 22000
	w11v22H2     = 22621
	w11v24H2     = 26100
)

// on says which releases a row is about.
type on struct {
	first, last int // builds; 0 is open
	servers     bool
	clients     bool // neither: both
}

// is says whether a row is about a release.
func (o on) is(r Release) bool {
	last := o.last
	if last == 0 {
		last = math.MaxInt
	}
	return r.Build >= o.first && r.Build <= last && (!o.servers || r.Server) && (!o.clients || !r.Server)
}

// none is a row about no release.
var none = on{first: math.MaxInt}

// HasUDP says whether its netsh has `interface udp` for certain (udp.uro: 11 22H2+ and 2025).
func (r Release) HasUDP() bool { return r.Build >= w11v22H2 }

// begin is what something is at first on some releases.
type begin struct {
	on     on
	value  string
	source string
}
