package main

import (
	"context"
	"fmt"

	"vnettune/bench/iperf"
	"vnettune/results/record"
)

// run is what a try of one workload came to.
type run struct {
	Class  string  `json:"class"`
	Reason string  `json:"reason"`
	Mbit   float64 `json:"mbit"`
}

// examineRuns tries each protocol and direction of the campaign once, for a second.
func (d *doctor) examineRuns(ctx context.Context) {
	tried := map[string]bool{}
	for _, w := range d.campaign.Workloads {
		id := fmt.Sprintf("iperf.%s-%s", w.Protocol, w.Direction)
		if tried[id] {
			continue
		}
		tried[id] = true
		r, err := d.tryTwice(ctx, w)
		switch {
		case err != nil:
			d.fail(id, "see the line about iperf3 on this host", "%v", err)
		case r.Class == record.Implausible:
			d.warn(id, "keep host and guest idle while a campaign runs", "a run of a second gave no number: %s", r.Reason)
		case !record.Usable(r.Class):
			d.fail(id, runRemedy(r.Class, d.way.IPerfPort), "a run of a second gave no number: %s: %s", r.Class, r.Reason)
		default:
			d.ok(id, "a run of a second came to %.0f Mbit/s (a try, no measurement)", r.Mbit)
		}
	}
}

// tryTwice tries once more where a campaign would.
func (d *doctor) tryTwice(ctx context.Context, w record.Workload) (run, error) {
	for last := false; ; last = true {
		r, err := askHost(d, "run "+string(w.Protocol)+" "+string(w.Direction), func() (run, error) { return d.try(ctx, w) })
		again := iperf.RetryOf(r.Class)
		if err != nil || last || again.Times == 0 {
			return r, err
		}
		if again.RestartServer {
			if err := d.startIPerf(ctx); err != nil {
				return r, err
			}
		}
	}
}

func (d *doctor) try(ctx context.Context, w record.Workload) (run, error) {
	meter := d.live.meter
	var err error
	if meter.Version, err = iperf.Probe(ctx, d.campaign.Host.Iperf); err != nil {
		return run{}, err
	}
	short := w
	short.Seconds, short.Omit = 1, 0
	o := meter.Run(ctx, d.live.target, short)
	r := run{Class: o.Class, Reason: o.Reason}
	for _, m := range o.Metrics {
		if m.Name == "throughput" {
			r.Mbit = m.Value
		}
	}
	return r, nil
}

// runRemedy is what to do about a run that failed.
func runRemedy(class string, port int) string {
	switch class {
	case record.UDPBlocked:
		return fmt.Sprintf("open UDP port %d in the guest's firewall, too: vnettune guest-setup prints the rule", port)
	case record.ServerBusy:
		return "another client uses the server; end it"
	case record.BadArguments, record.UnsupportedByServer:
		return "take a newer iperf3 on the side that refuses, or another workload"
	}
	return fmt.Sprintf("run it by hand to see more: iperf3 -c ADDRESS -p %d", port)
}
