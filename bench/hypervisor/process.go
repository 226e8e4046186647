package hypervisor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"vnettune/bench/hypervisor/config"
	"vnettune/foreign"
	"vnettune/results/record"
)

// processes are those of this host, by proc(5).
type processes struct{ root string }

func (p processes) file(pid int, name string) string {
	return filepath.Join(p.root, strconv.Itoa(pid), name)
}

// maxProc is the most bytes that are read of a small file of a process.
const maxProc = 64 << 10

func (p processes) read(pid int, name string) string {
	text, err := foreign.ReadFile(p.file(pid, name), maxProc)
	if err != nil {
		return ""
	}
	return string(text)
}

func (p processes) commandLine(pid int) ([]string, error) {
	text, err := foreign.ReadFile(p.file(pid, "cmdline"), config.MaxCommandLine)
	if err != nil {
		return nil, err
	}
	return config.Split(text)
}

// numbers are the entries of a folder that are numbers: processes, threads, descriptors.
func numbers(folder string) ([]int, error) {
	entries, err := os.ReadDir(folder)
	var all []int
	for _, e := range entries {
		if n, err := strconv.Atoi(e.Name()); err == nil {
			all = append(all, n)
		}
	}
	return all, err
}

// behind finds the QEMU that a tap of this host belongs to: the only process whose command
// line has an adapter with the guest's MAC address and that has the tap open, as far as its
// descriptors may be seen. It gives the command line, too.
func (p processes) behind(ctx context.Context, tap, mac string) (int, []string, error) {
	switch {
	case tap == "":
		return 0, nil, errors.New("the path to the guest leads to no tap of this host, and the campaign names neither libvirt nor QEMU's monitor (guest.rescue)")
	case mac == "":
		return 0, nil, errors.New("the guest does not say its MAC address")
	}
	pids, err := numbers(p.root)
	if err != nil {
		return 0, nil, err
	}
	var found []int
	var line []string
	for _, pid := range pids {
		if ctx.Err() != nil {
			return 0, nil, ctx.Err()
		}
		args, err := p.commandLine(pid)
		if err != nil || !config.HasMAC(args, mac) || !p.mayHave(pid, tap) {
			continue
		}
		found, line = append(found, pid), args
	}
	switch len(found) {
	case 0:
		return 0, nil, fmt.Errorf("no QEMU can be seen that has an adapter %s on the tap %s", foreign.Word(mac), tap)
	case 1:
		return found[0], line, nil
	}
	return 0, nil, fmt.Errorf("%d processes of QEMU may have the adapter %s on the tap %s", len(found), foreign.Word(mac), tap)
}

// mayHave says whether a process has a tap open; so may one whose descriptors are not for
// us to see.
func (p processes) mayHave(pid int, tap string) bool {
	descriptors, err := numbers(p.file(pid, "fd"))
	if err != nil {
		return true
	}
	for _, fd := range descriptors {
		target, err := os.Readlink(p.file(pid, "fd/"+strconv.Itoa(fd)))
		if err != nil || target != "/dev/net/tun" {
			continue
		}
		for line := range strings.Lines(p.read(pid, "fdinfo/"+strconv.Itoa(fd))) {
			if name, ok := strings.CutPrefix(line, "iff:"); ok && strings.TrimSpace(name) == tap {
				return true
			}
		}
	}
	return false
}

// vhost counts the threads that carry the packets of a QEMU: its own from Linux 6.4 on, the
// kernel's before, and both named vhost-PID (drivers/vhost/vhost.c). nil where the kernel's
// threads cannot be seen from here.
func (p processes) vhost(ctx context.Context, pid int) *record.Vhost {
	name := "vhost-" + strconv.Itoa(pid)
	var v record.Vhost
	var cpus []string
	count := func(folder string) {
		threads, err := numbers(folder)
		if err != nil {
			return
		}
		of := processes{folder}
		for _, t := range threads {
			if ctx.Err() != nil || strings.TrimSpace(of.read(t, "comm")) != name {
				continue
			}
			v.Threads++
			if list := allowed(of.read(t, "status")); list != "" && !slices.Contains(cpus, list) {
				cpus = append(cpus, list)
			}
		}
	}
	count(p.file(pid, "task"))
	count(p.root)
	if v.Threads == 0 && strings.TrimSpace(p.read(2, "comm")) != "kthreadd" {
		return nil
	}
	slices.Sort(cpus)
	v.CPUs = record.Name(strings.Join(cpus, "; "))
	return &v
}

// kernelThreads are the kernel's own threads that carry the packets of a QEMU. seen is false where the kernel's
// threads cannot be seen from here, and QEMU has none of vhost's among its own.
func (p processes) kernelThreads(ctx context.Context, pid int) (threads []int, seen bool) {
	name := "vhost-" + strconv.Itoa(pid)
	all, err := numbers(p.root)
	for _, t := range all {
		if ctx.Err() != nil {
			return nil, false
		}
		if strings.TrimSpace(p.read(t, "comm")) == name {
			threads = append(threads, t)
		}
	}
	return threads, err == nil && strings.TrimSpace(p.read(2, "comm")) == "kthreadd"
}

// allowed is the list of CPUs that a thread may run on, by its status.
func allowed(status string) string {
	for line := range strings.Lines(status) {
		if list, ok := strings.CutPrefix(line, "Cpus_allowed_list:"); ok {
			return foreign.Word(strings.TrimSpace(list))
		}
	}
	return ""
}
