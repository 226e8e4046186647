package apply

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"vnettune/apply/terms"
	"vnettune/foreign"
	"vnettune/matrix"
	"vnettune/results/record"
)

// word is the kind of a State that no registry holds.
const word = "word"

// answer is a guest's answer to all that was asked, and what it means.
type answer terms.ReadAnswer

// unread is the error of a part of the answer that could not be asked; nil where it was.
func (a answer) unread(part string) error { return terms.ReadAnswer(a).Unread(part) }

// read asks for all places at once.
func (g *Guest) read(ctx context.Context, places []record.Place) (answer, []byte, error) {
	in := terms.ReadInput{Registry: []terms.RegistryValue{}, Ports: []int{g.port}, Interfaces: []int{}}
	for _, p := range places {
		switch {
		case inRegistry(p):
			in.Registry = append(in.Registry, terms.RegistryValue{Path: p.Path, Name: p.Name})
		case kindOf(p) == matrix.NetshSubinterface:
			in.Interfaces = append(in.Interfaces, p.Interface)
		default:
			in.TCP = true
		}
	}
	d, err := g.speak(ctx)
	if err != nil {
		return answer{}, nil, err
	}
	got, raw, err := g.readFrom(ctx, d, in)
	if err != nil {
		return answer{}, raw, err
	}
	return answer(got), raw, nil
}

// template is the TCP template that connections to WinRM use; "" when the guest
// does not say, an error when it names several.
func (a answer) template() (string, error) {
	if err := a.unread("applied"); err != nil {
		return "", err
	}
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
func (a answer) states(places []record.Place) (map[string]record.State, error) {
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
func (a answer) word(p record.Place) (record.State, error) {
	switch kindOf(p) {
	case matrix.NetshSubinterface:
		for _, i := range a.Interfaces {
			if i.Index == p.Interface && i.MTU > 0 {
				return record.State{Exists: true, Kind: word, Data: fmt.Sprint(i.MTU)}, nil
			}
		}
		return record.State{}, cmp.Or(a.unread("interfaces"), fmt.Errorf("the guest does not report interface %d", p.Interface))
	case matrix.NetshGlobal:
		if w := a.dumped(p.Name); w != "" {
			return record.State{Exists: true, Kind: word, Data: w}, nil
		}
	}
	w, err := a.cim(p)
	if unread := a.unread("dump"); err != nil && unread != nil && kindOf(p) == matrix.NetshGlobal {
		err = fmt.Errorf("%w; %w", unread, err)
	}
	if err != nil {
		return record.State{}, err
	}
	return record.State{Exists: true, Kind: word, Data: w}, nil
}

// dumped is the value of a key in the dump's "set global" line; "" for none.
func (a answer) dumped(key string) string {
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
func (a answer) cim(p record.Place) (string, error) {
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

// congestionProvider is the property of a template that is asked for on its own: CIM has
// a number for it, and the cmdlet the word.
const congestionProvider = "CongestionProvider"

// property is the raw CIM value of a template's property.
func (a answer) property(template, name string) (json.RawMessage, error) {
	if template == "" {
		return nil, fmt.Errorf("the guest does not say which TCP template its connections use")
	}
	for _, t := range a.Templates {
		if t.Name == template {
			if raw, ok := t.Values[name]; ok {
				return raw, nil
			}
			if err := a.unread("congestion"); err != nil && name == congestionProvider {
				return nil, err
			}
			return nil, fmt.Errorf("the guest's TCP template %s has no property %s", template, name)
		}
	}
	return nil, cmp.Or(a.unread("templates"), fmt.Errorf("the guest has no TCP template %q", template))
}

// ReadBack reads every target. The second result is the raw answer.
func (g *Guest) ReadBack(ctx context.Context, targets []Target) ([]record.Reading, []byte, error) {
	places := make([]record.Place, len(targets))
	for i, t := range targets {
		places[i] = t.Place
	}
	got, raw, err := g.read(ctx, places)
	if err != nil {
		return nil, raw, fmt.Errorf("read back: %w", err)
	}
	states, err := got.states(places)
	if err != nil {
		return nil, raw, fmt.Errorf("read back: %w", err)
	}
	readings := make([]record.Reading, len(targets))
	for i, t := range targets {
		readings[i] = got.reading(t, states[t.Place.ID])
	}
	return readings, raw, nil
}

// reading compares what a place holds with its target.
func (a answer) reading(t Target, got record.State) record.Reading {
	r := record.Reading{ID: t.Place.ID, Asked: string(t.Asked), Want: t.Want.String(), Configured: foreign.Line(got.String())}
	r.AsAsked = t.Open || same(got, t.Want)
	r.InEffect, r.Reason = a.inEffect(t, got)
	return r
}

// inEffect asks the stack itself where it can be asked.
func (a answer) inEffect(t Target, got record.State) (record.InEffect, string) {
	p := t.Place
	switch {
	case p.Inert != "":
		return record.NotObservable, "expected inert: " + p.Inert
	case kindOf(p) == matrix.NetshTemplate:
		now, err := a.template()
		if err != nil || now == "" {
			return record.NotObservable, "the guest does not say which template its connections use"
		}
		if now != p.Template {
			return record.No, fmt.Sprintf("connections use the template %s, not %s", now, p.Template)
		}
		return record.Yes, "set on the template that connections use, " + now
	case p.CIM == "AutoTuningLevelLocal":
		if level, overridden := a.groupPolicy(p); overridden && level != got.Data {
			return record.No, "group policy sets " + level
		}
		fallthrough
	case kindOf(p) == matrix.NetshGlobal && p.CIM != "":
		stack, err := a.cim(p)
		if err != nil {
			return record.NotObservable, err.Error()
		}
		if stack != got.Data {
			return record.No, fmt.Sprintf("the template %s that connections use has %s", p.Template, stack)
		}
		return record.Yes, "the template that connections use has it, " + p.Template
	case kindOf(p) == matrix.NetshSubinterface:
		if err := a.unread("interfaces"); err != nil {
			return record.Yes, "the first of several interfaces reports it: " + err.Error()
		}
		return record.Yes, "the interface reports it"
	}
	return record.NotObservable, "configured, and written before the proven boot"
}

// groupPolicy is the auto-tuning level that a group policy puts over the local
// one; false when none does (docs/facts/windows-settings.md, tcp.autotuninglevel: Effective 1).
func (a answer) groupPolicy(p record.Place) (string, bool) {
	raw, err := a.property(p.Template, "AutoTuningLevelEffective")
	var effective int
	if err != nil || json.Unmarshal(raw, &effective) != nil || effective != 1 {
		return "", false
	}
	p.CIM = "AutoTuningLevelGroupPolicy"
	level, err := a.cim(p)
	if err != nil {
		return "unknown", true
	}
	return level, true
}
