package machine

import (
	"fmt"
	"slices"
	"strings"

	"vnettune/lab/windows/stack"
)

// RestartAdapter restarts the adapter of a connection: its driver reads the keywords anew.
func (m *Machine) RestartAdapter(connection string) error {
	nics := m.NICs()
	if !slices.ContainsFunc(nics, func(n stack.NIC) bool { return strings.EqualFold(n.Name, connection) }) {
		return fmt.Errorf("no adapter has the name %q", connection)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.host.Effect(m.effects(m.state)); err != nil {
		return fmt.Errorf("stand-in: put settings into effect: %w", err)
	}
	return nil
}
