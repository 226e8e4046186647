package rig

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// Of the kernel's interface to its TCP metrics (include/uapi/linux/tcp_metrics.h).
const (
	tcpMetricsFamily  = "tcp_metrics"
	tcpMetricsDelete  = 2
	tcpMetricsVersion = 1
	tcpMetricsIPv4    = 1
	tcpMetricsIPv6    = 2
)

// ForgetMetrics has this host forget what it cached of TCP towards the address under test, its slow-start
// threshold and round trip among it: a connection begins by what the arm before it left there otherwise. It
// takes the right to configure the network (CAP_NET_ADMIN).
func ForgetMetrics(address string) error {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return err
	}
	f, err := netlink.GenlFamilyGet(tcpMetricsFamily)
	if err != nil {
		return fmt.Errorf("this kernel does not tell of its TCP metrics: %w", err)
	}
	req := nl.NewNetlinkRequest(int(f.ID), unix.NLM_F_ACK)
	req.AddData(&nl.Genlmsg{Command: tcpMetricsDelete, Version: tcpMetricsVersion})
	kind := tcpMetricsIPv4
	if a = a.Unmap(); a.Is6() {
		kind = tcpMetricsIPv6
	}
	req.AddData(nl.NewRtAttr(kind, a.WithZone("").AsSlice()))
	if _, err = req.Execute(unix.NETLINK_GENERIC, 0); errors.Is(err, unix.ESRCH) {
		return nil // nothing is cached
	}
	return err
}
