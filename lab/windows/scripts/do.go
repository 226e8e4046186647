package scripts

import (
	"bytes"
	"context"
	"strings"

	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/netsh"
	"vnettune/lab/windows/registry"
)

// DoStep does one step and returns its exit code and what it printed.
func DoStep(m *machine.Machine, s machine.Step) (int, string) {
	if s.Op == "netsh" {
		var out bytes.Buffer
		p := &machine.Process{Machine: m, Command: machine.Command{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out, CodePage: 65001}}
		code := netsh.Exe(context.Background(), p, append([]string{"netsh"}, s.Args...))
		return code, out.String()
	}
	at := registry.MustPath(s.Path) // check parsed it
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
		return 1, err.Error()
	}
	return 0, ""
}
