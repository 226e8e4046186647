package guest

import (
	"fmt"
	"log"
	"net/netip"
	"sync"
	"time"

	"github.com/vishvananda/netlink"

	"vnettune/lab/kernel"
	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/processes"
	"vnettune/lab/windows/stack"
)

// Congestion is the congestion control of a guest whose settings ask for none: that
// of Windows 10 and, by good luck, of an untouched Linux.
const Congestion = "cubic"

// Kinds of a stand-in guest.
const (
	KindVM   = "lab"
	KindFast = "lab-fast"
)

// Outcome is how a boot ends.
type Outcome int

// The outcomes of a boot.
const (
	Restart Outcome = iota
	PowerOff
)

// Machine is one boot of the machine under the personality. It implements
// machine.Host by the kernel that it runs on.
type Machine struct {
	cfg    Config
	kind   string
	links  []string
	kernel *kernel.Kernel
	boot   time.Time
	log    *log.Logger

	shaped    shaped
	timer     restartTimer
	processes children
	winrm     connections

	effect struct {
		sync.Mutex
		last kernel.Settings
	}
}

var _ machine.Host = (*Machine)(nil)

// NewMachine takes over the adapters named, which are up and have their addresses,
// and reads what the kernel has by itself.
func NewMachine(cfg Config, kind string, links []string, boot time.Time, l *log.Logger) (*Machine, error) {
	k, err := kernel.Open(links, Congestion)
	if err != nil {
		return nil, err
	}
	m := &Machine{cfg: cfg, kind: kind, links: links, kernel: k, boot: boot, log: l}
	m.shaped.egress = egress{adapters: links, delay: cfg.Delay}
	m.timer.fired = make(chan struct{})
	return m, nil
}

// Now is the guest's clock.
func (m *Machine) Now() time.Time { return time.Now() }

// BootTime is the moment of this boot by the guest's clock.
func (m *Machine) BootTime() time.Time { return m.boot }

// After calls f once d has passed, unless stop is called before.
func (m *Machine) After(d time.Duration, f func()) (stop func()) {
	t := time.AfterFunc(d, f)
	return func() { t.Stop() }
}

// Restart ends the boot after delay.
func (m *Machine) Restart(delay time.Duration) { m.timer.start(delay, Restart) }

// SwitchOff ends the boot after delay, and no other follows.
func (m *Machine) SwitchOff(delay time.Duration) { m.timer.start(delay, PowerOff) }

// CancelRestart stops a restart that has not begun.
func (m *Machine) CancelRestart() bool { return m.timer.cancel() }

// Adapters are the virtio adapters; one that cannot be read is left out, and logged.
func (m *Machine) Adapters() []stack.Adapter {
	var list []stack.Adapter
	for _, name := range m.links {
		a, err := adapter(name)
		if err != nil {
			m.log.Print(err)
			continue
		}
		list = append(list, a)
	}
	return list
}

func adapter(name string) (stack.Adapter, error) {
	l, err := netlink.LinkByName(name)
	if err != nil {
		return stack.Adapter{}, fmt.Errorf("adapter %s: %w", name, err)
	}
	addresses, err := addressesOf(l)
	if err != nil {
		return stack.Adapter{}, fmt.Errorf("adapter %s: addresses: %w", name, err)
	}
	a := stack.Adapter{
		MAC: l.Attrs().HardwareAddr.String(),
		MTU: l.Attrs().MTU,
		Up:  l.Attrs().OperState == netlink.OperUp || l.Attrs().OperState == netlink.OperUnknown,
	}
	for _, addr := range addresses {
		if ip, ok := netip.AddrFromSlice(addr.IP); ok {
			a.Addresses = append(a.Addresses, ip.Unmap())
		}
	}
	return a, nil
}

// addressesOf are an adapter's addresses with those of its VLAN, which to Windows is
// the adapter itself.
func addressesOf(l netlink.Link) ([]netlink.Addr, error) {
	all, err := netlink.LinkList()
	if err != nil {
		return nil, err
	}
	var list []netlink.Addr
	for _, one := range all {
		vlan := one.Type() == "vlan" && one.Attrs().ParentIndex == l.Attrs().Index
		if !vlan && one.Attrs().Index != l.Attrs().Index {
			continue
		}
		addresses, err := netlink.AddrList(one, netlink.FAMILY_ALL)
		if err != nil {
			return nil, err
		}
		list = append(list, addresses...)
	}
	return list, nil
}

// Effect puts settings into the kernel and logs what the kernel does not have.
func (m *Machine) Effect(s kernel.Settings) error {
	if s.VLAN != 0 {
		// Its module is no part of an ordinary boot.
		for _, err := range loadLateModules() {
			m.log.Print(err)
		}
	}
	m.effect.Lock()
	defer m.effect.Unlock()
	report, err := m.kernel.Apply(s)
	if err != nil {
		return err
	}
	m.effect.last = s
	m.log.Printf("settings in effect: %s; congestion control %s", s, report.Congestion)
	for _, u := range report.Unavailable {
		m.log.Printf("not available: %s: %s", u.Field, u.Reason)
	}
	if m.cfg.Rate > 0 {
		return m.setRate(s)
	}
	return nil
}

// Wait lets time pass.
func (m *Machine) Wait(d time.Duration) { time.Sleep(d) }

// SetAdapter takes the adapter with that hardware address down and cuts the WinRM connections off, or
// brings it up again with what is in effect: its routes went with it.
func (m *Machine) SetAdapter(mac string, up bool) error {
	for _, name := range m.links {
		l, err := netlink.LinkByName(name)
		if err != nil {
			return fmt.Errorf("adapter %s: %w", name, err)
		}
		if l.Attrs().HardwareAddr.String() != mac {
			continue
		}
		if !up {
			m.log.Printf("adapter %s: down", name)
			if err := netlink.LinkSetDown(l); err != nil {
				return fmt.Errorf("adapter %s: down: %w", name, err)
			}
			m.winrm.cut()
			return nil
		}
		if err := netlink.LinkSetUp(l); err != nil {
			return fmt.Errorf("adapter %s: up: %w", name, err)
		}
		m.log.Printf("adapter %s: up", name)
		m.effect.Lock()
		last := m.effect.last
		m.effect.Unlock()
		return m.Effect(last)
	}
	return fmt.Errorf("no adapter has the address %s", mac)
}

// Start runs argv detached from the caller, its standard error at the end of a file.
func (m *Machine) Start(argv []string, stderr string) (int, error) {
	return m.processes.start(argv, stderr)
}

// Stop ends a process that Start began and waits for its end.
func (m *Machine) Stop(pid int) error { return m.processes.stop(pid) }

// Running says whether a process that Start began has not ended.
func (m *Machine) Running(pid int) bool { return m.processes.alive(pid) }

// Listening says whether a TCP socket listens on port.
func (m *Machine) Listening(port int) bool {
	listens, err := processes.Listening(port)
	return err == nil && listens
}

// IPerf is the path of the real iperf3.
func (m *Machine) IPerf() string { return m.cfg.IPerf }

// IPerf2 is the path of the real iperf; "" if there is none.
func (m *Machine) IPerf2() string { return m.cfg.IPerf2 }

// IPerfLog is the path of what its server says went wrong.
func (m *Machine) IPerfLog() string { return m.cfg.IPerfLog }

// Kind is KindVM or KindFast.
func (m *Machine) Kind() string { return m.kind }
