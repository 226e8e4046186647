package apply

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"vnettune/matrix"
	"vnettune/results/record"
)

// ReadBack reads every target. The second result is the raw answer.
func (g *Guest) ReadBack(ctx context.Context, targets []Target) ([]record.Reading, []byte, error) {
	places := make([]record.Place, len(targets))
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
	readings := make([]record.Reading, len(targets))
	for i, t := range targets {
		readings[i] = answer.reading(t, states[t.Place.ID])
	}
	return readings, raw, nil
}

// reading compares what a place holds with its target.
func (a readAnswer) reading(t Target, got record.State) record.Reading {
	r := record.Reading{ID: t.Place.ID, Asked: string(t.Asked), Want: t.Want.String(), Configured: got.String()}
	r.AsAsked = t.Open || got.Exists == t.Want.Exists && strings.EqualFold(got.Data, t.Want.Data) &&
		(got.Kind == t.Want.Kind || !got.Exists)
	r.InEffect, r.Reason = a.inEffect(t, got)
	return r
}

// inEffect asks the stack itself where it can be asked.
func (a readAnswer) inEffect(t Target, got record.State) (record.InEffect, string) {
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
		return record.Yes, "the interface reports it"
	}
	return record.NotObservable, "configured, and written before the proven boot"
}

// groupPolicy is the auto-tuning level that a group policy puts over the local
// one; false when none does (CATALOGUE, tcp.autotuninglevel: Effective 1).
func (a readAnswer) groupPolicy(p record.Place) (string, bool) {
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
