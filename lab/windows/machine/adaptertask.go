package machine

import (
	"fmt"
	"strings"
	"time"
)

// RestartTaskName is the scheduled task that restarts an adapter.
const RestartTaskName = `\vnettune\restart`

// AdapterRestart is what the disk holds of a restart of an adapter. What its fields point to never
// changes.
type AdapterRestart struct {
	Task *RestartTask `json:"task,omitempty"` // with restart.ps1 and restart.json
	Done *RestartDone `json:"done,omitempty"` // restart-done.json
}

// RestartTask is the scheduled task: it is due once at a moment of the guest's clock, and a while after
// each start of the system.
type RestartTask struct {
	Token string        `json:"token"`
	GUID  string        `json:"guid"`
	Made  time.Time     `json:"made"`
	Limit time.Duration `json:"limit"` // since it was made: then it restarts nothing any more
	Due   time.Time     `json:"due"`
	Began bool          `json:"began,omitempty"` // restart-began

	Install *DriverInstall `json:"install,omitempty"` // what is done in place of the restart; nil: the restart

	// Action is the line that is run; then the disk has what the fields above but Due say. "" where the
	// task is played by them.
	Action string `json:"action,omitempty"`
}

// script is the contract that the task plays.
func (t RestartTask) script() string {
	if t.Install != nil {
		return "installing"
	}
	return "restarting"
}

// work is what it does.
func (t RestartTask) work() string {
	if t.Install != nil {
		return "the driver was installed"
	}
	return "the adapter was restarted"
}

// RestartDone is what the task did.
type RestartDone struct {
	Token   string  `json:"token"`
	GUID    string  `json:"guid"`
	OK      bool    `json:"ok"`
	Message *string `json:"message"`
	Began   string  `json:"began"` // FILETIME
	Ended   string  `json:"ended"`
	Status  *int    `json:"status"` // InterfaceOperationalStatus
}

// afterStart is how long after a start of the system the task runs.
const afterStart = 30 * time.Second

// AdapterGUID names the adapter that has a GUID.
func (m *Machine) AdapterGUID(guid string) (name string, ok bool) {
	for _, n := range m.NICs() {
		if strings.EqualFold(n.GUID, guid) {
			return n.Name, true
		}
	}
	return "", false
}

// Operational is the state of an adapter by RFC 2863: 1 up, 2 down; nil where there is no such adapter.
func (m *Machine) Operational(guid string) *int {
	for _, n := range m.NICs() {
		if strings.EqualFold(n.GUID, guid) {
			status := 2
			if n.Up {
				status = 1
			}
			return &status
		}
	}
	return nil
}

// SetRestart registers the task, in the place of an older one, or takes it away with nil, and removes
// everything that an older one left.
func (m *Machine) SetRestart(t *RestartTask) error {
	err := m.Update(func(s *State) error {
		s.Restart = AdapterRestart{Task: t}
		return nil
	})
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stopRestart != nil {
		m.stopRestart()
	}
	m.stopRestart = nil
	if t != nil {
		m.stopRestart = m.host.After(max(0, t.Due.Sub(m.clock.of(m.host.Now()))), func() { m.fireRestart(t) })
	}
	return nil
}

// resumeRestart sets the timer of a task that was registered before this boot.
func (m *Machine) resumeRestart() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t := m.state.Restart.Task; t != nil {
		m.stopRestart = m.host.After(afterStart, func() { m.fireRestart(t) })
	}
}

// fireRestart is the task's run, the contract "restarting".
func (m *Machine) fireRestart(t *RestartTask) {
	m.mu.Lock()
	gone := m.state.Restart.Task != t || m.down() || m.cfg.Faults.Refuses(t.script())
	m.mu.Unlock()
	if gone {
		return
	}
	if t.Action != "" {
		m.runTask(t.Action)
		return
	}
	done := &RestartDone{Token: t.Token, GUID: t.GUID, Began: FileTime(m.Now())}
	if err := m.restartByTask(t); err != nil {
		text := err.Error()
		done.Message = &text
	}
	if t.Install != nil && m.GoingDown() {
		return // the system stopped in the middle of its wait
	}
	done.OK = done.Message == nil
	done.Status, done.Ended = m.Operational(t.GUID), FileTime(m.Now())
	// A disk that cannot be written keeps the task, which then finds that it has begun before.
	_ = m.Update(func(s *State) error {
		if now := s.Restart.Task; now != nil && now.Token == t.Token {
			s.Restart = AdapterRestart{Done: done}
		}
		return nil
	})
}

func (m *Machine) restartByTask(t *RestartTask) error {
	if t.Began {
		return fmt.Errorf("the system stopped while %s", t.work())
	}
	if m.Now().After(t.Made.Add(t.Limit)) {
		return fmt.Errorf("it was too late before %s", t.work())
	}
	name, ok := m.AdapterGUID(t.GUID)
	if !ok {
		return fmt.Errorf("0 adapters have the GUID %s", t.GUID)
	}
	begun := *t
	begun.Began = true
	if err := m.Update(func(s *State) error { s.Restart.Task = &begun; return nil }); err != nil {
		return err
	}
	if t.Install != nil {
		return m.InstallDriver(*t.Install, t.Limit)
	}
	return m.RestartAdapter(name)
}
