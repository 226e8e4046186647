package meter

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
	"net"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"vnettune/results/record"
)

// Latencies are kept from 1 ns to an hour with three significant digits: 0.1 % of each.
const (
	leastLatency = 1
	mostLatency  = int64(maxSeconds) * 1e9
	digits       = 3
)

// What a stall of the path does to the latencies of each loop.
const (
	omissionClosed = "closed loop: a request waits for the answer to the one before, so that a stall of the path is seen by one request alone. High percentiles are too good by that (coordinated omission), and are not corrected"
	omissionOpen   = "open loop: each latency counts from the time at which its request was to be sent, whether or not it could be, so that a stall of the path is seen by every request that it held up (no coordinated omission)"
)

// latencies records what an asking end sees.
type latencies struct {
	all  *hdrhistogram.Histogram
	late *hdrhistogram.Histogram // of the open loop
}

func newLatencies() latencies {
	make := func() *hdrhistogram.Histogram { return hdrhistogram.New(leastLatency, mostLatency, digits) }
	return latencies{make(), make()}
}

func (l latencies) figures(loop string, took float64) (*RR, error) {
	text, err := l.all.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		return nil, err
	}
	r := &RR{Loop: loop, Count: l.all.TotalCount(), Seconds: took, Max: l.all.Max(), Mean: l.all.Mean(), Histogram: string(text),
		P50: l.all.ValueAtQuantile(50), P99: l.all.ValueAtQuantile(99), P999: l.all.ValueAtQuantile(99.9), CoordinatedOmission: omissionClosed}
	if loop == LoopOpen {
		r.CoordinatedOmission = omissionOpen
		r.LateP50, r.LateP99, r.LateMax = l.late.ValueAtQuantile(50), l.late.ValueAtQuantile(99), l.late.Max()
	}
	if r.Count == 0 {
		return nil, failf(record.Implausible, "not one request was answered in the measured seconds")
	}
	return r, nil
}

// exchange is the one connection that requests and responses go over.
type exchange struct {
	conn net.Conn
	p    Params
	out  []byte
	in   []byte
	pace func() pace // of the open loop
}

// pace waits for points in time.
type pace interface {
	until(time.Time)
	close()
}

func newExchange(conn net.Conn, p Params) *exchange {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetNoDelay(true) // it is Go's default as well
	}
	return &exchange{conn, p, make([]byte, p.Request), make([]byte, p.Response), func() pace { return newPacer() }}
}

// ask sends request number n.
func (x *exchange) ask(n uint64) error {
	binary.BigEndian.PutUint64(x.out, n)
	_, err := x.conn.Write(x.out)
	return err
}

// answer reads the response to request number n.
func (x *exchange) answer(n uint64) error {
	if _, err := io.ReadFull(x.conn, x.in); err != nil {
		return err
	}
	if got := binary.BigEndian.Uint64(x.in); got != n {
		return failf(record.Implausible, "the response to request %d is one to request %d", n, got)
	}
	return nil
}

// closed asks one request after the other.
func (x *exchange) closed() (*RR, error) {
	l := newLatencies()
	begin := time.Now()
	from, to := seconds(x.p.WarmUp), x.p.lasts()
	sent := time.Duration(0) // when the request goes, from begin
	first, last := time.Duration(-1), time.Duration(0)
	// One that is slower than all the measured seconds is measured all the same.
	for n := uint64(0); sent < to || first < 0; n++ {
		if err := x.ask(n); err != nil {
			return nil, err
		}
		if err := x.answer(n); err != nil {
			return nil, err
		}
		now := time.Since(begin)
		if sent >= from {
			if first < 0 {
				first = sent
			}
			last = now
			if err := l.all.RecordValue(int64(now - sent)); err != nil {
				return nil, err
			}
		}
		sent = now
	}
	return l.figures(LoopClosed, (last - first).Seconds())
}

// open asks at fixed times, whatever has been answered. Responses come in order, so that the
// time of the n-th request is that of the n-th response. Requests that are on their way when
// the seconds are over are waited for: the slowest of all are no missing values.
func (x *exchange) open(stop func()) (*RR, error) {
	interval := float64(time.Second) / x.p.Rate
	at := func(n uint64) time.Duration { return time.Duration(float64(n) * interval) }
	warm, all := uint64(math.Round(x.p.WarmUp*x.p.Rate)), uint64(math.Round((x.p.WarmUp+x.p.Seconds)*x.p.Rate))
	l := newLatencies()
	begin := time.Now()
	sending := make(chan error, 1)
	go func() {
		pace := x.pace()
		defer pace.close()
		for n := range all {
			due := at(n)
			pace.until(begin.Add(due))
			late := time.Since(begin) - due
			if err := x.ask(n); err != nil {
				stop() // the reader waits for a response that will not come
				sending <- err
				return
			}
			if n >= warm {
				_ = l.late.RecordValue(max(int64(late), leastLatency)) // a lateness of more than an hour ended the run
			}
		}
		sending <- nil
	}()
	var answering error
	for n := range all {
		if answering = x.answer(n); answering != nil {
			break
		}
		if took := time.Since(begin) - at(n); n >= warm {
			if answering = l.all.RecordValue(max(int64(took), leastLatency)); answering != nil {
				break
			}
		}
	}
	if answering != nil {
		stop()
	}
	// The sender's error is the cause of a reader's that found the connection closed.
	if err := <-sending; err != nil && (answering == nil || errors.Is(answering, net.ErrClosed)) {
		answering = err
	}
	if answering != nil {
		return nil, answering
	}
	return l.figures(LoopOpen, x.p.Seconds)
}

// run asks by the loop of the parameters.
func (x *exchange) run(stop func()) (*RR, error) {
	if x.p.Rate > 0 {
		return x.open(stop)
	}
	return x.closed()
}

// respond answers until the connection ends, and counts.
func (x *exchange) respond() (int64, error) {
	for n := int64(0); ; n++ {
		if _, err := io.ReadFull(x.conn, x.out); err != nil {
			return n, err
		}
		copy(x.in[:MinMessage], x.out)
		if _, err := x.conn.Write(x.in); err != nil {
			return n, err
		}
	}
}
