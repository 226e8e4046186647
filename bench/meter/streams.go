package meter

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"vnettune/results/record"
)

// block is the bytes of one write or read of a stream, as iperf3's.
const block = 128 << 10

// rateEvery is how long one of Streams.Rates is.
const rateEvery = time.Second

// feed writes to every connection until it is closed or fails. fail hears of the first error of
// each; the end of the measurement closes connections as well, so that it may be none.
func feed(conns []net.Conn, wait *sync.WaitGroup, fail func(error)) {
	data := make([]byte, block)
	for i := range data {
		data[i] = byte(i * 131 >> 3)
	}
	for _, c := range conns {
		asTheSystemHasIt(c)
		wait.Go(func() {
			for {
				if _, err := c.Write(data); err != nil {
					fail(err)
					return
				}
			}
		})
	}
}

// asTheSystemHasIt takes back what Go sets of a stream that other programs leave alone. Buffers
// are not touched: a size that is set switches autotuning off, which may be under test.
func asTheSystemHasIt(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetNoDelay(false)
	}
}

// intake reads from connections and counts.
type intake struct {
	conns  []net.Conn
	counts []counter
	wait   sync.WaitGroup
}

// counter has a cache line of its own.
type counter struct {
	n atomic.Int64
	_ [56]byte
}

// take begins to read. fail hears of the first error of each connection.
func take(conns []net.Conn, fail func(error)) *intake {
	in := &intake{conns: conns, counts: make([]counter, len(conns))}
	for i, c := range conns {
		asTheSystemHasIt(c)
		in.wait.Go(func() {
			buffer := make([]byte, block)
			for {
				n, err := c.Read(buffer)
				in.counts[i].n.Add(int64(n))
				if err != nil {
					fail(err)
					return
				}
			}
		})
	}
	return in
}

// snapshot is the bytes of each connection so far.
func (in *intake) snapshot() ([]int64, time.Time) {
	each := make([]int64, len(in.counts))
	for i := range in.counts {
		each[i] = in.counts[i].n.Load()
	}
	return each, time.Now()
}

// firstLimit is how long the first byte of each stream may take.
const firstLimit = 5 * time.Second

// started waits until every stream has brought a byte.
func (in *intake) started(ctx context.Context) error {
	limit := time.Now().Add(firstLimit)
	for {
		each, now := in.snapshot()
		missing := 0
		for _, n := range each {
			if n == 0 {
				missing++
			}
		}
		switch {
		case missing == 0:
			return nil
		case now.After(limit):
			return failf(record.DataConnectionFailed, "%d of %d streams have brought nothing in %s", missing, len(each), firstLimit)
		}
		if err := pause(ctx, time.Millisecond); err != nil {
			return err
		}
	}
}

// window counts what arrives in the measured seconds. mark is called when they begin and when
// they end.
func (in *intake) window(ctx context.Context, p Params, mark func(ended bool) error) (*Streams, error) {
	if err := in.started(ctx); err != nil {
		return nil, err
	}
	if err := pause(ctx, seconds(p.WarmUp)); err != nil {
		return nil, err
	}
	if err := mark(false); err != nil {
		return nil, err
	}
	first, begin := in.snapshot()
	s := &Streams{Each: make([]int64, len(first))}
	last, at := first, begin
	for end := begin.Add(seconds(p.Seconds)); at.Before(end); {
		if err := pause(ctx, min(time.Until(end), rateEvery-time.Since(at))); err != nil {
			return nil, err
		}
		each, now := in.snapshot()
		if took := now.Sub(at).Seconds(); took > 0 {
			s.Rates = append(s.Rates, float64(sum(each)-sum(last))*8/took/1e6)
		}
		last, at = each, now
	}
	if err := mark(true); err != nil {
		return nil, err
	}
	s.Seconds = at.Sub(begin).Seconds()
	for i := range last {
		s.Each[i] = last[i] - first[i]
	}
	if s.Bytes = sum(s.Each); s.Bytes == 0 {
		return nil, failf(record.HangKilled, "not a byte arrived in the measured seconds")
	}
	return s, nil
}

func sum(all []int64) (total int64) {
	for _, n := range all {
		total += n
	}
	return total
}

// pause waits; the error is the context's cause.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}
