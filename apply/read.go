package apply

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"vnettune/matrix"
	"vnettune/results/record"
)

// word is the kind of a State that no registry holds.
const word = "word"

// readInput and readAnswer are the two sides of the script "read"; other dialects
// are asked and answer in the same terms.
type readInput struct {
	Registry   []registryValue `json:"registry"`
	TCP        bool            `json:"tcp"`
	Ports      []int           `json:"ports"`
	Interfaces []int           `json:"interfaces"`
}

type registryValue struct {
	Path string `json:"path"`
	Name string `json:"name"`
}

type readAnswer struct {
	Registry  record.List[record.State] `json:"registry"`
	Dump      record.List[string]       `json:"dump"`
	Templates record.List[struct {
		Name   string                     `json:"name"`
		Values map[string]json.RawMessage `json:"values"`
	}] `json:"templates"`
	Applied record.List[struct {
		Port     int    `json:"port"`
		Template string `json:"template"`
	}] `json:"applied"`
	Interfaces record.List[struct {
		Index int `json:"index"`
		MTU   int `json:"mtu"`
	}] `json:"interfaces"`
}

// read asks for all places at once.
func (g *Guest) read(ctx context.Context, places []record.Place) (readAnswer, []byte, error) {
	in := readInput{Registry: []registryValue{}, Ports: []int{g.port}, Interfaces: []int{}}
	for _, p := range places {
		switch {
		case inRegistry(p):
			in.Registry = append(in.Registry, registryValue{p.Path, p.Name})
		case kindOf(p) == matrix.NetshSubinterface:
			in.Interfaces = append(in.Interfaces, p.Interface)
		default:
			in.TCP = true
		}
	}
	d, err := g.speak(ctx)
	if err != nil {
		return readAnswer{}, nil, err
	}
	answer, raw, err := d.read(ctx, in)
	if err != nil {
		return readAnswer{}, raw, err
	}
	if len(answer.Registry) != len(in.Registry) {
		return readAnswer{}, raw, fmt.Errorf("read: %d registry values asked, %d answered", len(in.Registry), len(answer.Registry))
	}
	return answer, raw, nil
}

// template is the TCP template that connections to WinRM use; "" when the guest
// does not say, an error when it names several.
func (a readAnswer) template() (string, error) {
	var names []string
	for _, t := range a.Applied {
		if t.Template != "" && !slices.Contains(names, t.Template) {
			names = append(names, t.Template)
		}
	}
	if len(names) > 1 {
		return "", fmt.Errorf("the guest's connections use several TCP templates: %s", strings.Join(names, ", "))
	}
	if len(names) == 0 {
		return "", nil
	}
	return names[0], nil
}

// states sorts the answer out, one state a place.
func (a readAnswer) states(places []record.Place) (map[string]record.State, error) {
	states := map[string]record.State{}
	next := 0
	for _, p := range places {
		if inRegistry(p) {
			states[p.ID] = a.Registry[next]
			next++
			continue
		}
		s, err := a.word(p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.ID, err)
		}
		states[p.ID] = s
	}
	return states, nil
}

// word finds what netsh or CIM say of a place. netsh's dump comes first, since its
// keys are never localised; CIM's numbers serve where the dump has no such key.
func (a readAnswer) word(p record.Place) (record.State, error) {
	switch kindOf(p) {
	case matrix.NetshSubinterface:
		for _, i := range a.Interfaces {
			if i.Index == p.Interface && i.MTU > 0 {
				return record.State{Exists: true, Kind: word, Data: fmt.Sprint(i.MTU)}, nil
			}
		}
		return record.State{}, fmt.Errorf("the guest does not report interface %d", p.Interface)
	case matrix.NetshGlobal:
		if w := a.dumped(p.Name); w != "" {
			return record.State{Exists: true, Kind: word, Data: w}, nil
		}
	}
	w, err := a.cim(p)
	if err != nil {
		return record.State{}, err
	}
	return record.State{Exists: true, Kind: word, Data: w}, nil
}

// dumped is the value of a key in the dump's "set global" line; "" for none.
func (a readAnswer) dumped(key string) string {
	for _, line := range a.Dump {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[0] != "set" || fields[1] != "global" {
			continue
		}
		for _, f := range fields[2:] {
			if k, v, ok := strings.Cut(f, "="); ok && strings.EqualFold(k, key) {
				return strings.ToLower(v)
			}
		}
	}
	return ""
}

// cim is the value of the place's CIM property on its template.
func (a readAnswer) cim(p record.Place) (string, error) {
	if p.CIM == "" {
		return "", fmt.Errorf("the guest does not report %s", p.Name)
	}
	raw, err := a.property(p.Template, p.CIM)
	if err != nil {
		return "", err
	}
	var number int
	if json.Unmarshal(raw, &number) == nil {
		if p.Enum == nil {
			return fmt.Sprint(number), nil
		}
		if number < 0 || number >= len(p.Enum) {
			return "", fmt.Errorf("the guest reports %s = %d, which is not known here", p.CIM, number)
		}
		return strings.ToLower(p.Enum[number]), nil
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil || text == "" {
		return "", fmt.Errorf("the guest reports %s = %s, which is not known here", p.CIM, raw)
	}
	return strings.ToLower(text), nil
}

// property is the raw CIM value of a template's property.
func (a readAnswer) property(template, name string) (json.RawMessage, error) {
	if template == "" {
		return nil, fmt.Errorf("the guest does not say which TCP template its connections use")
	}
	for _, t := range a.Templates {
		if t.Name == template {
			if raw, ok := t.Values[name]; ok {
				return raw, nil
			}
			return nil, fmt.Errorf("the guest's TCP template %s has no property %s", template, name)
		}
	}
	return nil, fmt.Errorf("the guest has no TCP template %q", template)
}
