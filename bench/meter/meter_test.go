package meter_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"vnettune/bench/meter"
	"vnettune/results/record"
)

// guest starts a server on this machine, which ends with the test, and returns how a client
// reaches it.
func guest(t *testing.T, change func(*meter.Config)) meter.Target {
	t.Helper()
	target, _ := guestThatEnds(t, change)
	return target
}

// guestThatEnds returns as well what the server's end came to, and how to end it.
func guestThatEnds(t *testing.T, change func(*meter.Config)) (meter.Target, *running) {
	t.Helper()
	c := meter.Config{Peer: netip.MustParseAddr("127.0.0.1"), Token: meter.NewToken(), Idle: 600, Limit: 600}
	if change != nil {
		change(&c)
	}
	s, err := listen(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	r := &running{ended: make(chan error, 1), stop: cancel}
	go func() { r.ended <- s.Serve(ctx); close(r.ended) }()
	t.Cleanup(func() { cancel(); <-r.ended })
	return meter.Target{Address: "127.0.0.1", Port: s.Port(), Token: c.Token}, r
}

// listen listens on a port that is free for datagrams as well, below those that systems give to whoever asks for any: of
// these another test's may have one meanwhile.
func listen(c meter.Config) (*meter.Server, error) {
	if c.Port != 0 {
		return meter.Listen(c)
	}
	for range 100 {
		c.Port = 20000 + rand.IntN(10000)
		probe, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: c.Port})
		if err != nil {
			continue
		}
		probe.Close()
		if s, err := meter.Listen(c); err == nil {
			return s, nil
		}
	}
	c.Port = 0
	return meter.Listen(c)
}

type running struct {
	ended chan error
	stop  context.CancelFunc
}

// short are the parameters of each kind, over in a moment.
var short = map[string]meter.Params{
	"closed":           {Kind: meter.KindRR, Request: 64, Response: 64},
	"closed, unequal":  {Kind: meter.KindRR, Request: 8, Response: 100000},
	"open":             {Kind: meter.KindRR, Request: 64, Response: 64, Rate: 2000},
	"under load":       {Kind: meter.KindRR, Request: 64, Response: 64, Load: &meter.Load{Direction: meter.ToServer, Streams: 2}},
	"under load, back": {Kind: meter.KindRR, Request: 64, Response: 64, Rate: 500, Load: &meter.Load{Direction: meter.FromServer, Streams: 1}},
	"tcp":              {Kind: meter.KindTCP, Direction: meter.ToServer, Streams: 3},
	"tcp, back":        {Kind: meter.KindTCP, Direction: meter.FromServer, Streams: 2},
	"udp":              {Kind: meter.KindUDP, Direction: meter.ToServer, Streams: 2, Rate: 2e6, Length: 1000},
	"udp, back":        {Kind: meter.KindUDP, Direction: meter.FromServer, Streams: 2, Rate: 2e6, Length: 1000},
	"udp in batches":   {Kind: meter.KindUDP, Direction: meter.ToServer, Streams: 1, Rate: 50e6, Length: 1200, USO: true, URO: true},
}

func init() {
	for name, p := range short {
		p.Seconds, p.WarmUp = 0.3, 0.1
		short[name] = p
	}
}

func TestEachKindGivesFigures(t *testing.T) {
	target := guest(t, nil)
	for name, p := range short {
		t.Run(name, func(t *testing.T) {
			d := meter.Client{}.Run(t.Context(), target, p)
			o := d.Outcome(time.Second)
			if o.Class != record.OK {
				t.Fatalf("class %s: %s", o.Class, o.Reason)
			}
			if d.Server.OS != runtime.GOOS || d.Server.Version != meter.Version {
				t.Errorf("the server says it is %+v", d.Server)
			}
			got := map[string]float64{}
			for _, m := range o.Metrics {
				got[m.Name] = m.Value
				if !(m.Value >= 0) || math.IsInf(m.Value, 0) {
					t.Errorf("%s is %g", m.Name, m.Value)
				}
			}
			switch p.Kind {
			case meter.KindRR:
				histogram(t, *d.Host.RR)
				if got["latency"] <= 0 && d.Host.RR.Count >= 20 || got["latency_max"] < got["latency"] {
					t.Errorf("latencies %v", got)
				}
				if p.Load != nil && got["load_throughput"] <= 0 {
					t.Errorf("the load has no throughput: %v", got)
				}
				if p.Rate > 0 && d.Host.RR.Count != int64(p.Rate*p.Seconds) {
					t.Errorf("%d requests, want %g", d.Host.RR.Count, p.Rate*p.Seconds)
				}
				if said := d.Host.RR.CoordinatedOmission; !strings.HasPrefix(said, d.Host.RR.Loop) {
					t.Errorf("of the %s loop is said %q", d.Host.RR.Loop, said)
				}
			case meter.KindTCP:
				if got["throughput"] <= 0 {
					t.Errorf("no throughput: %v", got)
				}
				if counts := p.Direction == meter.ToServer; o.Clock.Compared != counts {
					t.Errorf("clocks compared: %t", o.Clock.Compared)
				}
			case meter.KindUDP:
				if got["throughput"] <= 0 || got["loss"] > 100 {
					t.Errorf("figures %v", got)
				}
				sent := d.Host.Sent
				if p.Direction == meter.FromServer {
					sent = d.Guest.Sent
				}
				// What a busy machine could not offer in time is skipped, and counted.
				want := math.Round(p.Rate*p.Seconds/float64(p.Length*8)) * float64(p.Streams)
				if off := math.Abs(float64(sent.Count+sent.Skipped) - want); off > float64(p.Streams) && !p.USO || off > 65 {
					t.Errorf("%d datagrams sent and %d skipped, want %g", sent.Count, sent.Skipped, want)
				}
			}
		})
	}
}

// histogram checks that the exported one is the figures'.
func histogram(t *testing.T, rr meter.RR) {
	t.Helper()
	h, err := hdrhistogram.Decode([]byte(rr.Histogram))
	if err != nil {
		t.Fatal(err)
	}
	if h.TotalCount() != rr.Count || h.ValueAtQuantile(50) != rr.P50 || h.ValueAtQuantile(99) != rr.P99 || h.ValueAtQuantile(99.9) != rr.P999 {
		t.Errorf("the histogram has %d values, p50 %d, p99 %d; the figures are %+v", h.TotalCount(), h.ValueAtQuantile(50), h.ValueAtQuantile(99), rr)
	}
}

// failed runs p and wants the class, and no figures.
func failed(t *testing.T, ctx context.Context, c meter.Client, target meter.Target, p meter.Params, class string) meter.Outcome {
	t.Helper()
	d := c.Run(ctx, target, p)
	o := d.Outcome(time.Second)
	if o.Class != class {
		t.Errorf("class %s: %s; want %s", o.Class, o.Reason, class)
	}
	if len(o.Metrics) > 0 || o.Bytes != 0 || d.Host.RR != nil || d.Guest.Streams != nil || d.Host.Streams != nil {
		t.Errorf("a failure has figures: %+v", o.Metrics)
	}
	return o
}

func TestFailuresHaveTheirClass(t *testing.T) {
	p := short["closed"]
	t.Run("nobody listens", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		l.Close()
		failed(t, t.Context(), meter.Client{}, meter.Target{Address: "127.0.0.1", Port: port, Token: meter.NewToken()}, p, record.ConnectionRefused)
	})
	t.Run("another's token", func(t *testing.T) {
		target := guest(t, nil)
		target.Token = meter.NewToken()
		failed(t, t.Context(), meter.Client{}, target, p, record.BadArguments)
	})
	t.Run("no token", func(t *testing.T) {
		target := guest(t, nil)
		target.Token = "abc"
		failed(t, t.Context(), meter.Client{}, target, p, record.BadArguments)
	})
	t.Run("another address", func(t *testing.T) {
		target := guest(t, func(c *meter.Config) { c.Peer = netip.MustParseAddr("192.0.2.7") })
		failed(t, t.Context(), meter.Client{}, target, p, record.PeerLost)
	})
	t.Run("out of bounds", func(t *testing.T) {
		big := p
		big.Request = meter.MaxMessage + 1
		failed(t, t.Context(), meter.Client{}, guest(t, nil), big, record.BadArguments)
	})
	t.Run("told to stop", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		failed(t, ctx, meter.Client{}, guest(t, nil), p, record.Interrupted)
	})
	t.Run("something else listens", func(t *testing.T) {
		for _, says := range []string{"SSH-2.0-OpenSSH_9.2p1\r\n", "\x00\x00\x00\x02{}", "\x00\x00\x00\x05nulls", "\x00\x00\x00\x04null", "\x00\x00\x00\x03[[["} {
			target := sham(t, func(c net.Conn) {
				_, _ = io.WriteString(c, says)
				_, _ = io.Copy(io.Discard, c)
			})
			failed(t, t.Context(), meter.Client{}, target, p, record.UnsupportedByServer)
		}
	})
	t.Run("says nothing", func(t *testing.T) {
		target := sham(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
		p := p
		p.Seconds = 0.1
		failed(t, t.Context(), meter.Client{Grace: 200 * time.Millisecond}, target, p, record.HangKilled)
	})
	t.Run("busy", func(t *testing.T) {
		target := guest(t, nil)
		long := p
		long.Seconds = 60
		ctx, cancel := context.WithCancel(t.Context())
		first := make(chan meter.Document, 1)
		go func() {
			for { // it may come while one of those below is measured
				d := meter.Client{}.Run(ctx, target, long)
				if d.Failed == nil || d.Failed.Class != record.ServerBusy {
					first <- d
					return
				}
			}
		}()
		for { // until the first has begun, one after the other gets through
			select {
			case d := <-first:
				t.Fatalf("the first ended: %v", d.Failed)
			default:
			}
			if (meter.Client{}).Run(t.Context(), target, p).Failed != nil {
				break
			}
		}
		failed(t, t.Context(), meter.Client{}, target, p, record.ServerBusy)
		cancel()
		if d := <-first; d.Failed == nil || d.Failed.Class != record.Interrupted {
			t.Errorf("the first, told to stop: %+v", d.Failed)
		}
		again(t, target, p)
	})
}

// again measures until the server has noticed that the one before is gone.
func again(t *testing.T, target meter.Target, p meter.Params) {
	t.Helper()
	for {
		d := meter.Client{}.Run(t.Context(), target, p)
		if d.Failed == nil {
			return
		}
		if d.Failed.Class != record.ServerBusy {
			t.Fatalf("the next run: %v", d.Failed)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// sham listens and has each connection served by something that is no meter.
func sham(t *testing.T, serve func(net.Conn)) meter.Target {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				serve(c)
			}()
		}
	}()
	return meter.Target{Address: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, Token: meter.NewToken()}
}

// relay stands between client and server, and does something to what goes over TCP once the
// measurement is under way. Over UDP nothing goes through it.
type relay struct {
	target meter.Target
	passed atomic.Int64
	once   sync.Once
	under  func() // called once, when the measurement is under way

	hold, cut chan struct{} // closed: nothing goes on, and nothing ends; every connection ends
}

// underWay is how many bytes have gone both ways when requests, or streams, certainly are among them.
const underWay = 8 << 10

func through(t *testing.T, target meter.Target) *relay {
	r := &relay{hold: make(chan struct{}), cut: make(chan struct{}), under: func() {}}
	r.target = sham(t, func(c net.Conn) {
		s, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", target.Port))
		if err != nil {
			return
		}
		defer s.Close()
		done := make(chan struct{}, 2)
		pass := func(to, from net.Conn) {
			defer func() { done <- struct{}{} }()
			buffer := make([]byte, 32<<10)
			for {
				n, err := from.Read(buffer)
				if r.passed.Add(int64(n)) > underWay {
					r.once.Do(r.under)
				}
				select {
				case <-r.hold:
					<-t.Context().Done()
				default:
				}
				if n > 0 {
					if _, werr := to.Write(buffer[:n]); werr != nil {
						err = werr
					}
				}
				if err != nil {
					return
				}
			}
		}
		go pass(c, s)
		go pass(s, c)
		select {
		case <-r.cut:
		case <-done:
		case <-t.Context().Done():
		}
	})
	r.target.Token = target.Token
	return r
}

func TestWhatHappensInTheMiddle(t *testing.T) {
	for _, name := range []string{"closed", "open", "under load", "tcp", "tcp, back"} {
		p := short[name]
		p.Seconds = 300
		if p.Rate > 0 {
			p.Rate = 20000
		}
		t.Run("cut/"+name, func(t *testing.T) {
			r := through(t, guest(t, nil))
			r.under = func() { close(r.cut) }
			failed(t, t.Context(), meter.Client{}, r.target, p, record.PeerLost)
		})
		t.Run("ended/"+name, func(t *testing.T) {
			target, server := guestThatEnds(t, nil)
			r := through(t, target)
			r.under = server.stop
			d := meter.Client{}.Run(t.Context(), r.target, p)
			// By which connection the end is seen first is chance.
			if d.Failed == nil || d.Failed.Class != record.PeerLost && d.Failed.Class != record.ServerTerminated {
				t.Errorf("failed: %v", d.Failed)
			}
		})
		t.Run("frozen/"+name, func(t *testing.T) {
			p := p
			p.Seconds = 3
			r := through(t, guest(t, nil))
			r.under = func() { close(r.hold) }
			failed(t, t.Context(), meter.Client{Grace: 500 * time.Millisecond}, r.target, p, record.HangKilled)
		})
	}
	t.Run("udp is blocked", func(t *testing.T) {
		failed(t, t.Context(), meter.Client{}, through(t, guest(t, nil)).target, short["udp"], record.UDPBlocked)
	})
}

func TestAServerEndsByItself(t *testing.T) {
	_, idle := guestThatEnds(t, func(c *meter.Config) { c.Idle = 0.05 })
	if err := <-idle.ended; !errors.Is(err, meter.ErrIdle) {
		t.Errorf("a server that nobody used ended by %v", err)
	}
	target, limited := guestThatEnds(t, func(c *meter.Config) { c.Limit = 0.3 })
	p := short["closed"]
	p.Seconds = 30
	if d := (meter.Client{}).Run(t.Context(), target, p); d.Failed == nil {
		t.Error("a run outlived its server's limit")
	}
	if err := <-limited.ended; !errors.Is(err, meter.ErrLimit) {
		t.Errorf("a server past its limit ended by %v", err)
	}
	target, told := guestThatEnds(t, nil)
	again(t, target, short["closed"])
	told.stop()
	if err := <-told.ended; err != nil {
		t.Errorf("a server that was told to end: %v", err)
	}
	if _, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", target.Port), time.Second); err == nil {
		t.Error("the port is still open")
	}
}

func TestConfigIsChecked(t *testing.T) {
	good := meter.Config{Peer: netip.MustParseAddr("127.0.0.1"), Token: meter.NewToken(), Idle: 1, Limit: 1}
	for what, change := range map[string]func(*meter.Config){
		"no peer":      func(c *meter.Config) { c.Peer = netip.Addr{} },
		"any peer":     func(c *meter.Config) { c.Peer = netip.MustParseAddr("0.0.0.0") },
		"no token":     func(c *meter.Config) { c.Token = "" },
		"short token":  func(c *meter.Config) { c.Token = c.Token[2:] },
		"no port":      func(c *meter.Config) { c.Port = 65536 },
		"waits always": func(c *meter.Config) { c.Idle = math.Inf(1) },
		"no limit":     func(c *meter.Config) { c.Limit = 0 },
		"NaN":          func(c *meter.Config) { c.Limit = math.NaN() },
	} {
		c := good
		change(&c)
		if s, err := meter.Listen(c); err == nil {
			t.Errorf("%s: taken, on port %d", what, s.Port())
		}
	}
}

func TestParamsAreBounded(t *testing.T) {
	for name, p := range short {
		if err := p.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for what, change := range map[string]func(*meter.Params){
		"kind": func(p *meter.Params) { p.Kind = "sctp" }, "seconds": func(p *meter.Params) { p.Seconds = 3601 }, "none": func(p *meter.Params) { p.Seconds = 0 },
		"NaN": func(p *meter.Params) { p.Seconds = math.NaN() }, "warm-up": func(p *meter.Params) { p.WarmUp = -1 }, "request": func(p *meter.Params) { p.Request = 7 },
		"response": func(p *meter.Params) { p.Response = 1<<20 + 1 }, "rate": func(p *meter.Params) { p.Rate = 2e6 },
		"load":       func(p *meter.Params) { p.Load = &meter.Load{Direction: meter.ToServer, Streams: 129} },
		"load's way": func(p *meter.Params) { p.Load = &meter.Load{Direction: "up", Streams: 1} },
		"streams":    func(p *meter.Params) { *p = short["tcp"]; p.Streams = 0 },
		"way":        func(p *meter.Params) { *p = short["tcp"]; p.Direction = "" },
		"length":     func(p *meter.Params) { *p = short["udp"]; p.Length = 15 },
		"longer":     func(p *meter.Params) { *p = short["udp"]; p.Length = 65508 },
		"udp's rate": func(p *meter.Params) { *p = short["udp"]; p.Rate = -1 },
	} {
		p := short["closed"]
		change(&p)
		if p.Check() == nil {
			t.Errorf("%s: taken: %+v", what, p)
		}
	}
}

// TestNothingStaysOpen: failures of every kind, one after the other, leave no goroutine and no
// connection behind.
func TestNothingStaysOpen(t *testing.T) {
	target := guest(t, nil)
	p := short["under load"]
	p.Seconds, p.WarmUp = 0.1, 0
	once := func(i int) {
		ctx := t.Context()
		if i%3 == 1 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, time.Duration(i)*time.Millisecond)
			defer cancel()
		}
		to := target
		if i%3 == 2 {
			to.Token = meter.NewToken()
		}
		meter.Client{}.Run(ctx, to, p)
	}
	once(0)
	before := runtime.NumGoroutine()
	for i := range 60 {
		once(i)
	}
	again(t, target, p)
	for end := time.Now().Add(20 * time.Second); runtime.NumGoroutine() > before+2; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			stack := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, stack[:runtime.Stack(stack, true)])
		}
	}
}

// TestPercentilesNeedRequests: of few requests a high percentile is chance.
func TestPercentilesNeedRequests(t *testing.T) {
	for _, c := range []struct {
		count int64
		want  string
	}{
		{19, "latency_max transactions"}, {20, "latency latency_max transactions"}, {999, "latency latency_max transactions"},
		{1000, "latency latency_p99 latency_max transactions"}, {10000, "latency latency_p99 latency_p999 latency_max transactions"},
	} {
		d := meter.Document{Params: short["closed"], Host: meter.Half{RR: &meter.RR{Loop: meter.LoopClosed, Count: c.count, Seconds: 1}}}
		o := d.Outcome(time.Second)
		var got []string
		for _, m := range o.Metrics {
			got = append(got, m.Name)
		}
		if names := strings.Join(got, " "); names != c.want {
			t.Errorf("of %d requests: %s; want %s", c.count, names, c.want)
		}
		if len(o.Refused) != 5-len(got) {
			t.Errorf("of %d requests %d figures are refused, and %d given", c.count, len(o.Refused), len(got))
		}
	}
}
