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

// bloated is how many bytes of markup are put into an answer: nearly as much as some clients take.
const bloated = 15 << 20

// bloats are what these can be, each as what comes first, what is repeated, and what comes last and as often.
var bloats = map[string][3]string{
	"comments": {"", "<!--x-->", ""},
	"elements": {"", "<a/>", ""},
	"text":     {"<a>", "x", ""},
	"depth":    {"", "<a>", "</a>"},
}

// bloat is so much markup of a kind.
func bloat(kind string) []byte {
	parts := bloats[kind]
	n := bloated / (len(parts[1]) + len(parts[2]))
	all := append([]byte(parts[0]), bytes.Repeat([]byte(parts[1]), n)...)
	all = append(all, bytes.Repeat([]byte(parts[2]), n)...)
	if parts[0] != "" {
		all = append(all, "</a>"...)
	}
	return all
}

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
	case Bloat:
		at := max(0, bytes.Index(body, []byte("<s:Header")))
		out.Header().Del("Content-Length")
		out.WriteHeader(a.status)
		for _, part := range [][]byte{body[:at], bloat(f.Value), body[at:]} {
			if _, err := out.Write(part); err != nil {
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
