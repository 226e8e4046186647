package stack

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// When is the least that has to happen after a setting was written for it to act.
type When int

// The moments at which a setting acts. What is fixed in the handshake of a connection acts on new
// ones; the kernel below keeps what is open as it was, as far as it does.
const (
	AtOnce When = iota
	NewConnections
	AdapterRestart
	Reboot
)

var whens = []string{"at-once", "new-connections", "adapter-restart", "reboot"}

// ParseWhen reads a moment's word.
func ParseWhen(word string) (When, bool) {
	i := slices.Index(whens, word)
	return When(i), i >= 0
}

// Whens are the words of ParseWhen.
func Whens() []string { return slices.Clone(whens) }

// take is one row of the table of moments: which setting, when, on which releases, and who says so.
type take struct {
	id     string // of the setting; with a star at its end all that begin like that
	when   When
	has    on
	source string
}

const (
	// asked closes the source of a moment that nobody names: something has to be played.
	asked = "not verified: ask a guest, "
	// openings is how a guest is asked about what is said in the handshake.
	openings = asked + "set it, and look at the SYN of a new connection without a reboot"
	template = "https://blogs.technet.microsoft.com/networking/2018/10/03/tcp-templates-for-windows/; chosen for each connection at its handshake"
	// netkvmCode reads every keyword in ReadNicConfiguration of NetKVM/Common/ParaNdis_Common.cpp,
	// which is called at the initialisation of the adapter only.
	netkvmCode = "https://github.com/virtio-win/kvm-guest-drivers-windows/blob/abb444ca/NetKVM/Common/ParaNdis_Common.cpp"
	// traced says of values that they are read while the system boots, not that they are read only then.
	traced = "https://github.com/nohuto/win-registry/tree/main/records; that it is read at boot only: " + asked + "set it, and measure new connections without a reboot"
)

// takes is when settings act on 8 and later; the first row that fits counts. What nobody knows acts
// at the reboot, which makes everything act. xp has no row: its stack reads the registry when it is
// loaded (the Windows NT resource kit: "a change in any of these parameters needs a restart").
var takes = []take{
	{"afd.*", Reboot, on{}, traced},
	{"tcp.autotuninglevel", NewConnections, on{}, "https://blogs.technet.microsoft.com/networking/2016/08/11/an-update-on-windows-tcp-autotuninglevel/; the active state is read back at once"},
	{"tcp.chimney", NewConnections, on{last: server2012R2}, "https://support.microsoft.com/kb/951037"},
	{"tcp.congestionprovider", NewConnections, on{}, openings},
	{"tcp.ecncapability", NewConnections, on{}, openings},
	{"tcp.timestamps", NewConnections, on{}, openings},
	{"tcp.initialrto", NewConnections, on{}, openings},
	{"tcp.rsc", AtOnce, on{}, asked + "set it, and Get-NetAdapterRsc"},
	{"tcp.nonsackrttresiliency", NewConnections, on{}, openings},
	{"tcp.maxsynretransmissions", NewConnections, on{}, openings},
	{"tcp.fastopen", NewConnections, on{}, openings},
	{"tcp.fastopenfallback", NewConnections, on{}, openings},
	{"tcp.hystart", NewConnections, on{}, openings},
	{"tcp.prr", NewConnections, on{}, openings},
	{"tcp.pacingprofile", NewConnections, on{}, openings},
	{"tcp.heuristics_wsh", NewConnections, on{}, openings},
	{"tcp.heuristics_forcews", NewConnections, on{}, openings},
	{"template.congestionprovider", NewConnections, on{}, "https://github.com/XTLS/Xray-core/issues/4211; seen to act at once on 11, and back"},
	{"template.*", NewConnections, on{}, template},
	{"ip.taskoffload", AdapterRestart, on{}, "https://learn.microsoft.com/en-us/powershell/module/nettcpip/set-netoffloadglobalsetting; TaskOffload"},
	{"ip.mtu", AtOnce, on{}, "https://learn.microsoft.com/en-us/powershell/module/nettcpip/set-netipinterface; of the active store"},
	{"ip.dynamicport", NewConnections, on{}, asked + "set it, and look at the port of a new connection"},
	{"netkvm.*", AdapterRestart, on{}, netkvmCode},
	{"rss.*", AdapterRestart, on{}, "https://learn.microsoft.com/en-us/windows-hardware/drivers/network/standardized-inf-keywords-for-rss"},
	{"tcp.netdma", Reboot, on{}, "https://support.microsoft.com/kb/951037"},
	{"*", Reboot, on{}, asked + "set it, and measure without a reboot"},
}

// WhenOf is when a setting acts on a release; nil is xp.
func WhenOf(r *Release, id string) When {
	if r == nil {
		return Reboot
	}
	for _, t := range takes {
		start, all := strings.CutSuffix(t.id, "*")
		if (id == t.id || all && strings.HasPrefix(id, start)) && t.has.is(*r) {
			return t.when
		}
	}
	return Reboot
}

// InForce is what decides the effects of a moment: the settings that act, whatever is written beside
// them.
type InForce struct {
	Boot AtBoot
	TCP  TCP
	MTU  int // bytes, of the first adapter; 0 where none was set
}

// AllOf is everything that is configured in force at once, as a boot makes it.
func AllOf(boot AtBoot, tcp TCP, mtu int) InForce { return InForce{boot.clone(), tcp.Clone(), mtu} }

// Take brings into force of what is configured all that acts.
func (f InForce) Take(configured InForce, acts func(id string) bool) InForce {
	next := AllOf(f.Boot, f.TCP, f.MTU)
	for _, p := range configured.parts() {
		if acts(p.id) {
			p.copyTo(&next)
		}
	}
	return next
}

// WithDriver is the same with the keywords as another driver reads them, which keeps nothing of the one
// before it.
func (f InForce) WithDriver(configured InForce) InForce {
	next := AllOf(f.Boot, f.TCP, f.MTU)
	next.Boot.keywords = maps.Clone(configured.Boot.keywords)
	return next
}

// Value is what a setting has in force, as text; "" where it has none. Of a template's it is that of
// the template in use.
func (f InForce) Value(id string) string {
	for _, p := range f.parts() {
		if p.id == id && p.counts {
			return p.value
		}
	}
	return ""
}

// part is one setting of what is in force.
type part struct {
	id, value string
	counts    bool // false: of a template that is not in use
	copyTo    func(*InForce)
}

func (f InForce) parts() []part {
	var all []part
	for _, tag := range slices.Sorted(maps.Keys(f.TCP.Global)) {
		v := f.TCP.Global[tag]
		all = append(all, part{globalID(tag), v, true, func(to *InForce) { to.TCP.Global[tag] = v }})
	}
	used := f.TCP.InUseAt(f.Boot.rtt).Netsh
	for _, name := range slices.Sorted(maps.Keys(f.TCP.Templates)) {
		for _, key := range slices.Sorted(maps.Keys(f.TCP.Templates[name])) {
			v := f.TCP.Templates[name][key]
			all = append(all, part{"template." + key, v, name == used, func(to *InForce) { to.TCP.Templates[name][key] = v }})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(f.Boot.keywords)) {
		n := f.Boot.keywords[name]
		all = append(all, part{keywordID(name), fmt.Sprint(n), true, func(to *InForce) { to.Boot.keywords[name] = n }})
	}
	b, mtu := f.Boot, f.MTU
	number := func(id string, n int, copyTo func(*InForce)) {
		text := ""
		if n > 0 || n == 0 && strings.HasPrefix(id, "tcpip.") {
			text = fmt.Sprint(n)
		}
		all = append(all, part{id, text, true, copyTo})
	}
	all = append(all, part{defaultTemplateID, f.TCP.Default, true, func(to *InForce) { to.TCP.Default = f.TCP.Default }})
	number(mtuID, mtu, func(to *InForce) { to.MTU = mtu })
	number(receiveWindowID, b.receiveWindow, func(to *InForce) { to.Boot.receiveWindow = b.receiveWindow })
	number(sendWindowID, b.sendWindow, func(to *InForce) { to.Boot.sendWindow = b.sendWindow })
	number("tcpip.Tcp1323Opts", b.tcpip.options, func(to *InForce) { to.Boot.tcpip.options = b.tcpip.options })
	number("tcpip.TcpWindowSize", b.tcpip.windowSize, func(to *InForce) { to.Boot.tcpip.windowSize = b.tcpip.windowSize })
	number("tcpip.GlobalMaxTcpWindowSize", b.tcpip.maxWindowSize, func(to *InForce) { to.Boot.tcpip.maxWindowSize = b.tcpip.maxWindowSize })
	number("tcpip.MTU", b.tcpip.mtu, func(to *InForce) { to.Boot.tcpip.mtu = b.tcpip.mtu })
	number("tcpip.DisableTaskOffload", b.tcpip.noOffload, func(to *InForce) { to.Boot.tcpip.noOffload = b.tcpip.noOffload })
	return all
}

// clone is a copy that shares nothing that is ever changed.
func (b AtBoot) clone() AtBoot {
	b.keywords = maps.Clone(b.keywords)
	return b
}

// Ids of settings that are no row of a table of this package.
const (
	defaultTemplateID = "template.default_template"
	mtuID             = "ip.mtu"
	receiveWindowID   = "afd.DefaultReceiveWindow"
	sendWindowID      = "afd.DefaultSendWindow"
)

var xpStackIDs = []string{"tcpip.Tcp1323Opts", "tcpip.TcpWindowSize", "tcpip.GlobalMaxTcpWindowSize", "tcpip.MTU", "tcpip.DisableTaskOffload"}

// otherIDs are the ids of tags of TCP.Global that are not those of `netsh interface tcp set global`.
var otherIDs = map[string]string{
	"wsh": "tcp.heuristics_wsh", "forcews": "tcp.heuristics_forcews", "uro": "udp.uro", "uso": "udp.uso",
	TaskOffload: "ip.taskoffload", DynamicPort: "ip.dynamicport",
	PacketCoalescingFilter: "offload.PacketCoalescingFilter", NetworkDirect: "offload.NetworkDirect",
}

func globalID(tag string) string {
	if id := otherIDs[tag]; id != "" {
		return id
	}
	return "tcp." + tag
}

// rssKeywords are those keywords of a driver that have entries of their own.
var rssKeywords = []string{"*RSSProfile", "*RssBaseProcNumber", "*MaxRssProcessors", "*NumaNodeId"}

func keywordID(name string) string {
	if slices.Contains(rssKeywords, name) {
		return "rss." + name[1:]
	}
	return "netkvm." + strings.TrimPrefix(name, "*")
}

// Settings are the ids of what can be in force on a generation of Windows, whatever its build and
// its driver are, sorted.
func Settings(generation string) []string {
	all := map[string]bool{receiveWindowID: true, sendWindowID: true}
	keywords := XPDriver.Keywords
	if generation == "xp" {
		for _, id := range xpStackIDs {
			all[id] = true
		}
	} else {
		keywords = nil
		for _, d := range netKVMs {
			keywords = append(keywords, d.Keywords...)
		}
		for _, list := range [][]Param{params, heuristicsParams, udpParams} {
			for _, p := range list {
				all[globalID(p.Key)] = true
			}
		}
		for _, p := range templateParams {
			all["template."+p.Key] = true
		}
		for _, tag := range append(slices.Clone(offloadSwitches), DynamicPort) {
			all[globalID(tag)] = true
		}
		all[defaultTemplateID], all[mtuID] = true, true
	}
	for _, k := range keywords {
		if k.Reads != nil {
			all[keywordID(k.Name)] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}
