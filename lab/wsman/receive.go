package wsman

import (
	"context"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"
)

// envelopeRoom is what an answer to Receive needs beside its streams, in bytes.
const envelopeRoom = 4096

// minChunk is the least that one answer carries of the streams, in bytes.
const minChunk = 1024

// downPoll is how often a waiting Receive looks whether the machine goes down.
const downPoll = 50 * time.Millisecond

const stateURI = nsShell + "/CommandState/"

var errDown = errors.New("the machine goes down")

// receive waits for output or the end of a command, for at most the request's
// OperationTimeout, and hands it out; what was handed out is gone.
func (s *Server) receive(ctx context.Context, sh *shell, e *envelope) (reply, error) {
	b := e.Body.Receive
	if b == nil {
		return reply{}, errSchema("Receive names no stream.")
	}
	streams := strings.Fields(b.Desired.Names)
	for _, name := range streams {
		if name != "stdout" && name != "stderr" {
			return reply{}, errSchema("Only stdout and stderr can be received.")
		}
	}
	id := strings.ToUpper(b.Desired.CommandID)
	c, err := sh.find(id)
	if err != nil {
		return reply{}, err
	}
	limit, err := e.timeout()
	if err != nil {
		return reply{}, err
	}
	size := s.cfg.MaxEnvelopeSize
	if asked := e.Header.MaxEnvelopeSize; asked > 0 {
		size = min(size, asked)
	}
	chunk := max(minChunk, (size-envelopeRoom)/4*3)

	timer := time.NewTimer(limit)
	defer timer.Stop()
	tick := time.NewTicker(downPoll)
	defer tick.Stop()
	for {
		out, changed, err := c.take(streams, chunk)
		switch {
		case err != nil:
			return reply{}, err
		case out != nil:
			sh.touch(s.now())
			return out.reply(id), nil
		}
		select {
		case <-changed:
		case <-timer.C:
			return reply{}, errTimedOut
		case <-tick.C:
			if s.exec.GoingDown() {
				return reply{}, errDown
			}
		case <-ctx.Done():
			return reply{}, ctx.Err()
		}
	}
}

// output is what one Receive hands out.
type output struct {
	chunks []chunk
	ended  []string // streams that have ended with this answer
	done   bool
	exit   uint32
}

type chunk struct {
	name string
	data []byte
}

// take hands out up to limit bytes of the streams, or their end. It gives nil and
// a channel to wait on where there is nothing yet.
func (c *command) take(streams []string, limit int) (*output, <-chan struct{}, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.aborted {
		return nil, nil, errAborted
	}
	var o output
	unread := 0
	for _, name := range streams {
		data := c.out[name]
		n := min(limit, len(data))
		if n > 0 {
			o.chunks = append(o.chunks, chunk{name, data[:n:n]})
			c.out[name] = data[n:]
			limit -= n
		}
		unread += len(data) - n
	}
	if len(o.chunks) > 0 {
		c.change() // a writer may wait for room
	}
	if c.done && unread == 0 {
		o.ended, o.done, o.exit = streams, true, c.exit
		return &o, nil, nil
	}
	if len(o.chunks) > 0 {
		return &o, nil, nil
	}
	return nil, c.changed, nil
}

func (o *output) reply(id string) reply {
	var b strings.Builder
	b.WriteString("<rsp:ReceiveResponse>")
	for _, c := range o.chunks {
		b.WriteString(`<rsp:Stream Name="` + c.name + `" CommandId="` + id + `">` + base64.StdEncoding.EncodeToString(c.data) + "</rsp:Stream>")
	}
	for _, name := range o.ended {
		b.WriteString(`<rsp:Stream Name="` + name + `" CommandId="` + id + `" End="true"/>`)
	}
	state := "Running"
	if o.done {
		state = "Done"
	}
	b.WriteString(`<rsp:CommandState CommandId="` + id + `" State="` + stateURI + state + `">`)
	if o.done {
		b.WriteString("<rsp:ExitCode>" + strconv.FormatUint(uint64(o.exit), 10) + "</rsp:ExitCode>")
	}
	b.WriteString("</rsp:CommandState></rsp:ReceiveResponse>")
	return reply{action: actionReceived, body: b.String()}
}
