package windows

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/lab/kernel"
)

// freshXP is what an xp as installed has in effect.
func freshXP() kernel.Settings {
	return kernel.Settings{
		ReceiveWindow: 65535, SendBuffer: 8192 + 131072, Congestion: "reno", ECN: ptr(false), Timestamps: ptr(true), WindowScaling: ptr(true),
		SynRetries: 2, MTU: 1500, TxChecksum: ptr(true), RxChecksum: ptr(true), TSO: ptr(true),
	}
}

// TestXPEffects runs commands, sees that nothing changes at once, and says what is in
// effect after a boot.
func TestXPEffects(t *testing.T) {
	type change func(*kernel.Settings)
	none := func(*kernel.Settings) {}
	set := func(key, name, number string) string {
		return `reg add "` + key + `" /v ` + name + ` /t REG_DWORD /d ` + number + ` /f`
	}
	all := func(lines ...string) (joined string) {
		for i, l := range lines {
			if i > 0 {
				joined += " && "
			}
			joined += l
		}
		return joined
	}
	keyword := func(name, text string) string {
		return `reg add "` + driver + `" /v ` + name + ` /t REG_SZ /d ` + text + ` /f`
	}
	own := tcpip + `\Interfaces\{564E4554-0000-4000-8000-525400123456}`
	options := func(scaling, timestamps bool) change {
		return func(s *kernel.Settings) { s.WindowScaling, s.Timestamps = ptr(scaling), ptr(timestamps) }
	}
	// scaled is what bit 0 of Tcp1323Opts alone gives, with a window.
	scaled := func(window int) change {
		return func(s *kernel.Settings) { s.ReceiveWindow, s.Timestamps = window, ptr(false) }
	}
	window := func(bytes int) change { return func(s *kernel.Settings) { s.ReceiveWindow = bytes } }
	opts1 := set(tcpip, "Tcp1323Opts", "1")
	for name, tc := range map[string]struct {
		line   string
		faults []string
		later  change // after the next boot
	}{
		"nothing":                            {"ver", nil, none},
		"Tcp1323Opts 0":                      {set(tcpip, "Tcp1323Opts", "0"), nil, options(false, false)},
		"Tcp1323Opts 1":                      {opts1, nil, options(true, false)},
		"Tcp1323Opts 2":                      {set(tcpip, "Tcp1323Opts", "2"), nil, options(false, true)},
		"Tcp1323Opts 3":                      {set(tcpip, "Tcp1323Opts", "3"), nil, options(true, true)},
		"a text is no mask":                  {`reg add ` + tcpip + ` /v Tcp1323Opts /t REG_SZ /d 0 /f`, nil, none},
		"TcpWindowSize below 64 KiB":         {set(tcpip, "TcpWindowSize", "17520"), nil, window(17520)},
		"TcpWindowSize without scaling":      {set(tcpip, "TcpWindowSize", "0x100000"), nil, none},
		"TcpWindowSize, timestamps only":     {all(set(tcpip, "TcpWindowSize", "0x100000"), set(tcpip, "Tcp1323Opts", "2")), nil, options(false, true)},
		"TcpWindowSize with scaling":         {all(set(tcpip, "TcpWindowSize", "0x100000"), opts1), nil, scaled(1 << 20)},
		"TcpWindowSize of the adapter":       {all(set(tcpip, "TcpWindowSize", "32768"), set(own, "TcpWindowSize", "17520")), nil, window(17520)},
		"GlobalMaxTcpWindowSize":             {all(set(tcpip, "GlobalMaxTcpWindowSize", "262144"), set(tcpip, "TcpWindowSize", "0x100000"), opts1), nil, scaled(262144)},
		"GlobalMaxTcpWindowSize alone":       {set(tcpip, "GlobalMaxTcpWindowSize", "16384"), nil, window(16384)},
		"a window of nothing":                {set(tcpip, "TcpWindowSize", "1"), nil, window(2920)},
		"a window beyond what is legal":      {all(set(tcpip, "TcpWindowSize", "0xffffffff"), opts1), nil, scaled(1<<30 - 1)},
		"AFD receive window":                 {set(afd, "DefaultReceiveWindow", "32768"), nil, window(32768)},
		"AFD receive window without scaling": {set(afd, "DefaultReceiveWindow", "0x100000"), nil, none},
		"AFD's wins over the stack's":        {all(set(afd, "DefaultReceiveWindow", "32768"), set(tcpip, "TcpWindowSize", "17520")), nil, window(32768)},
		"AFD send window":                    {set(afd, "DefaultSendWindow", "0x100000"), nil, func(s *kernel.Settings) { s.SendBuffer = 1<<20 + 131072 }},
		"an endless send window":             {set(afd, "DefaultSendWindow", "0xffffffff"), nil, func(s *kernel.Settings) { s.SendBuffer = 1<<30 - 1 }},
		"the seed's five": {
			all(set(afd, "DefaultReceiveWindow", "0x100000"), set(afd, "DefaultSendWindow", "0x100000"), set(afd, "FastSendDatagramThreshold", "0x4000"), set(tcpip, "TcpWindowSize", "0x100000"), opts1),
			nil, func(s *kernel.Settings) { scaled(1 << 20)(s); s.SendBuffer = 1<<20 + 131072 },
		},
		"an ignored write":          {all(set(tcpip, "TcpWindowSize", "17520"), set(tcpip, "Tcp1323Opts", "0")), []string{"ignore=TcpWindowSize"}, options(false, false)},
		"deleted again":             {all(set(tcpip, "TcpWindowSize", "17520"), `reg delete `+tcpip+` /v TcpWindowSize /f`), nil, none},
		"FastSendDatagramThreshold": {set(afd, "FastSendDatagramThreshold", "16384"), nil, none},
		"placebo":                   {set(`HKLM\SOFTWARE\vnettune`, "Placebo", "1"), nil, none},
		"EnableWsd":                 {set(tcpip, "EnableWsd", "0"), nil, none},
		"MTU":                       {set(own, "MTU", "1300"), nil, func(s *kernel.Settings) { s.MTU = 1300 }},
		"MTU beyond the adapter's":  {set(own, "MTU", "9000"), nil, none},
		"DisableTaskOffload":        {set(tcpip, "DisableTaskOffload", "1"), nil, func(s *kernel.Settings) { s.TxChecksum, s.RxChecksum, s.TSO = ptr(false), ptr(false), ptr(false) }},
		"driver's lso":              {keyword("OffLoad.TxLSO", "0"), nil, func(s *kernel.Settings) { s.TSO = ptr(false) }},
		"driver's tx checksum":      {keyword("OffLoad.TxChecksum", "0"), nil, func(s *kernel.Settings) { s.TxChecksum, s.TSO = ptr(false), ptr(false) }},
		"driver's mtu":              {keyword("MTU", "1400"), nil, func(s *kernel.Settings) { s.MTU = 1400 }},
		"a keyword of NDIS 6":       {keyword("*LsoV2IPv4", "0"), nil, none},
	} {
		t.Run(name, func(t *testing.T) {
			l := newXP(t, tc.faults...)
			l.must(tc.line)
			if d := cmp.Diff(freshXP(), l.host.last()); d != "" {
				t.Errorf("before the boot (-want +got):\n%s", d)
			}
			l.reboot()
			want := freshXP()
			tc.later(&want)
			if d := cmp.Diff(want, l.host.last()); d != "" {
				t.Errorf("after the boot (-want +got):\n%s", d)
			}
		})
	}
}
