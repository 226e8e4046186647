package apply

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"vnettune/apply/terms"
	"vnettune/foreign"
	"vnettune/matrix"
	"vnettune/results/record"
)

// told is what the stack and the driver said that they do.
type told struct {
	terms.EffectAnswer
	silent error // why they said nothing
}

// told asks the stack and the driver, where one of their numbers says something of a target.
// What does not answer is in silent; the error is a guest that could not be reached.
func (g *Guest) told(ctx context.Context, targets []Target) (told, []byte, error) {
	var in terms.EffectInput
	asks := false
	for _, t := range targets {
		if t.Place.Inert != "" || !hasEvidence(t.Place) {
			continue
		}
		asks = true
		if kindOf(t.Place) == matrix.AdapterKeyword {
			in.ClassKey = t.Place.Path
		}
	}
	if !asks {
		return told{}, nil, nil
	}
	d, err := g.speak(ctx)
	if err != nil {
		return told{}, nil, err
	}
	answer, raw, err := d.Effect(ctx, in)
	if err != nil && (Lost(err) || ctx.Err() != nil) {
		return told{}, raw, err
	}
	return told{answer, err}, raw, nil
}

// inEffect judges a target by all numbers that say something of it. states are what the
// places of targets hold.
func (a told) inEffect(t Target, targets []Target, states map[string]record.State) (record.InEffect, string) {
	var said, unsaid []string
	for _, e := range evidenceOf(t.Place.ID) {
		v, why := a.judge(e, t.Place, targets, states)
		switch v {
		case record.No:
			return record.No, why
		case record.Yes:
			said = append(said, why)
		default:
			unsaid = append(unsaid, why)
		}
	}
	if len(unsaid) > 0 {
		return record.NotObservable, strings.Join(unsaid, ", ")
	}
	return record.Yes, strings.Join(said, ", ")
}

// judge compares one number with what the setting's value makes of it.
func (a told) judge(e evidence, p record.Place, targets []Target, states map[string]record.State) (record.InEffect, string) {
	want, ok := e.number(states[p.ID])
	if !ok {
		return record.NotObservable, fmt.Sprintf("what %s has to be for the value %s is not known", e.name(), foreign.Word(states[p.ID].String()))
	}
	got, why := a.number(e)
	if why != "" {
		return record.NotObservable, why
	}
	is := fmt.Sprintf("%s is %d", e.name(), got)
	if e.bit != 0 {
		got &= e.side
		want *= e.side
	}
	switch {
	case got == want:
		return record.Yes, is
	case got > want && e.bit != 0:
		return record.No, fmt.Sprintf("%s, which has %d in it", is, got)
	case got > want:
		return record.No, fmt.Sprintf("%s, not %d", is, want)
	}
	if over := e.over(targets, states); over != "" {
		return record.NotObservable, fmt.Sprintf("%s, kept down by %s of the same combination", is, over)
	}
	if e.most {
		return record.NotObservable, fmt.Sprintf("%s, and the value only allows up to %d", is, want)
	}
	return record.No, fmt.Sprintf("%s, not %d%s", is, want, a.failure(e))
}

// number is what the value that a place holds makes of the number; false where that is not known.
func (e evidence) number(s record.State) (int, bool) {
	if !s.Exists {
		return 0, false // what the driver takes then differs by keyword and build
	}
	if e.numbers != nil {
		n, ok := e.numbers[s.Data]
		return n, ok
	}
	n, err := strconv.Atoi(s.Data)
	if err != nil {
		return 0, false
	}
	if e.bit != 0 {
		n = min(n&e.bit, 1)
	}
	return n - e.less, true
}

// number is what the guest said; the text is why it said none.
func (a told) number(e evidence) (int, string) {
	if a.silent != nil {
		return 0, fmt.Sprintf("%s could not be asked: %s", e.name(), foreign.Line(a.silent.Error()))
	}
	if why, ok := a.Problems[e.class]; ok {
		return 0, fmt.Sprintf("%s could not be asked: %s", e.name(), foreign.Words(why))
	}
	n := a.Classes[e.class][e.property]
	if !n.Given {
		return 0, fmt.Sprintf("the guest gives no %s", e.name())
	}
	return n.Number, ""
}

// over names the setting of the same combination that keeps the number down; "" for none.
func (e evidence) over(targets []Target, states map[string]record.State) string {
	for _, t := range targets {
		free, ok := e.under[t.Place.ID]
		if s := states[t.Place.ID]; ok && s.Exists && s.Data != free {
			return fmt.Sprintf("%s=%s", t.Place.ID, foreign.Word(s.Data))
		}
	}
	return ""
}

// failure is the reason that the guest gives for a number, with its word: the documented one,
// or the guest's own.
func (a told) failure(e evidence) string {
	n := a.Classes[e.class][e.reason]
	if !n.Given {
		return ""
	}
	said := fmt.Sprintf("; %s is %d", e.reason, n.Number)
	word := foreign.Word(a.Words[e.class+"."+e.reason])
	if n.Number >= 0 && n.Number < len(failureReasons) {
		word = failureReasons[n.Number]
	}
	if word == "" {
		return said + ", for which the guest has no word"
	}
	said += ", " + word
	if means := failureMeanings[word]; means != "" {
		said += ": " + means
	}
	return said
}

// hasEvidence says whether one of the numbers of the script effect says something of the place.
func hasEvidence(p record.Place) bool {
	return slices.ContainsFunc(evidences, func(e evidence) bool { return e.id == p.ID })
}
