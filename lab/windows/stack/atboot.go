package stack

import (
	"time"

	"vnettune/lab/windows/registry"
)

// AtBoot are what Windows reads of the registry at boot, AFD's values, and at each start of the adapter,
// the keywords of its driver (InForce says which of them act). Of Tcpip's own, w10 reads none of TcpWindowSize, Tcp1323Opts, GlobalMaxTcpWindowSize
// (tcpip.*: ignored), and no effect of EnableWsd is known (tcpip.EnableWsd).
type AtBoot struct {
	receiveWindow int // AFD DefaultReceiveWindow in bytes; 0 if absent
	sendWindow    int // AFD DefaultSendWindow in bytes; 0 if absent
	keywords      map[string]int
	tcpip         tcpipValues   // read by xp only
	noGuestTSO    bool          // the host does not offer it
	rtt           time.Duration // of the handshakes of iperf3's connections; Client for a guest that is no server
}

// ReadAtBoot takes the values that would count after a boot now. The keywords are
// the first adapter's: kernel.Settings speaks of all adapters at once.
func ReadAtBoot(r *registry.Tree, adapters []NIC, driver Driver) AtBoot {
	b := AtBoot{keywords: map[string]int{}, tcpip: readTcpip(r, adapters), rtt: Client}
	afd := registry.MustPath(registry.AFDKey)
	if v, ok := r.Get(afd, "DefaultReceiveWindow"); ok {
		n, _ := v.Uint()
		b.receiveWindow = int(n)
	}
	if v, ok := r.Get(afd, "DefaultSendWindow"); ok {
		n, _ := v.Uint()
		b.sendWindow = int(n)
	}
	var class registry.Path
	var ok bool
	if len(adapters) > 0 {
		class, ok = ClassKeyOf(r, adapters[0].GUID)
	}
	for _, k := range driver.Keywords {
		if k.Reads == nil {
			continue
		}
		var v registry.Value
		var exists bool
		if ok {
			v, exists = r.Get(class, k.Name)
		}
		b.keywords[k.Name] = k.Reads.read(v, exists)
	}
	return b
}

// ethernetHeader is what *JumboPacket counts and an MTU does not, in bytes (netkvm.JumboPacket).
const ethernetHeader = 14

// MaxMTU is the largest MTU in bytes that the driver lets through.
func (b AtBoot) MaxMTU() int {
	if frame, ok := b.keywords["*JumboPacket"]; ok {
		return frame - ethernetHeader
	}
	return b.keywords["MTU"] // of drivers before build 190, without the header
}

// tcpipValues are what the stack of xp reads at boot of its Parameters key and of the first
// adapter's Interfaces key (tcpip.*: takes effect: reboot). A negative number is an absent value.
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
			return absent // a value of another type is not read (not verified: ask a guest, TcpWindowSize as REG_SZ, then the window in a capture)
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

// AsServer is the same boot of a server whose measured connections have handshakes that take rtt.
func (b AtBoot) AsServer(rtt time.Duration) AtBoot {
	b.rtt = rtt
	return b
}
