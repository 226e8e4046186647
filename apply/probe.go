package apply

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"vnettune/apply/terms"
	"vnettune/foreign"
	"vnettune/matrix"
	"vnettune/results/record"
)

// ProbeAnswer is what a guest said to one probe. It is a file's form.
type ProbeAnswer struct {
	Setting  string `json:"setting"`
	Question string `json:"question"`
	Asked    string `json:"asked"`            // where the answer was looked for
	Answer   any    `json:"answer,omitempty"` // a State, a word, or what each template says; nil when it was not asked
	NotAsked string `json:"not_asked,omitempty"`
}

// DriverAnswer is what the driver's key says of a keyword.
type DriverAnswer struct {
	Value   record.State `json:"value"`
	Default record.State `json:"default"` // under Ndi\params; a keyword with none there is not declared
}

// interfacesKey has a key for every interface, by its GUID.
const interfacesKey = `HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\Interfaces\`

// Probe asks the probes, reading only, all at once. The second result is the lines of
// netsh's dump.
func (g *Guest) Probe(ctx context.Context, f record.Guest, probes []matrix.Probe) ([]ProbeAnswer, []string, error) {
	adapter, err := g.AdapterUnderTest(f)
	if err != nil {
		return nil, nil, err
	}
	d, err := g.speak(ctx)
	if err != nil {
		return nil, nil, err
	}
	tcp := d.Drives(matrix.NetshGlobal) == nil
	answers := make([]ProbeAnswer, len(probes))
	in := terms.ReadInput{Registry: []terms.RegistryValue{}, TCP: tcp, Ports: []int{}, Interfaces: []int{}}
	first := make([]int, len(probes)) // index of a probe's first registry value
	for i, p := range probes {
		asked, values, why := probePlace(p, adapter, tcp)
		answers[i] = ProbeAnswer{Setting: p.Setting, Question: p.Question, Asked: asked, NotAsked: why}
		first[i] = len(in.Registry)
		in.Registry = append(in.Registry, values...)
	}
	got, _, err := d.Read(ctx, in)
	if err == nil && len(got.Registry) != len(in.Registry) {
		err = fmt.Errorf("%d registry values asked, %d answered", len(in.Registry), len(got.Registry))
	}
	if err != nil {
		return nil, nil, fmt.Errorf("probe: %w", err)
	}
	all := answer{ReadAnswer: got}
	if slices.ContainsFunc(probes, func(p matrix.Probe) bool { return p.Kind == matrix.ProbeUDP }) {
		if all.udp, _, err = udpOf(ctx, d); err != nil {
			return nil, nil, fmt.Errorf("probe: %w", err)
		}
	}
	for i, p := range probes {
		if err := all.udp.unread(); err != nil && p.Kind == matrix.ProbeUDP && answers[i].NotAsked == "" {
			answers[i].NotAsked = foreign.Line(err.Error())
		}
		if answers[i].NotAsked == "" {
			answers[i].Answer = all.probed(p, got.Registry[first[i]:])
		}
	}
	return answers, got.Dump, nil
}

// probePlace says where a probe looks: in words, the registry values that it needs,
// and why it cannot be asked on this guest, empty when it can.
func probePlace(p matrix.Probe, a record.Adapter, tcp bool) (asked string, values []terms.RegistryValue, why string) {
	switch p.Kind {
	case matrix.ProbeRegistry:
		return p.Path + `\` + p.Name, []terms.RegistryValue{{Path: p.Path, Name: p.Name}}, ""
	case matrix.ProbeInterface:
		if a.GUID == "" {
			return p.Name + " of the interface", nil, "the guest names no GUID of the adapter"
		}
		key := interfacesKey + a.GUID
		return key + `\` + p.Name, []terms.RegistryValue{{Path: key, Name: p.Name}}, ""
	case matrix.ProbeDriver:
		if a.ClassKey == "" {
			return p.Name + " of the driver", nil, "the guest names no class key of the adapter"
		}
		return a.ClassKey + `\` + p.Name, []terms.RegistryValue{{Path: a.ClassKey, Name: p.Name}, {Path: a.ClassKey + `\Ndi\params\` + p.Name, Name: "default"}}, ""
	case matrix.ProbeDump, matrix.ProbeUDP, matrix.ProbeCIM:
		asked = "netsh interface tcp dump, key " + p.Name
		switch p.Kind {
		case matrix.ProbeUDP:
			asked = "netsh interface udp dump, key " + p.Name
		case matrix.ProbeCIM:
			asked = "MSFT_NetTCPSetting, " + p.Name
		}
		if !tcp {
			why = terms.ErrNotAsked.Error()
		}
		return asked, nil, why
	}
	return "nowhere", nil, p.Why
}

// probed takes a probe's answer out of all answers; registry begins with its own.
func (a answer) probed(p matrix.Probe, registry []record.State) any {
	switch p.Kind {
	case matrix.ProbeDriver:
		return DriverAnswer{Value: registry[0], Default: registry[1]}
	case matrix.ProbeDump, matrix.ProbeUDP:
		lines := a.Dump
		if p.Kind == matrix.ProbeUDP {
			lines = a.udp.Dump
		}
		if w := dumped(lines, p.Name); w != "" {
			return record.State{Exists: true, Kind: word, Data: w}
		}
		return record.State{}
	case matrix.ProbeCIM:
		of := map[string]any{}
		for _, t := range a.Templates {
			of[t.Name] = nil
			for name, v := range t.Values {
				if strings.EqualFold(name, p.Name) {
					of[t.Name] = v
				}
			}
		}
		return of
	}
	return registry[0]
}

// Health asks the guest; host is this machine's address as the guest sees it. The
// error is ErrNotAsked where the guest's generation has no such script. Nothing
// that it does lasts.
func (g *Guest) Health(ctx context.Context, host netip.Addr) (terms.Health, error) {
	d, err := g.speak(ctx)
	if err != nil {
		return terms.Health{}, fmt.Errorf("guest health: %w", err)
	}
	h, err := d.Health(ctx, host)
	if err != nil {
		return terms.Health{}, fmt.Errorf("guest health: %w", err)
	}
	return h, nil
}

// BlockRules are the inbound rules of the guest's firewall that block that program or everything
// at one of those ports, on the networks that they are for. The error is ErrNotAsked where the guest's
// generation has no such script; problems has the guest's words for what could not be read.
func (g *Guest) BlockRules(ctx context.Context, exe string, ports ...int) (rules []terms.BlockRule, problems map[string]string, err error) {
	d, err := g.speak(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("guest firewall: %w", err)
	}
	f, err := d.Firewall(ctx, exe)
	if err != nil {
		return nil, nil, fmt.Errorf("guest firewall: %w", err)
	}
	for _, r := range f.Rules {
		if slices.ContainsFunc(ports, r.Reaches) {
			rules = append(rules, r)
		}
	}
	return rules, f.Problems, nil
}

// Token asks what Windows took from the logon's token. The error is ErrNotAsked where the
// guest's generation has no such script.
func (g *Guest) Token(ctx context.Context) (terms.Token, error) {
	d, err := g.speak(ctx)
	if err != nil {
		return terms.Token{}, fmt.Errorf("guest token: %w", err)
	}
	t, err := d.Token(ctx)
	if err != nil {
		return terms.Token{}, fmt.Errorf("guest token: %w", err)
	}
	return t, nil
}
