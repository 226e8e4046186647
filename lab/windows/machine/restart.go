package machine

import (
	"time"
	"vnettune/lab/windows/registry"
)

// Exit codes of shutdown.exe (docs/facts/windows-samples.md 5.3). The program has the wording; the
// number in parentheses equals the exit code.
const (
	ShutdownInProgress = 1115
	ShutdownNone       = 1116
	ShutdownScheduled  = 1190
)

// AskRestart schedules a restart and returns shutdown's exit code.
func (m *Machine) AskRestart(delay time.Duration) int { return m.askDown(delay, m.host.Restart) }

// AskSwitchOff schedules a switching off and returns shutdown's exit code.
func (m *Machine) AskSwitchOff(delay time.Duration) int { return m.askDown(delay, m.host.SwitchOff) }

func (m *Machine) askDown(delay time.Duration, down func(time.Duration)) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down() {
		return ShutdownInProgress
	}
	if !m.downAt.IsZero() {
		return m.ed.Scheduled
	}
	if m.cfg.Faults.StayUp {
		return 0
	}
	delay += m.cfg.Faults.AnswerWhileDown
	m.downAt = m.host.Now().Add(delay)
	down(delay)
	return 0
}

// AbortRestart takes a scheduled restart back and returns shutdown's exit code.
func (m *Machine) AbortRestart() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.downAt.IsZero() {
		return ShutdownNone
	}
	if m.down() || !m.host.CancelRestart() {
		return ShutdownInProgress
	}
	m.downAt = time.Time{}
	return 0
}

// logonDelay is how long after the boot's first answer the logon is checked: a guest that answers
// is not ready yet (docs/facts/windows-samples.md 5.2, step 4; the length is this stand-in's own).
const logonDelay = 1500 * time.Millisecond

// LogonChecked is the key that checkLogon makes below Winlogon's.
const LogonChecked = "AutoLogonChecked"

// checkLogon makes the volatile key that Winlogon leaves once a boot
// (docs/facts/windows-samples.md 5.2: Ansible waits for it). Whoever deletes it sees it
// again after the next boot only. Call it with mu held.
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
