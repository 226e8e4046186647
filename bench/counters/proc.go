package counters

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"vnettune/results/record"
)

// userHZ is the kernel's unit of processor time towards programs, in parts of a second: 100 on every architecture
// that QEMU runs KVM guests on (proc(5); include/asm-generic/param.h, USER_HZ).
const userHZ = 100

// Totals are the processor time of the host since its start.
type Totals struct {
	record.HostCPU
	All float64 // seconds of all processors, those that they had nothing to do in among them
}

func parseStat(text []byte) (record.HostCPU, error) {
	t, err := ParseTotals(text)
	return t.HostCPU, err
}

// ParseTotals reads /proc/stat (proc_stat(5)).
func ParseTotals(text []byte) (Totals, error) {
	var c Totals
	found := false
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) == 0 || !strings.HasPrefix(words[0], "cpu") {
			continue
		}
		if words[0] != "cpu" {
			c.Processors++
			continue
		}
		if len(words) < 9 {
			return c, fmt.Errorf("/proc/stat: the line of all processors has %d numbers, and should have 8 or more", len(words)-1)
		}
		var t [8]float64
		for i := range t {
			n, err := strconv.ParseUint(words[i+1], 10, 64)
			if err != nil {
				return c, fmt.Errorf("/proc/stat: %w", err)
			}
			t[i] = float64(n) / userHZ
			c.All += t[i]
		}
		const user, nice, system, irq, softirq, steal = 0, 1, 2, 5, 6, 7 // time of guests is in that of users
		c.Busy, c.Softirq, c.Steal, found = t[user]+t[nice]+t[system]+t[irq]+t[softirq], t[softirq], t[steal], true
	}
	if !found || c.Processors == 0 {
		return c, errors.New("/proc/stat: it names no processors")
	}
	return c, nil
}

// parseSoftnet reads /proc/net/softnet_stat: a line a processor, hexadecimal numbers of 32 bits that wrap. It
// gives the first three of each line.
func parseSoftnet(text []byte) ([][3]uint32, error) {
	var all [][3]uint32
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if len(words) < 3 {
			return nil, fmt.Errorf("/proc/net/softnet_stat: a line of %d numbers, and there should be 3 or more", len(words))
		}
		var one [3]uint32
		for i := range one {
			n, err := strconv.ParseUint(words[i], 16, 32)
			if err != nil {
				return nil, fmt.Errorf("/proc/net/softnet_stat: %w", err)
			}
			one[i] = uint32(n)
		}
		all = append(all, one)
	}
	if len(all) == 0 {
		return nil, errors.New("/proc/net/softnet_stat: it is empty")
	}
	return all, nil
}

// softnetBetween is what was counted between two readings; nil where a processor came or went.
func softnetBetween(a, b [][3]uint32) *record.Softnet {
	if len(a) != len(b) || len(a) == 0 {
		return nil
	}
	var s record.Softnet
	for i := range a {
		s.Processed += float64(b[i][0] - a[i][0]) // of 32 bits: right across one wrap
		s.Dropped += float64(b[i][1] - a[i][1])
		s.Squeezed += float64(b[i][2] - a[i][2])
	}
	return &s
}

// parseDev reads /proc/net/dev: what each interface of the network namespace has counted since it was made.
func parseDev(text []byte) (map[string]record.LinkCounters, error) {
	all := map[string]record.LinkCounters{}
	for line := range strings.Lines(string(text)) {
		at := strings.LastIndexByte(line, ':')
		if at < 0 {
			continue // a heading
		}
		name, words := strings.TrimSpace(line[:at]), strings.Fields(line[at+1:])
		if name == "" || len(words) < 12 {
			return nil, fmt.Errorf("/proc/net/dev: a line of %d numbers, and there should be 12 or more", len(words))
		}
		var n [12]float64
		for i := range n {
			v, err := strconv.ParseUint(words[i], 10, 64)
			if err != nil {
				return nil, fmt.Errorf("/proc/net/dev: %w", err)
			}
			n[i] = float64(v)
		}
		all[name] = record.LinkCounters{Name: name, BytesReceived: n[0], PacketsReceived: n[1], DropsReceived: n[3], BytesSent: n[8], PacketsSent: n[9], DropsSent: n[11]}
	}
	if len(all) == 0 {
		return nil, errors.New("/proc/net/dev: it names no interface")
	}
	return all, nil
}

// thread is a thread's name, its start (in ticks since the host's) and its processor time in seconds.
type thread struct {
	name    string
	started uint64
	seconds float64
}

// parseThread reads /proc/PID/stat or /proc/PID/task/TID/stat (proc_pid_stat(5)). The name is in parentheses, and
// may have spaces and parentheses of its own.
func parseThread(text []byte) (thread, error) {
	line := string(text)
	from, to := strings.IndexByte(line, '('), strings.LastIndexByte(line, ')')
	if from < 0 || to < from {
		return thread{}, errors.New("the statistics of a thread name none")
	}
	words := strings.Fields(line[to+1:]) // from the third on
	const utime, stime, started = 14 - 3, 15 - 3, 22 - 3
	if len(words) <= started {
		return thread{}, fmt.Errorf("the statistics of a thread have %d numbers behind its name", len(words))
	}
	var n [3]uint64
	for i, at := range []int{utime, stime, started} {
		var err error
		if n[i], err = strconv.ParseUint(words[at], 10, 64); err != nil {
			return thread{}, fmt.Errorf("the statistics of a thread: %w", err)
		}
	}
	return thread{line[from+1 : to], n[2], (float64(n[0]) + float64(n[1])) / userHZ}, nil
}
