package machine

import (
	"vnettune/lab/kernel"
	"vnettune/lab/windows/console"
	"vnettune/lab/windows/registry"
	"vnettune/lab/windows/stack"
)

// Edition is one Windows as it is played: what differs between the generations.
type Edition struct {
	Generation  string
	Build       string
	Version     string // without the build, such as "10.0"
	Caption     string
	ProductType int // 1 client, 3 server
	ServicePack int
	Banner      string // what `ver` prints
	Language    *console.Language
	Connection  string // name of the first network connection
	PowerShell  string // version; "" if there is none

	Installed func() (*registry.Tree, error) // the registry of a fresh one
	Driver    stack.Driver                   // of the adapters
	BootID    bool                           // counts its boots (docs/facts/windows-samples.md 5.2: Vista and later)
	Release   *stack.Release                 // of a Windows whose netsh has `interface tcp`; nil if it has not

	Scheduled int // exit code of a shutdown while another is scheduled
	MaxDelay  int // of shutdown, in seconds

	Programs    map[string]Program // by name without folder and ".exe"
	IPerf       Program            // iperf3.exe by its whole path; nil if it is started by a script only
	IPerf2      Program            // iperf.exe by its whole path; nil if this Windows is not measured by it
	Environment func(user string) map[string]string
	Effects     func(stack.AtBoot, stack.TCP, int, stack.Allowed) kernel.Settings
	Shell       Shell                              // cmd.exe
	Step        func(line string) string           // which of fault.Steps a command line is
	DoStep      func(*Machine, Step) (int, string) // one step of the dead-man switch; nil if there is none

	WinRM WinRM // quotas of its WinRM
}
