package hygiene

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"vnettune/bench/kernelfiles"
	"vnettune/foreign"
	"vnettune/results/record"
)

// Root is where the kernel's files are: "/" of a host, another folder in tests.
type Root string

// maxFile is the most bytes that are read of a file of the kernel's.
const maxFile = kernelfiles.MaxFile

// line is the first line of a file; "" where there is none that can be read.
func (r Root) line(path ...string) string { return kernelfiles.Line(string(r), path...) }

// number is that of a file; nil where it has none.
func (r Root) number(path ...string) *int {
	n, err := strconv.Atoi(r.line(path...))
	if err != nil {
		return nil
	}
	return &n
}

// flag is whether a file says 1, or 0; nil where it says neither.
func (r Root) flag(path ...string) *bool {
	switch n := r.number(path...); {
	case n == nil:
	case *n == 0:
		return new(false)
	case *n == 1:
		return new(true)
	}
	return nil
}

// glob are the files of a pattern below the root.
func (r Root) glob(pattern string) []string { return kernelfiles.Glob(string(r), pattern) }

// Of is what a look needs to know of the guest: QEMU's process, 0 where it is not known, and the links to it.
type Of struct {
	PID   int
	Links []string
}

// Look looks at this host.
func (r Root) Look(of Of) record.Hygiene {
	const cpu = "sys/devices/system/cpu"
	h := record.Hygiene{
		Governors: r.governors(), IdleStates: r.idleStates(), Turbo: r.turbo(), SMT: r.flag(cpu, "smt/active"),
		Clocksource: r.line("sys/devices/system/clocksource/clocksource0/current_clocksource"),
		Clock:       clock(), IRQBalance: r.runs("irqbalance"), Backlog: r.number("proc/sys/net/core/netdev_max_backlog"),
	}
	if nodes := r.glob("sys/devices/system/node/node[0-9]*"); len(nodes) > 0 {
		h.NUMANodes = new(len(nodes))
	}
	for _, name := range of.Links {
		if n := r.number("sys/class/net", name, "tx_queue_len"); n != nil {
			h.TxQueues = append(h.TxQueues, record.TxQueue{Link: name, Length: *n})
		}
	}
	if of.PID > 0 {
		h.GuestCPUs = r.guestCPUs(of.PID)
	}
	if t, err := r.totals(); err == nil {
		h.Processors = t.Processors
		if t.All > 0 {
			h.StealPart = new(100 * t.Steal / t.All)
		}
	}
	if words := strings.Fields(r.line("proc/loadavg")); len(words) > 0 {
		if load, err := strconv.ParseFloat(words[0], 64); err == nil {
			h.LoadAverage = &load
		}
	}
	return h
}

// governors are those of all processors, each once.
func (r Root) governors() []string {
	var all []string
	for _, f := range r.glob("sys/devices/system/cpu/cpu[0-9]*/cpufreq/scaling_governor") {
		if g := r.line(f); g != "" && !slices.Contains(all, g) {
			all = append(all, g)
		}
	}
	return all
}

// idleStates are those of the first processor that are not switched off (Documentation/admin-guide/pm/cpuidle.rst).
func (r Root) idleStates() []record.IdleState {
	var all []record.IdleState
	for _, folder := range r.glob("sys/devices/system/cpu/cpu0/cpuidle/state[0-9]*") {
		name, exit := r.line(folder, "name"), r.number(folder, "latency")
		if off := r.flag(folder, "disable"); name == "" || exit == nil || record.True(off) {
			continue
		}
		all = append(all, record.IdleState{Name: name, Exit: *exit})
	}
	return all
}

// turbo says whether the frequency may go beyond the rated one, by the two drivers that say so.
func (r Root) turbo() *bool {
	if off := r.flag("sys/devices/system/cpu/intel_pstate/no_turbo"); off != nil {
		return new(!*off)
	}
	return r.flag("sys/devices/system/cpu/cpufreq/boost")
}

// runs says whether a program of that name runs; nil where no process can be seen.
func (r Root) runs(name string) *bool {
	processes := r.glob("proc/[0-9]*/comm")
	if len(processes) == 0 {
		return nil
	}
	return new(slices.ContainsFunc(processes, func(f string) bool { return r.line(f) == name }))
}

// guestCPUs are the lists of processors on which the threads of the guest's processors may run, each once. QEMU names
// them with -name debug-threads=on; where it does not, they cannot be told from its others.
func (r Root) guestCPUs(pid int) []string {
	var all []string
	for _, folder := range r.glob(filepath.Join("proc", strconv.Itoa(pid), "task/[0-9]*")) {
		if !strings.HasPrefix(r.line(folder, "comm"), "CPU ") {
			continue
		}
		text, err := foreign.ReadFile(filepath.Join(string(r), folder, "status"), maxFile)
		if err != nil {
			continue // it ended just now
		}
		for l := range strings.Lines(string(text)) {
			if list, is := strings.CutPrefix(l, "Cpus_allowed_list:"); is {
				if list = foreign.Line(strings.TrimSpace(list)); list != "" && !slices.Contains(all, list) {
					all = append(all, list)
				}
			}
		}
	}
	return all
}

// clock asks the kernel of its clock, and changes nothing; nil where it does not say.
func clock() *record.Clockwork {
	var t unix.Timex // no mode is set: nothing is adjusted
	state, err := unix.Adjtimex(&t)
	if err != nil {
		return nil
	}
	const timeError, unsynchronised = 5, 0x40 // TIME_ERROR and STA_UNSYNC of include/uapi/linux/timex.h
	return &record.Clockwork{Synchronised: state != timeError && t.Status&unsynchronised == 0}
}
