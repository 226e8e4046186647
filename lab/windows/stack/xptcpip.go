package stack

import (
	"vnettune/lab/windows/registry"
)

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

func readTcpip(r *registry.Tree, adapters []NIC) tcpipValues {
	machine := registry.MustPath(registry.TcpipKey)
	word := func(at registry.Path, name string) int {
		v, ok := r.Get(at, name)
		if !ok {
			return absent
		}
		n, ok := v.Uint()
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
		own := machine.Join("Interfaces", adapters[0].GUID)
		t.mtu = word(own, "MTU")
		if n := word(own, "TcpWindowSize"); n != absent {
			t.windowSize = n // tcpip.TcpWindowSize: "Per-interface TcpWindowSize overrides the global one"
		}
	}
	return t
}
