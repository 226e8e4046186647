package stack

import "vnettune/lab/kernel"

const (
	// xpWindow is the receive window of xp where nothing sets one: 17520 on Ethernet of 10
	// to 100 Mbit/s and 65535 above (tcpip.TcpWindowSize). A virtio link reports more than
	// 100 Mbit/s (not verified: ask a guest, the connection's status; netkvm.ConnectRate has
	// no known default), so 65535 is taken.
	xpWindow = 65535

	// unscaled is the largest window without RFC 1323 scaling (tcpip.TcpWindowSize).
	unscaled = 65535

	// leastWindow is two segments: a smaller window would stop a stream, and what xp
	// makes of one is in no source.
	leastWindow = 2 * 1460

	// greatestWindow is the largest legal TcpWindowSize (tcpip.TcpWindowSize).
	greatestWindow = 1<<30 - 1

	// xpSendWindow is AFD's DefaultSendWindow where it is absent (afd.DefaultSendWindow).
	xpSendWindow = 8192

	// oneSend is the size of one send of iperf3. Winsock takes a whole send as long as
	// the one before it fits (KB214397: it "can buffer significantly more than the
	// SO_SNDBUF buffer size", and completes a send that is the only one outstanding), so
	// a stream has up to the send window and one send more under way.
	oneSend = 128 << 10
)

// XPEffects turns what is in effect on xp into settings of the kernel under it.
// Everything is read at boot (afd.*, tcpip.*: reboot).
//
// Which of the windows counts. Microsoft documents three: the socket's SO_RCVBUF, whose default is
// AFD's DefaultReceiveWindow (afd.DefaultReceiveWindow), the stack's TcpWindowSize, and
// GlobalMaxTcpWindowSize as their cap. Of AFD and the stack none of its pages says which wins where
// both are set; SpeedGuide's FAQ 221 says that since XP SP2 AFD's value does, and SP3 is played
// here. Where AFD's is absent, AFD takes the stack's window (smallvoid.com, "winsock buffer"): the
// 8192 of the documents is never the window of a TCP socket.
//
// Nothing comes of: FastSendDatagramThreshold (Linux has one way to send a datagram), the other AFD
// values, TcpAckFrequency, TcpDelAckTicks, SackOpts, TcpMaxDupAcks, EnablePMTUDiscovery (there is
// no router), MaxUserPort, TcpTimedWaitDelay, the hash tables (no counterpart in kernel.Settings),
// EnableTCPChimney, EnableRSS, EnableTCPA (Server 2003 SP2 only) and EnableWsd (absent). The
// rounding of TcpWindowSize to whole segments is left out: it is less than one of them. xp has no
// receive coalescing (tcp.rsc: absent), but no setting of it either: whether the kernel below
// coalesces is a matter of the stand-in's speed, which says nothing of Windows, and is left to the
// kernel.
func XPEffects(boot AtBoot, _ TCP, _ int, _ Allowed) kernel.Settings {
	t := boot.tcpip
	scaling, timestamps := xpOptions(t.options)
	off := false
	s := kernel.Settings{
		ReceiveWindow: xpReceiveWindow(boot),
		WindowScaling: &scaling,
		Timestamps:    &timestamps,
		SendBuffer:    xpSendBuffer(boot.sendWindow),
		Congestion:    "reno", // tcp.congestionprovider: absent; that it is NewReno: not verified: ask a guest, a capture with losses
		ECN:           &off,   // tcp.ecncapability: absent
		SynRetries:    2,      // TcpMaxConnectRetransmissions: http://smallbusiness.support.microsoft.com/en-us/kb/314053
		MTU:           boot.keywords["MTU"],
		VLAN:          boot.keywords["VlanID"], // as on w10
	}
	if t.mtu != absent {
		s.MTU = min(max(t.mtu, MinMTU), s.MTU) // tcpip.MTU: 88 up to the adapter's; Linux and WinRM want 576
	}
	const tcp4 = 1
	hardware := t.noOffload < 1 // tcpip.DisableTaskOffload: absent = 0
	txSum := hardware && boot.keywords["OffLoad.TxChecksum"]&tcp4 != 0
	rxSum := hardware && boot.keywords["OffLoad.RxCS"]&tcp4 != 0
	lso := txSum && boot.keywords["OffLoad.TxLSO"] > 0
	s.TxChecksum, s.RxChecksum, s.TSO = &txSum, &rxSum, &lso
	return s
}

// xpOptions says which options of RFC 1323 are used with a peer that asks for them,
// as the host always does. Without the value xp accepts both and starts neither
// (tcpip.Tcp1323Opts); Linux has no switch for "accept only", so a connection that
// the guest itself opens asks for them too: of the measured ones there is none.
func xpOptions(opts int) (scaling, timestamps bool) {
	if opts == absent {
		return true, true
	}
	return opts&1 != 0, opts&2 != 0
}

// xpReceiveWindow is the largest window that xp advertises. More than 65535 needs
// bit 0 of Tcp1323Opts (tcpip.TcpWindowSize: "at BOTH ends"), also where the absent
// value lets a peer's scaling in.
func xpReceiveWindow(boot AtBoot) int {
	t, window := boot.tcpip, xpWindow
	switch {
	case boot.receiveWindow > 0:
		window = boot.receiveWindow
	case t.windowSize > 0:
		window = t.windowSize
	}
	if t.maxWindowSize > 0 {
		window = min(window, t.maxWindowSize)
	}
	if t.options == absent || t.options&1 == 0 {
		window = min(window, unscaled)
	}
	return min(max(window, leastWindow), greatestWindow)
}

// xpSendBuffer is how much of a stream may be sent and not yet acknowledged.
func xpSendBuffer(sendWindow int) int {
	if sendWindow == 0 {
		sendWindow = xpSendWindow
	}
	return min(sendWindow, greatestWindow-oneSend) + oneSend
}
