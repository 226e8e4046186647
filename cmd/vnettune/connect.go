package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"time"

	"vnettune/apply"
	"vnettune/apply/qmp"
	"vnettune/apply/winrm"
	"vnettune/bench"
	"vnettune/bench/campaign"
	"vnettune/bench/iperf"
)

// labIPerf is where the stand-in guest has its iperf3.
const labIPerf = `C:\vnettune\iperf3.exe`

// connection is a guest with what the loop needs to reach it.
type connection struct {
	client  *winrm.Client
	guest   *apply.Guest
	meter   iperf.Runner
	target  iperf.Target
	exe     string // the guest's iperf3
	control string // WinRM's address
}

// connect makes the connection of a campaign. It sends nothing to the guest.
func connect(ctx context.Context, c campaign.Campaign) (*connection, error) {
	var (
		conf winrm.Config
		data string
		port int

		monitor string // QEMU's monitor socket, "" for none
		con     connection
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
		monitor = info.QMPSocket
		conf = winrm.Config{Address: net.JoinHostPort(data, strconv.Itoa(port)), User: info.User, Password: pw}
	} else {
		r := c.Guest.Remote
		pw, err := password(r)
		if err != nil {
			return nil, err
		}
		data, port, con.exe = r.Data, r.Control.Port, r.Iperf
		conf = winrm.Config{
			Address: net.JoinHostPort(r.Control.Host, strconv.Itoa(port)), HTTPS: r.Control.Scheme == "https",
			User: r.User, Password: pw, Fingerprint: r.Trust.Fingerprint, Insecure: r.Trust.Insecure,
		}
		if r.Trust.CA != "" {
			if conf.CACert, err = os.ReadFile(r.Trust.CA); err != nil {
				return nil, usageError(fmt.Errorf("guest.trust.ca: %w", err))
			}
		}
	}
	addr, err := netip.ParseAddr(data)
	if err != nil {
		return nil, usageError(fmt.Errorf("guest.data must be an IP address of the adapter under test: %w", err))
	}
	if con.client, err = winrm.New(conf); err != nil {
		return nil, usageError(err)
	}
	version, err := iperf.Probe(ctx, c.Host.Iperf)
	if err != nil {
		return nil, fmt.Errorf("iperf3 on this host: %w", err)
	}
	con.control = conf.Address
	con.guest = apply.New(con.client, addr, port, systemClock{})
	if monitor != "" {
		con.guest.Monitor = qmp.Watcher{Socket: monitor}
	}
	con.meter = iperf.Runner{Path: c.Host.Iperf, Version: version}
	con.target = iperf.Target{Bind: c.Host.Bind, Address: data, Port: c.Guest.IperfPort}
	return &con, nil
}

// explain adds to an error of the way to the guest what to look at.
func (c *connection) explain(err error) error {
	var lost *winrm.NetError
	var left *bench.UnrestoredError
	switch {
	case err == nil || errors.As(err, &left):
		return err
	case errors.Is(err, winrm.ErrUnauthorized):
		return fmt.Errorf("%w; check guest.user and the password, and that the guest allows Basic authentication", err)
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
