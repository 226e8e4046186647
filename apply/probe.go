package apply

import (
	"context"
	"fmt"
	"strings"

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
	tcp := d.drives(matrix.NetshGlobal) == nil
	answers := make([]ProbeAnswer, len(probes))
	in := readInput{Registry: []registryValue{}, TCP: tcp, Ports: []int{}, Interfaces: []int{}}
	first := make([]int, len(probes)) // index of a probe's first registry value
	for i, p := range probes {
		asked, values, why := probePlace(p, adapter, tcp)
		answers[i] = ProbeAnswer{Setting: p.Setting, Question: p.Question, Asked: asked, NotAsked: why}
		first[i] = len(in.Registry)
		in.Registry = append(in.Registry, values...)
	}
	read, _, err := d.read(ctx, in)
	if err == nil && len(read.Registry) != len(in.Registry) {
		err = fmt.Errorf("%d registry values asked, %d answered", len(in.Registry), len(read.Registry))
	}
	if err != nil {
		return nil, nil, fmt.Errorf("probe: %w", err)
	}
	for i, p := range probes {
		if answers[i].NotAsked == "" {
			answers[i].Answer = read.probed(p, read.Registry[first[i]:])
		}
	}
	return answers, read.Dump, nil
}

// probePlace says where a probe looks: in words, the registry values that it needs,
// and why it cannot be asked on this guest, empty when it can.
func probePlace(p matrix.Probe, a record.Adapter, tcp bool) (asked string, values []registryValue, why string) {
	switch p.Kind {
	case matrix.ProbeRegistry:
		return p.Path + `\` + p.Name, []registryValue{{p.Path, p.Name}}, ""
	case matrix.ProbeInterface:
		if a.GUID == "" {
			return p.Name + " of the interface", nil, "the guest names no GUID of the adapter"
		}
		key := interfacesKey + a.GUID
		return key + `\` + p.Name, []registryValue{{key, p.Name}}, ""
	case matrix.ProbeDriver:
		if a.ClassKey == "" {
			return p.Name + " of the driver", nil, "the guest names no class key of the adapter"
		}
		return a.ClassKey + `\` + p.Name, []registryValue{{a.ClassKey, p.Name}, {a.ClassKey + `\Ndi\params\` + p.Name, "default"}}, ""
	case matrix.ProbeDump, matrix.ProbeCIM:
		asked = "netsh interface tcp dump, key " + p.Name
		if p.Kind == matrix.ProbeCIM {
			asked = "MSFT_NetTCPSetting, " + p.Name
		}
		if !tcp {
			why = ErrNotAsked.Error()
		}
		return asked, nil, why
	}
	return "nowhere", nil, p.Why
}

// probed takes a probe's answer out of all answers; registry begins with its own.
func (a readAnswer) probed(p matrix.Probe, registry []record.State) any {
	switch p.Kind {
	case matrix.ProbeDriver:
		return DriverAnswer{Value: registry[0], Default: registry[1]}
	case matrix.ProbeDump:
		if w := a.dumped(p.Name); w != "" {
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
