package link

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"vnettune/trouble"
)

// Conditions of a link; the zero value is the link as it is.
type Conditions struct {
	Delay  time.Duration // of each packet
	Jitter time.Duration // each packet's delay is drawn from Delay ± Jitter; packets may overtake each other
	Loss   float64       // percent of packets that are dropped; of what the adapter cuts up later, all of it counts as one
	Rate   float64       // bit/s; 0 is without limit
}

// queued says whether a netem is needed.
func (c Conditions) queued() bool { return c.Delay > 0 || c.Jitter > 0 || c.Loss > 0 }

// first is the kind of the first queue that the conditions need; "" for none.
func (c Conditions) first() string {
	switch {
	case c.queued():
		return "netem"
	case c.Rate > 0:
		return "tbf"
	}
	return ""
}

// Major is the first half of a queue's handle: who made it.
type Major uint16

// Majors of queues.
const (
	Stand Major = 1      // the stand-in's own, on its own cable
	Tune  Major = 0x766e // a campaign's, on an adapter of this host's
)

const (
	// delayed is the length of the delay's queue in packets: enough for 10 Gbit/s over 20 ms in packets of 1500
	// bytes, so that the delay never loses any.
	delayed = 20000
	// burst is how many bytes leave at once: more than the largest segment that is cut up behind the
	// queue, without which the queue would cut it up itself.
	burst = 256 << 10
	// leastQueue is the shortest queue in bytes, queueTime how long a packet waits in a longer one at
	// the most, in seconds: what a switch port of such a rate has.
	leastQueue = 512 << 10
	queueTime  = 0.01
)

// Set gives an adapter conditions, under a handle of major's: a netem where one is needed, and behind it, or alone, a
// token bucket where there is a rate. The zero value takes both away. An adapter with a queue that somebody else has
// made is an *OthersError, and stays as it is.
func Set(adapter string, major Major, c Conditions) error {
	l, err := netlink.LinkByName(adapter)
	if err != nil {
		return fmt.Errorf("adapter %s: %w", adapter, err)
	}
	root, err := rootOf(l)
	if err != nil {
		return err
	}
	if root != nil && !major.made(root) {
		return &OthersError{adapter, root.Type(), netlink.HandleStr(root.Attrs().Handle)}
	}
	kind := ""
	if root != nil {
		kind = root.Type()
	}
	// The kernel changes no kind of queue into another one in place; the same kind keeps what it holds.
	if root != nil && kind != c.first() {
		if err := netlink.QdiscDel(root); err != nil {
			return fmt.Errorf("adapter %s: take the queue %s away: %w", adapter, kind, err)
		}
	}
	parent := uint32(netlink.HANDLE_ROOT)
	if c.queued() {
		attrs := netlink.QdiscAttrs{LinkIndex: l.Attrs().Index, Handle: netlink.MakeHandle(uint16(major), 0), Parent: parent}
		if kind == "netem" && c.Rate == 0 {
			if err := netlink.QdiscDel(root); err != nil { // with what is behind it
				return fmt.Errorf("adapter %s: take the queue %s away: %w", adapter, kind, err)
			}
		}
		netem := netlink.NewNetem(attrs, netlink.NetemQdiscAttrs{
			Latency: uint32(c.Delay.Microseconds()), Jitter: uint32(c.Jitter.Microseconds()), Loss: float32(c.Loss), Limit: delayed})
		if err := netlink.QdiscReplace(netem); err != nil {
			return lacks(adapter, "sch_netem", "delay, jitter and loss", err)
		}
		parent = attrs.Handle | 1
	}
	if c.Rate > 0 {
		bytes := uint64(math.Round(c.Rate / 8))
		tbf := &netlink.Tbf{
			QdiscAttrs: netlink.QdiscAttrs{LinkIndex: l.Attrs().Index, Handle: netlink.MakeHandle(uint16(major)+1, 0), Parent: parent},
			Rate:       bytes,
			Limit:      burst + max(leastQueue, uint32(float64(bytes)*queueTime)),
			Buffer:     netlink.Xmittime(bytes, burst),
		}
		if err := netlink.QdiscReplace(tbf); err != nil {
			return errors.Join(lacks(adapter, "sch_tbf", fmt.Sprintf("a rate of %.0f bit/s", c.Rate), err), Set(adapter, major, Conditions{}))
		}
	}
	return has(l, major, c)
}

// OthersError says that an adapter has a queue that somebody else has made.
type OthersError struct{ Adapter, Kind, Handle string }

// Error names the queue.
func (e *OthersError) Error() string {
	return fmt.Sprintf("adapter %s has a queue %s with the handle %s, which somebody else has made", e.Adapter, e.Kind, e.Handle)
}

// Free says with an *OthersError that an adapter has a queue that somebody else has made. It changes nothing.
func Free(adapter string, major Major) error {
	l, err := netlink.LinkByName(adapter)
	if err != nil {
		return fmt.Errorf("adapter %s: %w", adapter, err)
	}
	root, err := rootOf(l)
	if err == nil && root != nil && !major.made(root) {
		err = &OthersError{adapter, root.Type(), netlink.HandleStr(root.Attrs().Handle)}
	}
	return err
}

// Clear takes away the conditions that major has set. An adapter that is gone, or that has others' queues, has none.
func Clear(adapter string, major Major) error {
	err := Set(adapter, major, Conditions{})
	var others *OthersError
	if errors.As(err, &netlink.LinkNotFoundError{}) || errors.As(err, &others) {
		return nil
	}
	return err
}

// rootOf is an adapter's first queue; nil where it has the kernel's own, which have no handle.
func rootOf(l netlink.Link) (netlink.Qdisc, error) {
	all, err := netlink.QdiscList(l)
	if err != nil {
		return nil, fmt.Errorf("adapter %s: queues: %w", l.Attrs().Name, err)
	}
	for _, q := range all {
		if a := q.Attrs(); a.LinkIndex == l.Attrs().Index && a.Parent == netlink.HANDLE_ROOT && a.Handle != 0 {
			return q, nil
		}
	}
	return nil, nil
}

// made says whether a first queue is of this major's making.
func (m Major) made(q netlink.Qdisc) bool {
	own, _ := netlink.MajorMinor(q.Attrs().Handle)
	return q.Type() == "netem" && own == uint16(m) || q.Type() == "tbf" && own == uint16(m)+1
}

// has reads the queues back.
func has(l netlink.Link, major Major, c Conditions) error {
	all, err := netlink.QdiscList(l)
	if err != nil {
		return fmt.Errorf("adapter %s: queues: %w", l.Attrs().Name, err)
	}
	netem, tbf := false, false
	for _, q := range all {
		if q.Attrs().LinkIndex != l.Attrs().Index || !major.made(q) {
			continue
		}
		switch q := q.(type) {
		case *netlink.Netem:
			netem = true
		case *netlink.Tbf:
			tbf = q.Rate == uint64(math.Round(c.Rate/8))
		}
	}
	if netem != c.queued() || tbf != (c.Rate > 0) {
		return fmt.Errorf("adapter %s: the kernel does not show the queues that it was asked for", l.Attrs().Name)
	}
	return nil
}

// lacks explains why a queue cannot be had.
func lacks(adapter, module, what string, err error) error {
	wrong := fmt.Errorf("adapter %s: %s: %w", adapter, what, err)
	switch {
	case errors.Is(err, unix.ENOENT):
		return trouble.Hint(fmt.Errorf("adapter %s: this kernel has no %s, so it gives no %s", adapter, module, what), "load the module %s, or take another host", module)
	case errors.Is(err, unix.EPERM):
		return trouble.Hint(wrong, "only root may shape an adapter")
	}
	return wrong
}

// CanHere tries conditions on this network namespace's loopback, which then is as it was.
func CanHere(c Conditions) error {
	if err := Set("lo", Stand, c); err != nil {
		return err
	}
	return Set("lo", Stand, Conditions{})
}
