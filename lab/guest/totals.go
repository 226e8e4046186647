package guest

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/vishvananda/netlink"

	"vnettune/lab/windows/machine"
)

// Totals are what the kernel has counted since the boot. A namespace has no processors of its own: those that its
// kernel counts are the host's.
func (m *Machine) Totals(mac string) (machine.Totals, error) {
	var t machine.Totals
	if m.kind == KindVM {
		text, err := os.ReadFile("/proc/stat")
		if err != nil {
			return t, err
		}
		if t.Processors, err = parseProcessors(string(text)); err != nil {
			return t, err
		}
	}
	for _, name := range m.links {
		l, err := netlink.LinkByName(name)
		if err != nil {
			return t, fmt.Errorf("adapter %s: %w", name, err)
		}
		if s := l.Attrs().Statistics; s != nil && l.Attrs().HardwareAddr.String() == mac {
			t.Link = machine.LinkTotals{ReceivedBytes: s.RxBytes, ReceivedPackets: s.RxPackets, ReceivedDropped: s.RxDropped, ReceivedErrors: s.RxErrors,
				SentBytes: s.TxBytes, SentPackets: s.TxPackets, SentDropped: s.TxDropped, SentErrors: s.TxErrors}
			return t, nil
		}
	}
	return t, fmt.Errorf("no adapter has the address %s", mac)
}

// tick is the unit of /proc/stat (proc_stat(5), USER_HZ).
const tick = 10 * time.Millisecond

// parseProcessors reads the lines of single processors of /proc/stat.
func parseProcessors(text string) ([]machine.ProcessorTotals, error) {
	var all []machine.ProcessorTotals
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) < 8 || words[0] == "cpu" || !strings.HasPrefix(words[0], "cpu") {
			continue
		}
		var ticks [7]time.Duration // user, nice, system, idle, iowait, irq, softirq
		for i := range ticks {
			n, err := strconv.ParseInt(words[i+1], 10, 64)
			if err != nil {
				return nil, fmt.Errorf("/proc/stat: %w", err)
			}
			ticks[i] = time.Duration(n) * tick
		}
		all = append(all, machine.ProcessorTotals{Idle: ticks[3] + ticks[4], Interrupt: ticks[5], DPC: ticks[6]})
	}
	return all, nil
}
