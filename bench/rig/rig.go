package rig

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"vnettune/apply"
	"vnettune/apply/qmp"
	"vnettune/apply/winrm"
	"vnettune/apply/winrm/fault"
	"vnettune/bench"
	"vnettune/bench/iperf"
	"vnettune/bench/iperf2"
	"vnettune/bench/link"
	"vnettune/foreign"
	"vnettune/matrix/campaign"
	"vnettune/results/record"
	"vnettune/trouble"
)

// Rig is a campaign's guest with what it takes to work on it.
type Rig struct {
	Guest  *apply.Guest
	Client *winrm.Client
	Meter  iperf.Runner
	Target iperf.Target
	Exe    string          // the guest's iperf3
	IPerf2 iperf2.Runner   // this host's
	Exe2   string          // the guest's iperf2
	Config winrm.Config    // how WinRM is reached
	Rescue campaign.Rescue // with a lab's own sockets

	campaign campaign.Campaign
	means    Means
}

// Means is what a rig needs and does not find by itself.
type Means struct {
	Lab      *Lab                                      // nil for a real Windows
	Password func(ctx context.Context) (string, error) // of the guest's user; asked once
	Locks    string                                    // the folder of the locks on guests
	Aside    string                                    // the folder of boots that their stores could not take
	Receipts string                                    // the folder of the receipts of stores that this user made
	Version  string                                    // of this program, for the record
	Programs string                                    // the folder of the meter for guests
}

// Lab is what a rig needs of a stand-in guest that is up.
type Lab struct {
	Name        string
	Address     string // of the guest, inside the lab's network, where this process is
	Port        int    // of WinRM over http
	User        string
	IPerf       string     // the guest's iperf3
	IPerf2      string     // the guest's iperf2, where it has one
	New         bool       // it was set up for this session: it is another machine than that of a session before
	QMPSocket   string     // the machine's monitor; "" for none
	AgentSocket string     // of the QEMU guest agent; "" for none
	Facts       record.Lab // of the lab as a whole, for the record

	// Off says whether the guest's machine is off.
	Off func(ctx context.Context) (bool, error)

	// Link gives what the guest sends conditions.
	Link func(ctx context.Context, c link.Conditions) error
}

// Reach makes the way to a campaign's guest. It sends nothing to the guest.
func Reach(ctx context.Context, c campaign.Campaign, m Means) (*Rig, error) {
	c, err := located(ctx, c, true)
	if err != nil {
		return nil, err
	}
	data := ""
	if m.Lab != nil {
		data = m.Lab.Address
	} else {
		data = c.Guest.Remote.Data
	}
	addr, err := dataAddress(ctx, net.DefaultResolver, data, c.Host.Bind)
	if err != nil {
		return nil, err
	}
	return reach(ctx, c, m, addr)
}

// ReachToRestore makes the way to a campaign's guest whose originals are to be put back:
// the address under test, which may be another by now, is not needed for that.
func ReachToRestore(ctx context.Context, c campaign.Campaign, m Means) (*Rig, error) {
	c, err := located(ctx, c, false)
	if err != nil {
		return nil, err
	}
	return reach(ctx, c, m, netip.Addr{})
}

func reach(ctx context.Context, c campaign.Campaign, m Means, addr netip.Addr) (*Rig, error) {
	var (
		conf winrm.Config
		port int
		err  error

		r = Rig{Rescue: c.Guest.Rescue, campaign: c, means: m}
	)
	if lab := m.Lab; lab != nil {
		port, r.Exe, r.Exe2 = lab.Port, lab.IPerf, lab.IPerf2
		r.Rescue.QMP, r.Rescue.GuestAgent = lab.QMPSocket, lab.AgentSocket
		conf = winrm.Config{Address: net.JoinHostPort(lab.Address, strconv.Itoa(port)), User: lab.User}
	} else {
		remote := c.Guest.Remote
		port, r.Exe, r.Exe2 = remote.Control.Port, remote.Iperf, remote.Iperf2
		if conf, err = remoteConfig(remote); err != nil {
			return nil, err
		}
		if err := checkURI(r.Rescue.URI); err != nil {
			return nil, err
		}
	}
	if conf.Password, err = m.Password(ctx); err != nil {
		return nil, err
	}
	conf.Answer, conf.Command = c.Limits.Answer, c.Limits.Command
	if r.Client, err = winrm.New(conf); err != nil {
		return nil, trouble.Invalid(err)
	}
	r.Config = conf
	r.Guest = apply.New(r.Client, addr, port, Clock{})
	if m.Lab != nil {
		r.Guest.Disk = m.Lab.Facts.Disk
	}
	if r.Rescue.QMP != "" {
		r.Guest.Monitor = qmp.Watcher{Socket: r.Rescue.QMP}
	}
	r.Meter = Measuring(c)
	r.IPerf2.Path = c.Host.Iperf2
	r.Target = iperf.Target{Bind: c.Host.Bind, Port: c.Guest.IperfPort}
	if slices.ContainsFunc(c.Workloads, record.Workload.BothAtOnce) {
		r.Target.Second = c.Guest.SecondPort
	}
	if addr.IsValid() {
		r.Target.Address = addr.String()
	}
	return &r, nil
}

// TargetOfIPerf2 is the guest's end of iperf2 as this host reaches it.
func (r *Rig) TargetOfIPerf2() iperf2.Target {
	return iperf2.Target{Bind: r.Target.Bind, Address: r.Target.Address, Port: r.campaign.Guest.Iperf2Port}
}

// FindIPerf looks for the iperf3 of this host or the peer, and for this host's iperf2, as far as the campaign measures
// by them.
func (r *Rig) FindIPerf(ctx context.Context) (err error) {
	if r.campaign.MeasuresByIPerf2() {
		if r.IPerf2.Version, err = r.IPerf2.Probe(ctx); err != nil {
			return fmt.Errorf("iperf2 on this host: %w", err)
		}
	}
	if !r.campaign.NeedsIPerf3() {
		return nil
	}
	where := "this host"
	if r.campaign.Peer != nil {
		where = "the peer"
	}
	if r.Meter.Version, err = r.Meter.Probe(ctx); err != nil {
		return fmt.Errorf("iperf3 on %s: %w", where, err)
	}
	return nil
}

// Measuring is the iperf3 that measures in a campaign: this host's, or the peer's. Its version is not known yet.
func Measuring(c campaign.Campaign) iperf.Runner {
	if c.Peer != nil {
		return iperf.Runner{Path: c.Peer.Iperf, Prefix: c.Peer.Command}
	}
	return iperf.Runner{Path: c.Host.Iperf}
}

// Close ends the connection.
func (r *Rig) Close() { r.Client.Close() }

// maxPEM is the most bytes of a file of certificates.
const maxPEM = 4 << 20

// remoteConfig is how a real Windows is reached, without the password.
func remoteConfig(r *campaign.Remote) (winrm.Config, error) {
	conf := winrm.Config{
		Address: net.JoinHostPort(r.Control.Host, strconv.Itoa(r.Control.Port)), HTTPS: r.Control.Scheme == "https",
		Auth: winrm.Auth(r.Transport.Auth), User: r.User,
		Fingerprint: r.Trust.Fingerprint, Insecure: r.Trust.Insecure, Proxy: r.Transport.Proxy,
	}
	for _, file := range []struct {
		field, path string
		to          *[]byte
	}{
		{"trust.ca", r.Trust.CA, &conf.CACert},
		{"transport.client_cert", r.Transport.ClientCert, &conf.ClientCert},
		{"transport.client_key", r.Transport.ClientKey, &conf.ClientKey},
	} {
		if file.path == "" {
			continue
		}
		text, err := foreign.ReadFile(file.path, maxPEM)
		if err != nil {
			return conf, trouble.Invalid(fmt.Errorf("guest.%s: %w", file.field, err))
		}
		*file.to = text
	}
	return conf, nil
}

// explain adds to a failure to reach the guest what to look at.
func (r *Rig) explain(err error) error {
	var lost *winrm.NetError
	var unrestored *bench.UnrestoredError
	switch {
	case err == nil || errors.As(err, &unrestored):
		return err
	case errors.Is(err, fault.ErrUnauthorized):
		return trouble.Hint(err, "check guest.user and the password")
	case errors.As(err, &lost) && len(trouble.Hints(err)) == 0:
		return trouble.Hint(err, "check that the guest is up and that WinRM listens at %s (guest.control)", r.Config.Address)
	}
	return err
}

// Clock is the host's own time.
type Clock struct{}

// Now is the time of day.
func (Clock) Now() time.Time { return time.Now() }

// Sleep waits, or returns the context's error when it is done first.
func (Clock) Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
