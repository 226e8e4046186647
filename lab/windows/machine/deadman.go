package machine

import (
	"context"
	"io"
	"strings"
	"time"
)

// DeadManFolder is where the dead-man switch lies, DeadManTaskName its scheduled task.
const (
	DeadManFolder   = `C:\Program Files\vnettune`
	DeadManTaskName = `\vnettune\revert`
)

// DeadMan is what the disk holds of the dead-man switch. What its fields point to never changes.
type DeadMan struct {
	Task *DeadManTask `json:"task,omitempty"` // with the files revert.*
	Done *DeadManDone `json:"done,omitempty"` // revert-done.json
}

// DeadManTask is the scheduled task: it is due once at a moment of the guest's clock and
// Limit after each start of the system.
type DeadManTask struct {
	Limit time.Duration `json:"limit"`
	Due   time.Time     `json:"due"`
	Steps []Step        `json:"steps"`
	// Action is the line that is run; "" where the task is played by its steps.
	Action string `json:"action,omitempty"`

	Behind []Step `json:"behind,omitempty"` // what revert.cmd does where the script is kept back
	Reboot bool   `json:"reboot,omitempty"` // whether that ends with a reboot
}

// DeadManDone is what the task did when it fired.
type DeadManDone struct {
	Fired string       `json:"fired"`        // FILETIME
	By    string       `json:"by,omitempty"` // cmd.exe where the script was kept back
	Steps []StepResult `json:"steps"`
}

// alarms are the timers of the armed task; Machine.mu guards them.
type alarms struct {
	stops []func()
	of    *DeadManTask
}

// set replaces what was set before; every delay is the wait for one trigger.
func (a *alarms) set(m *Machine, t *DeadManTask, delays ...time.Duration) {
	for _, stop := range a.stops {
		stop()
	}
	a.stops, a.of = nil, t
	if t == nil {
		return
	}
	for _, d := range delays {
		a.stops = append(a.stops, m.host.After(max(0, d), func() { m.fire(t) }))
	}
}

// SetDeadMan arms the task anew or, with nil, takes it away. Only arming forgets what the task did
// when it fired.
func (m *Machine) SetDeadMan(t *DeadManTask) error {
	err := m.Update(func(s *State) error {
		s.DeadMan.Task = t
		if t != nil {
			s.DeadMan.Done = nil
		}
		return nil
	})
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if t == nil {
		m.alarms.set(m, nil)
		return nil
	}
	m.alarms.set(m, t, t.Limit) // the system has started already
	return nil
}

// resumeDeadMan sets the timers of a task that was armed before this boot. A moment that
// has passed meanwhile is made up for at once.
func (m *Machine) resumeDeadMan() {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.state.DeadMan.Task
	if t == nil {
		return
	}
	up := m.host.Now().Sub(m.host.BootTime())
	m.alarms.set(m, t, t.Limit-up, t.Due.Sub(m.clock.of(m.host.Now())))
}

// fire is the task's run, the contract "revert": every step is done, whatever became of the one
// before.
func (m *Machine) fire(t *DeadManTask) {
	m.mu.Lock()
	if m.alarms.of != t || m.down() {
		m.mu.Unlock()
		return
	}
	m.alarms.set(m, nil)
	m.mu.Unlock()

	if t.Action != "" {
		m.runTask(t.Action)
		return
	}
	done := &DeadManDone{Fired: FileTime(m.Now()), Steps: []StepResult{}}
	steps := t.Steps
	if m.cfg.Faults.Refuses("revert") {
		done.By, steps = "cmd.exe", t.Behind
	}
	for _, s := range steps {
		exit, output := m.ed.DoStep(m, s)
		if done.By != "" {
			output = "" // nothing keeps what programs print there
		}
		done.Steps = append(done.Steps, StepResult{OK: exit == 0, Exit: &exit, Output: &output})
	}
	// A disk that cannot be written keeps the task, which then fires after the next start.
	_ = m.Update(func(s *State) error {
		s.DeadMan.Done = done
		if s.DeadMan.Task == t { // it may have been armed anew meanwhile
			s.DeadMan.Task = nil
		}
		return nil
	})
	if t.Reboot {
		m.AskRestart(0)
	}
}

// SetOff runs the armed task now, and says whether there is one.
func (m *Machine) SetOff() bool {
	m.mu.Lock()
	t := m.alarms.of
	m.mu.Unlock()
	if t == nil {
		return false
	}
	m.fire(t)
	return true
}

// ForgetRevert removes the record of what the task did.
func (m *Machine) ForgetRevert() error {
	return m.Update(func(s *State) error {
		s.DeadMan.Done = nil
		return nil
	})
}

// runTask runs a task's action. What became of it is on the guest's disk.
func (m *Machine) runTask(line string) {
	p := &Process{m, Command{Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard, System: true}}
	m.shell(context.Background(), p, line)
}

// Step is one write: of a registry value, by netsh, or of a driver.
type Step struct {
	Op   string   `json:"op"`
	Path string   `json:"path"`
	Name string   `json:"name"`
	Kind string   `json:"kind"`
	Data string   `json:"data"`
	Args []string `json:"args"`

	MAC  string `json:"mac,omitempty"` // of a driver's step, as IPv4
	IPv4 *IPv4  `json:"ipv4,omitempty"`
}

// StepResult is the outcome of a step.
type StepResult struct {
	OK      bool    `json:"ok"`
	Exit    *int    `json:"exit,omitempty"`
	Output  *string `json:"output,omitempty"`
	Skipped bool    `json:"skipped,omitempty"`
}
