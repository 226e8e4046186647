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

	values   []initialValue // of the registry as installed
	keys     []string       // that are there and empty
	keywords []keyword      // of the adapter's driver
	bootID   bool           // counts its boots (SAMPLES 5.2: Vista and later)
	tcp      bool           // its netsh has `interface tcp`

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

// initialValue is one row of the registry as installed.
type initialValue struct {
	key, name string
	value     value
	source    string
}

// initialState is the disk of a machine that never booted.
func initialState(ed *edition) (*state, error) {
	s := &state{ed: ed, reg: newRegistry(), mtu: map[string]int{}}
	if ed.tcp {
		s.tcp = newTCPState()
	}
	for _, k := range ed.keys {
		if _, err := s.reg.create(mustPath(k), false); err != nil {
			return nil, err
		}
	}
	for _, v := range ed.values {
		if err := s.reg.set(mustPath(v.key), v.name, v.value); err != nil {
			return nil, err
		}
	}
	return s, nil
}
