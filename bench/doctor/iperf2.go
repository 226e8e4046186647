package doctor

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"vnettune/apply/terms"
	"vnettune/bench"
	"vnettune/bench/iperf2"
	"vnettune/bench/rig"
	"vnettune/results/record"
)

// examineHostIPerf2 asks this host's iperf2 for its version, where workloads need it, and whether that will do.
func (d *Examination) examineHostIPerf2(ctx context.Context) {
	if !d.campaign.MeasuresByIPerf2() {
		return
	}
	const id = "host.iperf2"
	v, err := askHost(d, "iperf2", func() (iperf2.Version, error) { return d.live.IPerf2.Probe(ctx) })
	if err != nil {
		d.fail(id, remedy(err, "install iperf 2 (package iperf) or set host.iperf2"), "%v", err)
		return
	}
	d.client2 = v
	for _, w := range d.campaign.Workloads {
		if !w.ByIPerf2() {
			continue
		}
		if err := (iperf2.Runner{Version: v}).Suits(w); err != nil {
			d.fail(id, remedy(err, "take iperf 2.1 or later (host.iperf2)"), "%v", err)
			return
		}
	}
	d.ok(id, "%s", v.Number)
}

// examineIPerf2 starts the guest's servers of iperf2, where workloads need them, runs each protocol for a second
// and ends them.
func (d *Examination) examineIPerf2(ctx context.Context) {
	if !d.campaign.MeasuresByIPerf2() {
		return
	}
	const guest, start, stop = "iperf.iperf2-guest", "iperf.iperf2-start", "iperf.iperf2-stop"
	bounded, cancel := context.WithTimeout(ctx, stepLimit)
	was, err := d.guest.StatusIPerf2(bounded, d.way.IPerf2, d.way.IPerf2Port, d.protocols2())
	cancel()
	var v iperf2.Version
	if err == nil {
		v, err = iperf2.ParseVersion(was.Version)
	}
	if err != nil {
		d.fail(guest, remedy(err, "put iperf 2 on the guest and set guest.iperf2 to its full path"), "%v", err)
		return
	}
	d.ok(guest, "%s", v.Number)
	if !d.campaign.NeedsIPerf3() {
		d.examineDatagrams()
	}
	switch {
	case was.PID == 0 && was.Listening:
		d.fail(start, "end the program that has it, or set guest.iperf2_port", "another program of the guest has port %d", d.way.IPerf2Port)
		return
	case was.PID != 0:
		d.warn(start, "end it: a campaign ends every process of that file", "%s runs already (process %d); it was left alone", was.Exe, was.PID)
		return
	}
	if err := d.startIPerf2(ctx); err != nil {
		d.fail(start, remedy(err, "start it on the guest by hand to see what it says: "+d.way.IPerf2+" -s -p "+strconv.Itoa(d.way.IPerf2Port)), "%v", err)
	} else {
		d.ok(start, "its servers start and have port %d (%s)", d.way.IPerf2Port, strings.Join(d.protocols2(), ", "))
		d.examineRuns2(ctx, v)
	}
	bounded, cancel = context.WithTimeout(context.WithoutCancel(ctx), stepLimit)
	defer cancel()
	if err := d.guest.StopIPerf2(bounded, d.way.IPerf2); err != nil {
		d.fail(stop, remedy(err, "end it on the guest: taskkill /F /IM iperf.exe"), "%v", err)
		return
	}
	d.ok(stop, "its servers end")
}

// protocols2 are those for which the campaign needs a server of iperf2.
func (d *Examination) protocols2() []string { return bench.ProtocolsOfIPerf2(d.campaign.Workloads) }

func (d *Examination) startIPerf2(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, stepLimit)
	defer cancel()
	_, err := d.guest.StartIPerf2(ctx, d.way.IPerf2, d.way.IPerf2Port, d.protocols2())
	return err
}

// examineRuns2 tries the first workload of each protocol for a second, as often as a campaign would.
func (d *Examination) examineRuns2(ctx context.Context, server iperf2.Version) {
	tried := map[string]bool{}
	for _, w := range d.campaign.Workloads {
		id := "iperf.iperf2-" + w.Protocol
		if !w.ByIPerf2() || tried[id] {
			continue
		}
		tried[id] = true
		var r run
		var err error
		for attempt, wait := 1, bench.IdleGap+iperf2.Gap(w); ; attempt++ {
			r, err = askHost(d, "run iperf2 "+w.Protocol, func() (run, error) { return d.try2(ctx, w, server, wait) })
			again := iperf2.RetryOf(r.Class)
			wait = bench.IdleGap + iperf2.Gap(w) + again.Wait
			if err != nil || attempt > again.Times {
				break
			}
			if again.RestartServer {
				if err = d.startIPerf2(ctx); err != nil {
					break
				}
			}
		}
		switch {
		case err != nil:
			d.fail(id, "see the line about iperf2 on this host", "%v", err)
		case r.Class == record.Implausible && (w.Protocol == record.TCP || server.Number == d.client2.Number):
			d.warn(id, "keep host and guest idle while a campaign runs", "a run of a second gave no number: %s", r.Reason)
		case record.Usable(r.Class):
			d.ok(id, "a run of a second came to %.0f Mbit/s (a try, no measurement)", r.Mbit)
		default:
			d.fail(id, d.runRemedy2(r.Class, w), "a run of a second gave no number: %s: %s", r.Class, r.Reason)
		}
	}
}

// try2 waits, and runs a workload for a second.
func (d *Examination) try2(ctx context.Context, w record.Workload, server iperf2.Version, wait time.Duration) (run, error) {
	if err := (rig.Clock{}).Sleep(ctx, wait); err != nil {
		return run{}, err
	}
	runner, target := d.live.IPerf2, d.live.TargetOfIPerf2()
	runner.Version, target.Server = d.client2, server
	w.Seconds = 1
	o := runner.Run(ctx, target, w)
	r := run{Class: o.Class, Reason: o.Reason}
	if len(o.Metrics) > 0 {
		r.Mbit = o.Metrics[0].Value
	}
	return r, nil
}

// runRemedy2 is what to do about a run that failed.
func (d *Examination) runRemedy2(class string, w record.Workload) string {
	switch {
	case class == record.UDPBlocked || class == record.HangKilled || class == record.ConnectTimeout:
		return fmt.Sprintf("open %s port %d in the guest's firewall for this host: vnettune guest-setup --generation xp prints the rule", strings.ToUpper(w.Protocol), d.way.IPerf2Port)
	case w.Protocol == terms.UDP && (class == record.UnsupportedByServer || class == record.Implausible):
		return "take versions on both ends that understand each other over UDP: docs/measuring.md has the pairs"
	case class == record.BadArguments:
		return "take a newer iperf 2 on this host (host.iperf2), or another workload"
	}
	return fmt.Sprintf("run it by hand to see more: iperf -c ADDRESS -p %d -f b", d.way.IPerf2Port)
}
