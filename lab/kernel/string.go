package kernel

import (
	"fmt"
	"strings"
)

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
	if len(parts) == 0 {
		return "the kernel's own"
	}
	return strings.Join(parts, " ")
}
