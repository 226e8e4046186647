package kernel

import (
	"fmt"
	"strings"
)

// Settings is what the personality asks of the kernel. The zero value of a field
// means "leave the kernel's own default".
type Settings struct {
	ReceiveWindow int    // largest advertised TCP receive window in bytes
	SendBuffer    int    // fixed TCP send buffer in bytes
	Congestion    string // Linux congestion control for connections that this guest opens or accepts
	ECN           *bool  // RFC 3168 negotiation
	Timestamps    *bool  // RFC 7323 timestamps
	WindowScaling *bool  // RFC 7323 window scaling
	InitialRTO    int    // first retransmission timeout in milliseconds
	SynRetries    int    // retransmissions of a SYN
	MTU           int    // bytes, of every virtio adapter
	VLAN          int    // IEEE 802.1Q id of every virtio adapter; 0 takes it out of all
	TxChecksum    *bool  // transmit checksum offload
	RxChecksum    *bool  // receive checksum offload
	TSO           *bool  // segmentation offload on transmit (LSO)
	GRO           *bool  // receive coalescing (RSC)

	// Share is what is left of the link's rate in both directions, where it has one; 0 means all of
	// it. Kernel.Apply leaves it alone: a rate has to be set at both ends of the cable.
	Share float64
}

// String lists the fields that are set, for logs.
func (s Settings) String() string {
	var parts []string
	for _, f := range []struct {
		name  string
		value int
	}{
		{"ReceiveWindow", s.ReceiveWindow}, {"SendBuffer", s.SendBuffer}, {"InitialRTO", s.InitialRTO},
		{"SynRetries", s.SynRetries}, {"MTU", s.MTU}, {"VLAN", s.VLAN},
	} {
		if f.value != 0 {
			parts = append(parts, fmt.Sprintf("%s=%d", f.name, f.value))
		}
	}
	if s.Congestion != "" {
		parts = append(parts, "Congestion="+s.Congestion)
	}
	for _, f := range []struct {
		name  string
		value *bool
	}{
		{"ECN", s.ECN}, {"Timestamps", s.Timestamps}, {"WindowScaling", s.WindowScaling},
		{"TxChecksum", s.TxChecksum}, {"RxChecksum", s.RxChecksum}, {"TSO", s.TSO}, {"GRO", s.GRO},
	} {
		if f.value != nil {
			parts = append(parts, fmt.Sprintf("%s=%t", f.name, *f.value))
		}
	}
	if s.Share != 0 {
		parts = append(parts, fmt.Sprintf("Share=%.4f", s.Share))
	}
	if len(parts) == 0 {
		return "the kernel's own"
	}
	return strings.Join(parts, " ")
}
