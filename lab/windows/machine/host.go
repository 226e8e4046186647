package machine

import (
	"time"

	"vnettune/lab/kernel"
	"vnettune/lab/windows/processes"
	"vnettune/lab/windows/stack"
)

// Host is what the personality needs of the machine under it. The virtual
// machine's init (lab/guest) and the namespace guest (lab/fast) implement it.
type Host interface {
	// Now is the guest's clock.
	Now() time.Time
	// BootTime is the moment of this boot by the guest's clock.
	BootTime() time.Time
	// After calls f in a goroutine of its own once d has passed, unless stop is called before.
	After(d time.Duration, f func()) (stop func())
	// Restart takes the machine down after delay and boots it anew. It returns at once.
	Restart(delay time.Duration)
	// SwitchOff takes the machine down after delay and leaves it off. It returns at once.
	SwitchOff(delay time.Duration)
	// CancelRestart stops a restart or a switching off that has not begun; false if there is none.
	CancelRestart() bool
	// Adapters are the machine's network adapters.
	Adapters() []stack.Adapter
	// SetAdapter takes the adapter with that hardware address down, with the WinRM connections over
	// it, whose clients hear nothing, or brings it up again.
	SetAdapter(mac string, up bool) error
	// Totals are what the processors, and the adapter with that hardware address, have counted since the boot.
	Totals(mac string) (Totals, error)
	// Wait lets time pass.
	Wait(time.Duration)
	// Effect puts settings into the kernel, at boot and whenever others act.
	Effect(kernel.Settings) error
	processes.Host
	// Listening says whether a TCP socket listens on port.
	Listening(port int) bool
	// Kind is "lab" for a virtual machine and "lab-fast" for a namespace.
	Kind() string
}

// Totals are running totals of a machine.
type Totals struct {
	Processors []ProcessorTotals // none of a machine that has no processors of its own
	Link       LinkTotals
}

// ProcessorTotals are those of one processor, since the boot.
type ProcessorTotals struct {
	Idle, DPC, Interrupt time.Duration // with nothing to do; in soft interrupts, which are Windows' DPCs; in interrupts
}

// LinkTotals are those of an adapter, as the machine sees it.
type LinkTotals struct {
	ReceivedBytes, ReceivedPackets, ReceivedDropped, ReceivedErrors uint64
	SentBytes, SentPackets, SentDropped, SentErrors                 uint64
}

// Disk keeps the registry between boots.
type Disk interface {
	// Load returns the last saved bytes; nil when nothing was ever saved.
	Load() ([]byte, error)
	// Save replaces them; when it returns nil they survive a power cut.
	Save([]byte) error
}
