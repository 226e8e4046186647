package windows

// tcpipValues are what the stack of xp reads at boot of its Parameters key and of
// the first adapter's Interfaces key (tcpip.*: takes effect: reboot). A negative
// number is an absent value.
type tcpipValues struct {
	options       int // Tcp1323Opts, a bit mask
	windowSize    int // TcpWindowSize in bytes, the adapter's own before the machine's
	maxWindowSize int // GlobalMaxTcpWindowSize in bytes
	mtu           int // of the adapter, in bytes
	noOffload     int // DisableTaskOffload
}

const absent = -1

func readTcpip(r *registry, adapters []nic) tcpipValues {
	machine := mustPath(tcpipKey)
	word := func(at regPath, name string) int {
		v, ok := r.get(at, name)
		if !ok {
			return absent
		}
		n, ok := v.uint()
		if !ok {
			return absent // a value of another type is not read (general knowledge)
		}
		return int(n)
	}
	t := tcpipValues{
		options:       word(machine, "Tcp1323Opts"),
		windowSize:    word(machine, "TcpWindowSize"),
		maxWindowSize: word(machine, "GlobalMaxTcpWindowSize"),
		noOffload:     word(machine, "DisableTaskOffload"),
		mtu:           absent,
	}
	if len(adapters) > 0 {
		own := machine.join("Interfaces", adapters[0].guid)
		t.mtu = word(own, "MTU")
		if n := word(own, "TcpWindowSize"); n != absent {
			t.windowSize = n // tcpip.TcpWindowSize: "Per-interface TcpWindowSize overrides the global one"
		}
	}
	return t
}

// xpKeywords are those of the NetKVM driver that are old enough for an NDIS 5 driver
// and whose defaults the catalogue knows (section 5, "introduced: old"; MTU is the
// keyword before *JumboPacket, RxCapacity's default the one before 2024). Keywords
// with an asterisk are NDIS 6's (general knowledge), and the legacy ones without a
// known default are left out.
var xpKeywords = []keyword{
	{name: "MTU", inf: "1500", fallback: 1500, kind: "int", min: 500, max: 65500},
	{name: "TxCapacity", inf: "1024", fallback: 1024, kind: "enum", legal: []int{16, 32, 64, 128, 256, 512, 1024}},
	{name: "RxCapacity", inf: "256", fallback: 256, kind: "enum", legal: []int{16, 32, 64, 128, 256, 512, 1024}},
	{name: "Priority", inf: "1", fallback: 0, kind: "enum", legal: []int{0, 1}},
	{name: "VlanID", inf: "0", fallback: 0, kind: "int", min: 0, max: 4094},
	{name: "DoLog", inf: "1", fallback: 1, kind: "enum", legal: []int{0, 1}},
	{name: "DebugLevel", inf: "0", fallback: 2, kind: "int", min: 0, max: 8},
	{name: "OffLoad.TxChecksum", inf: "31", fallback: 0, kind: "enum", legal: []int{31, 27, 3, 1, 0}},
	{name: "OffLoad.TxLSO", inf: "2", fallback: 0, kind: "enum", legal: []int{2, 1, 0}},
	{name: "OffLoad.RxCS", inf: "31", fallback: 0, kind: "enum", legal: []int{31, 27, 3, 1, 0}},
}
