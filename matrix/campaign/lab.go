package campaign

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"vnettune/matrix"
)

// Personality is one Windows that a lab plays.
type Personality struct {
	Generation matrix.Generation
	Languages  []string
	Builds     []string // of Windows
	Drivers    []string // of its adapter
}

// Personalities lists what a lab can play, MaxLabName and MaxLabDelay what it can be called and how
// far away it can be. The lab itself has the lists that count; a test of cmd/vnettune compares
// them.
var Personalities = []Personality{
	{matrix.XP, []string{"en"}, []string{"2600"}, nil},
	{matrix.NT62, []string{"en", "pseudo"}, []string{"9600", "9200"}, []string{"0.1.185", "0.1.240"}},
	{matrix.W10, sampled, []string{"19045", "18362", "18363", "19041", "19042", "19043", "19044", "14393", "17763"}, []string{"0.1.185", "0.1.240", "0.1.271", "twin", "slow"}},
	{matrix.W11, sampled, []string{"26200", "22000", "22621", "22631", "20348", "26100"}, []string{"0.1.185", "0.1.240", "0.1.271", "twin", "slow"}},
}

// sampled are the languages that a Windows of which there are samples is played in.
var sampled = []string{"en", "de", "ru", "zh", "ja", "pseudo"}

// What a lab can be.
const (
	MaxLabName        = 40 // characters: the name is part of the paths of its sockets
	MaxLabDelay       = time.Second
	MaxLabRate        = 10_000 // Mbit/s
	MaxLabInteraction = 20     // percent
	MaxLabEffect      = 90     // percent
)

// LabMoments are the moments at which a setting can be said to act in a lab.
var LabMoments = []string{"at-once", "new-connections", "adapter-restart", "reboot"}

// LabSettings are the settings that a lab of a generation goes by, sorted: of them guest.lab.takes and
// guest.lab.effects can speak.
func LabSettings(g matrix.Generation) []string {
	if g == matrix.XP {
		return strings.Fields(labSettingsXP)
	}
	return strings.Fields(labSettings)
}

const (
	labSettings = `
	afd.DefaultReceiveWindow afd.DefaultSendWindow ip.dynamicport ip.mtu ip.taskoffload netkvm.DebugLevel netkvm.DoLog netkvm.FastInit
	netkvm.IPChecksumOffloadIPv4 netkvm.JumboPacket netkvm.LsoV2IPv4 netkvm.LsoV2IPv6 netkvm.MTU netkvm.MergeableBuffers
	netkvm.MinRxBufferPercent netkvm.NdisPoll netkvm.NumRssQueues netkvm.OffLoad.RxCS netkvm.OffLoad.TxChecksum netkvm.OffLoad.TxLSO
	netkvm.Priority netkvm.PriorityVLANTag netkvm.RSS netkvm.RscIPv4 netkvm.RscIPv6 netkvm.RxCapacity netkvm.SeparateTail
	netkvm.TCPChecksumOffloadIPv4 netkvm.TCPChecksumOffloadIPv6 netkvm.TxCapacity netkvm.UDPChecksumOffloadIPv4
	netkvm.UDPChecksumOffloadIPv6 netkvm.UsoIPv4 netkvm.UsoIPv6 netkvm.VlanID offload.NetworkDirect offload.PacketCoalescingFilter
	tcp.autotuninglevel tcp.chimney tcp.congestionprovider tcp.dca tcp.ecncapability tcp.fastopen tcp.fastopenfallback
	tcp.heuristics_forcews tcp.heuristics_wsh tcp.hystart tcp.initialrto tcp.maxsynretransmissions tcp.netdma tcp.nonsackrttresiliency
	tcp.pacingprofile tcp.prr tcp.rsc tcp.rss tcp.timestamps template.congestionprovider template.default_template
	template.delayedackfrequency template.delayedacktimeout template.enablecwndrestart template.icw template.minrto template.rack
	template.taillossprobe udp.uro udp.uso`
	labSettingsXP = `
	afd.DefaultReceiveWindow afd.DefaultSendWindow netkvm.DebugLevel netkvm.DoLog netkvm.MTU netkvm.OffLoad.RxCS
	netkvm.OffLoad.TxChecksum netkvm.OffLoad.TxLSO netkvm.Priority netkvm.RxCapacity netkvm.TxCapacity netkvm.VlanID
	tcpip.DisableTaskOffload tcpip.GlobalMaxTcpWindowSize tcpip.MTU tcpip.Tcp1323Opts tcpip.TcpWindowSize`
)

var labKeys = group{
	{"kind", word{"", []string{LabVM, LabFast}}, "A virtual machine with a virtio-net device (vm), or a network namespace (fast).", "legal: vm (a virtual machine with a virtio-net device), fast (a network namespace)"},
	{"generation", word{string(matrix.W10), played(func(p Personality) []string { return []string{string(p.Generation)} })}, "Which Windows it plays.", ""},
	{"language", word{"en", played(func(p Personality) []string { return p.Languages })}, "Of the texts that it answers with; not every generation has each.", ""},
	{"build", word{"", played(func(p Personality) []string { return p.Builds })}, "Which build of its generation it plays, the first of them unless given.", ""},
	{"driver", word{"", played(func(p Personality) []string { return p.Drivers })}, "The NetKVM driver of its adapter, by the name of the virtio-win package; not with xp.", ""},
	{"delay", span{most: MaxLabDelay}, "Round trip between host and guest, whole microseconds; only with vm.", ""},
	{"rate", whole{0, 0, MaxLabRate}, "The rate of the link in both directions, in Mbit/s; 0: as fast as it goes.", ""},
	{"name", title{MaxLabName}, "Labs of different names run side by side; the campaign's name unless given.", ""},
	{"iperf", matching{like: line, what: "the path of an iperf3 of this host"}, "The guest's iperf3: a program of this host, the one on PATH unless given.", ""},
	{"engine", matching{like: line, what: "the folder of a PowerShell kit on this host"}, "A PowerShell kit's folder: commands are executed there instead of played; only with fast, not with xp.", ""},
	{"takes", several{of: matching{like: labTakes, what: "SETTING=MOMENT, the moment one of " + strings.Join(LabMoments, ", ")}}, "Settings that really act at another moment than Windows' own, which no reading tells: SETTING=MOMENT.", ""},
	{"effects", several{of: matching{like: labEffect, what: fmt.Sprintf("SETTING=VALUE:PERCENT, the percentage above 0 and up to %d", MaxLabEffect)}}, "Planted effects: the link is that much slower while the setting has that value in force: SETTING=VALUE:PERCENT; with rate.", ""},
	{"carry_over", number{0, 0, 1, ""}, "The share of the receive window or send buffer before it that stays in force when it changes within a boot.", ""},
	{"interaction", number{0, 0, MaxLabInteraction, "%"}, "The standard deviation of what each boot draws for each state of the settings, in percent of rate.", ""},
	{"seed", seed{}, "The seed of that drawing.", ""},
}

// played is what all Personalities have of one kind, each once.
func played(of func(Personality) []string) []string {
	var all []string
	for _, p := range Personalities {
		for _, word := range of(p) {
			if !slices.Contains(all, word) {
				all = append(all, word)
			}
		}
	}
	return all
}

// labTakes is the form of a moment at which a setting really acts.
var labTakes = regexp.MustCompile("^[A-Za-z0-9._]+=(" + strings.Join(LabMoments, "|") + ")$")

// lab reads guest.lab; a lab without a name takes its campaign's.
func (o object) lab(campaign string) (*Lab, matrix.Generation) {
	n := o.get("lab")
	if n == nil {
		return nil, ""
	}
	l := o.r.object(n, "guest.lab", labKeys)
	lab := &Lab{
		Kind:   l.word("kind"),
		Delay:  l.duration("delay"),
		Rate:   l.integer("rate"),
		Name:   l.name("name"),
		Iperf:  l.matching("iperf"),
		Engine: l.matching("engine"),
	}
	if lab.Delay%time.Microsecond != 0 {
		l.bad("delay", fmt.Sprintf("%q is not legal", lab.Delay), "legal: whole microseconds, such as 1500us")
	}
	if lab.Kind == LabFast && lab.Delay > 0 {
		l.bad("delay", "a fast lab cannot delay packets", "delete it or take kind: vm")
	}
	if lab.Kind == LabVM && lab.Engine != "" {
		l.bad("engine", "only a fast lab has its commands executed", "delete it or take kind: fast")
	}
	if len(lab.Name) > MaxLabName {
		l.bad("name", fmt.Sprintf("%q is too long for a lab", lab.Name), fmt.Sprintf("at most %d characters", MaxLabName))
	}
	if lab.Name == "" {
		lab.Name = campaign
	}
	generation := matrix.Generation(l.word("generation"))
	for _, p := range Personalities {
		if p.Generation == generation {
			lab.Language = l.wordOf("language", p.Languages[0], p.Languages...)
			lab.Build = l.wordOf("build", "", p.Builds...)
			lab.Driver = l.driver(p)
		}
	}
	l.untold(lab, generation)
	if lab.Engine != "" && generation == matrix.XP {
		l.bad("engine", "generation xp has no PowerShell, whose commands an engine executes", "delete it or take another generation")
	}
	return lab, generation
}

// untold reads what is true of a lab although no reading of it says so.
func (o object) untold(lab *Lab, g matrix.Generation) {
	known := LabSettings(g)
	for _, item := range o.items("takes") {
		text, ok := item.textHere()
		setting, moment, _ := strings.Cut(text, "=")
		twice := slices.ContainsFunc(lab.Takes, func(t string) bool { return strings.HasPrefix(t, setting+"=") })
		switch {
		case !ok:
		case !slices.Contains(LabMoments, moment):
			o.r.bad(item.n, item.path, fmt.Sprintf("%q is not legal", text), "legal: SETTING=MOMENT, the moment one of "+strings.Join(LabMoments, ", "))
		case !slices.Contains(known, setting):
			o.r.bad(item.n, item.path, fmt.Sprintf("%q acts on no lab of %s", setting, g), matrix.Meant(matrix.Nearest(setting, known))+labSettingsHint)
		case twice:
			o.r.bad(item.n, item.path, strconv.Quote(setting)+" stands twice in the list", "delete one")
		default:
			lab.Takes = append(lab.Takes, text)
		}
	}
	for _, item := range o.items("effects") {
		text, ok := item.textHere()
		parts := labEffect.FindStringSubmatch(text)
		percent := 0.0
		if parts != nil {
			percent, _ = strconv.ParseFloat(parts[2], 64) // the form has only numbers, and 0 is refused
		}
		switch {
		case !ok:
		case !(percent > 0 && percent <= MaxLabEffect):
			o.r.bad(item.n, item.path, fmt.Sprintf("%q is not legal", text), fmt.Sprintf("legal: SETTING=VALUE:PERCENT, the percentage above 0 and up to %d", MaxLabEffect))
		case !slices.Contains(known, parts[1]):
			o.r.bad(item.n, item.path, fmt.Sprintf("%q acts on no lab of %s", parts[1], g), matrix.Meant(matrix.Nearest(parts[1], known))+labSettingsHint)
		default:
			lab.Effects = append(lab.Effects, text)
		}
	}
	lab.CarryOver = o.number("carry_over")
	lab.Interaction = o.number("interaction")
	if o.has("seed") {
		lab.Seed = o.seed()
	}
	if lab.Rate == 0 && (len(lab.Effects) > 0 || lab.Interaction > 0) {
		for _, key := range []string{"effects", "interaction"} {
			if o.has(key) {
				o.bad(key, "this needs a link of a known rate", "give rate, in Mbit/s, less than the link gives without one, such as 300")
			}
		}
	}
}

// labSettingsHint says where LabSettings are told.
const labSettingsHint = "legal: those that docs/lab-faults.md lists"

// labEffect is the form of a planted effect.
var labEffect = regexp.MustCompile(`^([A-Za-z0-9._]+)=.+:([0-9]+(?:\.[0-9]+)?)$`)

// driver reads the driver of a lab's adapter, which not every Windows that it plays can be given.
func (o object) driver(p Personality) string {
	if p.Drivers == nil && o.get("driver") != nil {
		o.bad("driver", fmt.Sprintf("a lab of generation %s has no choice of drivers", p.Generation), "delete it")
		return ""
	}
	return o.wordOf("driver", "", p.Drivers...)
}

// nameOfLab checks the name of a campaign whose lab takes it over.
func (o object) nameOfLab(name string) {
	lab := o.get("guest").get("lab")
	if len(name) > MaxLabName && lab.get("name") == nil {
		o.bad("name", fmt.Sprintf("%q is too long for the lab, which is called as the campaign is", name),
			fmt.Sprintf("at most %d characters, or give the lab another name as guest.lab.name", MaxLabName))
	}
}
