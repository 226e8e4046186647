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
		case v == matrix.Default && kindOf(s.Place).Named():
			return nil, fmt.Errorf("%s: what %q is on this Windows is not known; name the value", s.Place.ID, v)
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

// Steps are what makes the targets true on a guest, one each.
func Steps(targets []Target) []terms.Step {
	steps := make([]terms.Step, len(targets))
	for i, t := range targets {
		steps[i] = t.step()
	}
	return steps
}

// Write writes the targets that the guest does not have yet, lastingly: each is read first, since
// what is equal may be read-only, and would be pinned where it was free. It returns the guest's raw
// answers as well, one behind the other.
func (g *Guest) Write(ctx context.Context, targets []Target) ([]byte, error) {
	if len(targets) == 0 {
		return nil, nil
	}
	if err := g.check(ctx, targets); err != nil {
		return nil, err
	}
	missing, raw, err := g.missing(ctx, targets)
	if err != nil || len(missing) == 0 {
		return raw, err
	}
	said, err := g.put(ctx, missing)
	if raw != nil {
		raw = append(raw, '\n')
	}
	return append(raw, said...), err
}

// check says whether all targets can be written; nothing is sent.
func (g *Guest) check(ctx context.Context, targets []Target) error {
	d, err := g.speak(ctx)
	if err != nil {
		return err
	}
	for _, t := range targets {
		if err := d.Check(t.step()); err != nil {
			return fmt.Errorf("write %s: %w", t.Place.Key(), err)
		}
	}
	return nil
}

// missing are the targets that have to be written, and the raw answer by which that is known. What
// cannot be read is written; the error is a guest that is lost, or another machine.
func (g *Guest) missing(ctx context.Context, targets []Target) ([]Target, []byte, error) {
	places := make([]record.Place, len(targets))
	for i, t := range targets {
		places[i] = t.Place
	}
	got, raw, err := g.read(ctx, places)
	switch {
	case err != nil && (Lost(err) || isOther(err) || ctx.Err() != nil):
		return nil, raw, fmt.Errorf("write: what the guest has cannot be read: %w", err)
	case err != nil:
		return targets, raw, nil
	}
	var known history
	g.recall(func(h *history) { known = *h })
	var missing []Target
	next := 0
	for _, t := range targets {
		has, unread := got.state(t.Place, &next)
		if t.Open || unread != nil || !same(has, t.Want) || !known.lasts(t) {
			missing = append(missing, t)
		}
	}
	return missing, raw, nil
}

// put writes all targets, whatever the guest has.
func (g *Guest) put(ctx context.Context, targets []Target) ([]byte, error) {
	g.recall(func(h *history) {
		if h.wrote == nil {
			h.wrote = map[string]bool{}
		}
		for _, t := range targets {
			h.wrote[t.Place.Key()] = true
		}
	})
	steps := Steps(targets)
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
