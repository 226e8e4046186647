package rig

import (
	"context"
	"regexp"
	"strconv"
	"strings"
	"time"

	"vnettune/bench/iperf"
	"vnettune/foreign"
	"vnettune/matrix/campaign"
	"vnettune/results/record"
)

// Peer is the other end of the measurement, where that is not this host.
type Peer struct {
	Runner  iperf.Runner // with the peer's prefix
	Address string       // of the guest, under test
	Now     func() time.Time
}

// PeerOf is the campaign's peer, asked about the way to an address; ok is false without one.
func PeerOf(c campaign.Campaign, address string) (p Peer, ok bool) {
	return Peer{Runner: Measuring(c), Address: address, Now: time.Now}, c.Peer != nil
}

// Facts are those of the peer that decide as much as this host's do. What it does not tell is left out: it may be
// any system that has iperf3.
func (p Peer) Facts(ctx context.Context) record.Peer {
	var f record.Peer
	ask := func(args ...string) record.Name {
		out, err := p.Runner.Ask(ctx, args...)
		if err != nil {
			return ""
		}
		line, _, _ := strings.Cut(strings.TrimSpace(out), "\n")
		return record.Name(foreign.Line(line))
	}
	f.Name = ask("uname", "-n")
	f.Kernel = ask("uname", "-sr")
	f.Governor = ask("cat", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
	f.CongestionControl = ask("cat", "/proc/sys/net/ipv4/tcp_congestion_control")
	f.NoMetricsSave = ask("cat", "/proc/sys/net/ipv4/tcp_no_metrics_save")
	p.clock(ask, &f)
	p.path(ctx, ask, &f)
	return f
}

// clock compares the two clocks by the middle of a question.
func (p Peer) clock(ask func(...string) record.Name, f *record.Peer) {
	before := p.Now()
	said := string(ask("date", "+%s.%N"))
	after := p.Now()
	if seconds, err := strconv.ParseFloat(said, 64); err == nil {
		trip := after.Sub(before).Seconds()
		ahead := seconds - (float64(before.UnixNano())/1e9 + trip/2)
		f.ClockAhead, f.ClockTrip = &ahead, &trip
	}
}

var (
	routeDevice = regexp.MustCompile(`\bdev ([\w.@-]+)`)
	routeSource = regexp.MustCompile(`\bsrc ([0-9A-Fa-f:.]+)`)
	routeRouter = regexp.MustCompile(`\bvia (?:inet6? )?([0-9A-Fa-f:.]+)`)
	routeMTU    = regexp.MustCompile(`\bmtu (?:lock )?(\d+)`)
	echoTTL     = regexp.MustCompile(`\bttl=(\d+)`)
	echoTimes   = regexp.MustCompile(`= ([\d.]+)/[\d.]+/[\d.]+`)
)

// path asks for the way from the peer to the guest. A Windows answers no echo unless its firewall lets it, and then the
// time and the number of routers are not known.
func (p Peer) path(ctx context.Context, ask func(...string) record.Name, f *record.Peer) {
	route := string(ask("ip", "-o", "route", "get", p.Address))
	if m := routeDevice.FindStringSubmatch(route); m != nil {
		f.Device = record.Name(m[1])
	}
	if m := routeSource.FindStringSubmatch(route); m != nil {
		f.Address = record.Name(m[1])
	}
	if m := routeRouter.FindStringSubmatch(route); m != nil {
		f.Router = record.Name(m[1])
	}
	mtu := ""
	if m := routeMTU.FindStringSubmatch(route); m != nil {
		mtu = m[1]
	} else if f.Device != "" {
		if m := routeMTU.FindStringSubmatch(string(ask("ip", "-o", "link", "show", "dev", string(f.Device)))); m != nil {
			mtu = m[1]
		}
	}
	if n, err := strconv.Atoi(mtu); err == nil {
		f.MTU = &n
	}
	echoes, err := p.Runner.Ask(ctx, "ping", "-n", "-c", "3", "-i", "0.2", "-W", "1", p.Address)
	if err != nil {
		return
	}
	if m := echoTimes.FindStringSubmatch(echoes); m != nil {
		if ms, err := strconv.ParseFloat(m[1], 64); err == nil {
			f.RTT = &ms
		}
	}
	if m := echoTTL.FindStringSubmatch(echoes); m != nil {
		if left, err := strconv.Atoi(m[1]); err == nil && left <= 255 {
			hops := -left
			for _, first := range []int{64, 128, 255} { // what systems begin with
				if left <= first {
					hops += first
					break
				}
			}
			f.Hops = &hops
		}
	}
}

// Forget has the peer forget what it cached of TCP towards an address, where it caches anything.
func (p Peer) Forget(address string) error {
	if said, err := p.Runner.Ask(context.Background(), "cat", "/proc/sys/net/ipv4/tcp_no_metrics_save"); err == nil && strings.TrimSpace(said) == "1" {
		return nil
	}
	_, err := p.Runner.Ask(context.Background(), "ip", "tcp_metrics", "flush", address)
	return err
}
