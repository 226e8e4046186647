package apply

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"vnettune/apply/terms"
	"vnettune/apply/winrm"
	"vnettune/matrix"
	"vnettune/results/record"
)

// Target is what one setting is to be.
type Target struct {
	Place record.Place
	Asked matrix.Value // as the combination says
	Want  record.State // what the place must hold
	Open  bool         // the guest picks the value ("default" of netsh): any is as asked
}

// Targets turns a combination into what each place must hold. Every setting under
// test is in it, one of TCP templates in each template: a combination is always written whole.
func Targets(o record.Originals, c matrix.Combination) ([]Target, error) {
	targets := make([]Target, 0, len(o.Settings))
	for _, s := range o.Settings {
		v, ok := c.Value(s.Place.ID)
		if !ok {
			return nil, fmt.Errorf("combination %s assigns nothing to %s", c.ID(), s.Place.ID)
		}
		t := Target{Place: s.Place, Asked: v}
		switch {
		case v == matrix.Found:
			t.Want = s.State
		case v == matrix.Absent && inRegistry(s.Place):
			t.Want = record.State{}
		case v == matrix.Default && kindOf(s.Place) == matrix.AdapterKeyword:
			if s.Default == nil {
				return nil, fmt.Errorf("%s: the driver declares no default", s.Place.ID)
			}
			t.Want = record.State{Exists: true, Kind: s.Place.Type, Data: s.Default.Data}
		case v == matrix.Default && s.Default != nil:
			t.Want = *s.Default
		case v == matrix.Default && inRegistry(s.Place):
			t.Want = record.State{} // a value that is not there is the built-in default
		case v == matrix.Default && kindOf(s.Place) == matrix.NetshDynamicPort:
			t.Want = record.State{Exists: true, Kind: word, Data: fmt.Sprint(firstDynamicPort)}
		case v == matrix.Default:
			t.Want, t.Open = record.State{Exists: true, Kind: word, Data: string(matrix.Default)}, true
		case v == matrix.Absent:
			return nil, fmt.Errorf("%s: only a registry value can be absent", s.Place.ID)
		case inRegistry(s.Place):
			t.Want = valueState(s.Place, v)
		default:
			t.Want = record.State{Exists: true, Kind: word, Data: strings.ToLower(string(v))}
		}
		targets = append(targets, t)
	}
	return targets, nil
}

// valueState is what a value in the registry holds when a setting has that value.
func valueState(p record.Place, v matrix.Value) record.State {
	data := string(v)
	if text, ok := p.Texts[data]; ok {
		data = text
	}
	return record.State{Exists: true, Kind: p.Type, Data: data}
}

// step is the command that makes the target true.
func (t Target) step() terms.Step {
	p, w := t.Place, t.Want
	if s, ok := ofMachine(p, w); ok {
		return s
	}
	switch {
	case inRegistry(p) && !w.Exists:
		return terms.Step{Op: "registry-delete", Path: p.Path, Name: p.Name}
	case inRegistry(p):
		return terms.Step{Op: "registry-set", Path: p.Path, Name: p.Name, Kind: w.Kind, Data: w.Data}
	case kindOf(p) == matrix.NetshHeuristics:
		return netsh("tcp", "set", "heuristics", p.Name+"="+w.Data)
	case kindOf(p) == matrix.NetshTemplate:
		return netsh("tcp", "set", "supplemental", "template="+strings.ToLower(p.Template), p.Name+"="+w.Data)
	case kindOf(p) == matrix.NetshDynamicPort:
		return portsFrom(w.Data)
	case kindOf(p) == matrix.NetshSubinterface:
		return netsh("ipv4", "set", "subinterface", fmt.Sprint(p.Interface), p.Name+"="+w.Data, "store=persistent")
	}
	return netsh("tcp", "set", "global", p.Name+"="+w.Data)
}

func netsh(args ...string) terms.Step {
	return terms.Step{Op: "netsh", Args: append([]string{"interface"}, args...)}
}

// A WriteError names the setting that the guest refused and what it said.
type WriteError struct {
	ID     string // of the place: the setting's, with the template where each has a place of its own
	Exit   int
	Output string // in the guest's language
}

// Error names the setting and quotes the guest.
func (e *WriteError) Error() string {
	return fmt.Sprintf("write %s: the guest refuses it (exit code %d): %s", e.ID, e.Exit, e.Output)
}

// stepsOf are the commands that make the targets true, one each.
func stepsOf(targets []Target) []terms.Step {
	steps := make([]terms.Step, len(targets))
	for i, t := range targets {
		steps[i] = t.step()
	}
	return steps
}

// Write writes all targets. It returns the guest's raw answer as well.
func (g *Guest) Write(ctx context.Context, targets []Target) ([]byte, error) {
	if len(targets) == 0 {
		return nil, nil
	}
	steps := stepsOf(targets)
	answers, raw, err := g.write(ctx, steps)
	if err != nil {
		return raw, err
	}
	if len(answers) != len(steps) {
		return raw, fmt.Errorf("write: %d steps asked, %d answered", len(steps), len(answers))
	}
	for i, s := range answers {
		if !s.OK {
			return raw, &WriteError{ID: targets[i].Place.Key(), Exit: s.Exit, Output: terms.Excerpt([]byte(s.Output))}
		}
	}
	return raw, nil
}

// write does the steps on the machine that has to be there. A shell that is full in the middle
// of them, as that of an old Windows soon is, is no reason to stop: who is there is asked once
// more in a new one, and the rest is done in that.
func (g *Guest) write(ctx context.Context, steps []terms.Step) (answers []terms.StepAnswer, raw []byte, err error) {
	d, err := g.speak(ctx)
	if err != nil {
		return nil, nil, err
	}
	for {
		here, err := g.sure(ctx)
		if err != nil {
			return answers, raw, err
		}
		done, said, err := d.Write(here, steps[len(answers):])
		answers = append(answers, done...)
		if raw != nil {
			raw = append(raw, '\n')
		}
		raw = append(raw, said...)
		if len(done) == 0 || !errors.Is(err, winrm.ErrShellGone) {
			return answers, raw, err
		}
	}
}

// found are the targets that put the originals back.
func found(o record.Originals) []Target {
	targets := make([]Target, len(o.Settings))
	for i, s := range o.Settings {
		targets[i] = Target{Place: s.Place, Asked: matrix.Found, Want: s.State}
	}
	return targets
}

// Dangerous lists those of the targets that may cut the guest off: settings of the
// catalogue's list that are to be other than they were found.
func Dangerous(o record.Originals, targets []Target) []string {
	was := o.States()
	var ids []string
	for _, t := range targets {
		if matrix.Catalogue().Dangerous(t.Place.ID) && t.Want != was[t.Place.Key()] {
			ids = append(ids, t.Place.ID)
		}
	}
	return ids
}

// Risky says whether the settings under test include one that may cut the guest off.
func Risky(o record.Originals) bool {
	for _, s := range o.Settings {
		if matrix.Catalogue().Dangerous(s.Place.ID) {
			return true
		}
	}
	return false
}
