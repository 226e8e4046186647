package scripts

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/netsh"
	"vnettune/lab/windows/registry"
)

type writeInput struct {
	Steps []machine.Step `json:"steps"`
}

type writeAnswer struct {
	Steps []machine.StepResult `json:"steps"`
}

// playWrite plays the contract "write": all steps are looked at before the first
// is done, and after one that fails the rest is skipped.
func playWrite(m *machine.Machine, in writeInput) (any, error) {
	if in.Steps == nil {
		in.Steps = []machine.Step{{}} // PowerShell takes a list that is not there for one nothing
	}
	for _, s := range in.Steps {
		if err := checkStep(s); err != nil {
			return nil, scriptErrorf("input", "%v", err)
		}
	}
	a := writeAnswer{Steps: []machine.StepResult{}}
	failed := false
	for _, s := range in.Steps {
		if failed {
			a.Steps = append(a.Steps, machine.StepResult{Skipped: true})
			continue
		}
		exit, output := DoStep(m, s)
		failed = exit != 0
		a.Steps = append(a.Steps, machine.StepResult{OK: exit == 0, Exit: &exit, Output: &output})
	}
	return a, nil
}

// checkStep refuses what no write could do.
func checkStep(s machine.Step) error {
	switch s.Op {
	case "registry-set", "registry-delete":
		if path := strings.ToUpper(s.Path); strings.HasPrefix(path, `HKLM\`) && path != `HKLM\` {
			_, err := registry.ParsePath(s.Path)
			return err
		}
	case "netsh":
		for _, arg := range s.Args {
			if arg == "" || strings.ContainsFunc(arg, notPlain) {
				return fmt.Errorf("argument not allowed: %s", arg)
			}
		}
		return nil
	}
	return fmt.Errorf("step not allowed: %s %s", s.Op, s.Path)
}

func notPlain(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '=' || r == '-' || r == '.')
}

// DoStep does one step and returns its exit code and what it printed, without the space around it.
func DoStep(m *machine.Machine, s machine.Step) (int, string) {
	if err := checkStep(s); err != nil { // of a dead man, whose steps nobody looked at before
		return 1, err.Error()
	}
	if s.Op == "netsh" {
		var out bytes.Buffer
		p := &machine.Process{Machine: m, Command: machine.Command{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out, CodePage: 65001}}
		code := netsh.Exe(context.Background(), p, append([]string{"netsh"}, s.Args...))
		return code, strings.TrimSpace(out.String())
	}
	at := registry.MustPath(s.Path) // checkStep parsed it
	err := m.Update(false, func(st *machine.State) error {
		if s.Op == "registry-set" {
			v, err := registry.NewValue(s.Kind, s.Data)
			if err != nil {
				return err
			}
			return m.WriteValue(st, at, s.Name, v)
		}
		m.DeleteValue(st, at, s.Name) // absent is as good
		return nil
	})
	if err != nil {
		return 1, m.Edition().Language.Text(err.Error())
	}
	return 0, ""
}
