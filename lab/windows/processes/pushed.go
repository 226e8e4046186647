package processes

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Of what a client puts into the folder of the dead-man switch to run it there: the folder on the
// machine below, beside the log of iperf3. What it holds stays for as long as that machine's does:
// the registry's disk has no room for programs, so that a virtual machine loses it at a boot.
const pushedFolder = "pushed"

// Pushed is the path on the machine below of a file that a client has put there.
func (t *Table) Pushed(name string) string {
	return filepath.Join(filepath.Dir(t.host.IPerfLog()), pushedFolder, name)
}

// ErrNoProgram is the text of ERROR_BAD_EXE_FORMAT, number 193
// (https://learn.microsoft.com/en-us/windows/win32/debug/system-error-codes--0-499-).
//
//lint:ignore ST1005 these are Windows' own words
var ErrNoProgram = errors.New("%1 is not a valid Win32 application.")

// elf begins every program that the kernel below can run, as MZ begins those of Windows.
var elf = []byte("\x7fELF")

// CheckProgram says whether a pushed file is a program, on the machine as it really is.
func CheckProgram(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	head := make([]byte, len(elf))
	if _, err := f.Read(head); err != nil || !bytes.Equal(head, elf) {
		return ErrNoProgram
	}
	return nil
}

// StartPushed starts a pushed program that outlives its caller, under the image and the path that
// it has in Windows.
func (t *Table) StartPushed(image, path string, argv []string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	pid, err := t.host.Start(argv, "")
	if err != nil {
		return fmt.Errorf("start %s: %w", path, err)
	}
	s := &Started{ID: realPID + 4*pid, Image: image, Path: path, Line: path, Began: t.now(), host: pid}
	t.byID[s.ID] = s
	return nil
}

// RunningFrom are the ids of what runs from a path.
func (t *Table) RunningFrom(path string) (ids []int) {
	for _, s := range t.Running() {
		if s.Path == path {
			ids = append(ids, s.ID)
		}
	}
	return ids
}
