package apply

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"vnettune/apply/scripts"
	"vnettune/apply/terms"
	"vnettune/foreign"
	"vnettune/matrix"
	"vnettune/results/record"
)

// QuestionAnswer is what a guest said to one question about it as a whole. It is a file's form.
type QuestionAnswer struct {
	ID       string `json:"id"`
	Question string `json:"question"`
	Answer   string `json:"answer,omitempty"`
	NotAsked string `json:"not_asked,omitempty"` // why there is no answer, and what would give one
	Send     string `json:"send"`                // the words to send in
}

// Questions asks them, reading only. What belongs to others to say, WinRM's configuration and
// the trial of the dead-man switch, is left without an answer.
func (g *Guest) Questions(ctx context.Context, f record.Guest, questions []matrix.Question) ([]QuestionAnswer, error) {
	adapter, err := g.AdapterUnderTest(f)
	if err != nil {
		return nil, err
	}
	d, err := g.speak(ctx)
	if err != nil {
		return nil, err
	}
	in := terms.ReadInput{Registry: []terms.RegistryValue{}, TCP: d.Drives(matrix.NetshGlobal) == nil, Ports: []int{}, Interfaces: []int{adapter.Index}}
	for _, q := range questions {
		for _, v := range q.Values {
			in.Registry = append(in.Registry, terms.RegistryValue{Path: v[0], Name: v[1]})
		}
	}
	var answers []QuestionAnswer
	if len(questions) == 0 {
		return answers, nil
	}
	got, _, err := d.Read(ctx, in)
	if err != nil {
		return nil, fmt.Errorf("questions: %w", err)
	}
	registry := got.Registry
	for _, q := range questions {
		a := QuestionAnswer{ID: q.ID, Question: q.Question}
		err := error(nil)
		switch q.Ask {
		case matrix.AskDump:
			a.Answer, err = (answer{ReadAnswer: got}).dumpedKeys(q.Names)
		case matrix.AskTemplates:
			a.Answer, err = (answer{ReadAnswer: got}).ofTemplates(q.Names[0])
		case matrix.AskInterfaces:
			a.Answer = fmt.Sprintf("one, of %d asked", len(in.Interfaces))
			if why := got.Problems["interfaces"]; why != "" {
				a.Answer = "not one: " + foreign.Words(why)
			}
		case matrix.AskUnset:
			a.Answer, err = unset(ctx, d, adapter)
		case matrix.AskInput:
			a.Answer = inputWords(in)
		case matrix.AskDurations:
			a.Answer, err = g.durations(ctx, d, adapter, in)
		case matrix.AskRegistry:
			if len(registry) < len(q.Values) {
				err = fmt.Errorf("%d registry values asked, %d answered", len(in.Registry), len(got.Registry))
				break
			}
			a.Answer = registryWords(q.Values, registry[:len(q.Values)])
			registry = registry[len(q.Values):]
		case matrix.AskNone:
			a.NotAsked = "it takes a change: " + q.ByHand
		}
		if Lost(err) || ctx.Err() != nil {
			return nil, fmt.Errorf("questions: %s: %w", q.ID, err)
		}
		if err != nil {
			a.Answer, a.NotAsked = "", err.Error()
		}
		answers = append(answers, a)
	}
	return answers, nil
}

// dumpedKeys says which keys the lines of netsh's dump have.
func (a answer) dumpedKeys(keys []string) (string, error) {
	if err := a.Unread("dump"); err != nil {
		return "", err
	}
	var words []string
	for _, key := range keys {
		word := dumped(a.Dump, key)
		if word == "" {
			word = "(no such key)"
		}
		words = append(words, key+"="+foreign.Words(word))
	}
	return strings.Join(words, ", "), nil
}

// ofTemplates is what each template has for a property.
func (a answer) ofTemplates(property string) (string, error) {
	for _, part := range []string{"templates", "congestion"} {
		if err := a.Unread(part); err != nil {
			return "", err
		}
	}
	var words []string
	for _, t := range a.Templates {
		word := "nothing"
		if v := t.Values[property]; v != nil {
			word = foreign.Words(strings.Trim(string(v), `"`))
		}
		words = append(words, foreign.Word(t.Name)+" "+word)
	}
	return strings.Join(words, ", "), nil
}

// unset lists the keywords that are declared without a value.
func unset(ctx context.Context, d dialect, a record.Adapter) (string, error) {
	if a.ClassKey == "" {
		return "", fmt.Errorf("the guest names no class key of the adapter")
	}
	driver, err := d.Driver(ctx, a.ClassKey)
	if err != nil {
		return "", err
	}
	var names []string
	for _, k := range driver.Keywords {
		if !k.Set {
			names = append(names, foreign.Word(k.Name))
		}
	}
	if len(names) == 0 {
		return fmt.Sprintf("none of %d", len(driver.Keywords)), nil
	}
	slices.Sort(names)
	return fmt.Sprintf("%d of %d: %s", len(names), len(driver.Keywords), strings.Join(names, ", ")), nil
}

// inputWords is what an answer to the script read proves of its input: it answers to the whole
// of it, after its end, or not at all.
func inputWords(in terms.ReadInput) string {
	b, err := json.Marshal(in)
	if err != nil {
		panic(err) // of plain values
	}
	return fmt.Sprintf("yes: %d bytes came whole, and their end", len(b))
}

// registryWords is what some values of the registry are.
func registryWords(values [][2]string, states []record.State) string {
	var words []string
	for i, v := range values {
		word := "absent"
		if s := states[i]; s.Exists {
			word = s.Kind + " " + foreign.Words(s.Data)
		}
		words = append(words, v[1]+" "+word)
	}
	return strings.Join(words, ", ")
}

// durations is how long each script that only reads takes, twice in a row.
func (g *Guest) durations(ctx context.Context, d dialect, a record.Adapter, in terms.ReadInput) (string, error) {
	var words []string
	for _, one := range []struct {
		script scripts.Name
		ask    func() error
	}{
		{scripts.Facts, func() error { _, _, err := d.Facts(ctx); return err }},
		{scripts.Read, func() error { _, _, err := d.Read(ctx, in); return err }},
		{scripts.Driver, func() error { _, err := d.Driver(ctx, a.ClassKey); return err }},
		{scripts.Effect, func() error { _, _, err := d.Effect(ctx, terms.EffectInput{ClassKey: a.ClassKey}); return err }},
	} {
		var took [2]time.Duration
		for i := range took {
			began := g.clock.Now()
			if err := one.ask(); err != nil {
				return "", fmt.Errorf("script %s: %w", one.script, err)
			}
			took[i] = g.clock.Now().Sub(began).Round(time.Millisecond)
		}
		words = append(words, fmt.Sprintf("%s %s and %s", one.script, took[0], took[1]))
	}
	return strings.Join(words, ", "), nil
}
