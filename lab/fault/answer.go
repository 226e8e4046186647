package fault

import (
	"bytes"
	"context"
	"maps"
	"net/http"
	"strconv"
)

// answer keeps a server's answer until its fate is decided.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(status int) { a.status = status }

// Write implements http.ResponseWriter.
func (a *answer) Write(b []byte) (int, error) { return a.body.Write(b) }

// oversized is how many bytes are put behind an answer that is too large: more than
// any client of WinRM takes, whose envelopes are of 512000 bytes at most.
const oversized = 32 << 20

// send sends the answer as the fault says, or as it is for nil. The request has been done.
func (a *answer) send(ctx context.Context, out http.ResponseWriter, f *Fault) {
	body := a.body.Bytes()
	name := ""
	if f != nil {
		name = f.Name
	}
	maps.Copy(out.Header(), a.header)
	switch name {
	case Lose:
		abort(out)
	case Garbage:
		out.Header().Set("Content-Type", "application/soap+xml;charset=UTF-8")
		_, _ = out.Write(rubbish())
	case Truncate:
		n := len(body)
		if f.Value == "body" { // what is announced comes whole, what it says does not
			n /= 2
		}
		out.Header().Set("Content-Length", strconv.Itoa(n))
		out.WriteHeader(a.status)
		_, _ = out.Write(body[:len(body)/2])
		if f.Value == "" {
			_ = http.NewResponseController(out).Flush()
			panic(http.ErrAbortHandler)
		}
	case Oversize:
		out.WriteHeader(a.status)
		_, _ = out.Write(body)
		for range oversized >> 16 {
			if _, err := out.Write(bytes.Repeat([]byte(" "), 1<<16)); err != nil {
				return
			}
		}
	case Drip:
		out.WriteHeader(a.status)
		for i := range body {
			if !sleep(ctx, f.Duration()) {
				return
			}
			if _, err := out.Write(body[i : i+1]); err != nil {
				return
			}
			_ = http.NewResponseController(out).Flush() // one byte at a time
		}
	default:
		out.WriteHeader(a.status)
		_, _ = out.Write(body) // a client that is gone asks again
	}
}

// rubbish is every byte there is: no text in any encoding.
func rubbish() []byte {
	b := make([]byte, 1024)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}
