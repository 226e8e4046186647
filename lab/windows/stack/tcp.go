package stack

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// TCP is what `netsh interface tcp` keeps: it takes effect for new
// connections at once and survives boots.
type TCP struct {
	Global    map[string]string            `json:"global"`    // by tag; heuristics among them
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
// `interface tcp` (https://github.com/MysticFoxDE/WINDOWS-OPTIMIZATIONS/issues/15: enabled, all of them, on a client).
const (
	TaskOffload            = "taskoffload"
	PacketCoalescingFilter = "packetcoalescingfilter"
	NetworkDirect          = "networkdirect"
)

// OffloadSwitches lists them.
var OffloadSwitches = []string{TaskOffload, PacketCoalescingFilter, NetworkDirect}

// Template is one TCP template.
type Template struct {
	Netsh  string            // name in netsh
	CIM    string            // SettingName in CIM
	differ map[string]string // values that differ from the Internet template's
	source string
}

// templates in the order in which CIM lists them (not verified: ask a guest, Get-NetTCPSetting).
// The Automatic template has no values (docs/facts/windows-samples.md 3.1) and stands apart.
var templates = []Template{
	{"internetcustom", "InternetCustom", nil, "name in netsh: https://github.com/XTLS/Xray-core/issues/4211; values of Internet: https://blogs.technet.microsoft.com/networking/2018/10/03/tcp-templates-for-windows/"},
	{"datacentercustom", "DatacenterCustom", datacenter, "name in netsh: https://github.com/XTLS/Xray-core/issues/4211; begins as Datacenter: not verified: ask a guest, Get-NetTCPSetting DatacenterCustom"},
	{"compat", "Compat", map[string]string{"congestionprovider": "newreno", "icw": "2", "delayedacktimeout": "200"}, "template.*: Compat NewReno; icw and delayedacktimeout from the nt62 column"},
	{"datacenter", "Datacenter", datacenter, "docs/facts/windows-samples.md 3.1"},
	{"internet", "Internet", nil, "docs/facts/windows-samples.md 2.2, 3.1"},
}

var datacenter = map[string]string{"minrto": "20", "delayedacktimeout": "10"}

// Def is the template's value of a parameter that nobody has set.
func (t Template) Def(p Param) string {
	if v, ok := t.differ[p.Key]; ok {
		return v
	}
	return p.Def
}

// FindTemplate finds a template by its name in netsh.
func FindTemplate(netsh string) (Template, bool) {
	for _, t := range templates {
		if t.Netsh == netsh {
			return t, true
		}
	}
	return Template{}, false
}

// NewTCP is the state of a fresh w10 client.
func NewTCP() TCP {
	s := TCP{Global: map[string]string{}, Templates: map[string]map[string]string{}, Default: "internet"} // template.default_template: client internet
	for _, p := range GlobalParams {
		s.Global[p.Key] = p.Def
	}
	for _, p := range HeuristicsParams {
		s.Global[p.Key] = p.Def
	}
	s.Global[DynamicPort] = "49152"
	for _, tag := range OffloadSwitches {
		s.Global[tag] = "enabled"
	}
	for _, t := range templates {
		s.Templates[t.Netsh] = map[string]string{}
		for _, p := range TemplateParams {
			s.Templates[t.Netsh][p.Key] = t.Def(p)
		}
	}
	return s
}

// Check refuses a saved state that lacks a value.
func (s TCP) Check() error {
	for _, list := range [][]Param{GlobalParams, HeuristicsParams} {
		for _, p := range list {
			if s.Global[p.Key] == "" {
				return fmt.Errorf("registry document: tcp global has no %q; delete the guest's disk to begin anew", p.Key)
			}
		}
	}
	for _, t := range templates {
		for _, p := range TemplateParams {
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
	if t, ok := FindTemplate(s.Default); ok {
		return t
	}
	name := "internet"
	if rtt >= 0 && rtt <= datacenterRTT {
		name = "datacenter"
	}
	t, _ := FindTemplate(name)
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
