package apply

import (
	"context"
	"errors"
	"fmt"

	"vnettune/results/record"
)

// The value that every Windows has and every administrator can read. When reg.exe
// shows it, another value's exit code 1 means that there is no such value; the
// message that says so is localised and is not looked at.
const (
	guardKey  = controlKey + `\Session Manager\Environment`
	guardName = "OS"
	guardData = "Windows_NT"
)

// value reads one registry value. Exit code 1 is taken for absent until proven.
func (t *talk) value(ctx context.Context, key, name string) (record.State, error) {
	l, err := regQuery.fill(key, name)
	if err != nil {
		return record.State{}, err
	}
	e, err := t.run(ctx, l)
	switch {
	case err != nil:
		return record.State{}, err
	case e.Exit == 1 && typeToken.MatchString(e.Stdout):
		return record.State{}, e.failure()
	case e.Exit == 1:
		t.absent = true
		return record.State{}, nil
	case e.Exit != 0:
		return record.State{}, e.failure()
	}
	s, err := parseRegQuery(e.Stdout, name)
	if err != nil {
		return record.State{}, fmt.Errorf("command %s: the guest answers in a form that is not known: %w", l, err)
	}
	return s, nil
}

// proven confirms values taken for absent: reg.exe must show one that exists.
func (t *talk) proven(ctx context.Context) error {
	if !t.absent {
		return nil
	}
	s, err := t.value(ctx, guardKey, guardName)
	if err == nil && s.Data != guardData {
		err = fmt.Errorf("it answers %q for the value %s of %s, which must be %s", s, guardName, guardKey, guardData)
	}
	if err != nil {
		return fmt.Errorf("reg.exe on the guest cannot be trusted to say that a value is absent: %w", err)
	}
	t.absent = false
	return nil
}

func (c *commands) read(ctx context.Context, in readInput) (readAnswer, []byte, error) {
	if in.TCP || len(in.Interfaces) > 0 {
		return readAnswer{}, nil, errors.New("a guest of generation xp takes registry values only so far")
	}
	t := c.talk()
	answer := readAnswer{Registry: record.List[record.State]{}}
	for _, v := range in.Registry {
		s, err := t.value(ctx, v.Path, v.Name)
		if err != nil {
			return readAnswer{}, t.raw(), err
		}
		answer.Registry = append(answer.Registry, s)
	}
	if err := t.proven(ctx); err != nil {
		return readAnswer{}, t.raw(), err
	}
	return answer, t.raw(), nil
}

// fillStep is the line that does a step: registry values, REG_DWORD or deleted.
func fillStep(s step) (line, error) {
	switch {
	case s.Op == "registry-delete":
		return regDelete.fill(s.Path, s.Name)
	case s.Op == "registry-set" && s.Kind == "DWord":
		return regAdd.fill(s.Path, s.Name, s.Data)
	case s.Op == "registry-set" && s.Kind == "String" && s.Path == ownKey && ownerForms[s.Name] != nil:
		return regAddOwner.fill(s.Name, s.Data)
	case s.Op == "registry-set":
		return "", fmt.Errorf(`%s in %s is of the type %s; a guest of generation xp is written REG_DWORD values only: delete it on the guest, or leave the setting out`, s.Name, s.Path, s.Kind)
	}
	return "", fmt.Errorf("a guest of generation xp takes registry values only so far, no step %q", s.Op)
}

func (c *commands) check(s step) error {
	_, err := fillStep(s)
	return err
}

// write checks every step before it sends the first.
func (c *commands) write(ctx context.Context, steps []step) ([]stepAnswer, []byte, error) {
	lines := make([]line, len(steps))
	for i, s := range steps {
		var err error
		if lines[i], err = fillStep(s); err != nil {
			return nil, nil, err
		}
	}
	t := c.talk()
	answers := make([]stepAnswer, len(steps))
	for i, s := range steps {
		e, err := t.run(ctx, lines[i])
		if err != nil {
			return nil, t.raw(), err
		}
		answers[i] = stepAnswer{OK: e.Exit == 0, Exit: e.Exit, Output: e.Stderr + e.Stdout}
		if !answers[i].OK && s.Op == "registry-delete" {
			if answers[i].OK, err = t.gone(ctx, s.Path, s.Name); err != nil {
				return nil, t.raw(), err
			}
		}
		if !answers[i].OK {
			for n := range answers[i+1:] {
				answers[i+1+n].Skipped = true
			}
			break
		}
	}
	return answers, t.raw(), nil
}

// gone says whether a value is not there, for certain.
func (t *talk) gone(ctx context.Context, key, name string) (bool, error) {
	s, err := t.value(ctx, key, name)
	if err != nil || s.Exists {
		return false, err
	}
	return true, t.proven(ctx)
}
