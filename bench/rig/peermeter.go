package rig

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"vnettune/bench/meter"
	"vnettune/results/record"
	"vnettune/trouble"
)

// peerGrace is how much longer than this host would be given a meter at a peer has: the way to it, and the program's
// start, take their time.
const peerGrace = 10 * time.Second

// address is the peer's own on the way to the one under test. The guest's meter answers nobody else.
func (p Peer) address(ctx context.Context) (netip.Addr, error) {
	out, err := p.Runner.Ask(ctx, "ip", "-o", "route", "get", p.Address)
	if err != nil {
		return netip.Addr{}, err
	}
	if m := routeSource.FindStringSubmatch(out); m != nil {
		if a, err := netip.ParseAddr(m[1]); err == nil {
			return a.Unmap(), nil
		}
	}
	return netip.Addr{}, trouble.Hint(fmt.Errorf("the peer does not say by which address it reaches %s, and the guest's meter answers one address only", p.Address),
		"install iproute2 at the peer, or measure from it with iperf3 alone")
}

// runMeter has the peer's meter measure once. The token goes to it by its input, which nobody else reads.
func (p Peer) runMeter(ctx context.Context, program string, t meter.Target, asked meter.Params) meter.Document {
	failed := func(class, reason string) meter.Document {
		return meter.Document{Params: asked, Failed: &meter.Failure{Class: class, Reason: reason}}
	}
	input, err := json.Marshal(map[string]any{"target": t, "params": asked})
	if err != nil {
		return failed(record.BadArguments, err.Error())
	}
	limit := meter.DefaultGrace + time.Duration((asked.Seconds+asked.WarmUp)*float64(time.Second)) + 400*t.RTT
	out, err := p.Runner.Tell(ctx, limit+peerGrace, append(input, '\n'),
		"env", "LC_ALL=C", "timeout", "-k", "2", strconv.Itoa(int(limit/time.Second)+1), program, "run")
	if len(strings.TrimSpace(string(out))) == 0 { // one that measured and failed leaves a document as well
		if err == nil {
			err = errors.New("the meter at the peer said nothing")
		}
		if ctx.Err() != nil {
			return failed(record.Interrupted, "the measurement was told to stop")
		}
		return failed(record.PeerFailed, trouble.Line(err))
	}
	d, err := meter.Read(out, asked)
	if err != nil {
		return failed(record.PeerFailed, trouble.Line(err))
	}
	return d
}
