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

func setGlobal(p *machine.Process, args []tagged) int { return setParams(p, stack.GlobalParams, args) }
func setHeuristics(p *machine.Process, args []tagged) int {
	return setParams(p, stack.HeuristicsParams, args)
}

// setParams sets global parameters: all of them or, where one is refused, none.
func setParams(p *machine.Process, list []stack.Param, args []tagged) int {
	if len(args) == 0 {
		return netshFail(p, errIncorrect)
	}
	f := p.Machine.Faults()
	values := map[string]string{}
	for _, a := range args {
		par, ok := stack.FindParam(list, a.tag, f.Allows)
		if !ok {
			return netshFail(p, syntaxError(a.tag+"="+a.value))
		}
		v, err := par.Accept(a.value, par.Def, f.Allows)
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
	f := p.Machine.Faults()
	name, ok := find(args, "template")
	name = strings.ToLower(name)
	t, known := stack.FindTemplate(name)
	if !ok || !known && name != "automatic" {
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
	values := map[string]string{}
	for _, a := range args {
		if a.tag == "template" {
			continue
		}
		par, ok := stack.FindParam(stack.TemplateParams, a.tag, f.Allows)
		if !ok {
			return netshFail(p, errIncorrect)
		}
		v, err := par.Accept(a.value, t.Def(par), f.Allows)
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
	if err := p.Machine.Update(true, change); err != nil {
		return netshFail(p, err)
	}
	return netshOK(p)
}

const ruler = "----------------------------------------------\n"

func showGlobal(p *machine.Process, _ []tagged) int {
	p.Out("Querying active state...\n\nTCP Global Parameters\n" + ruler + rows(p, stack.GlobalParams, p.Machine.View().TCP.Global) + "\n")
	return 0
}

// rows prints the shown parameters, labels padded to the samples' column.
func rows(p *machine.Process, list []stack.Param, values map[string]string) string {
	var b strings.Builder
	for _, par := range list {
		if par.Label != "" && par.Known(p.Machine.Faults().Allows) {
			fmt.Fprintf(&b, "%-36s: %s\n", par.Label, values[par.Key])
		}
	}
	return b.String()
}

// showHeuristics has the rows of docs/facts/windows-samples.md 2.1 (Server 2012; none from 10).
func showHeuristics(p *machine.Process, _ []tagged) int {
	p.Out("TCP Window Scaling heuristics Parameters\n" + ruler)
	p.Out(fmt.Sprintf("%-34s: %s\n", "Window Scaling heuristics", p.Machine.View().TCP.Global["wsh"]))
	p.Out(fmt.Sprintf("%-34s: %s\n", "Qualifying Destination Threshold", "3"))
	for _, profile := range []string{"unknown", "public", "private", "domain"} {
		p.Out(fmt.Sprintf("%-34s: %s\n", "Profile type "+profile, "normal"))
	}
	p.Out("\n")
	return 0
}

// showSupplemental has the rows of docs/facts/windows-samples.md 2.2.
func showSupplemental(p *machine.Process, args []tagged) int {
	tcp := p.Machine.View().TCP
	t := tcp.InUse()
	if name, ok := find(args, "template"); ok {
		if t, ok = stack.FindTemplate(strings.ToLower(name)); !ok {
			return netshFail(p, errIncorrect)
		}
	}
	p.Out("The TCP global default template is " + tcp.Default + "\n\nTCP Supplemental Parameters\n" + ruler)
	for _, par := range stack.TemplateParams {
		p.Out(fmt.Sprintf("%-36s: %s\n", par.Label, tcp.Templates[t.Netsh][par.Key]))
	}
	p.Out("\n")
	return 0
}

// DumpLine is the line of the dump that sets every global parameter
// (docs/facts/windows-samples.md 2.4; 1903+ without prr).
func DumpLine(m *machine.Machine) string {
	tcp := m.View().TCP
	b := strings.Builder{}
	b.WriteString("set global")
	for _, par := range stack.GlobalParams {
		if par.Label != "" && par.Known(m.Faults().Allows) {
			b.WriteString(" " + par.Key + "=" + tcp.Global[par.Key])
		}
	}
	return b.String()
}

// tcpDump has the form of docs/facts/windows-samples.md 2.4; the comment is that sample's in
// English.
func tcpDump(p *machine.Process, _ []tagged) int {
	p.Out("# TCP Configuration\npushd interface tcp\n\nreset\n" + DumpLine(p.Machine) + "\n\npopd\n")
	return 0
}

// udpDump is UNVERIFIED on 10, where neither uro nor uso exist: with a switch it is the form
// of docs/facts/windows-samples.md 2.4 without them.
func udpDump(p *machine.Process, _ []tagged) int {
	if !p.Machine.Faults().Allows("udp") {
		p.Outln("The following command was not found: interface udp dump.")
		return 1
	}
	p.Out("pushd interface udp\nreset\npopd\n")
	return 0
}
