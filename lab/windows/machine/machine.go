package windows

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"vnettune/lab/fault"
	"vnettune/lab/kernel"
)

// Machine is one boot of the stand-in's Windows. It is safe for concurrent use.
type Machine struct {
	cfg   Config
	ed    *edition
	disk  Disk
	host  Host
	boot  bootValues // read at boot, constant until the next
	up    time.Time  // when this boot began to answer
	clock clock
	procs *processTable

	mu      sync.Mutex // guards what follows
	state   *state
	downAt  time.Time // when an asked restart begins; zero where none is
	checked bool      // the logon of this boot was checked

	events   *fault.Events // of the fault plan, in this boot
	diskFull bool          // by a fault: nothing more is saved
	alarms   alarms
}

// newMachine boots Windows: it loads the registry from disk (the first boot builds the
// initial one), takes the values that Windows reads only at boot and calls
// host.Effect with the settings in effect.
func newMachine(ed *edition, cfg Config, disk Disk, host Host) (*Machine, error) {
	if cfg.Language != "en" {
		return nil, fmt.Errorf("windows: language %q is not played; use en", cfg.Language)
	}
	if cfg.User == "" || cfg.Password == "" {
		return nil, errors.New("windows: user and password must not be empty")
	}
	m := &Machine{cfg: cfg, ed: ed, disk: disk, host: host, up: host.Now()}
	s, err := m.load()
	if err != nil {
		return nil, fmt.Errorf("windows: %w", err)
	}
	if err := m.start(s); err != nil {
		return nil, fmt.Errorf("windows: %w", err)
	}
	return m, nil
}

func (m *Machine) load() (*state, error) {
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
func (m *Machine) start(s *state) error {
	s.boots++
	m.cfg.Faults = m.cfg.Faults.at(s.boots)
	m.events = m.cfg.Faults.Plan.At(s.boots).Commands()
	s.log = s.log.boot()
	m.clock = clockOf(m.cfg.Faults, s.boots)
	m.procs = newProcessTable(m.host, m.cfg.Faults.sham(), m.environment()["SYSTEMROOT"], m.now)
	for _, n := range m.nics() {
		if err := installAdapter(s.reg, n, m.ed.keywords); err != nil {
			return err
		}
	}
	if err := s.reg.set(mustPath(productKey), "StandIn", stringValue(m.host.Kind())); err != nil {
		return err
	}
	if m.ed.bootID {
		if err := s.reg.set(mustPath(prefetchKey), "BootId", dwordValue(s.boots)); err != nil {
			return err
		}
	}
	if err := m.revert(s); err != nil {
		return err
	}
	m.boot = readAtBoot(s.reg, m.nics(), m.ed.keywords)
	if err := m.host.Effect(m.effects(s)); err != nil {
		return fmt.Errorf("put settings into effect: %w", err)
	}
	if err := m.save(s); err != nil {
		return err
	}
	m.state = s
	m.resumeTask()
	return nil
}

func (m *Machine) effects(s *state) kernel.Settings {
	mtu := 0
	if nics := m.nics(); len(nics) > 0 {
		mtu = s.mtu[nics[0].guid]
	}
	return m.ed.effects(m.boot, s.tcp, mtu, m.cfg.Faults.allows)
}

func (m *Machine) save(s *state) error {
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

// errDiskFull is the text of error 112 (general knowledge).
var errDiskFull = refusal("There is not enough space on the disk.")

// Boots is how often this guest's disk was booted, this boot included.
func (m *Machine) Boots() int { return m.view().boots }

// update changes the state: change works on a copy, which is kept once it is in
// effect and saved. live says that the change takes effect without a boot.
func (m *Machine) update(live bool, change func(*state) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.checkLogon()
	next := m.state.clone()
	if err := change(next); err != nil {
		return err
	}
	if live {
		if err := m.host.Effect(m.effects(next)); err != nil {
			return fmt.Errorf("stand-in: put settings into effect: %w", err)
		}
	}
	if err := m.save(next); err != nil {
		if live {
			err = errors.Join(err, m.host.Effect(m.effects(m.state)))
		}
		return fmt.Errorf("stand-in: %w", err)
	}
	m.state = next
	return nil
}

// view gives the current state, which nobody changes after it was set.
func (m *Machine) view() *state {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.checkLogon()
	return m.state
}

// GoingDown says whether the moment of an asked restart has come: from then on
// WinRM must not answer. Faults.AnswerWhileDown puts it off.
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
	m.mu.Unlock()
	return m.procs.endAll()
}

// nics are the machine's adapters as Windows names them, in order.
func (m *Machine) nics() []nic { return nicsOf(m.host.Adapters(), m.ed.connection) }

// environment is that of a new process, before the shell's own.
func (m *Machine) environment() map[string]string { return m.ed.environment(m.cfg.User) }

// faults are those of this boot.
func (m *Machine) faults() Faults { return m.cfg.Faults }

// user is the account of the administrator.
func (m *Machine) user() string { return m.cfg.User }

// edition is the Windows that is played.
func (m *Machine) edition() *edition { return m.ed }

// machineHost is the machine below.
func (m *Machine) machineHost() Host { return m.host }

// processes is what runs.
func (m *Machine) processes() *processTable { return m.procs }

// maxMTU is the largest MTU in bytes that the adapter takes in this boot.
func (m *Machine) maxMTU() int { return m.boot.maxMTU() }
