package stack

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// TCP is what `netsh interface tcp` and `interface udp` keep: it takes effect for new
// connections at once and survives boots.
type TCP struct {
	Global    map[string]string            `json:"global"`    // by tag; heuristics and UDP among them
	Templates map[string]map[string]string `json:"templates"` // by netsh name, then tag
	Default   string                       `json:"default"`   // netsh name of the global default template
}

// DynamicPort is the tag of TCP.Global for the first dynamic port (ip.dynamicport), which is at least
// MinDynamicPort; the range goes on to MaxPort.
const (
	DynamicPort    = "dynamicport"
	MinDynamicPort = 1025
	MaxPort        = 65535
)

// Tags of TCP.Global for the switches that MSFT_NetOffloadGlobalSetting has beside those of netsh's
// `interface tcp`.
const (
	TaskOffload            = "taskoffload"
	PacketCoalescingFilter = "packetcoalescingfilter"
	NetworkDirect          = "networkdirect"
)

var offloadSwitches = []string{TaskOffload, PacketCoalescingFilter, NetworkDirect}

// offloadSwitch is how such a switch begins: as Get-NetOffloadGlobalSetting prints it on a client
// (https://github.com/MysticFoxDE/WINDOWS-OPTIMIZATIONS/issues/15). On the one server whose listing
// was seen PacketCoalescingFilter is disabled (offload.PacketCoalescingFilter); which release that is
// was not said: not verified: ask a guest, Get-NetOffloadGlobalSetting.
func (r Release) offloadSwitch(tag string) string {
	if r.Server && tag == PacketCoalescingFilter {
		return "disabled"
	}
	return "enabled"
}

// Template is one TCP template.
type Template struct {
	Netsh  string // name in netsh
	CIM    string // SettingName in CIM
	has    on
	source string
}

// templates in the order in which CIM lists them (recorded on Server 2012, 2019, 10 and 11).
// The Automatic template has no values (docs/facts/windows-samples.md 3.1) and stands apart.
var templates = []Template{
	{"custom", "Custom", on{last: server2012}, "docs/facts/windows-answers.md C1: the one custom setting of 2012"},
	{"internetcustom", "InternetCustom", on{first: server2012R2}, "docs/facts/windows-answers.md C1; that 2012 R2 has it: not verified: ask a guest, Get-NetTCPSetting"},
	{"datacentercustom", "DatacenterCustom", on{first: server2012R2}, "docs/facts/windows-answers.md C1; that 2012 R2 has it: not verified: ask a guest, Get-NetTCPSetting"},
	{"compat", "Compat", on{}, "template.*"},
	{"datacenter", "Datacenter", on{}, "docs/facts/windows-samples.md 3.1"},
	{"internet", "Internet", on{}, "docs/facts/windows-samples.md 2.2, 3.1"},
}

// templateValue is what some templates begin with on some releases, where it is not the value of the
// Internet template.
type templateValue struct {
	key       string
	templates string // their names in netsh, with spaces between them
	begin     begin
}

const (
	datacenters = "datacenter datacentercustom custom"
	seeSettings = "docs/facts/windows-settings.md, "
)

// templateValues: the first row that fits counts. Those of the custom templates of 2012 R2 and 2016
// are their models' (not verified: ask a guest, Get-NetTCPSetting).
var templateValues = []templateValue{
	{"minrto", datacenters, begin{on{}, "20", seeSettings + "template.minrto"}},
	{"icw", "compat", begin{on{}, "2", seeSettings + "template.icw; from 10 on: not verified: ask a guest, Get-NetTCPSetting Compat"}},
	{"congestionprovider", datacenters, begin{on{last: server2016}, "dctcp", seeSettings + "template.congestionprovider"}},
	{"congestionprovider", "compat", begin{on{last: server2012R2}, "default", seeSettings + "template.congestionprovider"}},
	{"congestionprovider", "compat", begin{on{}, "newreno", seeSettings + "template.congestionprovider"}},
	{"enablecwndrestart", datacenters, begin{on{last: server2016}, "enabled", seeSettings + "template.enablecwndrestart"}},
	{"delayedacktimeout", datacenters, begin{on{}, "10", seeSettings + "template.delayedacktimeout"}},
	{"delayedacktimeout", "compat", begin{on{}, "200", seeSettings + "template.delayedacktimeout"}},
}

// Def is the template's value of a parameter that nobody has set.
func (t Template) Def(r Release, p Param) string {
	for _, v := range templateValues {
		if v.key == p.Key && slices.Contains(strings.Fields(v.templates), t.Netsh) && v.begin.on.is(r) {
			return v.begin.value
		}
	}
	return p.Def(r)
}

// Custom says whether the template is one that 2012 and 2012 R2 let be changed.
func (t Template) Custom() bool { return strings.HasSuffix(t.Netsh, "custom") }

// Before10 says whether it is 8, 8.1, 2012 or 2012 R2: no template but a custom one can be changed
// there (docs/facts/windows-samples.md 3.3: "Only
// the custom templates can be modified", said by the cmdlet; whether netsh refuses them too is not
// verified: ask a guest, netsh int tcp set supplemental template=internet icw=4).
func (r Release) Before10() bool { return r.Build <= server2012R2 }

// Templates are those that the release has.
func (r Release) Templates() []Template {
	var all []Template
	for _, t := range templates {
		if t.has.is(r) {
			all = append(all, t)
		}
	}
	return all
}

// FindTemplate finds a template of the release by its name in netsh.
func (r Release) FindTemplate(netsh string) (Template, bool) {
	return findTemplate(r.Templates(), netsh)
}

func findTemplate(list []Template, netsh string) (Template, bool) {
	for _, t := range list {
		if t.Netsh == netsh {
			return t, true
		}
	}
	return Template{}, false
}

// all are the parameters of a state: those that a switch may pick are kept too.
func all(string) bool { return true }

// Automatic is a default template that is none: servers choose by the round trip
// (template.default_template).
const Automatic = "automatic"

// NewTCP is the state of a fresh one.
func (r Release) NewTCP() TCP {
	s := TCP{Global: map[string]string{}, Templates: map[string]map[string]string{}, Default: "internet"} // template.default_template: client internet
	if r.Server {
		s.Default = Automatic
	}
	for _, list := range [][]Param{params, heuristicsParams, r.UDP(all)} {
		for _, p := range list {
			s.Global[p.Key] = p.Def(r)
		}
	}
	s.Global[DynamicPort] = "49152"
	for _, tag := range offloadSwitches {
		s.Global[tag] = r.offloadSwitch(tag)
	}
	for _, t := range r.Templates() {
		s.Templates[t.Netsh] = map[string]string{}
		for _, p := range r.Supplemental(all) {
			s.Templates[t.Netsh][p.Key] = t.Def(r, p)
		}
	}
	return s
}

// Check refuses a saved state that lacks a value.
func (r Release) Check(s TCP) error {
	for _, list := range [][]Param{params, heuristicsParams, r.UDP(all)} {
		for _, p := range list {
			if s.Global[p.Key] == "" {
				return fmt.Errorf("registry document: tcp global has no %q; delete the guest's disk to begin anew", p.Key)
			}
		}
	}
	for _, tag := range offloadSwitches {
		if s.Global[tag] == "" {
			return fmt.Errorf("registry document: tcp global has no %q; delete the guest's disk to begin anew", tag)
		}
	}
	for _, t := range r.Templates() {
		for _, p := range r.Supplemental(all) {
			if s.Templates[t.Netsh][p.Key] == "" {
				return fmt.Errorf("registry document: tcp template %s has no %q; delete the guest's disk to begin anew", t.Netsh, p.Key)
			}
		}
	}
	if s.Default == "" {
		return errors.New("registry document: no default template; delete the guest's disk to begin anew")
	}
	return nil
}

// InUse is the template of new connections of a client. A client has no rule of its own by
// round-trip time: where the default is automatic, it is always Internet
// (template.default_template, docs/facts/windows-settings.md 8).
func (s TCP) InUse() Template { return s.InUseAt(Client) }

// Client is the round trip of a guest that does not go by it.
const Client time.Duration = -1

// datacenterRTT is the longest round trip of a handshake for which a server takes the template
// Datacenter (https://blogs.technet.microsoft.com/networking/2018/10/03/tcp-templates-for-windows/).
const datacenterRTT = 10 * time.Millisecond

// InUseAt is the template of new connections whose handshake takes rtt: where a server's default is
// automatic it goes by that.
func (s TCP) InUseAt(rtt time.Duration) Template {
	if t, ok := findTemplate(templates, s.Default); ok {
		return t
	}
	name := "internet"
	if rtt >= 0 && rtt <= datacenterRTT {
		name = "datacenter"
	}
	t, _ := findTemplate(templates, name)
	return t
}

// Clone is a copy that shares nothing.
func (s TCP) Clone() TCP {
	c := TCP{Global: map[string]string{}, Templates: map[string]map[string]string{}, Default: s.Default}
	for k, v := range s.Global {
		c.Global[k] = v
	}
	for t, vs := range s.Templates {
		c.Templates[t] = map[string]string{}
		for k, v := range vs {
			c.Templates[t][k] = v
		}
	}
	return c
}

// number reads a stored number; what is stored was checked when it was set.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

// enabled reads a stored switch.
func enabled(s string) *bool {
	on := s == "enabled"
	return &on
}
