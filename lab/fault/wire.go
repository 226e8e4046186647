package fault

import (
	"context"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Wire does the faults of the wire in one boot: in front of a WinRM server as its
// listeners and its handler, and told of every request by the server's hook (Observe),
// which alone can read what a client encrypted.
type Wire struct {
	stepOf func(line string) string
	late   *Fault // opens the ports later than the boot's beginning

	mu     sync.Mutex
	events *Events
	step   string             // of the last command line
	conns  map[*conn]struct{} // that are open
	ports  []*listener
}

// NewWire makes the wire of one boot from its part of the plan (At); stepOf says which of Steps a
// command line is.
func NewWire(p Plan, stepOf func(line string) string) *Wire {
	w := &Wire{events: p.wireEvents(), stepOf: stepOf, conns: map[*conn]struct{}{}}
	if f, ok := p.Find(Late); ok {
		w.late = &f
	}
	return w
}

// exchange is one request on its way through Handler.
type exchange struct{ answer *Fault }

type exchangeKey struct{}

// broken leaves the server's handler by a panic: the request is not done.
type broken struct{ by Fault }

// Observe is told of a request that the server has read and would now do: the last
// word of its action and, of a command, its line. It returns when the request may be done. A
// code other than 0 is that of a fault with which the server is to answer; done says whether
// it does the request all the same.
func (w *Wire) Observe(ctx context.Context, action, line string) (code uint32, done bool) {
	x, ok := ctx.Value(exchangeKey{}).(*exchange)
	if !ok {
		return 0, false
	}
	if !slices.Contains(Requests, action) {
		action = "query"
	}
	w.mu.Lock()
	if line != "" {
		w.step = w.stepOf(line)
	}
	due := w.events.Next(w.step, action)
	w.mu.Unlock()
	for _, f := range due {
		switch f.Name {
		case Stall:
			if !sleep(ctx, f.Duration()) {
				panic(http.ErrAbortHandler)
			}
		case Refused, Reset, HTTP:
			panic(broken{f})
		case Refuse, Taken:
			code, done = f.Code(), f.Name == Taken
		default:
			x.answer = &f
		}
	}
	return code, done
}

// sleep waits, with 0 for ever, and says whether the time is over before ctx is done.
func sleep(ctx context.Context, d time.Duration) bool {
	if d == 0 {
		<-ctx.Done()
		return false
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// none says whether nothing is to go wrong.
func (w *Wire) none() bool { return len(w.events.plan) == 0 && w.late == nil }

// Handler is next with the faults in front of it.
func (w *Wire) Handler(next http.Handler) http.Handler {
	if w.none() {
		return next
	}
	return http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		x := &exchange{}
		kept := &answer{header: http.Header{}, status: http.StatusOK}
		defer func() {
			switch why := recover().(type) {
			case nil:
			case broken:
				w.breakOff(out, why.by)
			default:
				panic(why)
			}
		}()
		next.ServeHTTP(kept, r.WithContext(context.WithValue(r.Context(), exchangeKey{}, x)))
		kept.send(r.Context(), out, x.answer)
	})
}

// breakOff answers a request that is not done.
func (w *Wire) breakOff(out http.ResponseWriter, by Fault) {
	switch by.Name {
	case HTTP:
		status := map[string]int{"401": http.StatusUnauthorized, "500": http.StatusInternalServerError, "503": http.StatusServiceUnavailable}[by.Value]
		if status == http.StatusUnauthorized {
			out.Header().Add("WWW-Authenticate", "Negotiate")
			out.Header().Add("WWW-Authenticate", `Basic realm="WSMAN"`)
		}
		http.Error(out, "", status)
	case Refused:
		w.closePorts(by.Duration())
		abort(out)
	default:
		abort(out)
	}
}

// abort resets the connection of an answer.
func abort(out http.ResponseWriter) {
	if c, _, err := http.NewResponseController(out).Hijack(); err == nil {
		reset(c)
		return
	}
	panic(http.ErrAbortHandler) // closes it in good order, which is the best left to do
}

// reset closes a connection so that its peer gets a RST.
func reset(c net.Conn) {
	if t, ok := c.(interface{ NetConn() net.Conn }); ok { // of TLS
		c = t.NetConn()
	}
	if own, ok := c.(*conn); ok {
		own.linger()
	}
	_ = c.Close()
}
