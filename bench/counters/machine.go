package counters

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"vnettune/bench/hypervisor"
	"vnettune/foreign"
	"vnettune/results/record"
)

// maxProc is the most bytes that are read of a file of the kernel's: a host of many processors and interfaces
// writes some hundred thousand.
const maxProc = 4 << 20

// roots are where the kernel's files are; tests have others.
type roots struct{ proc, debug string }

var system = roots{"/proc", "/sys/kernel/debug"}

// read parses one file of the kernel's.
func read[T any](path string, parse func([]byte) (T, error)) (T, error) {
	text, err := foreign.ReadFile(path, maxProc)
	if err != nil {
		var none T
		return none, err
	}
	return parse(text)
}

// machineTime is the processor time of the guest's machine since its start, by thread.
type machineTime struct {
	process thread
	threads map[int]thread
	vhost   map[int]thread // the kernel's own
}

func (r roots) machineTime(at hypervisor.Place) (machineTime, error) {
	folder := filepath.Join(r.proc, strconv.Itoa(at.PID))
	process, err := read(filepath.Join(folder, "stat"), parseThread)
	if err != nil {
		return machineTime{}, err
	}
	entries, err := os.ReadDir(filepath.Join(folder, "task"))
	if err != nil {
		return machineTime{}, err
	}
	m := machineTime{process, map[int]thread{}, map[int]thread{}}
	for _, e := range entries {
		tid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		// One that ends just now is in the sum of the process all the same.
		if t, err := read(filepath.Join(folder, "task", e.Name(), "stat"), parseThread); err == nil {
			m.threads[tid] = t
		}
	}
	for _, tid := range at.Vhost {
		t, err := read(filepath.Join(r.proc, strconv.Itoa(tid), "stat"), parseThread)
		if err != nil {
			return machineTime{}, fmt.Errorf("a thread of vhost: %w", err)
		}
		m.vhost[tid] = t
	}
	return m, nil
}

// since is the processor time between two readings of one process.
func (m machineTime) since(was machineTime, at hypervisor.Place) (record.QEMUCPU, error) {
	var q record.QEMUCPU
	if m.process.started != was.process.started {
		return q, fmt.Errorf("process %d is another than before the run", at.PID)
	}
	q.Total = m.process.seconds - was.process.seconds
	var vcpu, iothread, main, vhost float64
	named, ownVhost := false, false
	for tid, t := range m.threads {
		spent := t.seconds
		if before, there := was.threads[tid]; there && before.started == t.started {
			spent -= before.seconds
		}
		switch {
		case strings.HasPrefix(t.name, "CPU "): // qemu: accel/*, "CPU %d/KVM"
			vcpu, named = vcpu+spent, true
		case strings.HasPrefix(t.name, "IO "): // qemu: iothread.c
			iothread += spent
		case t.name == "vhost-"+strconv.Itoa(at.PID): // of Linux 6.4 and later
			vhost, ownVhost = vhost+spent, true
		case tid == at.PID:
			main += spent
		}
	}
	for tid, t := range m.vhost {
		spent := t.seconds - was.vhost[tid].seconds
		vhost, q.Total = vhost+spent, q.Total+spent
	}
	if named {
		q.VCPU, q.IOThread, q.Main = &vcpu, &iothread, &main
	}
	if ownVhost || at.VhostSeen {
		q.Vhost = &vhost
	}
	return q, nil
}

// exits is how often the processors of the guest were left since its start, by KVM's files in debugfs, which root
// alone may read (virt/kvm/kvm_main.c, kvm_create_vm_debugfs).
func (r roots) exits(pid int) (float64, error) {
	pattern := filepath.Join(r.debug, "kvm", strconv.Itoa(pid)+"-*", "exits")
	files, err := filepath.Glob(pattern)
	if err == nil && len(files) == 0 {
		_, err = os.ReadDir(filepath.Join(r.debug, "kvm"))
		if err == nil {
			err = fmt.Errorf("process %d has no machine of KVM's", pid)
		}
	}
	if err != nil {
		return 0, err
	}
	sum := 0.0
	for _, f := range files {
		n, err := read(f, func(text []byte) (uint64, error) { return strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64) })
		if err != nil {
			return 0, err
		}
		sum += float64(n)
	}
	return sum, nil
}

// absent notes that a part of the counters could not be read.
func absent(c *record.Counters, part string, err error) {
	c.Absent = append(c.Absent, record.Absence{Part: part, Reason: foreign.Line(err.Error())})
}

// reading is what the host counts at one moment.
type reading struct {
	cpu     record.HostCPU
	softnet [][3]uint32
	links   map[string]record.LinkCounters
	machine machineTime
	exits   float64
	errs    map[string]error // of parts that could not be read
}

// Parts of the counters, by the names that stand under Absent.
const (
	partSockets = "TCP of the host's sockets"
	partCPU     = "processor time of the host"
	partSoftnet = "packet queues of the host"
	partLinks   = "links to the guest"
	partQEMU    = "processor time of the guest's machine"
	partExits   = "exits of KVM"
)

func (r roots) take(at hypervisor.Place) reading {
	now := reading{errs: map[string]error{}}
	var err error
	if now.cpu, err = read(filepath.Join(r.proc, "stat"), parseStat); err != nil {
		now.errs[partCPU] = err
	}
	if now.softnet, err = read(filepath.Join(r.proc, "net/softnet_stat"), parseSoftnet); err != nil {
		now.errs[partSoftnet] = err
	}
	if now.links, err = read(filepath.Join(r.proc, "net/dev"), parseDev); err != nil {
		now.errs[partLinks] = err
	}
	if at.NoPID != nil {
		now.errs[partQEMU], now.errs[partExits] = at.NoPID, at.NoPID
		return now
	}
	if now.machine, err = r.machineTime(at); err != nil {
		now.errs[partQEMU] = err
	}
	if now.exits, err = r.exits(at.PID); err != nil {
		now.errs[partExits] = err
	}
	return now
}

// between is what was counted from one reading to the next.
func between(was, is reading, at hypervisor.Place) record.Counters {
	var c record.Counters
	known := func(part string) bool {
		for _, r := range []reading{was, is} {
			if err := r.errs[part]; err != nil {
				absent(&c, part, err)
				return false
			}
		}
		return true
	}
	if known(partCPU) {
		c.CPU = &record.HostCPU{Processors: is.cpu.Processors, Busy: max(0, is.cpu.Busy-was.cpu.Busy), Softirq: max(0, is.cpu.Softirq-was.cpu.Softirq), Steal: max(0, is.cpu.Steal-was.cpu.Steal)}
	}
	if known(partSoftnet) {
		if c.Softnet = softnetBetween(was.softnet, is.softnet); c.Softnet == nil {
			absent(&c, partSoftnet, fmt.Errorf("the host had %d processors before the run and %d after it", len(was.softnet), len(is.softnet)))
		}
	}
	if known(partLinks) {
		for _, name := range at.Links {
			if a, b := was.links[name], is.links[name]; a.Name != "" && b.Name != "" && b.PacketsSent >= a.PacketsSent && b.PacketsReceived >= a.PacketsReceived {
				c.Links = append(c.Links, record.LinkCounters{Name: name, BytesReceived: b.BytesReceived - a.BytesReceived, PacketsReceived: b.PacketsReceived - a.PacketsReceived, DropsReceived: b.DropsReceived - a.DropsReceived,
					BytesSent: b.BytesSent - a.BytesSent, PacketsSent: b.PacketsSent - a.PacketsSent, DropsSent: b.DropsSent - a.DropsSent})
			}
		}
		if len(c.Links) == 0 {
			absent(&c, partLinks, fmt.Errorf("which they are is not known"))
		}
	}
	if known(partQEMU) {
		if q, err := is.machine.since(was.machine, at); err != nil {
			absent(&c, partQEMU, err)
		} else {
			c.QEMU = &q
		}
	}
	if known(partExits) && is.exits >= was.exits {
		c.Exits = new(is.exits - was.exits)
	}
	return c
}

// Counter counts on this host. The zero value but Guest is ready.
type Counter struct {
	// Guest is what is known of the guest whose adapter under test is given, Port where its iperf3 listens, and
	// MeterPort where its meter does.
	Guest      func(record.Adapter) hypervisor.Guest
	Port       int
	MeterPort  int
	IPerf2Port int  // where its iperf2 does
	Peer       bool // another machine measures: its sockets are none of this host's

	place *hypervisor.Place
}

// port is where the guest listens for a workload; of both ways at once for the one that this host sends.
func (c *Counter) port(w record.Workload) int {
	if w.ByMeter() {
		return c.MeterPort
	}
	if w.ByIPerf2() {
		return c.IPerf2Port
	}
	return c.Port
}

// at is where the guest's machine is: found once, and anew where it is not there any more.
func (c *Counter) at(ctx context.Context, g hypervisor.Guest) hypervisor.Place {
	if c.place != nil && c.place.NoPID == nil {
		if _, err := os.Stat(filepath.Join(system.proc, strconv.Itoa(c.place.PID))); err != nil {
			c.place = nil
		}
	}
	if c.place == nil {
		found := hypervisor.Find(ctx, g)
		c.place = &found
	}
	return *c.place
}
