package windows

import (
	"errors"
	"fmt"
)

// Machine is one boot of the stand-in's Windows. It is safe for concurrent use.
type Machine struct {
	cfg  Config
	disk Disk
	host Host
}

// New boots Windows: it loads the registry from disk (the first boot builds the
// initial one), takes the values that Windows reads only at boot and calls
// host.Effect with the settings in effect.
func New(cfg Config, disk Disk, host Host) (*Machine, error) {
	if cfg.Generation != "w10" {
		return nil, fmt.Errorf("windows: generation %q is not played; use w10", cfg.Generation)
	}
	if cfg.Language != "en" {
		return nil, fmt.Errorf("windows: language %q is not played; use en", cfg.Language)
	}
	if cfg.User == "" || cfg.Password == "" {
		return nil, errors.New("windows: user and password must not be empty")
	}
	return &Machine{cfg: cfg, disk: disk, host: host}, nil
}

// Close ends what the machine started inside this process.
func (m *Machine) Close() error { return nil }

// OS describes the machine.
func (m *Machine) OS() OSInfo { return OSInfo{} }

// GoingDown says whether the moment of an asked restart has come.
func (m *Machine) GoingDown() bool { return false }
