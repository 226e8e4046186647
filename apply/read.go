package apply

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"vnettune/matrix"
)

// State is what a place holds.
type State struct {
	Exists bool   `json:"exists"`
	Kind   string `json:"kind,omitempty"` // registry kind; "word" for what netsh and CIM say
	Data   string `json:"data,omitempty"` // decimal number, text or word in lower case
}

// word is the kind of a State that no registry holds.
const word = "word"

func (s State) String() string {
	if !s.Exists {
		return string(matrix.Absent)
	}
	return s.Data
}

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
	Registry  list[State]  `json:"registry"`
	Dump      list[string] `json:"dump"`
	Templates list[struct {
		Name   string                     `json:"name"`
		Values map[string]json.RawMessage `json:"values"`
	}] `json:"templates"`
	Applied list[struct {
		Port     int    `json:"port"`
		Template string `json:"template"`
	}] `json:"applied"`
	Interfaces list[struct {
		Index int `json:"index"`
		MTU   int `json:"mtu"`
	}] `json:"interfaces"`
}

// read asks for all places at once.
func (g *Guest) read(ctx context.Context, places []Place) (readAnswer, []byte, error) {
	in := readInput{Registry: []registryValue{}, Ports: []int{g.port}, Interfaces: []int{}}
	for _, p := range places {
		switch {
		case p.registry():
			in.Registry = append(in.Registry, registryValue{p.Path, p.Name})
		case p.Kind == matrix.NetshSubinterface:
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
func (a readAnswer) states(places []Place) (map[string]State, error) {
	states := map[string]State{}
	next := 0
	for _, p := range places {
		if p.registry() {
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
func (a readAnswer) word(p Place) (State, error) {
	switch p.Kind {
	case matrix.NetshSubinterface:
		for _, i := range a.Interfaces {
			if i.Index == p.Interface && i.MTU > 0 {
				return State{Exists: true, Kind: word, Data: fmt.Sprint(i.MTU)}, nil
			}
		}
		return State{}, fmt.Errorf("the guest does not report interface %d", p.Interface)
	case matrix.NetshGlobal:
		if w := a.dumped(p.Name); w != "" {
			return State{Exists: true, Kind: word, Data: w}, nil
		}
	}
	w, err := a.cim(p)
	if err != nil {
		return State{}, err
	}
	return State{Exists: true, Kind: word, Data: w}, nil
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
func (a readAnswer) cim(p Place) (string, error) {
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
