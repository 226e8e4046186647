package windows

import (
	"context"
	"vnettune/lab/kernel"
)

// edition is one Windows as it is played: what differs between the generations.
type edition struct {
	generation  string
	build       string
	version     string // without the build, such as "10.0"
	caption     string
	productType int // 1 client
	servicePack int
	verLine     string // what `ver` prints
	connection  string // name of the first network connection

	installed func() (*registry, error) // the registry of a fresh one
	keywords  []keyword                 // of the adapter's driver
	bootID    bool                      // counts its boots (SAMPLES 5.2: Vista and later)
	tcp       bool                      // its netsh has `interface tcp`

	scheduled int // exit code of a shutdown while another is scheduled
	maxDelay  int // of shutdown, in seconds

	programs    map[string]runner // by name without folder and ".exe"
	iperf       runner            // iperf3.exe by its whole path; nil where it is started by a script only
	environment func(user string) map[string]string
	effects     func(bootValues, tcpState, int, allowed) kernel.Settings
	shell       func(*process, context.Context, string) int // cmd.exe /c LINE
	step        func(line string) string                    // which of fault.Steps a command line is
	doStep      func(*Machine, writeStep) (int, string)     // one step of the dead-man switch; nil where there is none

	winrm WinRM // quotas of its WinRM
}

// initialState is the disk of a machine that never booted.
func initialState(ed *edition) (*state, error) {
	reg, err := ed.installed()
	if err != nil {
		return nil, err
	}
	s := &state{ed: ed, reg: reg, mtu: map[string]int{}}
	if ed.tcp {
		s.tcp = newTCPState()
	}
	return s, nil
}
