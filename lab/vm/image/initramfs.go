package image

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"vnettune/lab/guest"
	"vnettune/lab/vm/debian"
)

// Places inside the guest.
const (
	guestInit      = "init"
	guestIPerf     = "/opt/iperf3/iperf3"
	guestIPerf2    = "/opt/iperf3/iperf"
	guestLibraries = "/opt/iperf3/lib"
	guestDisk      = "/dev/vda"
	guestAgent     = "/opt/agent/qemu-ga"
	guestPrograms  = "/opt/windows"
	guestState     = "/run"
	guestIPerfLog  = "/run/iperf3.log"
)

// Image says what an initramfs is made of.
type Image struct {
	Init   string       // path of the static program that becomes the init
	IPerf  string       // path of the host's iperf3; empty leaves it out
	IPerf2 string       // path of the host's iperf; empty leaves it out
	Agent  debian.Agent // empty leaves it out
	Kernel debian.Kernel
	Config guest.Config // its Disk, IPerf, IPerf2, IPerfLog, Libraries and Agent are filled in here
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
	if err := writeConfig(newArchive(w), image); err != nil {
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
		if err := writeModules(a, image.Kernel); err != nil {
			return err
		}
	}
	if image.IPerf != "" {
		if err := writeProgram(a, guestIPerf, image.IPerf, debian.LibraryFolders); err != nil {
			return fmt.Errorf("iperf3 for the guest: %w", err)
		}
	}
	if image.IPerf2 != "" {
		if err := writeProgram(a, guestIPerf2, image.IPerf2, debian.LibraryFolders); err != nil {
			return fmt.Errorf("iperf for the guest: %w", err)
		}
	}
	if image.Agent.Path != "" {
		if err := writeProgram(a, guestAgent, image.Agent.Path, append(image.Agent.Folders, debian.LibraryFolders...)); err != nil {
			return fmt.Errorf("agent for the guest: %w", err)
		}
		for _, name := range guest.ProgramNames() {
			a.link(path.Join(inArchive(guestPrograms), name), "/"+guestInit)
		}
	}
	return a.close()
}

// writeModules writes the modules for the init, which loads them in the order of the names.
func writeModules(a *archive, k debian.Kernel) error {
	early, err := modulesInOrder(k.Modules, wantedModules)
	if err != nil {
		return err
	}
	all, err := modulesInOrder(k.Modules, append(slices.Clone(wantedModules), lateModules...))
	if err != nil {
		return err
	}
	for i, m := range all {
		folder := guest.ModuleFolder
		if i >= len(early) {
			folder = guest.LateModuleFolder
		}
		a.file(path.Join(inArchive(folder), fmt.Sprintf("%02d-%s", i, filepath.Base(m))), modeFile, m)
	}
	return nil
}

// writeProgram writes a program with its loader and libraries, those that are there
// already left out.
func writeProgram(a *archive, to, from string, folders []string) error {
	p, err := readProgram(from, folders)
	if err != nil {
		return err
	}
	a.file(inArchive(to), modeProgram, p.path)
	if p.interpreter != "" {
		a.fileOnce(inArchive(p.interpreter), modeProgram, p.interpreter)
	}
	for _, l := range p.libraries {
		a.fileOnce(path.Join(inArchive(guestLibraries), filepath.Base(l)), modeProgram, l)
	}
	return nil
}

func writeConfig(a *archive, image Image) error {
	cfg := image.Config
	cfg.Disk, cfg.IPerf, cfg.IPerfLog, cfg.Libraries = guestDisk, guestIPerf, guestIPerfLog, guestLibraries
	if image.IPerf2 != "" {
		cfg.IPerf2 = guestIPerf2
	}
	if image.Agent.Path != "" {
		cfg.Agent = &guest.Agent{Program: guestAgent, Programs: guestPrograms, State: guestState}
	}
	b, err := json.Marshal(cfg)
	if err != nil {
		return fmt.Errorf("guest configuration: %w", err)
	}
	a.bytes(inArchive(guest.ConfigPath), modeSecret, b)
	return a.close()
}

func inArchive(name string) string { return strings.TrimPrefix(name, "/") }
