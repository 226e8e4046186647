package vm

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"vnettune/lab/guest"
)

// Places inside the guest.
const (
	guestInit      = "init"
	guestIPerf     = "/opt/iperf3/iperf3"
	guestLibraries = "/opt/iperf3/lib"
	guestDisk      = "/dev/vda"
)

// Image says what an initramfs is made of.
type Image struct {
	Init   string // path of the static program that becomes the init
	IPerf  string // path of the host's iperf3; empty leaves it out
	Kernel Kernel
	Config guest.Config // its Disk, IPerf and Libraries are filled in here
}

// WriteInitramfs writes the file that QEMU hands to the kernel: programs and
// modules in one archive, the lab's configuration with its password in a second one
// behind it. Only the file's owner can read it. An error leaves no file.
func WriteInitramfs(to string, image Image) (err error) {
	if err := checkStatic(image.Init); err != nil {
		return err
	}
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("write initramfs: %w", err)
	}
	defer func() {
		if closed := f.Close(); err == nil && closed != nil {
			err = fmt.Errorf("write initramfs: %w", closed)
		}
		if err != nil {
			os.Remove(to)
		}
	}()
	w := bufio.NewWriterSize(f, 1<<20)
	if err := writeSystem(newArchive(w), image); err != nil {
		return err
	}
	if err := writeConfig(newArchive(w), image.Config); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write initramfs: %w", err)
	}
	return nil
}

func writeSystem(a *archive, image Image) error {
	a.device("dev/console", 5, 1)
	a.file(guestInit, modeProgram, image.Init)
	if !image.Config.Trial {
		modules, err := modulesInOrder(image.Kernel.Modules, wantedModules)
		if err != nil {
			return err
		}
		for i, m := range modules {
			// The init loads them in the order of the names.
			name := fmt.Sprintf("%02d-%s", i, filepath.Base(m))
			a.file(path.Join(inArchive(guest.ModuleFolder), name), modeFile, m)
		}
	}
	if image.IPerf != "" {
		p, err := readProgram(image.IPerf, libraryFolders)
		if err != nil {
			return fmt.Errorf("iperf3 for the guest: %w", err)
		}
		a.file(inArchive(guestIPerf), modeProgram, p.path)
		if p.interpreter != "" {
			a.file(inArchive(p.interpreter), modeProgram, p.interpreter)
		}
		for _, l := range p.libraries {
			a.file(path.Join(inArchive(guestLibraries), filepath.Base(l)), modeProgram, l)
		}
	}
	return a.close()
}

func writeConfig(a *archive, cfg guest.Config) error {
	cfg.Disk, cfg.IPerf, cfg.Libraries = guestDisk, guestIPerf, guestLibraries
	b, err := json.Marshal(cfg)
	if err != nil {
		return fmt.Errorf("guest configuration: %w", err)
	}
	a.bytes(inArchive(guest.ConfigPath), modeSecret, b)
	return a.close()
}

func inArchive(name string) string { return strings.TrimPrefix(name, "/") }
