package meter

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"vnettune/results/record"
)

// A datagram begins with the session (8 bytes), what it is (1), its stream (1) and its number in
// that stream (6), big end first.
const headerLength = 16

// What a datagram is.
const (
	dgProbe byte = iota + 1
	dgProbed
	dgWarmUp
	dgMeasured
)

// maxBatch is the most datagrams of one call with USO (UDP_MAX_SEGMENTS of Linux is 64 in older
// kernels), and the most bytes.
const (
	maxBatch      = 64
	maxBatchBytes = 65000
)

func putHeader(b []byte, session uint64, what, stream byte, number uint64) {
	binary.BigEndian.PutUint64(b, session)
	binary.BigEndian.PutUint64(b[8:], number&(1<<48-1)|uint64(what)<<56|uint64(stream)<<48)
}

func header(b []byte) (session uint64, what, stream byte, number uint64) {
	rest := binary.BigEndian.Uint64(b[8:])
	return binary.BigEndian.Uint64(b), byte(rest >> 56), byte(rest >> 48), rest & (1<<48 - 1)
}

// outlet sends datagrams of one stream.
type outlet struct {
	write  func([]byte) error
	stream byte
}

// debt is how far behind its times a sender may be and still make up for it; what is older is
// skipped, as no burst of it was asked for.
const debt = 100 * time.Millisecond

// spray sends the datagrams of one stream at the rate until the seconds are over, and counts those
// of the measured ones.
func (o outlet) spray(ctx context.Context, session uint64, p Params) (count, errs, skipped int64, took float64, err error) {
	batch := 1
	if p.USO {
		batch = max(1, min(maxBatch, maxBatchBytes/p.Length))
	}
	data := make([]byte, batch*p.Length)
	interval := 0.0 // ns
	if p.Rate > 0 {
		interval = float64(p.Length*8) / p.Rate * float64(time.Second)
	}
	pace := newPacer()
	defer pace.close()
	begin := time.Now()
	warm, all := seconds(p.WarmUp), p.lasts()
	due := func(slot uint64) time.Duration { return time.Duration(float64(slot) * interval) }
	slotAt := func(d time.Duration) uint64 { // the first that is not due before
		slot := uint64(float64(d) / interval)
		for due(slot) < d {
			slot++
		}
		return slot
	}
	first, end := uint64(0), uint64(0) // of the measured ones
	if interval > 0 {
		first, end = slotAt(warm), slotAt(all)
	}
	for number, slot := uint64(0), uint64(0); ; {
		if ctx.Err() != nil {
			return 0, 0, 0, 0, context.Cause(ctx)
		}
		now := time.Since(begin)
		next := now
		if interval > 0 {
			if next = due(slot); next > now && next < all {
				pace.until(begin.Add(next))
				now = time.Since(begin)
			}
			if now-next > debt {
				old := slot + uint64(float64(now-next-debt)/interval)
				skipped += max(0, int64(min(old, end))-int64(max(slot, first)))
				slot = old
				next = due(slot)
			}
		}
		if next >= all {
			break
		}
		what := dgWarmUp
		if next >= warm {
			what = dgMeasured
		}
		k := 0
		for ; k < batch && (k == 0 || interval == 0 || due(slot) <= now); k++ {
			putHeader(data[k*p.Length:], session, what, o.stream, number)
			number++
			slot++
		}
		if werr := o.write(data[:k*p.Length]); werr != nil {
			if !passing(werr) {
				return 0, 0, 0, 0, werr
			}
			errs++ // it counts as sent: it was offered, and is lost
		}
		if what == dgMeasured {
			count += int64(k)
		}
	}
	return count, errs, skipped, (time.Since(begin) - warm).Seconds(), nil
}

// spray sends all streams and puts their counts together.
func spray(ctx context.Context, outlets []outlet, session uint64, p Params) (*Datagrams, error) {
	d := &Datagrams{Each: make([]int64, len(outlets))}
	var mu sync.Mutex
	var first error
	var wait sync.WaitGroup
	for i, o := range outlets {
		wait.Go(func() {
			count, errs, skipped, took, err := o.spray(ctx, session, p)
			mu.Lock()
			defer mu.Unlock()
			d.Each[i], d.Errors, d.Skipped = count, d.Errors+errs, d.Skipped+skipped
			d.Seconds = max(d.Seconds, took)
			if first == nil {
				first = err
			}
		})
	}
	wait.Wait()
	if d.Count = sum(d.Each); d.Count == 0 && first == nil {
		first = failf(record.Implausible, "not one datagram could be sent in the measured seconds")
	}
	return d, first
}

// behind is how many numbers behind the newest one is still known to have come.
const behind = 1 << 16

// tally counts what arrives of one stream.
type tally struct {
	newest       uint64 // number after the newest
	seen         [behind / 64]uint64
	count, twice int64
	outOfOrder   int64
	first, last  time.Time
}

// add counts datagram number n. One that is too far behind to be known counts as a duplicate: a
// loss may be stated too high, never too low.
func (t *tally) add(n uint64, at time.Time) {
	switch {
	case n >= t.newest:
		if n-t.newest >= behind {
			t.seen = [behind / 64]uint64{}
		} else {
			for i := t.newest; i < n; i++ {
				t.seen[i%behind/64] &^= 1 << (i % 64)
			}
		}
		t.newest = n + 1
	case t.newest-n > behind:
		t.twice++
		return
	case t.seen[n%behind/64]&(1<<(n%64)) != 0:
		t.twice++
		return
	default:
		t.outOfOrder++
	}
	t.seen[n%behind/64] |= 1 << (n % 64)
	if t.count++; t.count == 1 {
		t.first = at
	}
	t.last = at
}

// drain receives the measured datagrams of a session.
type drain struct {
	session uint64
	length  int

	mu      sync.Mutex // guards what follows
	tallies []tally
	foreign int64
	probed  map[byte]netip.AddrPort // from where each stream's probe came

	arrived atomic.Int64 // of the measured, duplicates too
}

func newDrain(session uint64, p Params) *drain {
	return &drain{session: session, length: p.Length, tallies: make([]tally, p.Streams), probed: map[byte]netip.AddrPort{}}
}

// read takes datagrams until the socket is closed or fails; a server answers probes.
func (d *drain) read(conn *net.UDPConn, peer netip.Addr, answer bool) error {
	buffer := make([]byte, 1<<16)
	for {
		n, from, err := conn.ReadFromUDPAddrPort(buffer)
		if err != nil {
			if passing(err) {
				continue
			}
			return err
		}
		d.took(buffer[:n], from, peer)
		if answer && n >= headerLength && from.Addr().Unmap().WithZone("") == peer {
			if session, what, stream, _ := header(buffer); session == d.session && what == dgProbe {
				putHeader(buffer, session, dgProbed, stream, 0)
				_, _ = conn.WriteToUDPAddrPort(buffer[:headerLength], from) // the client asks again
			}
		}
	}
}

// took counts what one call brought: with URO several datagrams of one length, the last of
// which may be shorter.
func (d *drain) took(b []byte, from netip.AddrPort, peer netip.Addr) {
	at := time.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(b) < headerLength || from.Addr().Unmap().WithZone("") != peer {
		d.foreign++
		return
	}
	for len(b) >= headerLength {
		session, what, stream, number := header(b)
		switch {
		case session != d.session || int(stream) >= len(d.tallies):
			d.foreign++
			return
		case what == dgProbe:
			d.probed[stream] = from
			return
		case what == dgMeasured && len(b) >= d.length:
			d.tallies[stream].add(number, at)
			d.arrived.Add(1)
		}
		b = b[min(d.length, len(b)):]
	}
}

// probes is how many streams have shown where they come from, and the addresses by stream.
func (d *drain) probes() map[byte]netip.AddrPort {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := make(map[byte]netip.AddrPort, len(d.probed))
	for s, a := range d.probed {
		all[s] = a
	}
	return all
}

// Waiting for datagrams that are on their way when all were sent.
const (
	silence   = 500 * time.Millisecond
	drainMost = 3 * time.Second
)

// settle waits until all that were sent have come, or none came for a while.
func (d *drain) settle(ctx context.Context, sent int64) error {
	begin := time.Now()
	quiet, last := begin, int64(-1)
	for {
		now := d.arrived.Load()
		if now != last {
			quiet, last = time.Now(), now
		}
		if now >= sent || time.Since(quiet) > silence || time.Since(begin) > drainMost {
			return nil
		}
		if err := pause(ctx, 5*time.Millisecond); err != nil {
			return err
		}
	}
}

// figures are what has arrived.
func (d *drain) figures() *Received {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := &Received{Foreign: d.foreign}
	var first, last time.Time
	for i := range d.tallies {
		t := &d.tallies[i]
		r.Count += t.count
		r.Duplicates += t.twice
		r.OutOfOrder += t.outOfOrder
		if t.count > 0 && (first.IsZero() || t.first.Before(first)) {
			first = t.first
		}
		if t.last.After(last) {
			last = t.last
		}
	}
	r.Bytes = r.Count * int64(d.length)
	r.Span = last.Sub(first).Seconds()
	return r
}

// passing says whether an error of a datagram socket is of one datagram, and not of the socket.
func passing(err error) bool {
	return !errors.Is(err, net.ErrClosed) && !errors.Is(err, os.ErrDeadlineExceeded) && isPassing(err)
}
