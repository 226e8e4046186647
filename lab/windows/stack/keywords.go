package stack

import (
	"strconv"
	"vnettune/lab/windows/registry"
)

// Keyword is one value of the NetKVM driver under the adapter's class key.
type Keyword struct {
	name     string
	inf      string // default of the INF: written at installation and under Ndi\params
	fallback int    // what the driver takes where the value is missing or out of range
	kind     string // Ndi\params type: "enum" or "int"
	legal    []int  // values of an enum
	min, max int    // of an int
}

// W10Keywords are those of the INF (docs/facts/windows-settings.md 5, NetKVM@fbcc19d7);
// *NdisPoll is in the Windows 11 INF only and left out, as are NetworkAddress (absent by
// default) and the legacy ones.
var W10Keywords = []Keyword{
	{name: "*JumboPacket", inf: "1514", fallback: 1514, kind: "int", min: 590, max: 65500},
	{name: "TxCapacity", inf: "1024", fallback: 1024, kind: "enum", legal: []int{16, 32, 64, 128, 256, 512, 1024}},
	{name: "RxCapacity", inf: "1024", fallback: 256, kind: "enum", legal: []int{16, 32, 64, 128, 256, 512, 1024, 2048, 4096}},
	{name: "MinRxBufferPercent", inf: "0", fallback: 0, kind: "int", min: 0, max: 100},
	{name: "SeparateTail", inf: "1", fallback: 1, kind: "enum", legal: []int{0, 1}},
	{name: "FastInit", inf: "1", fallback: 1, kind: "enum", legal: []int{0, 1}},
	{name: "MergeableBuffers", inf: "0", fallback: 0, kind: "enum", legal: []int{0, 1}},
	{name: "Priority", inf: "1", fallback: 0, kind: "enum", legal: []int{0, 1}},
	{name: "*PriorityVLANTag", inf: "3", fallback: 3, kind: "enum", legal: []int{0, 1, 2, 3}},
	{name: "VlanID", inf: "0", fallback: 0, kind: "int", min: 0, max: 4094},
	{name: "DoLog", inf: "1", fallback: 1, kind: "enum", legal: []int{0, 1}},
	{name: "DebugLevel", inf: "0", fallback: 2, kind: "int", min: 0, max: 8},
	{name: "OffLoad.TxChecksum", inf: "31", fallback: 0, kind: "enum", legal: []int{31, 27, 3, 1, 0}},
	{name: "OffLoad.TxLSO", inf: "2", fallback: 0, kind: "enum", legal: []int{2, 1, 0}},
	{name: "OffLoad.RxCS", inf: "31", fallback: 0, kind: "enum", legal: []int{31, 27, 3, 1, 0}},
	{name: "*IPChecksumOffloadIPv4", inf: "3", fallback: 3, kind: "enum", legal: []int{0, 1, 2, 3}},
	{name: "*TCPChecksumOffloadIPv4", inf: "3", fallback: 3, kind: "enum", legal: []int{0, 1, 2, 3}},
	{name: "*TCPChecksumOffloadIPv6", inf: "3", fallback: 3, kind: "enum", legal: []int{0, 1, 2, 3}},
	{name: "*UDPChecksumOffloadIPv4", inf: "3", fallback: 3, kind: "enum", legal: []int{0, 1, 2, 3}},
	{name: "*UDPChecksumOffloadIPv6", inf: "3", fallback: 3, kind: "enum", legal: []int{0, 1, 2, 3}},
	{name: "*LsoV2IPv4", inf: "1", fallback: 1, kind: "enum", legal: []int{0, 1}},
	{name: "*LsoV2IPv6", inf: "1", fallback: 1, kind: "enum", legal: []int{0, 1}},
	{name: "*RSS", inf: "1", fallback: 1, kind: "enum", legal: []int{0, 1}},
	{name: "*NumRssQueues", inf: "16", fallback: 16, kind: "int", min: 1, max: 32},
	{name: "*RscIPv4", inf: "1", fallback: 1, kind: "enum", legal: []int{0, 1}},
	{name: "*RscIPv6", inf: "1", fallback: 1, kind: "enum", legal: []int{0, 1}},
	{name: "*UsoIPv4", inf: "1", fallback: 1, kind: "enum", legal: []int{0, 1}},
	{name: "*UsoIPv6", inf: "1", fallback: 1, kind: "enum", legal: []int{0, 1}},
}

// read gives the number that the driver works with: the text's number where it is legal, else the
// driver's fallback (docs/facts/windows-settings.md 0, rule 5: replaced, not clamped).
func (k Keyword) read(v registry.Value, exists bool) int {
	if !exists || v.Kind != "String" {
		return k.fallback
	}
	n, err := strconv.Atoi(v.Data)
	if err != nil {
		return k.fallback
	}
	if k.kind == "int" {
		if n < k.min || n > k.max {
			return k.fallback
		}
		return n
	}
	for _, l := range k.legal {
		if l == n {
			return n
		}
	}
	return k.fallback
}

// XPKeywords are those of the NetKVM driver that are old enough for an NDIS 5 driver and whose
// defaults are known (docs/facts/windows-settings.md 5, "introduced: old"; MTU is the keyword
// before *JumboPacket, RxCapacity's default the one before 2024). Keywords with an asterisk are
// NDIS 6's
// (https://learn.microsoft.com/en-us/windows-hardware/drivers/network/standardized-inf-keywords-for-network-devices),
// and the legacy ones without a known default are left out.
var XPKeywords = []Keyword{
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
