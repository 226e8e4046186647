package windows

import "time"

// Exit codes of shutdown.exe (SAMPLES 5.3). The wording is general knowledge; the
// number in parentheses equals the exit code.
const (
	shutdownInProgress = 1115
	shutdownNone       = 1116
	shutdownScheduled  = 1190
)

// askRestart schedules a restart and returns shutdown's exit code.
func (m *Machine) askRestart(delay time.Duration) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down() {
		return shutdownInProgress
	}
	if !m.downAt.IsZero() {
		return m.ed.scheduled
	}
	if m.cfg.Faults.StayUp {
		return 0
	}
	delay += m.cfg.Faults.AnswerWhileDown
	m.downAt = m.host.Now().Add(delay)
	m.host.Restart(delay)
	return 0
}

// abortRestart takes a scheduled restart back and returns shutdown's exit code.
func (m *Machine) abortRestart() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.downAt.IsZero() {
		return shutdownNone
	}
	if m.down() || !m.host.CancelRestart() {
		return shutdownInProgress
	}
	m.downAt = time.Time{}
	return 0
}
