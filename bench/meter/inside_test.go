package meter

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// delayed is a connection whose other end answers each request when so long has passed. In a
// bubble of synctest, whose clock stands still while anybody works, that is to the nanosecond.
type delayed struct {
	net.Conn
	wait  func(n uint64) time.Duration
	asked chan request
}

type request struct {
	n  uint64
	at time.Time
}

func (d *delayed) Write(b []byte) (int, error) {
	d.asked <- request{binary.BigEndian.Uint64(b), time.Now()}
	return len(b), nil
}

func (d *delayed) Read(b []byte) (int, error) {
	r, ok := <-d.asked
	if !ok {
		return 0, io.EOF
	}
	time.Sleep(d.wait(r.n) - time.Since(r.at))
	binary.BigEndian.PutUint64(b, r.n)
	return len(b), nil
}

// sleeper is a pace by Go's timers, which a bubble knows.
type sleeper struct{}

func (sleeper) until(t time.Time) { time.Sleep(time.Until(t)) }
func (sleeper) close()            {}

func slept(conn net.Conn, p Params) *exchange {
	x := newExchange(conn, p)
	x.pace = func() pace { return sleeper{} }
	return x
}

// TestLatencyOfAKnownResponder: half of the latencies against an end that waits 2 ms are that, to the
// histogram's three digits.
func TestLatencyOfAKnownResponder(t *testing.T) {
	const wait = 2 * time.Millisecond
	for _, rate := range []float64{0, 200} {
		synctest.Test(t, func(t *testing.T) {
			p := Params{Kind: KindRR, Request: 64, Response: 64, Rate: rate, Seconds: 1, WarmUp: 0.1}
			x := slept(&delayed{wait: func(uint64) time.Duration { return wait }, asked: make(chan request, 1000)}, p)
			rr, err := x.run(func() {})
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%s loop: p50 %s, p99 %s, max %s of %d requests", rr.Loop, time.Duration(rr.P50), time.Duration(rr.P99), time.Duration(rr.Max), rr.Count)
			if got := time.Duration(rr.P50); got < wait*999/1000 || got > wait*1001/1000 {
				t.Errorf("%s loop: p50 is %s, want %s", rr.Loop, got, wait)
			}
			if want := map[float64]int64{0: 500, 200: 200}[rate]; rr.Count != want {
				t.Errorf("%s loop: %d requests, want %d", rr.Loop, rr.Count, want)
			}
		})
	}
}

// TestCoordinatedOmission: a stall of the path is one latency of the closed loop, and one of each
// request that it held up of the open loop.
func TestCoordinatedOmission(t *testing.T) {
	const stall = 200 * time.Millisecond
	for _, c := range []struct {
		rate float64
		slow int64 // of the measured requests, those of at least a quarter of the stall
	}{{0, 1}, {1000, 150}} {
		synctest.Test(t, func(t *testing.T) {
			stalled := false
			x := slept(&delayed{asked: make(chan request, 10000), wait: func(n uint64) time.Duration {
				if n >= 100 && !stalled {
					stalled = true
					return stall
				}
				return time.Microsecond
			}}, Params{Kind: KindRR, Request: 8, Response: 8, Rate: c.rate, Seconds: 0.5})
			rr, err := x.run(func() {})
			if err != nil {
				t.Fatal(err)
			}
			slow := slower(t, rr.Histogram, stall/4)
			if slow != c.slow {
				t.Errorf("rate %g: %d requests are slow, want %d", c.rate, slow, c.slow)
			}
		})
	}
}

// TestAWrongAnswerIsNoLatency: a response to another request ends the run.
func TestAWrongAnswerIsNoLatency(t *testing.T) {
	for _, rate := range []float64{0, 1000} {
		d := &delayed{wait: func(uint64) time.Duration { return 0 }, asked: make(chan request, 10000)}
		d.asked <- request{7, time.Now()}
		x := slept(d, Params{Kind: KindRR, Request: 8, Response: 8, Rate: rate, Seconds: 0.1})
		if rr, err := x.run(func() {}); err == nil {
			t.Errorf("rate %g: %+v", rate, rr)
		}
	}
}

// TestTallyAgainstAPlainCount: numbers in random order, some lost and some twice, are counted as
// a plain set of them would be.
func TestTallyAgainstAPlainCount(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 16))
		n := 1 + r.IntN(3000)
		var order []uint64
		for i := range n {
			for range []int{1, 1, 1, 0, 2}[r.IntN(5)] {
				order = append(order, uint64(i))
			}
		}
		if r.IntN(2) == 0 { // behind each other by up to 50
			for i := range order {
				j := min(len(order)-1, i+r.IntN(50))
				order[i], order[j] = order[j], order[i]
			}
		}
		var got tally
		seen := map[uint64]bool{}
		var count, twice, late int64
		newest := int64(-1)
		for _, v := range order {
			got.add(v, time.Time{})
			switch {
			case seen[v]:
				twice++
			default:
				count++
				if int64(v) < newest {
					late++
				}
			}
			seen[v] = true
			newest = max(newest, int64(v))
		}
		if got.count != count || got.twice != twice || got.outOfOrder != late {
			t.Fatalf("seed %d: counted %d, %d twice, %d out of order; want %d, %d, %d", seed, got.count, got.twice, got.outOfOrder, count, twice, late)
		}
	}
	// Numbers far ahead and far behind of each other.
	var far tally
	for _, v := range []uint64{0, 1 << 40, 5, 1<<40 - 1, 1<<40 - behind + 1, 1<<40 - behind + 1, 1 << 40} {
		far.add(v, time.Time{})
	}
	if far.count != 4 || far.twice != 3 || far.outOfOrder != 2 {
		t.Errorf("far apart: %d, %d twice, %d out of order", far.count, far.twice, far.outOfOrder)
	}
}

// FuzzReceive: whatever comes over a control connection is a message in bounds or an error.
func FuzzReceive(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x02{}"))
	f.Add([]byte("\xff\xff\xff\xff"))
	f.Add([]byte("\x00\x00\x00\x10{\"params\":{}}...."))
	f.Fuzz(func(t *testing.T, b []byte) {
		var m message
		if receive(bytes.NewReader(b), maxAsked, &m) == nil && m.Params != nil {
			_ = m.Params.Check()
			_ = m.Params.connections()
		}
	})
}

// FuzzDatagrams: whatever datagram comes is counted within what could have been sent.
func FuzzDatagrams(f *testing.F) {
	good := make([]byte, 64)
	putHeader(good, 9, dgMeasured, 1, 5)
	f.Add(good, 32)
	f.Add([]byte{1, 2}, 16)
	peer := netip.MustParseAddrPort("127.0.0.1:9")
	f.Fuzz(func(t *testing.T, b []byte, length int) {
		if length < MinLength || length > MaxLength {
			return
		}
		d := newDrain(9, Params{Streams: 2, Length: length})
		d.took(b, peer, peer.Addr())
		d.took(b, netip.MustParseAddrPort("127.0.0.2:9"), peer.Addr())
		if r := d.figures(); r.Count*int64(length) > int64(len(b)) || r.Bytes != r.Count*int64(length) {
			t.Errorf("%d bytes are %+v", len(b), r)
		}
	})
}

// slower is how many latencies of a histogram are at least so long.
func slower(t *testing.T, text string, least time.Duration) (n int64) {
	t.Helper()
	h, err := hdrhistogram.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, bar := range h.Distribution() {
		if bar.From >= int64(least) {
			n += bar.Count
		}
	}
	return n
}
