package apply

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"vnettune/matrix"
)

// InEffect says whether a setting works as configured.
type InEffect string

// The answers. Where nothing can be read the evidence is that the setting is
// configured as asked and was written before the proven boot.
const (
	Yes           InEffect = "yes"
	No            InEffect = "no"
	NotObservable InEffect = "not observable"
)

// Reading is the three readings of one setting after the boot.
type Reading struct {
	ID         string       `json:"id"`
	Asked      matrix.Value `json:"asked"`
	Want       string       `json:"want"`
	Configured string       `json:"configured"`
	AsAsked    bool         `json:"as_asked"` // configured is what was asked
	InEffect   InEffect     `json:"in_effect"`
	Reason     string       `json:"reason"` // why InEffect is what it is
}

// OK says whether the boot may be ranked as far as this setting goes.
func (r Reading) OK() bool { return r.AsAsked && r.InEffect != No }

func (r Reading) String() string {
	if !r.AsAsked {
		return fmt.Sprintf("%s: asked %s, configured %s", r.ID, r.Want, r.Configured)
	}
	return fmt.Sprintf("%s: %s, in effect: %s (%s)", r.ID, r.Configured, r.InEffect, r.Reason)
}

// ReadBack reads every target. The second result is the raw answer.
func (g *Guest) ReadBack(ctx context.Context, targets []Target) ([]Reading, []byte, error) {
	places := make([]Place, len(targets))
	for i, t := range targets {
		places[i] = t.Place
	}
	answer, raw, err := g.read(ctx, places)
	if err != nil {
		return nil, raw, fmt.Errorf("read back: %w", err)
	}
	states, err := answer.states(places)
	if err != nil {
		return nil, raw, fmt.Errorf("read back: %w", err)
	}
	readings := make([]Reading, len(targets))
	for i, t := range targets {
		readings[i] = answer.reading(t, states[t.Place.ID])
	}
	return readings, raw, nil
}

// reading compares what a place holds with its target.
func (a readAnswer) reading(t Target, got State) Reading {
	r := Reading{ID: t.Place.ID, Asked: t.Asked, Want: t.Want.String(), Configured: got.String()}
	r.AsAsked = t.Open || got.Exists == t.Want.Exists && strings.EqualFold(got.Data, t.Want.Data) &&
		(got.Kind == t.Want.Kind || !got.Exists)
	r.InEffect, r.Reason = a.inEffect(t, got)
	return r
}

// inEffect asks the stack itself where it can be asked.
func (a readAnswer) inEffect(t Target, got State) (InEffect, string) {
	p := t.Place
	switch {
	case p.Inert != "":
		return NotObservable, "expected inert: " + p.Inert
	case p.Kind == matrix.NetshTemplate:
		now, err := a.template()
		if err != nil || now == "" {
			return NotObservable, "the guest does not say which template its connections use"
		}
		if now != p.Template {
			return No, fmt.Sprintf("connections use the template %s, not %s", now, p.Template)
		}
		return Yes, "set on the template that connections use, " + now
	case p.CIM == "AutoTuningLevelLocal":
		if level, overridden := a.groupPolicy(p); overridden && level != got.Data {
			return No, "group policy sets " + level
		}
		fallthrough
	case p.Kind == matrix.NetshGlobal && p.CIM != "":
		stack, err := a.cim(p)
		if err != nil {
			return NotObservable, err.Error()
		}
		if stack != got.Data {
			return No, fmt.Sprintf("the template %s that connections use has %s", p.Template, stack)
		}
		return Yes, "the template that connections use has it, " + p.Template
	case p.Kind == matrix.NetshSubinterface:
		return Yes, "the interface reports it"
	}
	return NotObservable, "configured, and written before the proven boot"
}

// groupPolicy is the auto-tuning level that a group policy puts over the local
// one; false when none does (CATALOGUE, tcp.autotuninglevel: Effective 1).
func (a readAnswer) groupPolicy(p Place) (string, bool) {
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
