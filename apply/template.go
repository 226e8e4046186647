package apply

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"vnettune/apply/terms"
	"vnettune/foreign"
	"vnettune/matrix"
	"vnettune/results/record"
	"vnettune/trouble"
)

// netshTemplates are the templates that netsh names as CIM does, but for case
// (https://github.com/XTLS/Xray-core/issues/4211 has the custom ones). Automatic has no values of its own.
var netshTemplates = []string{"Internet", "Datacenter", "Compat", "InternetCustom", "DatacenterCustom", custom}

// custom is the one custom template of Server 2012, and no later Windows has it
// (https://learn.microsoft.com/powershell/module/nettcpip/set-nettcpsetting).
const custom = "Custom"

// server2012R2 is the last build that lets none but custom templates be modified
// (docs/facts/windows-samples.md 3.3: the refusal names the two that came with 2012 R2).
const server2012R2 = 9600

// templates are the TCP templates of a guest that a setting of them is written to.
type templates struct {
	read    string   // whose values stand for what is set for all of them
	written []string // none where the guest does not say which one its connections use
	instead string   // which its connections use although it cannot be written; "" for none
}

// client is the product type of a Windows that is no server.
const client = 1

// templates asks which TCP templates there are. A server chooses Internet or Datacenter for each
// connection by the round trip of its handshake, so that iperf's may be another than this
// connection's: all that can be written are. A client's connections all use one
// (https://blogs.technet.microsoft.com/networking/2018/10/03/tcp-templates-for-windows/).
func (g *Guest) templates(ctx context.Context, f record.Guest) (templates, error) {
	d, err := g.speak(ctx)
	if err != nil {
		return templates{}, err
	}
	in := terms.ReadInput{Registry: []terms.RegistryValue{}, Interfaces: []int{}, Ports: []int{g.port}, TCP: f.ProductType != client}
	got, _, err := g.readFrom(ctx, d, in)
	if err != nil {
		return templates{}, err
	}
	var t templates
	if f.ProductType == client {
		if t.read, err = (answer{ReadAnswer: got}).template(); t.read != "" {
			t.written = []string{t.read}
		}
		return t, err
	}
	for _, name := range netshTemplates {
		if f.Build <= server2012R2 && !strings.HasSuffix(name, custom) {
			continue
		}
		if slices.ContainsFunc(got.Templates, func(has terms.Template) bool { return has.Name == name }) {
			t.written = append(t.written, name)
		}
	}
	if len(t.written) > 0 {
		t.read = t.written[0]
	}
	for _, a := range got.Applied {
		if f.Build <= server2012R2 && a.Port == g.port && a.Template != "" && !slices.Contains(t.written, a.Template) {
			t.instead = a.Template
		}
	}
	return t, nil
}

// locate is where a setting lives: in each of the templates, or at its one place.
func (t templates) locate(s matrix.Planned, a record.Adapter) ([]record.Place, error) {
	if s.Form.Kind != matrix.NetshTemplate || len(t.written) == 0 {
		p, err := locate(s, a, t.read)
		return []record.Place{p}, err
	}
	if t.instead != "" {
		return nil, trouble.Hint(fmt.Errorf("%s would be in effect in no boot: the connections of this guest use the TCP template %s, and this Windows lets only custom ones be changed", s.Setting.ID, foreign.Word(t.instead)),
			"leave template.* out of the campaign, or give the guest a filter with a custom template first (New-NetTransportFilter)")
	}
	var places []record.Place
	for _, name := range t.written {
		p, err := locate(s, a, name)
		if err != nil {
			return nil, err
		}
		places = append(places, p)
	}
	return places, nil
}

// merged is one reading a setting: one of TCP templates is as asked when it is so in all of them.
func merged(readings []record.Reading, targets []Target) []record.Reading {
	var all []record.Reading
	at := map[string]int{}
	for i, r := range readings {
		first, ok := at[r.ID]
		if !ok {
			at[r.ID] = len(all)
			all = append(all, r)
			continue
		}
		m := &all[first]
		m.AsAsked = m.AsAsked && r.AsAsked
		if !strings.EqualFold(m.Configured, r.Configured) || m.Want != r.Want {
			m.Configured += fmt.Sprintf(", %s %s", targets[i].Place.Template, r.Configured)
			m.Want += fmt.Sprintf(", %s %s", targets[i].Place.Template, r.Want)
		}
	}
	return all
}

// unasked is why it is not known before a measurement which template its connections use.
const unasked = "which template iperf3's connections use is asked in the discarded run"

// UsesTemplates says whether a setting of TCP templates is among the targets.
func UsesTemplates(targets []Target) bool {
	return slices.ContainsFunc(targets, func(t Target) bool { return kindOf(t.Place) == matrix.NetshTemplate })
}

// AppliedTemplates names the TCP templates that the established connections with a local port of
// the guest use, each once; none where there is no such connection. The second result is the raw
// answer.
func (g *Guest) AppliedTemplates(ctx context.Context, port int) ([]string, []byte, error) {
	d, err := g.speak(ctx)
	if err != nil {
		return nil, nil, err
	}
	got, raw, err := g.readFrom(ctx, d, terms.ReadInput{Registry: []terms.RegistryValue{}, Interfaces: []int{}, Ports: []int{port}})
	if err != nil {
		return nil, raw, fmt.Errorf("which TCP template the connections use: %w", err)
	}
	var names []string
	for _, a := range got.Applied {
		if a.Port == port && a.Template != "" && !slices.Contains(names, a.Template) {
			names = append(names, a.Template)
		}
	}
	return names, raw, nil
}

// JudgeTemplates says of the readings of TCP templates whether they are in effect, by the templates
// that iperf3's connections use. With none, why says so. What is not as asked stays so.
func JudgeTemplates(readings []record.Reading, targets []Target, port int, applied []string, why string) []record.Reading {
	all := slices.Clone(readings)
	for i := range all {
		var written []string
		for _, t := range targets {
			if t.Place.ID == all[i].ID && kindOf(t.Place) == matrix.NetshTemplate && t.Place.Inert == "" {
				written = append(written, t.Place.Template)
			}
		}
		if len(written) > 0 {
			all[i].InEffect, all[i].Reason = judgeTemplate(written, port, applied, why)
		}
	}
	return all
}

func judgeTemplate(written []string, port int, applied []string, why string) (record.InEffect, string) {
	if len(applied) == 0 {
		return record.NotObservable, "which template iperf3's connections use is not known: " + why
	}
	is := fmt.Sprintf("%s of port %d is %s", numberApplied, port, foreign.Line(strings.Join(applied, ", ")))
	for _, name := range applied {
		if !slices.Contains(written, name) {
			return record.No, fmt.Sprintf("%s; it is set on %s", is, strings.Join(written, ", "))
		}
	}
	return record.Yes, is + ", where it is set"
}
