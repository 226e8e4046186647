package kernel

import (
	"fmt"
	"math"

	"github.com/vishvananda/netlink"

	"vnettune/trouble"
)

const (
	// burst is how many bytes leave at once: more than the largest segment that is cut up behind the
	// queue, without which the queue would cut it up itself.
	burst = 256 << 10
	// leastQueue is the shortest queue in bytes, queueTime how long a packet waits in a longer one at
	// the most, in seconds: what a switch port of such a rate has.
	leastQueue = 512 << 10
	queueTime  = 0.01
)

// SetRate limits what leaves a link to a rate in bits per second by a token bucket (sch_tbf), behind
// the delay if there is one.
func SetRate(link string, rate float64) error {
	l, err := netlink.LinkByName(link)
	if err != nil {
		return fmt.Errorf("adapter %s: %w", link, err)
	}
	qdiscs, err := netlink.QdiscList(l)
	if err != nil {
		return fmt.Errorf("adapter %s: queues: %w", link, err)
	}
	parent := uint32(netlink.HANDLE_ROOT)
	for _, q := range qdiscs {
		if q.Type() == "netem" && q.Attrs().Parent == netlink.HANDLE_ROOT {
			parent = q.Attrs().Handle | 1
		}
	}
	bytes := uint64(math.Round(rate / 8))
	tbf := &netlink.Tbf{
		QdiscAttrs: netlink.QdiscAttrs{LinkIndex: l.Attrs().Index, Handle: netlink.MakeHandle(2, 0), Parent: parent},
		Rate:       bytes,
		Limit:      burst + max(leastQueue, uint32(float64(bytes)*queueTime)),
		Buffer:     netlink.Xmittime(bytes, burst),
	}
	if err := netlink.QdiscReplace(tbf); err != nil {
		return fmt.Errorf("adapter %s: rate of %.0f bit/s: %w", link, rate, err)
	}
	return nil
}

// CanRate tries on this namespace's loopback whether the kernel can limit a rate.
func CanRate() error {
	if err := SetRate("lo", 1e9); err != nil {
		return trouble.Hint(fmt.Errorf("this kernel limits no rates: %w", err), "load the module sch_tbf, or bring the lab up without a rate")
	}
	l, err := netlink.LinkByName("lo")
	if err != nil {
		return fmt.Errorf("adapter lo: %w", err)
	}
	if err := netlink.QdiscDel(&netlink.Tbf{QdiscAttrs: netlink.QdiscAttrs{LinkIndex: l.Attrs().Index, Handle: netlink.MakeHandle(2, 0), Parent: netlink.HANDLE_ROOT}}); err != nil {
		return fmt.Errorf("adapter lo: no rate: %w", err)
	}
	return nil
}
