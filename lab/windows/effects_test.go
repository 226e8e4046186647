package windows

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/lab/kernel"
)

func ptr(b bool) *bool { return &b }

// fresh is what a w10 as installed has in effect.
func fresh() kernel.Settings {
	return kernel.Settings{
		ReceiveWindow: 16 << 20, Congestion: "cubic", ECN: ptr(false), Timestamps: ptr(false), WindowScaling: ptr(true),
		InitialRTO: 1000, SynRetries: 4, MTU: 1500, TxChecksum: ptr(true), RxChecksum: ptr(true), TSO: ptr(true), GRO: ptr(true),
	}
}

const (
	afd    = `HKLM\SYSTEM\CurrentControlSet\Services\AFD\Parameters`
	tcpip  = `HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters`
	driver = `HKLM\SYSTEM\CurrentControlSet\Control\Class\{4d36e972-e325-11ce-bfc1-08002be10318}\0001`
)

// TestEffects runs a command and says what is in effect at once and after a boot.
func TestEffects(t *testing.T) {
	type change func(*kernel.Settings)
	none := func(*kernel.Settings) {}
	window := func(bytes int, scaling bool) change {
		return func(s *kernel.Settings) { s.ReceiveWindow, s.WindowScaling = bytes, ptr(scaling) }
	}
	provider := func(name string) change { return func(s *kernel.Settings) { s.Congestion = name } }
	keyword := func(name, val string) string {
		return `reg add "` + driver + `" /v ` + name + ` /t REG_SZ /d ` + val + ` /f`
	}
	for _, tc := range []struct {
		name, line string
		faults     []string
		now        change // at once
		later      change // after the next boot
	}{
		{"nothing", "ver", nil, none, none},
		{"autotuning disabled", "netsh int tcp set global autotuninglevel=disabled", nil, window(65535, false), window(65535, false)},
		{"autotuning highlyrestricted", "netsh int tcp set global autotuninglevel=highlyrestricted", nil, window(256<<10, true), window(256<<10, true)},
		{"autotuning restricted", "netsh int tcp set global autotuninglevel=restricted", nil, window(1<<20, true), window(1<<20, true)},
		{"autotuning experimental", "netsh int tcp set global autotuninglevel=experimental", nil, window(1<<30, true), window(1<<30, true)},
		{"ignored autotuning", "netsh int tcp set global autotuninglevel=disabled", []string{"ignore=autotuninglevel"}, none, none},
		{"ctcp", "netsh int tcp set supplemental template=internet congestionprovider=ctcp", nil, provider("illinois"), provider("illinois")},
		{"newreno", "netsh int tcp set supplemental internet congestionprovider=newreno", nil, provider("reno"), provider("reno")},
		{"dctcp", "netsh int tcp set supplemental template=internet congestionprovider=dctcp", nil, provider("dctcp"), provider("dctcp")},
		{"bbr2 where allowed", "netsh int tcp set supplemental template=internet congestionprovider=bbr2", []string{"allow=bbr2"}, provider("bbr"), provider("bbr")},
		{"a template not in use", "netsh int tcp set supplemental template=datacenter congestionprovider=dctcp", nil, none, none},
		{"another template in use", "netsh int tcp set supplemental template=datacenter congestionprovider=dctcp && netsh int tcp set supplemental template=datacenter", nil, provider("dctcp"), provider("dctcp")},
		{"global ctcp where allowed", "netsh int tcp set global congestionprovider=ctcp", []string{"allow=congestionprovider"}, none, none},
		{"vlan", keyword("VlanID", "7"), nil, none, func(s *kernel.Settings) { s.VLAN = 7 }},
		{"vlan out of range", keyword("VlanID", "4095"), nil, none, none},
		{"ecn", "netsh int tcp set global ecncapability=enabled", nil, func(s *kernel.Settings) { s.ECN = ptr(true) }, func(s *kernel.Settings) { s.ECN = ptr(true) }},
		{"timestamps", "netsh int tcp set global timestamps=enabled", nil, func(s *kernel.Settings) { s.Timestamps = ptr(true) }, func(s *kernel.Settings) { s.Timestamps = ptr(true) }},
		{"initial rto", "netsh int tcp set global initialrto=300", nil, func(s *kernel.Settings) { s.InitialRTO = 300 }, func(s *kernel.Settings) { s.InitialRTO = 300 }},
		{"syn", "netsh int tcp set global maxsynretransmissions=8", nil, func(s *kernel.Settings) { s.SynRetries = 8 }, func(s *kernel.Settings) { s.SynRetries = 8 }},
		{"rsc", "netsh int tcp set global rsc=disabled", nil, func(s *kernel.Settings) { s.GRO = ptr(false) }, func(s *kernel.Settings) { s.GRO = ptr(false) }},
		{"mtu", "netsh interface ipv4 set subinterface 4 mtu=1300 store=persistent", nil, func(s *kernel.Settings) { s.MTU = 1300 }, func(s *kernel.Settings) { s.MTU = 1300 }},

		{"heuristics", "netsh int tcp set heuristics disabled", nil, none, none},
		{"heuristics on", "netsh int tcp set heuristics wsh=enabled", nil, none, none},
		{"rss, fast open, pacing", "netsh int tcp set global rss=disabled fastopen=disabled pacingprofile=always hystart=disabled", nil, none, none},
		{"rack", "netsh int tcp set supplemental template=internet rack=disabled taillossprobe=disabled", nil, none, none},
		{"EnableWsd", `reg add ` + tcpip + ` /v EnableWsd /t REG_DWORD /d 0 /f`, nil, none, none},
		{"TcpWindowSize", `reg add ` + tcpip + ` /v TcpWindowSize /t REG_DWORD /d 65535 /f`, nil, none, none},
		{"Tcp1323Opts", `reg add ` + tcpip + ` /v Tcp1323Opts /t REG_DWORD /d 3 /f`, nil, none, none},
		{"placebo", `reg add HKLM\SOFTWARE\vnettune /v Placebo /t REG_DWORD /d 1 /f`, nil, none, none},

		{"AFD windows", `reg add ` + afd + ` /v DefaultReceiveWindow /t REG_DWORD /d 0x100000 /f`, nil, none, none},
		{"AFD receive window where allowed", `reg add ` + afd + ` /v DefaultReceiveWindow /t REG_DWORD /d 0x100000 /f`, []string{"allow=DefaultReceiveWindow"}, none, window(1<<20, true)},
		{"AFD send window where allowed", `reg add ` + afd + ` /v DefaultSendWindow /t REG_DWORD /d 131072 /f`, []string{"allow=DefaultSendWindow"}, none, func(s *kernel.Settings) { s.SendBuffer = 131072 }},

		{"lso off", keyword("*LsoV2IPv4", "0"), nil, none, func(s *kernel.Settings) { s.TSO = ptr(false) }},
		{"lso ignored", keyword("*LsoV2IPv4", "0"), []string{"ignore=*LsoV2IPv4"}, none, none},
		{"lso out of range is the driver's fallback", keyword("*LsoV2IPv4", "7"), nil, none, none},
		{"driver's lso off", keyword("OffLoad.TxLSO", "0"), nil, none, func(s *kernel.Settings) { s.TSO = ptr(false) }},
		{"tx checksum off takes lso with it", keyword("*TCPChecksumOffloadIPv4", "2"), nil, none, func(s *kernel.Settings) { s.TxChecksum, s.TSO = ptr(false), ptr(false) }},
		{"rx checksum off", keyword("OffLoad.RxCS", "0"), nil, none, func(s *kernel.Settings) { s.RxChecksum = ptr(false) }},
		{"a deleted driver mask is off", `reg delete "` + driver + `" /v OffLoad.TxChecksum /f`, nil, none, func(s *kernel.Settings) { s.TxChecksum, s.TSO = ptr(false), ptr(false) }},
		{"rsc keyword", keyword("*RscIPv4", "0"), nil, none, func(s *kernel.Settings) { s.GRO = ptr(false) }},
		{"jumbo", keyword("*JumboPacket", "9014"), nil, none, func(s *kernel.Settings) { s.MTU = 9000 }},
		{"ipv6 and udp keywords", keyword("*LsoV2IPv6", "0") + " && " + keyword("*UDPChecksumOffloadIPv4", "0"), nil, none, none},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := newLab(t, tc.faults...)
			l.must(tc.line)
			want := fresh()
			tc.now(&want)
			if d := cmp.Diff(want, l.host.last()); d != "" {
				t.Errorf("at once (-want +got):\n%s", d)
			}
			l.reboot()
			want = fresh()
			tc.later(&want)
			if d := cmp.Diff(want, l.host.last()); d != "" {
				t.Errorf("after the boot (-want +got):\n%s", d)
			}
		})
	}
}
