package netsh

import (
	"fmt"
	"slices"
	"strings"

	"vnettune/lab/windows/console"
	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/stack"
)

const errIncorrect = console.Refusal("The parameter is incorrect.\n")

// errOnlyCustom is the text of the cmdlet (docs/facts/windows-samples.md 3.3).
const errOnlyCustom = console.Refusal("Only the custom templates InternetCustom and DatacenterCustom can be modified.\n")

func setGlobal(p *machine.Process, args []tagged) int { return setParams(p, global(p.Machine), args) }
func setHeuristics(p *machine.Process, args []tagged) int {
	return setParams(p, heuristics(p.Machine), args)
}

// setParams sets global parameters: all of them or, where one is refused, none.
func setParams(p *machine.Process, list []stack.Param, args []tagged) int {
	if len(args) == 0 {
		return netshFail(p, errIncorrect)
	}
	f, r := p.Machine.Faults(), *p.Machine.Edition().Release
	values := map[string]string{}
	for _, a := range args {
		par, ok := stack.FindParam(list, a.tag)
		if !ok {
			return netshFail(p, syntaxError(a.tag+"="+a.value))
		}
		v, err := par.Accept(r, a.value, par.Def(r), f.Allows)
		if err != nil && a.tag == "congestionprovider" && f.Allows(a.tag) && slices.Contains([]string{"none", "ctcp"}, strings.ToLower(a.value)) {
			// Taken as silently accepted: the row prints default whatever
			// the template's provider is, and no template changes.
			continue
		}
		if err != nil {
			return netshFail(p, err)
		}
		if err := p.Machine.Denied(a.tag); err != nil {
			return netshFail(p, err)
		}
		if !f.Ignores(a.tag) {
			values[a.tag] = v
		}
	}
	return netshUpdate(p, func(s *machine.State) error {
		for k, v := range values {
			s.TCP.Global[k] = v
		}
		return nil
	})
}

// setSupplemental sets parameters of a template, or, with the template alone,
// makes it the global default (template.default_template).
func setSupplemental(p *machine.Process, args []tagged) int {
	f, r := p.Machine.Faults(), *p.Machine.Edition().Release
	name, ok := find(args, "template")
	name = strings.ToLower(name)
	t, known := r.FindTemplate(name)
	if !ok || !known && name != stack.Automatic {
		return netshFail(p, errIncorrect)
	}
	if len(args) == 1 {
		return netshUpdate(p, func(s *machine.State) error {
			if !f.Ignores("template") {
				s.TCP.Default = name
			}
			return nil
		})
	}
	if !known {
		return netshFail(p, errIncorrect) // the Automatic template has no values
	}
	if r.Before10() && !t.Custom() {
		return netshFail(p, errOnlyCustom)
	}
	values := map[string]string{}
	for _, a := range args {
		if a.tag == "template" {
			continue
		}
		par, ok := stack.FindParam(supplemental(p.Machine), a.tag)
		if !ok {
			return netshFail(p, errIncorrect)
		}
		v, err := par.Accept(r, a.value, t.Def(r, par), f.Allows)
		if err != nil {
			return netshFail(p, err)
		}
		if err := p.Machine.Denied(a.tag); err != nil {
			return netshFail(p, err)
		}
		if !f.Ignores(a.tag) {
			values[a.tag] = v
		}
	}
	return netshUpdate(p, func(s *machine.State) error {
		for k, v := range values {
			s.TCP.Templates[name][k] = v
		}
		return nil
	})
}

func netshUpdate(p *machine.Process, change func(*machine.State) error) int {
	if err := p.Machine.Update(change); err != nil {
		return netshFail(p, err)
	}
	return netshOK(p)
}

const ruler = "----------------------------------------------\n"

func showGlobal(p *machine.Process, _ []tagged) int {
	p.Say("Querying active state...\n\nTCP Global Parameters\n" + ruler + rows(p) + "\n")
	return 0
}

// rows prints the shown parameters, labels padded to the samples' column. The space at the end of a
// line is in real captures, and trimmed in the samples (not verified: ask a guest, netsh int tcp show
// global).
func rows(p *machine.Process) string {
	var b strings.Builder
	r, values := *p.Machine.Edition().Release, p.Machine.View().TCP.Global
	for _, par := range r.Shown() {
		fmt.Fprintf(&b, "%-36s: %s \n", par.LabelOn(r), values[par.Key])
	}
	return b.String()
}

// showHeuristics has the rows of docs/facts/windows-samples.md 2.1 on Server 2012 and 2012 R2; 10 and
// 11 print the first one alone (not verified: ask a guest, netsh int tcp show heuristics).
func showHeuristics(p *machine.Process, _ []tagged) int {
	p.Say("TCP Window Scaling heuristics Parameters\n" + ruler)
	p.Say(fmt.Sprintf("%-34s: %s\n", "Window Scaling heuristics", p.Machine.View().TCP.Global["wsh"]))
	if !p.Machine.Edition().Release.Before10() {
		p.Say("\n")
		return 0
	}
	p.Say(fmt.Sprintf("%-34s: %s\n", "Qualifying Destination Threshold", "3"))
	for _, profile := range []string{"unknown", "public", "private", "domain"} {
		p.Say(fmt.Sprintf("%-34s: %s\n", "Profile type "+profile, "normal"))
	}
	p.Say("\n")
	return 0
}

// showSupplemental has the rows of docs/facts/windows-samples.md 2.2.
func showSupplemental(p *machine.Process, args []tagged) int {
	tcp := p.Machine.View().TCP
	t := tcp.InUse()
	if name, ok := find(args, "template"); ok {
		if t, ok = p.Machine.Edition().Release.FindTemplate(strings.ToLower(name)); !ok {
			return netshFail(p, errIncorrect)
		}
	}
	p.Say("The TCP global default template is " + tcp.Default + "\n\nTCP Supplemental Parameters\n" + ruler)
	for _, par := range p.Machine.Edition().Release.ShownSupplemental() {
		p.Say(fmt.Sprintf("%-36s: %s\n", par.Label, tcp.Templates[t.Netsh][par.Key]))
	}
	p.Say("\n")
	return 0
}

// DumpLine is the line of the dump that sets every global parameter
// (docs/facts/windows-samples.md 2.4).
func DumpLine(m *machine.Machine) string {
	tcp := m.View().TCP
	b := strings.Builder{}
	b.WriteString("set global")
	for _, par := range m.Edition().Release.Dumped() {
		b.WriteString(" " + par.Key + "=" + tcp.Global[par.Key])
	}
	return b.String()
}

// tcpDump has the form of docs/facts/windows-samples.md 2.4; the comment is that sample's in
// English.
func tcpDump(p *machine.Process, _ []tagged) int {
	p.Say("# TCP Configuration\npushd interface tcp\n\nreset\n" + DumpLine(p.Machine) + "\n\npopd\n")
	return 0
}

// hasUDP says whether its netsh has the context of UDP. It is UNVERIFIED on what is older than 11
// 22H2, where neither uro nor uso exist (udp.uro, udp.uso): a switch gives it the context without
// them.
func hasUDP(m *machine.Machine) bool {
	return m.Edition().Release.HasUDP() || m.Faults().Allows("udp")
}

// udpDump has the form of docs/facts/windows-samples.md 2.4.
func udpDump(p *machine.Process, _ []tagged) int {
	if !hasUDP(p.Machine) {
		return unfound(p, "interface udp dump")
	}
	line := ""
	for i, par := range udp(p.Machine) {
		if i == 0 {
			line = "set global"
		}
		line += " " + par.Key + "=" + p.Machine.View().TCP.Global[par.Key]
	}
	if line != "" {
		line += "\n"
	}
	p.Say("pushd interface udp\nreset\n" + line + "popd\n")
	return 0
}

// setUDP sets what is global to UDP (udp.uro, udp.uso). Nothing else changes by it: the driver has no
// keyword for the one, and nothing here asks the stack for the other.
func setUDP(p *machine.Process, args []tagged) int {
	if !hasUDP(p.Machine) {
		return unfound(p, "interface udp set global")
	}
	return setParams(p, udp(p.Machine), args)
}
