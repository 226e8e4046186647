package guest

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"vnettune/lab/kernel"
)

// RatePort is the UDP port of the host's end of the cable at which the keeper is asked for the rate of
// what goes to the guest: a link can be limited only by who sends into it.
const RatePort = 5990

// Limits of one asking: a datagram may be lost while the guest's network comes up.
const (
	rateAnswer = 500 * time.Millisecond
	rateTries  = 6
)

// bitsPerMegabit makes bit/s of the Mbit/s of Config.Rate.
const bitsPerMegabit = 1e6

// setRate gives both directions of the cable their share of its rate. A host that does not answer is
// logged: a guest that has cut itself off has no traffic.
func (m *Machine) setRate(s kernel.Settings) error {
	share := s.Share
	if share == 0 {
		share = 1
	}
	rate := float64(m.cfg.Rate) * bitsPerMegabit * share
	for _, link := range m.links {
		if err := kernel.SetRate(link, rate); err != nil {
			return err
		}
	}
	if s.VLAN != 0 {
		return nil // the host is out of reach
	}
	if err := askRate(m.cfg.Keeper, rate); err != nil {
		m.log.Printf("not available: rate towards the guest: %v", err)
		return nil
	}
	m.log.Printf("rate of the link: %.3f Mbit/s", rate/bitsPerMegabit)
	return nil
}

// askRate asks the keeper for a rate in bits per second.
func askRate(keeper netip.AddrPort, rate float64) error {
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(keeper))
	if err != nil {
		return err
	}
	defer conn.Close()
	want := strconv.FormatFloat(rate, 'f', 0, 64)
	for range rateTries {
		began := time.Now()
		var answer string
		if answer, err = askOnce(conn, want); err == nil && answer != want {
			return errors.New(answer)
		}
		if err == nil {
			return nil
		}
		time.Sleep(time.Until(began.Add(rateAnswer))) // a port that nobody listens at refuses at once
	}
	return err
}

func askOnce(conn *net.UDPConn, want string) (answer string, err error) {
	if err := conn.SetDeadline(time.Now().Add(rateAnswer)); err != nil {
		return "", err
	}
	if _, err := conn.Write([]byte(want)); err != nil {
		return "", err
	}
	b := make([]byte, 1<<10)
	n, err := conn.Read(b)
	return string(b[:n]), err
}

// ServeRate gives the host's end of the cable the rates that the guest asks for, until ctx ends. It
// answers with what it was asked for, or says why not.
func ServeRate(ctx context.Context, link string, l *log.Logger) error {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{Port: RatePort})
	if err != nil {
		return fmt.Errorf("rate of the link: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	go func() {
		defer stop()
		b := make([]byte, 64)
		for {
			n, from, err := conn.ReadFromUDPAddrPort(b)
			if err != nil {
				return // closed
			}
			answer := strings.TrimSpace(string(b[:n]))
			rate, err := strconv.ParseFloat(answer, 64)
			if err == nil && !(rate >= 1e3 && rate <= 1e12) {
				err = fmt.Errorf("%q is no rate", answer)
			}
			if err == nil {
				err = kernel.SetRate(link, rate)
			}
			if err != nil {
				l.Print(err)
				answer = err.Error()
			}
			if _, err := conn.WriteToUDPAddrPort([]byte(answer), from); err != nil {
				l.Print(err)
			}
		}
	}()
	return nil
}
