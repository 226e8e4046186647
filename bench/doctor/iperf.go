package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"vnettune/apply/terms"
	"vnettune/bench"
	"vnettune/bench/iperf"
	"vnettune/bench/rig"
	"vnettune/foreign"
	"vnettune/matrix"
	"vnettune/results/record"
	"vnettune/trouble"
)

// examineIPerf starts the guest's server, reaches it through the firewall, runs
// each direction for a second and ends it.
func (d *Examination) examineIPerf(ctx context.Context) {
	was, err := d.statusIPerf(ctx)
	if err != nil {
		d.fail("iperf.guest", remedy(err, "put iperf3 on the guest and set guest.iperf to its full path"), "%v", err)
		return
	}
	if err := d.examineVersion(was); err != nil {
		d.fail("iperf.guest", remedy(err, "put another build of iperf3 on the guest (guest.iperf)"), "%v", err)
		return
	}
	d.examineDatagrams()
	d.examineBlocks(ctx)
	switch {
	case was.PID == 0 && was.Listening:
		d.fail("iperf.start", "end the program that listens there, or set guest.iperf_port", "another program of the guest listens on port %d", d.way.IPerfPort)
		return
	case was.PID == 0 && was.Second:
		d.fail("iperf.start", "end the program that listens there, or set guest.iperf_second_port", "another program of the guest listens on port %d", d.way.Second)
		return
	case was.PID != 0:
		d.warn("iperf.start", "end it: a campaign ends every process of that file", "%s runs already (process %d); it was left alone", was.Exe, was.PID)
		return
	}
	if err := d.startIPerf(ctx); err != nil {
		d.fail("iperf.start", remedy(err, "start it on the guest by hand to see what it says: "+d.way.IPerf+" -s -p "+strconv.Itoa(d.way.IPerfPort)), "%v", err)
		return
	}
	if d.way.Second == 0 {
		d.ok("iperf.start", "the server starts and listens on port %d", d.way.IPerfPort)
	} else {
		d.ok("iperf.start", "two servers start and listen on the ports %d and %d", d.way.IPerfPort, d.way.Second)
	}
	if d.examineFirewall(ctx) {
		// A server that was only connected to takes that for a client and is busy
		// with it for a while.
		if err := d.startIPerf(ctx); err != nil {
			d.fail("iperf.start", "see iperf3 on the guest", "the second start fails: %v", err)
		} else {
			d.examineRuns(ctx)
		}
	}
	if err := d.stopIPerf(ctx); err != nil {
		d.fail("iperf.stop", remedy(err, "end it on the guest: taskkill /F /IM iperf3.exe"), "%v", err)
		return
	}
	d.ok("iperf.stop", "the server ends")
}

// examineBlocks looks for rules of the guest's firewall that block iperf3 whatever others allow:
// a question of the firewall that somebody dismissed leaves two. They may hold for other
// networks than the one under test; whether that one lets iperf3 through is tried afterwards.
func (d *Examination) examineBlocks(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, stepLimit)
	defer cancel()
	rules, problems, err := d.guest.BlockRules(ctx, d.way.IPerf, d.way.ports()...)
	const id, look = "firewall.block-rules", "on the guest: Get-NetFirewallRule -Action Block -Enabled True -Direction Inbound"
	switch {
	case errors.Is(err, terms.ErrNotAsked):
		d.notAsked(id, terms.ErrNotAsked.Error())
		return
	case err != nil:
		d.warn(id, look, "could not be asked: %v", err)
		return
	}
	for _, store := range slices.Sorted(maps.Keys(problems)) {
		d.warn(id+"-"+foreign.Word(store), look, "could not be asked: %s", foreign.Words(problems[store]))
	}
	if len(rules) == 0 && len(problems) == 0 {
		ports := "port " + strconv.Itoa(d.way.IPerfPort)
		if d.way.Second != 0 {
			ports += " or " + strconv.Itoa(d.way.Second)
		}
		d.ok(id, "no rule of the guest's firewall blocks %s or %s", d.way.IPerf, ports)
	}
	if len(rules) == 0 {
		return
	}
	var names []string
	do := ""
	for _, r := range rules {
		names = append(names, foreign.Words(r.Shown()))
		if r.Store != terms.StorePolicy && do == "" {
			do = "if iperf3 is to be let in there, on the guest: Remove-NetFirewallRule -Name '" + strings.ReplaceAll(foreign.Words(r.Name), "'", "''") + "'"
		}
	}
	d.warn(id, cmp.Or(do, "have whoever keeps the guest's group policies change them"), "inbound rules that block it beat every rule that allows it, on the networks that they are for: %s", strings.Join(names, ", "))
}

// remedy is what an error says itself of what to do, or else otherwise.
func remedy(err error, otherwise string) string {
	return cmp.Or(strings.Join(trouble.Hints(err), "; "), otherwise)
}

func (d *Examination) statusIPerf(ctx context.Context) (terms.IPerfServer, error) {
	ctx, cancel := context.WithTimeout(ctx, stepLimit)
	defer cancel()
	return d.guest.StatusIPerf(ctx, d.way.IPerf, d.way.ports()...)
}

func (d *Examination) startIPerf(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, stepLimit)
	defer cancel()
	_, err := d.guest.StartIPerf(ctx, d.way.IPerf, d.way.ports()...)
	return err
}

// stopIPerf ends the server even when the examination was interrupted.
func (d *Examination) stopIPerf(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stepLimit)
	defer cancel()
	return d.guest.StopIPerf(ctx, d.way.IPerf, d.way.IPerfPort)
}

// examineVersion says which iperf3 the guest has; the error is why it will not do.
func (d *Examination) examineVersion(s terms.IPerfServer) error {
	const id, take = "iperf.guest", "put iperf3 3.16 or later on the guest (guest.iperf)"
	allowed := d.campaign.Guest.AllowOldIperf
	var settings []matrix.Planned
	if plan, err := d.campaign.Plan(generationOf(*d.facts)); err == nil {
		settings = plan.Settings
	}
	v, err := bench.CheckServer(s, settings, allowed)
	hidden := bench.Hidden(v, settings)
	switch {
	case err != nil:
		return err
	case len(hidden) > 0:
		d.warn(id, take, "%s sets the buffers of every socket: %s will not show, which the campaign allows (guest.old_iperf)", v, strings.Join(hidden, ", "))
	case v.SetsBuffers():
		d.warn(id, take, "%s sets the buffers of every socket: no run will have a receive window that Windows tunes", v)
	case v.Cygwin != "" && v.OneThread():
		d.warn(id, take, "%s: before 3.16 all streams share one thread, so that a core of the guest can be what is measured", v)
	default:
		d.ok(id, "%s", strings.TrimPrefix(v.String(), "iperf "))
	}
	d.target.Server = v
	d.examinePair()
	return nil
}

// examineDatagrams says which workloads send datagrams that do not fit into a packet.
func (d *Examination) examineDatagrams() {
	headers := 28 // of IPv4 and UDP
	if data, err := netip.ParseAddr(d.way.Data); err == nil && data.Is6() && !data.Is4In6() {
		headers = 48
	}
	for _, w := range d.campaign.Workloads {
		if w.Protocol == record.UDP && d.mtu > 0 && w.Length+headers > d.mtu {
			d.warn("iperf.datagram", fmt.Sprintf("take length: %d or less, unless fragments are what is to be measured", d.mtu-headers),
				"%s sends datagrams of %d bytes, which %d bytes of a packet do not hold: each is sent in fragments, and one that is lost loses all", w.Name, w.Length, d.mtu)
			return
		}
	}
}

// examinePair says what the versions of the two ends cost.
func (d *Examination) examinePair() {
	switch cost := (iperf.Runner{Version: d.client}).UDPCost(d.target); {
	case !slices.ContainsFunc(d.campaign.Workloads, record.Workload.OverUDP):
	case !d.client.Known():
		d.notAsked("iperf.pair", "the version on this side is not known")
	case cost != "":
		d.warn("iperf.pair", "take iperf3 3.14 or later on both ends (host.iperf, guest.iperf), or leave it: nothing is measured wrongly", "%s", cost)
	default:
		d.ok("iperf.pair", "%s on this side and %s on the guest tell each other what UDP lost", d.client.Number, d.target.Server.Number)
	}
}

// examineFirewall connects to the server as iperf3 would.
func (d *Examination) examineFirewall(ctx context.Context) bool {
	if d.campaign.Peer != nil {
		d.notAsked("firewall.tcp", "the peer connects: its runs show it")
		return true
	}
	p, err := askHost(d, "port", func() (iperf.Path, error) { return iperf.Connect(ctx, d.live.Target) })
	if err != nil {
		d.fail("firewall.tcp", "open the guest's firewall for this host: vnettune guest-setup prints the rule, or set guest.iperf_port to one that is open",
			"the server listens, but TCP port %d of %s cannot be reached from this host: %v", d.way.IPerfPort, d.way.Data, err)
		return false
	}
	d.ok("firewall.tcp", "TCP port %d of %s is reachable from this host", d.way.IPerfPort, d.way.Data)
	d.ok("network.segment", "%d bytes to the guest, at most %d from it, path MTU %d", p.ToGuest, p.FromGuest, p.MTU)
	d.target.RTT = p.RTT
	return d.way.Second == 0 || d.examineSecond(ctx)
}

// examineSecond connects to the second server: a guest that was set up before there was one does not let this host to it.
func (d *Examination) examineSecond(ctx context.Context) bool {
	const id = "firewall.tcp-second"
	second := d.live.Target
	second.Port = second.Second
	if _, err := askHost(d, "second port", func() (iperf.Path, error) { return iperf.Connect(ctx, second) }); err != nil {
		d.fail(id, "open the guest's firewall for this host: vnettune guest-setup prints the rule, or set guest.iperf_second_port to one that is open",
			"the second server, which measures both ways at once, listens, but TCP port %d of %s cannot be reached from this host: %v", d.way.Second, d.way.Data, err)
		return false
	}
	d.ok(id, "TCP port %d of %s is reachable from this host", d.way.Second, d.way.Data)
	return true
}

// run is what a try of one workload came to.
type run struct {
	Class  string  `json:"class"`
	Reason string  `json:"reason"`
	Way    string  `json:"way,omitempty"` // of both ways at once that by which it failed
	Mbit   float64 `json:"mbit"`
}

// examineRuns tries each protocol and direction of the campaign once, for a second.
func (d *Examination) examineRuns(ctx context.Context) {
	tried := map[string]bool{}
	for _, w := range d.campaign.Workloads {
		id := fmt.Sprintf("iperf.%s-%s", w.Protocol, w.Direction)
		if tried[id] || !w.ByIPerf3() {
			continue
		}
		tried[id] = true
		r, err := d.tryAgain(ctx, w)
		switch {
		case err != nil:
			d.fail(id, "see the line about iperf3 on this host", "%v", err)
		case r.Class == record.Implausible:
			d.warn(id, "keep host and guest idle while a campaign runs", "a run of a second gave no number: %s", r.Reason)
		case !record.Usable(r.Class):
			ports := iperf.Target{Port: d.way.IPerfPort, Second: d.way.Second}.PortsTo(r.Way)
			said := bench.ServerSaid(ctx, rig.Clock{}, d.guest, d.way.IPerf, ports, r.Class)
			d.fail(id, runRemedy(r.Class, ports[len(ports)-1]), "a run of a second gave no number: %s: %s%s", r.Class, r.Reason, said)
		default:
			d.ok(id, "a run of a second came to %.0f Mbit/s (a try, no measurement)", r.Mbit)
		}
	}
}

// tryAgain tries as often as a campaign would, and waits as long as it does.
func (d *Examination) tryAgain(ctx context.Context, w record.Workload) (run, error) {
	wait := bench.IdleGap
	for attempt := 1; ; attempt++ {
		r, err := askHost(d, "run "+string(w.Protocol)+" "+string(w.Direction), func() (run, error) { return d.try(ctx, w, wait) })
		again := iperf.RetryOf(w, r.Class)
		wait = bench.IdleGap + again.Wait
		if err != nil || attempt > again.Times {
			return r, err
		}
		if again.RestartServer {
			if err := d.startIPerf(ctx); err != nil {
				return r, err
			}
		}
	}
}

// try waits, and runs a workload for a second.
func (d *Examination) try(ctx context.Context, w record.Workload, wait time.Duration) (run, error) {
	meter := d.live.Meter
	err := rig.Clock{}.Sleep(ctx, wait)
	if err != nil {
		return run{}, err
	}
	if meter.Version, err = meter.Probe(ctx); err != nil {
		return run{}, err
	}
	short := w
	short.Seconds, short.Omit = 1, 0
	target := d.live.Target
	target.Server, target.RTT = d.target.Server, d.target.RTT
	o := meter.Run(ctx, target, short)
	r := run{Class: o.Class, Reason: o.Reason, Way: o.Way}
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
