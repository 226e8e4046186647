package windows

import (
	"bytes"
	"context"
	"strings"
)

type writeInput struct {
	Steps []writeStep `json:"steps"`
}

type writeStep struct {
	Op   string   `json:"op"`
	Path string   `json:"path"`
	Name string   `json:"name"`
	Kind string   `json:"kind"`
	Data string   `json:"data"`
	Args []string `json:"args"`
}

type writeAnswer struct {
	Steps []writeResult `json:"steps"`
}

type writeResult struct {
	OK      bool    `json:"ok"`
	Exit    *int    `json:"exit,omitempty"`
	Output  *string `json:"output,omitempty"`
	Skipped bool    `json:"skipped,omitempty"`
}

// playWrite plays the contract "write": all steps are looked at before the first
// is done, and after one that fails the rest is skipped.
func (m *Machine) playWrite(in writeInput) (any, error) {
	if err := checkSteps(in.Steps); err != nil {
		return nil, err
	}
	a := writeAnswer{Steps: []writeResult{}}
	failed := false
	for _, s := range in.Steps {
		if failed {
			a.Steps = append(a.Steps, writeResult{Skipped: true})
			continue
		}
		exit, output := m.doStep(s)
		failed = exit != 0
		a.Steps = append(a.Steps, writeResult{OK: exit == 0, Exit: &exit, Output: &output})
	}
	return a, nil
}

func (s writeStep) check() error {
	switch s.Op {
	case "registry-set", "registry-delete":
		_, err := parsePath(s.Path)
		return err
	case "netsh":
		for _, arg := range s.Args {
			if arg == "" || strings.ContainsFunc(arg, notPlain) {
				return scriptErrorf("netsh", "argument %q is not made of letters, digits, =, - and .", arg)
			}
		}
		return nil
	}
	return scriptErrorf("op", "%q is none of registry-set, registry-delete, netsh", s.Op)
}

func notPlain(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '=' || r == '-' || r == '.')
}

// doStep does one step and returns its exit code and what it printed.
func (m *Machine) doStep(s writeStep) (int, string) {
	if s.Op == "netsh" {
		var out bytes.Buffer
		p := &process{m: m, c: Command{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out, CodePage: 65001}}
		code := p.netsh(context.Background(), append([]string{"netsh"}, s.Args...))
		return code, out.String()
	}
	at := mustPath(s.Path) // check parsed it
	err := m.update(false, func(st *state) error {
		if s.Op == "registry-set" {
			v, err := newValue(s.Kind, s.Data)
			if err != nil {
				return err
			}
			return m.writeValue(st, at, s.Name, v)
		}
		m.deleteValue(st, at, s.Name) // absent is as good
		return nil
	})
	if err != nil {
		return 1, err.Error()
	}
	return 0, ""
}
