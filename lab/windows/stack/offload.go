package stack

// Bits of the driver's checksum masks OffLoad.TxChecksum and OffLoad.RxCS, by the words of their
// values (docs/facts/windows-settings.md 5): 31 All, 27 TCP/UDP(v4,v6), 3 TCP/UDP(v4), 1 TCP(v4).
const (
	tcp4 = 1 << iota
	udp4
	ip4
	tcp6
	udp6
)

// Bits of the standard keywords *...ChecksumOffload..., and of the numbers of
// MSFT_NetAdapterChecksumOffloadSettingData: 1 Tx, 2 Rx, 3 both.
const (
	tx = 1
	rx = 2
)

// chimneyNumber is the enum of MSFT_NetOffloadGlobalSetting.Chimney.
var chimneyNumber = map[string]int{"disabled": 0, "enabled": 1, "automatic": 2}

// CIMOffload is the object of MSFT_NetOffloadGlobalSetting.
func CIMOffload(tcp TCP) map[string]any {
	return map[string]any{
		"Chimney":                  chimneyNumber[tcp.Global["chimney"]],
		"NetworkDirect":            onOffNumber(tcp.Global[NetworkDirect]),
		"PacketCoalescingFilter":   onOffNumber(tcp.Global[PacketCoalescingFilter]),
		"ReceiveSegmentCoalescing": onOffNumber(tcp.Global["rsc"]),
		"ReceiveSideScaling":       onOffNumber(tcp.Global["rss"]),
		"TaskOffload":              onOffNumber(tcp.Global[TaskOffload]),
	}
}

// Numbers of RSC's FailureReason: 0, 1 and 5 are documented (class MSFT_NetAdapterRscSettingData);
// Capability is the next word in the list of Get-NetAdapterRsc, so that 6 is not verified: ask a
// guest whose host offers no guest TSO, Get-CimInstance -Namespace root/StandardCimv2
// MSFT_NetAdapterRscSettingData.
const (
	rscNoFailure   = 0
	rscNICProperty = 1
	rscGlobal      = 5
	rscCapability  = 6
)

// RSCWords are the words that the class itself has for numbers that no document names.
var RSCWords = map[int]string{rscCapability: "Capability"}

// CIMAdapter are the objects of the classes that say what the driver does, by class, with the
// properties of Microsoft's documentation. They are those of the driver's own decisions at boot:
// "Both this master mask and the standard keyword must allow an offload", "TX checksum off forces
// LSO off" (docs/facts/windows-settings.md 5). The adapter has one queue, and RSS off is a queue
// number of 0 (recorded on Server 2012 R2). VlanID is null there, and no release before
// Server 2019 is known to have the class of USO (docs/facts/windows-answers.md, recordings).
func (b AtBoot) CIMAdapter(r Release, tcp TCP) map[string]map[string]any {
	kw := b.keywords
	var vlan any = kw["VlanID"]
	if r.Build <= server2012R2 {
		vlan = nil
	}
	rsc4, why4 := b.coalesces("*RscIPv4", tcp)
	rsc6, why6 := b.coalesces("*RscIPv6", tcp)
	classes := map[string]map[string]any{
		"MSFT_NetAdapter": {"MtuSize": b.MaxMTU(), "VlanID": vlan},
		"MSFT_NetAdapterChecksumOffloadSettingData": {
			"IpIPv4Enabled":  b.checksum(ip4, "*IPChecksumOffloadIPv4"),
			"TcpIPv4Enabled": b.checksum(tcp4, "*TCPChecksumOffloadIPv4"),
			"TcpIPv6Enabled": b.checksum(tcp6, "*TCPChecksumOffloadIPv6"),
			"UdpIPv4Enabled": b.checksum(udp4, "*UDPChecksumOffloadIPv4"),
			"UdpIPv6Enabled": b.checksum(udp6, "*UDPChecksumOffloadIPv6"),
		},
		"MSFT_NetAdapterLsoSettingData": {
			"IPv4Enabled": b.segments(tcp4, "*TCPChecksumOffloadIPv4", "*LsoV2IPv4", 1),
			"IPv6Enabled": b.segments(tcp6, "*TCPChecksumOffloadIPv6", "*LsoV2IPv6", 2),
		},
		"MSFT_NetAdapterRscSettingData": {
			"IPv4OperationalState": rsc4, "IPv4FailureReason": why4,
			"IPv6OperationalState": rsc6, "IPv6FailureReason": why6,
		},
		"MSFT_NetAdapterRssSettingData": {
			"Enabled": kw["*RSS"] == 1, "NumberOfReceiveQueues": kw["*RSS"],
			"MaxProcessors": 1, "BaseProcessorNumber": 0, "NumaNode": 0, "Profile": 4, // as recorded on Server 2016 and 2019
		},
	}
	if r.Build >= server2019 {
		classes[UsoClass] = map[string]any{"IPv4Enabled": kw["*UsoIPv4"] == 1, "IPv6Enabled": kw["*UsoIPv6"] == 1}
	}
	return classes
}

// UsoClass is the one class that not all releases have.
const UsoClass = "MSFT_NetAdapterUsoSettingData"

// checksum is which sides of a checksum the driver offloads: the bit in its own masks, and the
// standard keyword.
func (b AtBoot) checksum(bit int, standard string) int {
	n := 0
	if b.keywords["OffLoad.TxChecksum"]&bit != 0 {
		n |= tx
	}
	if b.keywords["OffLoad.RxCS"]&bit != 0 {
		n |= rx
	}
	return n & b.keywords[standard]
}

// segments says whether the driver lets the host cut up segments: its own keyword at least
// least, the standard one, and the checksum of what is sent.
func (b AtBoot) segments(bit int, checksum, standard string, least int) bool {
	return b.checksum(bit, checksum)&tx != 0 && b.keywords["OffLoad.TxLSO"] >= least && b.keywords[standard] == 1
}

// coalesces says whether RSC works for a keyword, and the number of the reason why it does not.
// One reason is told at a time (which of several is not verified: ask a guest).
func (b AtBoot) coalesces(keyword string, tcp TCP) (bool, int) {
	switch {
	case b.keywords[keyword] != 1:
		return false, rscNICProperty
	case b.noGuestTSO:
		return false, rscCapability
	case tcp.Global["rsc"] != "enabled":
		return false, rscGlobal
	}
	return true, rscNoFailure
}

// WithoutGuestTSO is the same boot on a host that does not offer guest TSO: "*RscIPv4/6 need
// VIRTIO_NET_F_GUEST_TSO4/6"
// (https://github.com/virtio-win/kvm-guest-drivers-windows/issues/1026).
func (b AtBoot) WithoutGuestTSO() AtBoot {
	b.noGuestTSO = true
	return b
}
