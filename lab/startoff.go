package lab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"vnettune/lab/guest"
	"vnettune/lab/vm"
	"vnettune/lab/vm/image"
	"vnettune/trouble"
)

// As says as which machine a lab's guest is started that is switched off. What is empty is as the lab was brought up.
type As struct {
	Driver   string // of the adapter, as in Options
	Machine  string // QEMU's machine type; of a virtual machine only
	Offloads string // "off": the adapter has none; of a virtual machine only
}

// ErrOn says that a lab's guest is not switched off.
var ErrOn = errors.New("is not switched off")

// Off says whether the lab's guest is switched off.
func (i Info) Off() (bool, error) {
	if !i.keeper().alive() {
		return false, fmt.Errorf("lab %q %w", i.Name, ErrNotUp)
	}
	return exists(folder{path: filepath.Dir(i.KeeperLog)}.off()), nil
}

// Start starts a lab's guest that is switched off, as the machine that it was or as another one. It returns when the
// machine is being started.
func (m Manager) Start(ctx context.Context, name string, as As) error {
	info, err := m.Status(name)
	if err != nil {
		return err
	}
	unlock, err := m.lock(ctx, name)
	if err != nil {
		return err
	}
	defer unlock()
	f := m.folder(name)
	if off, err := info.Off(); err != nil || !off {
		if err == nil {
			err = trouble.Hint(fmt.Errorf("lab %q %w", name, ErrOn), "switch its guest off first: shutdown /s in it")
		}
		return err
	}
	spec, err := readSpec(f.spec())
	if err != nil {
		return err
	}
	o := Options{Name: name, Kind: info.Kind, Generation: info.Generation, Language: info.Language, Build: info.Build, Driver: cmp.Or(as.Driver, info.Driver), Executable: spec.program()}
	if o, _, err = o.withDefaults(); err != nil {
		return err
	}
	if spec.Fast != nil {
		if as.Machine != "" || as.Offloads == vm.NoOffloads {
			return fmt.Errorf("%w: a fast lab has no virtual machine whose type or offloads could be chosen", ErrOptions)
		}
		cfg, err := guest.ReadConfig(spec.Fast.Config)
		if err != nil {
			return err
		}
		cfg.Windows.Driver = o.Driver
		if err := writeJSON(spec.Fast.Config, cfg); err != nil {
			return err
		}
	} else {
		spec.VM.Machine, spec.VM.Offloads = as.Machine, as.Offloads
		spec.Image.Config.Windows.Driver = o.Driver
		if err := image.WriteInitramfs(spec.VM.Initramfs, *spec.Image); err != nil {
			return err
		}
	}
	if err := writeJSON(f.spec(), spec); err != nil {
		return err
	}
	if err := os.Remove(f.off()); err != nil {
		return fmt.Errorf("lab state: %w", err)
	}
	return nil
}
