package wsman

import (
	"context"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"

	"vnettune/lab/wsman/process"
	"vnettune/lab/wsman/soap"
)

// envelopeRoom is what an answer to Receive needs beside its streams, in bytes.
const envelopeRoom = 4096

// minChunk is the least that one answer carries of the streams, in bytes.
const minChunk = 1024

// downPoll is how often a waiting Receive looks whether the machine goes down.
const downPoll = 50 * time.Millisecond

const stateURI = soap.NSShell + "/CommandState/"

var errDown = errors.New("the machine goes down")

// receive waits for output or the end of a command, for at most the request's
// OperationTimeout, and hands it out; what was handed out is gone.
func (s *Server) receive(ctx context.Context, sh *shell, e *soap.Envelope) (soap.Reply, error) {
	b := e.Body.Receive
	if b == nil {
		return soap.Reply{}, soap.Malformed("Receive names no stream.")
	}
	streams := strings.Fields(b.Desired.Names)
	for _, name := range streams {
		if name != "stdout" && name != "stderr" {
			return soap.Reply{}, soap.Malformed("Only stdout and stderr can be received.")
		}
	}
	id := strings.ToUpper(b.Desired.CommandID)
	c, err := sh.find(id)
	if err != nil {
		return soap.Reply{}, err
	}
	limit, err := e.Timeout()
	if err != nil {
		return soap.Reply{}, err
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
		out, changed := c.Take(streams, chunk)
		switch {
		case out != nil:
			sh.touch(s.now())
			return e.Answer(received(out, id)), nil
		case changed == nil:
			return soap.Reply{}, errAborted
		}
		select {
		case <-changed:
		case <-timer.C:
			return soap.Reply{}, errTimedOut
		case <-tick.C:
			if s.exec.GoingDown() {
				return soap.Reply{}, errDown
			}
		case <-ctx.Done():
			return soap.Reply{}, ctx.Err()
		}
	}
}

// received is what the process wrote as the body of the answer for the command id.
func received(o *process.Output, id string) string {
	var b strings.Builder
	b.WriteString("<rsp:ReceiveResponse>")
	for _, c := range o.Chunks {
		b.WriteString(`<rsp:Stream Name="` + c.Name + `" CommandId="` + id + `">` + base64.StdEncoding.EncodeToString(c.Data) + "</rsp:Stream>")
	}
	for _, name := range o.Ended {
		b.WriteString(`<rsp:Stream Name="` + name + `" CommandId="` + id + `" End="true"/>`)
	}
	state := "Running"
	if o.Done {
		state = "Done"
	}
	b.WriteString(`<rsp:CommandState CommandId="` + id + `" State="` + stateURI + state + `">`)
	if o.Done {
		b.WriteString("<rsp:ExitCode>" + strconv.FormatUint(uint64(o.Exit), 10) + "</rsp:ExitCode>")
	}
	b.WriteString("</rsp:CommandState></rsp:ReceiveResponse>")
	return b.String()
}
