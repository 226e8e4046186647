package windows

import (
	"bytes"
	"context"
	"strings"
)

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
