package stack

import (
	"vnettune/lab/kernel"
)

// receiveWindows are the largest windows of the auto-tuning levels: 64 KiB times two to the scale
// factor. Source: tcp.autotuninglevel, "scale factor: disabled none (64 KB cap), highlyrestricted
// 2, restricted 4, normal 8, experimental 14". With "disabled" the SYN carries no window scale
// option at all (packet capture on Microsoft's page on tuning network adapters), so the peer cannot
// scale either (RFC 7323, section 2.2).
var receiveWindows = map[string]struct {
	bytes   int
	scaling bool
}{
	"disabled":         {65535, false},
	"highlyrestricted": {64 << 10 << 2, true},
	"restricted":       {64 << 10 << 4, true},
	"normal":           {64 << 10 << 8, true},
	"experimental":     {64 << 10 << 14, true},
}

// providers are Linux's counterparts of the congestion providers. Linux has no Compound TCP:
// illinois is the nearest algorithm that also goes by loss and delay together. bbr2 is
// played by bbr, the version that Linux has; none is plain NewReno (not verified: ask a
// guest, Get-NetTCPSetting after congestionprovider=none). Source of the names:
// template.congestionprovider.
var providers = map[string]string{
	"cubic":   "cubic",
	"newreno": "reno",
	"none":    "reno",
	"dctcp":   "dctcp",
	"bbr2":    "bbr",
	"ctcp":    "illinois",
	"default": "reno", // of Compat before 2016 (which algorithm that is: not verified: ask a guest, a capture)
}

// MinMTU is the least IPv4 MTU that is taken, in bytes (ip.mtu).
const MinMTU = 576

// NT62Effects turns what is in effect on 8, Server 2012 and later into settings of the kernel
// under it. mtu is the persistent MTU in bytes, 0 if none was set.
//
// Nothing comes of: rss (one queue), nonsackrttresiliency, fastopen (iperf does not use it),
// hystart, pacingprofile, prr, chimney, heuristics (tcp.heuristics_wsh: "not used, no effect"), the
// remaining template parameters (no counterpart in kernel.Settings), the keywords of IPv6, UDP,
// buffers and queues, and every registry value that AtBoot does not name.
func NT62Effects(boot AtBoot, tcp TCP, mtu int, allows Allowed) kernel.Settings {
	level := receiveWindows[tcp.Global["autotuninglevel"]]
	timestamps := tcp.Global["timestamps"] != "disabled" // allowed: as the peer asks, and the other end of every test begins
	s := kernel.Settings{
		ReceiveWindow: level.bytes,
		WindowScaling: &level.scaling,
		Congestion:    providers[tcp.Templates[tcp.InUseAt(boot.rtt).Netsh]["congestionprovider"]],
		ECN:           enabled(tcp.Global["ecncapability"]),
		Timestamps:    &timestamps,
		InitialRTO:    number(tcp.Global["initialrto"]),
		SynRetries:    number(tcp.Global["maxsynretransmissions"]),
	}
	// UNVERIFIED on this Windows, so only where a switch picks it: AFD's
	// default as the fixed buffer of every socket (afd.DefaultReceiveWindow:
	// "a fixed window DISABLES receive autotuning for the socket").
	if boot.receiveWindow > 0 && allows("defaultreceivewindow") {
		s.ReceiveWindow = min(boot.receiveWindow, level.bytes)
	}
	if boot.sendWindow > 0 && allows("defaultsendwindow") {
		s.SendBuffer = boot.sendWindow
	}
	s.VLAN = boot.keywords["VlanID"] // netkvm.VlanID: "any value but 0 cuts the guest off on an untagged bridge"
	s.MTU = boot.MaxMTU()
	if mtu > 0 {
		s.MTU = min(mtu, s.MTU)
	}
	boot.offloads(&s, tcp)
	return s
}

// offloads maps what the driver does for TCP over IPv4.
func (b AtBoot) offloads(s *kernel.Settings, tcp TCP) {
	sum := b.checksum(tcp4, "*TCPChecksumOffloadIPv4")
	txSum, rxSum := sum&tx != 0, sum&rx != 0
	lso := b.segments(tcp4, "*TCPChecksumOffloadIPv4", "*LsoV2IPv4", 1)
	gro, _ := b.coalesces("*RscIPv4", tcp)
	s.TxChecksum, s.RxChecksum, s.TSO, s.GRO = &txSum, &rxSum, &lso, &gro
}
