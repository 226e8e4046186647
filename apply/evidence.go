package apply

import "vnettune/matrix"

// Classes of root/StandardCimv2 whose numbers say what the stack and the driver do, as the script
// effect asks for them. Properties and the words of numbers are those of Microsoft's pages of these
// classes (github.com/MicrosoftDocs/win32, desktop-src/FWP/wmi, netadaptercimprov and
// nettcpipprov), but for the Uso class, which has none: of recordings of Server 2019 and 23H2
// (github.com/microsoft/wmi).
const (
	classOffload  = "MSFT_NetOffloadGlobalSetting"
	classAdapter  = "MSFT_NetAdapter"
	classChecksum = "MSFT_NetAdapterChecksumOffloadSettingData"
	classLSO      = "MSFT_NetAdapterLsoSettingData"
	classRSC      = "MSFT_NetAdapterRscSettingData"
	classRSS      = "MSFT_NetAdapterRssSettingData"
	classUSO      = "MSFT_NetAdapterUsoSettingData"
)

// evidence is a number that says whether a setting is in effect. A setting with several is in
// effect when all of them say so.
type evidence struct {
	id       string // the setting
	class    string
	property string

	// How the number is made of the value. With none of these it is the value itself.
	numbers map[string]int // the number of each value
	less    int            // the value less this
	bit     int            // whether the value, a mask, has this bit, as the bit side of the number
	side    int

	most   bool              // the value only allows: a smaller number proves nothing
	reason string            // the property that says why the number is 0
	under  map[string]string // other settings that make the number smaller unless they have this value
}

// onOff are the numbers of a switch of netsh.
var onOff = map[string]int{"disabled": 0, "enabled": 1}

// The sides of the numbers of classChecksum: 0 Disabled, 1 TxEnabled, 2 RxEnabled, 3 RxTxEnabled.
const (
	sideTx = 1
	sideRx = 2
)

// What keeps another setting down where both are set by one combination. "Both this master mask
// and the standard keyword must allow an offload", "TX checksum off forces LSO off"
// (matrix/catalogue.yaml).
var (
	underRSC = map[string]string{"tcp.rsc": "enabled"}
	underRSS = map[string]string{"tcp.rss": "enabled", "netkvm.RSS": "1"}
	underSum = map[string]string{"netkvm.OffLoad.TxChecksum": "31", "netkvm.OffLoad.RxCS": "31"}
	underLSO = map[string]string{"netkvm.OffLoad.TxLSO": "2", "netkvm.OffLoad.TxChecksum": "31",
		"netkvm.TCPChecksumOffloadIPv4": "3", "netkvm.TCPChecksumOffloadIPv6": "3", "netkvm.IPChecksumOffloadIPv4": "3"}
)

// Bits of OffLoad.TxChecksum and OffLoad.RxCS, by the words of their values: 31 All, 27
// TCP/UDP(v4,v6), 3 TCP/UDP(v4), 1 TCP(v4). The legal values have the two of IPv6 together.
const (
	bitTCPv4 = 1 << iota
	bitUDPv4
	bitIPv4
	bitTCPv6
	bitUDPv6
)

// evidences are all numbers, in the order of the catalogue. The settings of MSFT_NetTCPSetting and
// MSFT_NetIPInterface, which the script read asks for, are not among them: see inEffect. Nor is
// netkvm.LsoV1IPv4: LSOv1 was seen on with no keyword that names it (virtio-win pull request 1487).
var evidences = []evidence{
	{id: "tcp.rss", class: classOffload, property: "ReceiveSideScaling", numbers: onOff},
	{id: "tcp.chimney", class: classOffload, property: "Chimney", numbers: map[string]int{"disabled": 0, "enabled": 1, "automatic": 2}},
	{id: "tcp.rsc", class: classOffload, property: "ReceiveSegmentCoalescing", numbers: onOff},
	{id: "ip.taskoffload", class: classOffload, property: "TaskOffload", numbers: onOff},
	{id: "offload.PacketCoalescingFilter", class: classOffload, property: "PacketCoalescingFilter", numbers: onOff},
	{id: "offload.NetworkDirect", class: classOffload, property: "NetworkDirect", numbers: onOff},

	{id: "netkvm.JumboPacket", class: classAdapter, property: "MtuSize", less: 14}, // the frame without its Ethernet header
	{id: "netkvm.VlanID", class: classAdapter, property: "VlanID"},

	{id: "netkvm.OffLoad.TxChecksum", class: classChecksum, property: "TcpIPv4Enabled", bit: bitTCPv4, side: sideTx, most: true},
	{id: "netkvm.OffLoad.TxChecksum", class: classChecksum, property: "UdpIPv4Enabled", bit: bitUDPv4, side: sideTx, most: true},
	{id: "netkvm.OffLoad.TxChecksum", class: classChecksum, property: "IpIPv4Enabled", bit: bitIPv4, side: sideTx, most: true},
	{id: "netkvm.OffLoad.TxChecksum", class: classChecksum, property: "TcpIPv6Enabled", bit: bitTCPv6, side: sideTx, most: true},
	{id: "netkvm.OffLoad.TxChecksum", class: classChecksum, property: "UdpIPv6Enabled", bit: bitUDPv6, side: sideTx, most: true},
	{id: "netkvm.OffLoad.TxLSO", class: classLSO, property: "IPv4Enabled", numbers: map[string]int{"0": 0, "1": 1, "2": 1}, most: true},
	{id: "netkvm.OffLoad.TxLSO", class: classLSO, property: "IPv6Enabled", numbers: map[string]int{"0": 0, "1": 0, "2": 1}, most: true},
	{id: "netkvm.OffLoad.RxCS", class: classChecksum, property: "TcpIPv4Enabled", bit: bitTCPv4, side: sideRx, most: true},
	{id: "netkvm.OffLoad.RxCS", class: classChecksum, property: "UdpIPv4Enabled", bit: bitUDPv4, side: sideRx, most: true},
	{id: "netkvm.OffLoad.RxCS", class: classChecksum, property: "IpIPv4Enabled", bit: bitIPv4, side: sideRx, most: true},
	{id: "netkvm.OffLoad.RxCS", class: classChecksum, property: "TcpIPv6Enabled", bit: bitTCPv6, side: sideRx, most: true},
	{id: "netkvm.OffLoad.RxCS", class: classChecksum, property: "UdpIPv6Enabled", bit: bitUDPv6, side: sideRx, most: true},
	{id: "netkvm.IPChecksumOffloadIPv4", class: classChecksum, property: "IpIPv4Enabled", under: underSum},
	{id: "netkvm.TCPChecksumOffloadIPv4", class: classChecksum, property: "TcpIPv4Enabled", under: underSum},
	{id: "netkvm.TCPChecksumOffloadIPv6", class: classChecksum, property: "TcpIPv6Enabled", under: underSum},
	{id: "netkvm.UDPChecksumOffloadIPv4", class: classChecksum, property: "UdpIPv4Enabled", under: underSum},
	{id: "netkvm.UDPChecksumOffloadIPv6", class: classChecksum, property: "UdpIPv6Enabled", under: underSum},
	{id: "netkvm.LsoV2IPv4", class: classLSO, property: "IPv4Enabled", under: underLSO},
	{id: "netkvm.LsoV2IPv6", class: classLSO, property: "IPv6Enabled", under: underLSO},
	{id: "netkvm.RSS", class: classRSS, property: "Enabled", under: map[string]string{"tcp.rss": "enabled"}},
	{id: "netkvm.NumRssQueues", class: classRSS, property: "NumberOfReceiveQueues", most: true, under: underRSS},
	{id: "netkvm.RscIPv4", class: classRSC, property: "IPv4OperationalState", reason: "IPv4FailureReason", under: underRSC},
	{id: "netkvm.RscIPv6", class: classRSC, property: "IPv6OperationalState", reason: "IPv6FailureReason", under: underRSC},
	{id: "netkvm.UsoIPv4", class: classUSO, property: "IPv4Enabled"},
	{id: "netkvm.UsoIPv6", class: classUSO, property: "IPv6Enabled"},

	{id: "rss.RSSProfile", class: classRSS, property: "Profile"},
	{id: "rss.RssBaseProcNumber", class: classRSS, property: "BaseProcessorNumber"},
	{id: "rss.MaxRssProcessors", class: classRSS, property: "MaxProcessors", most: true, under: underRSS},
	{id: "rss.NumaNodeId", class: classRSS, property: "NumaNode"},
}

// failureReasons are the documented words of RSC's FailureReason, by number.
var failureReasons = []string{"NoFailure", "NicPropertyDisabled", "WFPCompatibility", "NDISCompatibility", "ForwardingEnabled", "NetOffloadGlobalDisabled"}

// failureMeanings say of some words what they stand for on virtio (virtio-win issue 1026, and the
// knowledge base's page on RSC).
var failureMeanings = map[string]string{
	"Capability":       "the host does not offer what it needs: guest TSO of the virtio-net device",
	"WFPCompatibility": "a firewall or another filter of the guest prevents it",
}

// evidenceOf are the numbers that say whether a setting is in effect.
func evidenceOf(id string) []evidence {
	var all []evidence
	for _, e := range evidences {
		if e.id == id {
			all = append(all, e)
		}
	}
	return all
}

// InEffectBy names the numbers of CIM, as CLASS.PROPERTY, that say whether a setting of this form
// is in effect; none where nothing says it.
func InEffectBy(id string, f matrix.Form) []string {
	switch {
	case f.Kind == matrix.NetshSubinterface:
		return []string{numberMTU}
	case f.Kind == matrix.NetshIPGlobal || f.Kind == matrix.OffloadGlobal:
		if f.CIM == "" {
			return nil
		}
		return []string{classOffload + "." + f.CIM}
	case f.Kind == matrix.NetshTemplate && f.CIM != "":
		return []string{classTCP + "." + f.CIM, numberApplied}
	case f.CIM != "":
		return []string{classTCP + "." + f.CIM}
	}
	var all []string
	for _, e := range evidenceOf(id) {
		all = append(all, e.name())
	}
	return all
}

// The numbers that the script read asks for.
const (
	classTCP      = "MSFT_NetTCPSetting"
	numberApplied = "MSFT_NetTCPConnection.AppliedSetting"
	numberMTU     = "MSFT_NetIPInterface.NlMtu"
)

func (e evidence) name() string { return e.class + "." + e.property }
