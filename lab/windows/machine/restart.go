package machine

import "time"

// Exit codes of shutdown.exe (SAMPLES 5.3). The wording is general knowledge; the
// number in parentheses equals the exit code.
const (
	ShutdownInProgress = 1115
	ShutdownNone       = 1116
	ShutdownScheduled  = 1190
)

// AskRestart schedules a restart and returns shutdown's exit code.
func (m *Machine) AskRestart(delay time.Duration) int {
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
	m.host.Restart(delay)
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
