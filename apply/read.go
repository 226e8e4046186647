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
type answer struct {
	terms.ReadAnswer
	stack told    // where a place is read by it
	udp   udpDump // where a place is read by it
}

// unread is the error of a part of the answer that could not be asked; nil where it was.
func (a answer) unread(part string) error { return a.Unread(part) }

// read asks for all places at once.
func (g *Guest) read(ctx context.Context, places []record.Place) (answer, []byte, error) {
	in := terms.ReadInput{Registry: []terms.RegistryValue{}, Ports: []int{g.port}, Interfaces: []int{}}
	offload, udp := false, false
	for _, p := range places {
		switch {
		case readInRegistry(p):
			in.Registry = append(in.Registry, terms.RegistryValue{Path: p.Path, Name: p.Name})
		case kindOf(p) == matrix.NetshSubinterface:
			in.Interfaces = append(in.Interfaces, p.Interface)
		case readByOffload(p):
			offload = true
		case kindOf(p) == matrix.NetshUDPGlobal:
			udp = true
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
	a := answer{ReadAnswer: got}
	if offload {
		does, more, err := d.Effect(ctx, terms.EffectInput{})
		if err != nil && (Lost(err) || ctx.Err() != nil) {
			return answer{}, raw, err
		}
		a.stack, raw = told{does, err}, append(raw, more...)
	}
	if udp {
		said, more, err := udpOf(ctx, d)
		if err != nil {
			return answer{}, raw, err
		}
		a.udp, raw = said, append(raw, more...)
	}
	return a, raw, nil
}

// readInRegistry says whether a value in the registry tells what a place holds.
func readInRegistry(p record.Place) bool { return inRegistry(p) || kindOf(p) == matrix.PowerScheme }

// readByOffload says whether MSFT_NetOffloadGlobalSetting tells what a place holds.
func readByOffload(p record.Place) bool {
	return kindOf(p) == matrix.NetshIPGlobal || kindOf(p) == matrix.OffloadGlobal
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
		s, err := a.state(p, &next)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.ID, err)
		}
		states[p.Key()] = s
	}
	return states, nil
}

// state is what a place holds; next is the first of the registry's values that belongs to no
// place yet.
func (a answer) state(p record.Place, next *int) (record.State, error) {
	if !readInRegistry(p) {
		return a.word(p)
	}
	held := a.Registry[*next]
	*next++
	if kindOf(p) == matrix.PowerScheme {
		return powerPlan(held)
	}
	return held, nil
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
	case matrix.NetshDynamicPort:
		return a.dynamicPorts(p)
	case matrix.NetshIPGlobal, matrix.OffloadGlobal:
		return a.switched(p)
	case matrix.NetshUDPGlobal:
		return a.udp.switched(p)
	case matrix.NetshGlobal:
		if w := dumped(a.Dump, p.Name); w != "" {
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

// dumped is the value of a key in the "set global" line of a dump; "" for none.
func dumped(dump []string, key string) string {
	for _, line := range dump {
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
		if p.CIM == congestionProvider {
			if providerWords[number] == "" {
				return "", fmt.Errorf("the guest reports %s = %d and no word for it", p.CIM, number)
			}
			return providerWords[number], nil
		}
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

// congestionProvider is the property whose words the guest gives itself (Get-NetTCPSetting); of its
// numbers these are documented (class MSFT_NetTCPSetting).
const congestionProvider = "CongestionProvider"

var providerWords = map[int]string{0: "default", 2: "ctcp", 3: "dctcp"}

// property is the raw CIM value of a template's property.
func (a answer) property(template, name string) (json.RawMessage, error) {
	if template == "" {
		return nil, fmt.Errorf("the guest does not say which TCP template its connections use")
	}
	for _, t := range a.Templates {
		if t.Name == template {
			if raw, ok := t.Values[name]; ok && string(raw) != "null" {
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

// ReadBack reads every target, and what the stack and the driver say that they do. The second
// result is the raw answers, one behind the other.
func (g *Guest) ReadBack(ctx context.Context, targets []Target) ([]record.Reading, []byte, error) {
	s, raw, err := g.look(ctx, targets)
	if err != nil {
		return nil, raw, fmt.Errorf("read back: %w", err)
	}
	return s.readings(targets), raw, nil
}

// seen is what a guest said of the places of some targets.
type seen struct {
	got    answer
	does   told
	states map[string]record.State // what the places hold
}

// look asks for all that is known of targets. The second result is the raw answers, one behind
// the other.
func (g *Guest) look(ctx context.Context, targets []Target) (seen, []byte, error) {
	places := make([]record.Place, len(targets))
	for i, t := range targets {
		places[i] = t.Place
	}
	got, raw, err := g.read(ctx, places)
	if err != nil {
		return seen{}, raw, err
	}
	states, err := got.states(places)
	if err != nil {
		return seen{}, raw, err
	}
	does, more, err := g.told(ctx, targets)
	return seen{got, does, states}, append(raw, more...), err
}

// readings are those of the targets that were looked at.
func (s seen) readings(targets []Target) []record.Reading {
	readings := make([]record.Reading, len(targets))
	for i, t := range targets {
		state := s.states[t.Place.Key()]
		r := record.Reading{ID: t.Place.ID, Asked: string(t.Asked), Want: t.Want.String(), Configured: foreign.Line(state.String())}
		r.AsAsked = t.Open || same(state, t.Want)
		r.InEffect, r.Reason = s.inEffect(t, targets, s.states)
		readings[i] = r
	}
	return merged(readings, targets)
}

// inEffect judges a target by what was seen. states are what the places of targets hold.
func (s seen) inEffect(t Target, targets []Target, states map[string]record.State) (record.InEffect, string) {
	if t.Place.Inert == "" && hasEvidence(t.Place) {
		return s.does.inEffect(t, targets, states)
	}
	return s.got.inEffect(t, states[t.Place.Key()])
}

// inEffect asks the stack's own templates and interfaces, where they tell.
func (a answer) inEffect(t Target, got record.State) (record.InEffect, string) {
	p := t.Place
	switch {
	case p.Inert != "":
		return record.NotObservable, "expected inert: " + p.Inert
	case kindOf(p) == matrix.NetshTemplate:
		return record.NotObservable, unasked
	case p.CIM == "AutoTuningLevelLocal":
		if level, why := a.groupPolicy(p); why != "" {
			return record.NotObservable, why
		} else if level != "" && level != got.Data {
			return record.No, fmt.Sprintf("%s.%s is 1: group policy sets %s", classTCP, autoTuningEffective, level)
		}
		fallthrough
	case (kindOf(p) == matrix.NetshGlobal || kindOf(p) == matrix.NetshHeuristics) && p.CIM != "":
		stack, err := a.cim(p)
		if err != nil {
			return record.NotObservable, foreign.Line(err.Error())
		}
		number := fmt.Sprintf("%s.%s is %s on the template %s", classTCP, p.CIM, foreign.Word(stack), p.Template)
		if stack != got.Data {
			return record.No, number
		}
		return record.Yes, number
	case kindOf(p) == matrix.NetshSubinterface:
		if err := a.unread("interfaces"); err != nil {
			return record.Yes, fmt.Sprintf("%s is %s on the first of several interfaces: %v", numberMTU, got.Data, err)
		}
		return record.Yes, fmt.Sprintf("%s is %s", numberMTU, got.Data)
	}
	return record.NotObservable, "configured, and so before the proven boot"
}

// Whose auto-tuning level counts, and the level of a group policy.
const (
	autoTuningEffective = "AutoTuningLevelEffective"
	autoTuningPolicy    = "AutoTuningLevelGroupPolicy"
)

// groupPolicy is the auto-tuning level that a group policy puts over the local one; "" when none
// does (docs/facts/windows-settings.md, tcp.autotuninglevel: Effective 1). The text is why it is
// not known: 254 and 255, NotConfigured and NotChanged, are no levels.
func (a answer) groupPolicy(p record.Place) (level, why string) {
	raw, err := a.property(p.Template, autoTuningEffective)
	var effective int
	if err != nil || json.Unmarshal(raw, &effective) != nil || effective != 1 {
		return "", ""
	}
	p.CIM = autoTuningPolicy
	if level, err = a.cim(p); err != nil {
		return "", fmt.Sprintf("%s.%s is 1, a group policy's level counts: %v", classTCP, autoTuningEffective, err)
	}
	return level, ""
}
