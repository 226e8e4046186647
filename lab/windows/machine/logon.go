package machine

import (
	"time"
	"vnettune/lab/windows/registry"
)

// logonDelay is how long after the boot's first answer the logon is checked: a
// guest that answers is not ready yet (SAMPLES 5.2, step 4; the length is this
// stand-in's own).
const logonDelay = 1500 * time.Millisecond

// LogonChecked is the key that checkLogon makes below Winlogon's.
const LogonChecked = "AutoLogonChecked"

// checkLogon makes the volatile key that Winlogon leaves once a boot (SAMPLES 5.2:
// Ansible waits for it). Whoever deletes it sees it again after the next boot only.
// Call it with mu held.
func (m *Machine) checkLogon() {
	if m.checked || m.state == nil || m.host.Now().Sub(m.up) < logonDelay {
		return
	}
	next := m.state.clone() // readers hold the old one
	if _, err := next.Reg.Create(registry.MustPath(registry.WinlogonKey).Join(LogonChecked), true); err != nil {
		return // a guest whose administrator made its parent volatile has none
	}
	m.state, m.checked = next, true
}
