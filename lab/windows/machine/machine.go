package machine

import (
	"errors"
	"fmt"
	"reflect"
	"sync"
	"time"

	"vnettune/lab/fault"
	"vnettune/lab/windows/console"
	"vnettune/lab/windows/processes"
	"vnettune/lab/windows/registry"
	"vnettune/lab/windows/stack"
)

// Machine is one boot of the stand-in's Windows. It is safe for concurrent use.
type Machine struct {
	cfg   Config
	ed    *Edition
	disk  Disk
	host  Host
	up    time.Time // when this boot began to answer
	clock clock
	procs *processes.Table
	shell Shell

	secrets secrets
	restart sync.Mutex // of the adapter

	mu      sync.Mutex // guards what follows
	state   *State
	force   force
	downAt  time.Time // when a requested restart begins; zero if there is none
	checked bool      // the logon of this boot was checked

	events   *fault.Events // of the fault plan, in this boot
	diskFull bool          // by a fault: nothing more is saved
	alarms   alarms

	stopRestart func() // of the timer of the task that restarts an adapter; nil: none
}

// New boots Windows: it loads the registry from disk (the first boot builds the initial one), takes
// everything into force that is configured and calls host.Effect with the settings in effect.
func New(ed *Edition, cfg Config, disk Disk, host Host) (*Machine, error) {
	if cfg.User == "" || cfg.Password == "" {
		return nil, errors.New("windows: user and password must not be empty")
	}
	m := &Machine{cfg: cfg, ed: ed, disk: disk, host: host, up: host.Now(), shell: ed.Shell}
	s, err := m.load()
	if err == nil {
		m.secrets, err = cfg.Untold.read(ed.Generation)
	}
	if err != nil {
		return nil, fmt.Errorf("windows: %w", err)
	}
	if err := m.start(s); err != nil {
		return nil, fmt.Errorf("windows: %w", err)
	}
	return m, nil
}

func (m *Machine) load() (*State, error) {
	b, err := m.disk.Load()
	if err != nil {
		return nil, fmt.Errorf("load registry: %w", err)
	}
	if b == nil {
		return initialState(m.ed)
	}
	return decodeState(b, m.ed)
}

// start does what Windows does with its registry while it boots.
func (m *Machine) start(s *State) error {
	s.boots++
	m.cfg.Faults = m.cfg.Faults.at(s.boots)
	m.events = m.cfg.Faults.Plan.At(s.boots).Commands()
	s.Events = s.Events.boot()
	m.clock = clockOf(m.cfg.Faults, s.boots)
	m.procs = processes.NewTable(m.host, m.cfg.Faults.sham(), m.Environment()["SYSTEMROOT"], m.Now)
	if err := m.startDrivers(s); err != nil {
		return err
	}
	if err := s.Reg.Set(registry.MustPath(registry.ProductKey), "StandIn", registry.String(m.host.Kind())); err != nil {
		return err
	}
	if m.ed.BootID {
		if err := s.Reg.Set(registry.MustPath(registry.PrefetchKey), "BootId", registry.DWord(s.boots)); err != nil {
			return err
		}
	}
	if err := m.revert(s); err != nil {
		return err
	}
	if m.server() && s.boots == 1 {
		s.TCP.Default = stack.Automatic
	}
	f := m.booted(s)
	if err := m.host.Effect(f.in); err != nil {
		return fmt.Errorf("put settings into effect: %w", err)
	}
	if err := m.silence(s); err != nil {
		return err
	}
	if err := m.save(s); err != nil {
		return err
	}
	m.state, m.force = s, f
	m.resumeDeadMan()
	m.resumeRestart()
	return nil
}

func (m *Machine) save(s *State) error {
	if m.diskFull {
		return errDiskFull
	}
	b, err := s.encode()
	if err != nil {
		return err
	}
	if err := m.disk.Save(b); err != nil {
		return fmt.Errorf("save registry: %w", err)
	}
	return nil
}

// errDiskFull is the text of error 112
// (https://learn.microsoft.com/en-us/windows/win32/debug/system-error-codes--0-499-).
var errDiskFull = console.Refusal("There is not enough space on the disk.")

// Boots is how often this guest's disk was booted, this boot included.
func (m *Machine) Boots() int { return m.View().boots }

// Update changes the state: change works on a copy, which replaces the state once what acts of it
// without more ado is in effect, and it is saved.
func (m *Machine) Update(change func(*State) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.checkLogon()
	next := m.state.clone()
	if err := change(next); err != nil {
		return err
	}
	return m.replace(next, m.after(next, stack.NewConnections))
}

// replace makes next the state, saved, and f what is in force. Call it with mu held.
func (m *Machine) replace(next *State, f force) error {
	if err := m.put(f); err != nil {
		return fmt.Errorf("stand-in: put settings into effect: %w", err)
	}
	if err := m.save(next); err != nil {
		if !reflect.DeepEqual(f.in, m.force.in) {
			err = errors.Join(err, m.host.Effect(m.force.in))
		}
		return fmt.Errorf("stand-in: %w", err)
	}
	m.state, m.force = next, f
	return nil
}

// View is the current state, which nobody changes after it was set.
func (m *Machine) View() *State {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.checkLogon()
	return m.state
}

// GoingDown says whether the moment of a requested restart has come: from then on WinRM must not
// answer. Faults.AnswerWhileDown postpones it.
func (m *Machine) GoingDown() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.down()
}

func (m *Machine) down() bool { return !m.downAt.IsZero() && !m.host.Now().Before(m.downAt) }

// Close ends what the machine started.
func (m *Machine) Close() error {
	m.mu.Lock()
	m.alarms.set(m, nil)
	if m.stopRestart != nil {
		m.stopRestart()
	}
	m.mu.Unlock()
	return m.procs.Close()
}

// NICs are the machine's adapters as Windows names them, in order.
func (m *Machine) NICs() []stack.NIC {
	all := m.nics()
	m.mu.Lock()
	defer m.mu.Unlock()
	if told := m.force.mtu; told != 0 {
		for i := range all {
			all[i].MTU = told
		}
	}
	return all
}

// nics are the adapters as the kernel below has them.
func (m *Machine) nics() []stack.NIC { return stack.NICs(m.host.Adapters(), m.ed.Connection) }

// Environment is that of a new process, before the shell's own.
func (m *Machine) Environment() map[string]string { return m.ed.Environment(m.cfg.User) }

// Faults are those of this boot.
func (m *Machine) Faults() Faults { return m.cfg.Faults }

// User is the account of the administrator.
func (m *Machine) User() string { return m.cfg.User }

// Edition is the Windows that is played.
func (m *Machine) Edition() *Edition { return m.ed }

// Host is the machine below.
func (m *Machine) Host() Host { return m.host }

// Processes is what runs.
func (m *Machine) Processes() *processes.Table { return m.procs }

// told is what acts by Windows' own moments.
func (m *Machine) told() stack.InForce {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.force.told
}

// MaxMTU is the largest MTU in bytes that the adapter takes since its driver read its keywords.
func (m *Machine) MaxMTU() int { return m.told().Boot.MaxMTU() }

// CIMAdapter are the objects of CIM that say what the driver of an adapter does now. One that is down
// has no MtuSize (CONTRACT.md of the scripts, "facts").
func (m *Machine) CIMAdapter(n stack.NIC) map[string]map[string]any {
	told := m.told()
	classes := told.Boot.CIMAdapter(*m.ed.Release, told.TCP)
	if !n.Up {
		classes["MSFT_NetAdapter"]["MtuSize"] = nil
	}
	return classes
}

// server says whether it is one: by its edition, or by a fault.
func (m *Machine) server() bool {
	return m.ed.ProductType == productServer || m.cfg.Faults.ServerRTT > 0
}

// Template is the TCP template of connections with a local port: on a server those of WinRM are
// near, all others as far as its fault says, near without one.
func (m *Machine) Template(port int) stack.Template {
	rtt := stack.Client
	switch {
	case m.server() && (port == 5985 || port == 5986):
		rtt = 0
	case m.server():
		rtt = m.cfg.Faults.ServerRTT
	}
	return m.told().TCP.InUseAt(rtt)
}
