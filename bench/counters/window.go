package counters

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"time"

	"vnettune/results/record"
)

// interval is how often the sockets are looked at: what they have counted since the last look before they are
// closed is lost.
const interval = 100 * time.Millisecond

// Begin begins to count beside a run of a workload, and gives what ends it. It takes the time of a look at the
// host, the first time that of finding the guest's machine.
func (c *Counter) Begin(ctx context.Context, of record.Adapter, w record.Workload) (end func() record.Counters) {
	guest := c.Guest(of)
	at := c.at(ctx, guest)
	seen := func() ([]socket, error) { return nil, errPeer }
	if !c.Peer {
		seen = watch(netip.AddrPortFrom(guest.Address, uint16(c.port(w))))
	}
	was, started := system.take(at), time.Now()
	return func() record.Counters {
		is, took := system.take(at), time.Since(started)
		counted := between(was, is, at)
		counted.Seconds = took.Seconds()
		all, err := seen()
		if w.Protocol == record.UDP {
			return counted // its control connections are no data
		}
		control := 1
		if w.ByIPerf2() {
			control = 0
		}
		if counted.Sockets = data(all, w.Streams, control); err != nil {
			absent(&counted, partSockets, err)
		} else if len(counted.Sockets) == 0 {
			absent(&counted, partSockets, errors.New("none of the run's was seen"))
		}
		return counted
	}
}

// errPeer is why no sockets are counted.
var errPeer = errors.New("the peer measures, and its sockets are not counted")

// watch looks at the sockets that are connected to the guest's server until it is stopped, and gives the last that
// it saw of each. Those that were there before are none of the run's.
func watch(to netip.AddrPort) (stop func() ([]socket, error)) {
	before := map[uint64]bool{}
	first, err := sockets(to)
	if err != nil {
		return func() ([]socket, error) { return nil, err }
	}
	for _, s := range first {
		before[s.cookie] = true
	}
	last := map[uint64]socket{}
	over := make(chan struct{})
	var done sync.WaitGroup
	done.Go(func() {
		ticks := time.NewTicker(interval)
		defer ticks.Stop()
		for {
			select {
			case <-over:
				return
			case <-ticks.C:
			}
			now, lost := sockets(to)
			if lost != nil {
				continue // an interrupted dump; the next look comes soon
			}
			for _, s := range now {
				if !before[s.cookie] {
					last[s.cookie] = s
				}
			}
		}
	})
	return func() ([]socket, error) {
		close(over)
		done.Wait()
		var all []socket
		for _, s := range last {
			all = append(all, s)
		}
		return all, nil
	}
}
