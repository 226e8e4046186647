package rig

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"vnettune/apply"
	"vnettune/bench/meter"
	"vnettune/foreign"
	"vnettune/matrix/campaign"
	"vnettune/results/record"
	"vnettune/trouble"
)

// The meter as `make build` leaves it beside this program: for Windows, and for a lab, which is a
// Linux; and the list of their hashes.
const (
	meterWindows = "meter.exe"
	meterLab     = "meter"
	meterHashes  = "meter.sha256"
)

// maxMeter is the most bytes of the meter, which has some three million, and maxHashes of the list.
const (
	maxMeter  = 64 << 20
	maxHashes = 4 << 10
)

// How long the meter in the guest lives: without a client, and at all. Each boot starts it anew.
const (
	meterIdle  = 2 * time.Hour
	meterLimit = 24 * time.Hour
)

// MeasuresByMeter says whether a workload of the campaign needs the meter.
func MeasuresByMeter(c campaign.Campaign) bool {
	return slices.ContainsFunc(c.Workloads, record.Workload.ByMeter)
}

// OwnMeter is the meter between this host and the guest.
type OwnMeter struct {
	guest   *apply.Guest
	program apply.MeterProgram
	target  meter.Target
	peer    *Peer  // measures instead of this host; nil: this host does
	at      string // the peer's meter
}

// FindMeter finds the meter's program, which a campaign cannot do without that measures by it.
func (r *Rig) FindMeter() (*OwnMeter, error) {
	program, err := meterProgram(r.means.Programs, r.means.Lab != nil)
	if err != nil {
		return nil, err
	}
	o := &OwnMeter{guest: r.Guest, program: program, target: meter.Target{Bind: r.Target.Bind, Address: r.Target.Address, Port: r.campaign.Guest.MeterPort}}
	if peer, ok := PeerOf(r.campaign, r.Target.Address); ok {
		o.peer, o.at = &peer, r.campaign.Peer.Meter
	}
	return o, nil
}

// meterProgram reads the program for a Windows, or for a lab, from a folder, and holds it to the
// list of hashes there.
func meterProgram(folder string, lab bool) (apply.MeterProgram, error) {
	name := meterWindows
	if lab {
		name = meterLab
	}
	path := filepath.Join(folder, name)
	const remedy = "make build makes it beside vnettune, with meter.sha256; keep them together"
	text, err := foreign.ReadFile(path, maxMeter)
	if errors.Is(err, os.ErrNotExist) {
		return apply.MeterProgram{}, trouble.Hint(fmt.Errorf("the meter for the guest, %s, is not there", path), remedy)
	}
	if err != nil {
		return apply.MeterProgram{}, trouble.Hint(err, remedy)
	}
	list, err := foreign.ReadFile(filepath.Join(folder, meterHashes), maxHashes)
	if err != nil {
		return apply.MeterProgram{}, trouble.Hint(fmt.Errorf("the hash of the meter for the guest: %w", err), remedy)
	}
	p := apply.NewMeterProgram(text)
	lines := bufio.NewScanner(bytes.NewReader(list))
	for lines.Scan() {
		if hash, file, ok := strings.Cut(lines.Text(), "  "); ok && file == name {
			if hash != p.SHA256 {
				return p, trouble.Hint(fmt.Errorf("%s is not the program that was built: its SHA-256 is %s, and %s has %s", path, p.SHA256, meterHashes, foreign.Word(hash)), remedy)
			}
			return p, nil
		}
	}
	return p, trouble.Hint(fmt.Errorf("%s has no hash of %s", meterHashes, name), remedy)
}

// SHA256 is the program's, in hexadecimal.
func (o *OwnMeter) SHA256() string { return o.program.SHA256 }

// Port is where it listens in the guest.
func (o *OwnMeter) Port() int { return o.target.Port }

// Start puts the meter into the guest, unless it is there, and starts it anew, for who measures only.
func (o *OwnMeter) Start(ctx context.Context) error {
	own, err := o.ownAddress(ctx)
	if err != nil {
		return err
	}
	token := meter.NewToken()
	config, err := json.Marshal(meter.Config{Port: o.target.Port, Peer: own, Token: token, Idle: meterIdle.Seconds(), Limit: meterLimit.Seconds()})
	if err != nil {
		return err
	}
	if _, err := o.guest.StartMeter(ctx, o.program, o.target.Port, string(config)); err != nil {
		return err
	}
	o.target.Token = token
	return nil
}

// ownAddress is this host's or the peer's address on the way to the one under test.
func (o *OwnMeter) ownAddress(ctx context.Context) (netip.Addr, error) {
	if o.peer != nil {
		return o.peer.address(ctx)
	}
	dialer := net.Dialer{}
	if a, err := netip.ParseAddr(o.target.Bind); err == nil {
		dialer.LocalAddr = net.UDPAddrFromAddrPort(netip.AddrPortFrom(a, 0))
	}
	c, err := dialer.DialContext(ctx, "udp", net.JoinHostPort(o.target.Address, strconv.Itoa(o.target.Port))) // nothing is sent
	if err != nil {
		return netip.Addr{}, fmt.Errorf("this host's address on the way to %s: %w", o.target.Address, err)
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap(), nil
}

// Run measures once.
func (o *OwnMeter) Run(ctx context.Context, w record.Workload, rtt time.Duration) meter.Outcome {
	began := time.Now()
	target := o.target
	target.RTT = rtt
	if o.peer != nil {
		return o.peer.runMeter(ctx, o.at, target, meterParams(w)).Outcome(time.Since(began))
	}
	return meter.Client{}.Run(ctx, target, meterParams(w)).Outcome(time.Since(began))
}

// Remove ends the meter in the guest and takes it away.
func (o *OwnMeter) Remove(ctx context.Context) error { return o.guest.RemoveMeter(ctx) }

// meterParams says a workload in the meter's words.
func meterParams(w record.Workload) meter.Params {
	way := map[string]string{record.ToGuest: meter.ToServer, record.FromGuest: meter.FromServer}
	p := meter.Params{Kind: meter.KindTCP, Direction: way[w.Direction], Streams: max(w.Streams, 1), Seconds: float64(w.Seconds), WarmUp: float64(w.Omit)}
	switch w.Protocol {
	case record.Latency:
		p = meter.Params{Kind: meter.KindRR, Seconds: p.Seconds, WarmUp: p.WarmUp, Request: w.Request, Response: w.Response, Rate: float64(w.PerSecond)}
		if w.Load != "" {
			p.Load = &meter.Load{Direction: way[w.Load], Streams: max(w.Streams, 1)}
		}
	case record.UDP:
		p.Kind, p.Length, p.USO, p.URO = meter.KindUDP, w.Length, w.Offload, w.Offload
		p.Rate = record.BitRate(w.Rate)
	}
	return p
}
