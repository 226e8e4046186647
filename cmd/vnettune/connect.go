package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"vnettune/apply"
	"vnettune/apply/qmp"
	"vnettune/apply/winrm"
	"vnettune/bench"
	"vnettune/bench/iperf"
	"vnettune/matrix/campaign"
)

// labIPerf is where the stand-in guest has its iperf3.
const labIPerf = `C:\vnettune\iperf3.exe`

// connection is a guest with what the loop needs to reach it.
type connection struct {
	client  *winrm.Client
	guest   *apply.Guest
	meter   iperf.Runner
	target  iperf.Target
	exe     string          // the guest's iperf3
	control string          // WinRM's address
	rescue  campaign.Rescue // with a lab's own sockets
	config  winrm.Config
}

// connect makes the connection of a campaign. It sends nothing to the guest.
func connect(ctx context.Context, c campaign.Campaign) (*connection, error) {
	con, err := reach(ctx, c)
	if err != nil {
		return nil, err
	}
	if con.meter.Version, err = iperf.Probe(ctx, c.Host.Iperf); err != nil {
		return nil, fmt.Errorf("iperf3 on this host: %w", err)
	}
	return con, nil
}

// reach makes the way to a campaign's guest. The host's iperf3 is not looked for.
func reach(ctx context.Context, c campaign.Campaign) (*connection, error) {
	var (
		conf winrm.Config
		data string
		port int

		con = connection{rescue: c.Guest.Rescue}
	)
	if c.Guest.Lab != nil {
		info, err := campaignLab(c)
		if err != nil {
			return nil, err
		}
		pw, err := passwordFile(info.PasswordFile)
		if err != nil {
			return nil, err
		}
		data, port, con.exe = info.GuestAddress, info.HTTPPort, labIPerf
		con.rescue.QMP, con.rescue.GuestAgent = info.QMPSocket, info.AgentSocket
		conf = winrm.Config{Address: net.JoinHostPort(data, strconv.Itoa(port)), User: info.User, Password: pw}
	} else {
		r := c.Guest.Remote
		data, port, con.exe = r.Data, r.Control.Port, r.Iperf
		var err error
		if conf, err = remoteConfig(ctx, r); err != nil {
			return nil, err
		}
	}
	addr, err := dataAddress(ctx, net.DefaultResolver, data, c.Host.Bind)
	if err != nil {
		return nil, err
	}
	conf.Answer, conf.Command = c.Limits.Answer, c.Limits.Command
	if con.client, err = winrm.New(conf); err != nil {
		return nil, usageError(err)
	}
	con.config, con.control = conf, conf.Address
	con.guest = apply.New(con.client, addr, port, systemClock{})
	if con.rescue.QMP != "" {
		con.guest.Monitor = qmp.Watcher{Socket: con.rescue.QMP}
	}
	con.meter = iperf.Runner{Path: c.Host.Iperf}
	con.target = iperf.Target{Bind: c.Host.Bind, Address: addr.String(), Port: c.Guest.IperfPort}
	return &con, nil
}

// remoteConfig is how a real Windows is reached; where the campaign says so, the
// password is asked for.
func remoteConfig(ctx context.Context, r *campaign.Remote) (winrm.Config, error) {
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
		text, err := os.ReadFile(file.path)
		if err != nil {
			return conf, usageError(fmt.Errorf("guest.%s: %w", file.field, err))
		}
		*file.to = text
	}
	var err error
	conf.Password, err = password(ctx, r)
	return conf, err
}

// explain adds to an error of the way to the guest what to look at.
func (c *connection) explain(err error) error {
	var lost *winrm.NetError
	var left *bench.UnrestoredError
	switch {
	case err == nil || errors.As(err, &left):
		return err
	case errors.Is(err, winrm.ErrUnauthorized):
		return fmt.Errorf("%w; check guest.user and the password", err)
	case errors.As(err, &lost):
		return fmt.Errorf("%w; check that the guest is up and that WinRM listens at %s (guest.control)", err, c.control)
	}
	return err
}

// systemClock is the host's own time.
type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

// Sleep waits, or returns the context's error when it is done first.
func (systemClock) Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
