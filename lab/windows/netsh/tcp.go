package windows

import (
	"fmt"
	"slices"
	"strings"
)

const errIncorrect = refusal("The parameter is incorrect.\n")

func (p *process) setGlobal(args []tagged) int     { return p.setParams(globalParams, args) }
func (p *process) setHeuristics(args []tagged) int { return p.setParams(heuristicsParams, args) }

// setParams sets global parameters: all of them or, where one is refused, none.
func (p *process) setParams(list []param, args []tagged) int {
	if len(args) == 0 {
		return p.netshFail(errIncorrect)
	}
	f := p.m.faults()
	values := map[string]string{}
	for _, a := range args {
		par, ok := findParam(list, a.tag, f.allows)
		if !ok {
			return p.netshFail(syntaxError(a.tag + "=" + a.value))
		}
		v, err := par.accept(a.value, par.def, f.allows)
		if err != nil && a.tag == "congestionprovider" && f.allows(a.tag) && slices.Contains([]string{"none", "ctcp"}, strings.ToLower(a.value)) {
			// Taken as silently accepted: the row prints default whatever
			// the template's provider is, and no template changes.
			continue
		}
		if err != nil {
			return p.netshFail(err)
		}
		if err := p.m.denied(a.tag); err != nil {
			return p.netshFail(err)
		}
		if !f.ignores(a.tag) {
			values[a.tag] = v
		}
	}
	return p.netshUpdate(func(s *state) error {
		for k, v := range values {
			s.tcp.Global[k] = v
		}
		return nil
	})
}

// setSupplemental sets parameters of a template, or, with the template alone,
// makes it the global default (template.default_template).
func (p *process) setSupplemental(args []tagged) int {
	f := p.m.faults()
	name, ok := find(args, "template")
	name = strings.ToLower(name)
	t, known := findTemplate(name)
	if !ok || !known && name != "automatic" {
		return p.netshFail(errIncorrect)
	}
	if len(args) == 1 {
		return p.netshUpdate(func(s *state) error {
			if !f.ignores("template") {
				s.tcp.Default = name
			}
			return nil
		})
	}
	if !known {
		return p.netshFail(errIncorrect) // the Automatic template has no values
	}
	values := map[string]string{}
	for _, a := range args {
		if a.tag == "template" {
			continue
		}
		par, ok := findParam(templateParams, a.tag, f.allows)
		if !ok {
			return p.netshFail(errIncorrect)
		}
		v, err := par.accept(a.value, t.def(par), f.allows)
		if err != nil {
			return p.netshFail(err)
		}
		if err := p.m.denied(a.tag); err != nil {
			return p.netshFail(err)
		}
		if !f.ignores(a.tag) {
			values[a.tag] = v
		}
	}
	return p.netshUpdate(func(s *state) error {
		for k, v := range values {
			s.tcp.Templates[name][k] = v
		}
		return nil
	})
}

func (p *process) netshUpdate(change func(*state) error) int {
	if err := p.m.update(true, change); err != nil {
		return p.netshFail(err)
	}
	return p.netshOK()
}

const ruler = "----------------------------------------------\n"

func (p *process) showGlobal([]tagged) int {
	p.out("Querying active state...\n\nTCP Global Parameters\n" + ruler + p.rows(globalParams, p.m.view().tcp.Global) + "\n")
	return 0
}

// rows prints the shown parameters, labels padded to the samples' column.
func (p *process) rows(list []param, values map[string]string) string {
	var b strings.Builder
	for _, par := range list {
		if par.label != "" && par.known(p.m.faults().allows) {
			fmt.Fprintf(&b, "%-36s: %s\n", par.label, values[par.key])
		}
	}
	return b.String()
}

// showHeuristics has the rows of SAMPLES 2.1 (Server 2012; none from 10).
func (p *process) showHeuristics([]tagged) int {
	p.out("TCP Window Scaling heuristics Parameters\n" + ruler)
	p.out(fmt.Sprintf("%-34s: %s\n", "Window Scaling heuristics", p.m.view().tcp.Global["wsh"]))
	p.out(fmt.Sprintf("%-34s: %s\n", "Qualifying Destination Threshold", "3"))
	for _, profile := range []string{"unknown", "public", "private", "domain"} {
		p.out(fmt.Sprintf("%-34s: %s\n", "Profile type "+profile, "normal"))
	}
	p.out("\n")
	return 0
}

// showSupplemental has the rows of SAMPLES 2.2.
func (p *process) showSupplemental(args []tagged) int {
	tcp := p.m.view().tcp
	t := tcp.inUse()
	if name, ok := find(args, "template"); ok {
		if t, ok = findTemplate(strings.ToLower(name)); !ok {
			return p.netshFail(errIncorrect)
		}
	}
	p.out("The TCP global default template is " + tcp.Default + "\n\nTCP Supplemental Parameters\n" + ruler)
	for _, par := range templateParams {
		p.out(fmt.Sprintf("%-36s: %s\n", par.label, tcp.Templates[t.netsh][par.key]))
	}
	p.out("\n")
	return 0
}

// dumpLine is the line of the dump that sets every global parameter
// (SAMPLES 2.4; 1903+ without prr).
func (m *Machine) dumpLine() string {
	tcp := m.view().tcp
	b := strings.Builder{}
	b.WriteString("set global")
	for _, par := range globalParams {
		if par.label != "" && par.known(m.faults().allows) {
			b.WriteString(" " + par.key + "=" + tcp.Global[par.key])
		}
	}
	return b.String()
}

// tcpDump has the form of SAMPLES 2.4; the comment is that sample's in English.
func (p *process) tcpDump([]tagged) int {
	p.out("# TCP Configuration\npushd interface tcp\n\nreset\n" + p.m.dumpLine() + "\n\npopd\n")
	return 0
}

// udpDump is UNVERIFIED on 10, where neither uro nor uso exist: with a switch it
// is the form of SAMPLES 2.4 without them.
func (p *process) udpDump([]tagged) int {
	if !p.m.faults().allows("udp") {
		p.outln("The following command was not found: interface udp dump.")
		return 1
	}
	p.out("pushd interface udp\nreset\npopd\n")
	return 0
}
