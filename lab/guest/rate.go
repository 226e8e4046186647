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

	"vnettune/bench/link"
	"vnettune/lab/kernel"
)

// RatePort is the UDP port of the host's end of the cable at which the keeper is asked for the rate of
// what goes to the guest: a link can be limited only by who sends into it.
const RatePort = 5990

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
	if err := m.shaped.set(func(e *egress) { e.rate = rate }); err != nil {
		return err
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
	want := strconv.FormatFloat(rate, 'f', 0, 64)
	answer, err := ask(context.Background(), keeper, []byte(want))
	if err == nil && string(answer) != want {
		err = errors.New(string(answer))
	}
	return err
}

// ServeRate gives the host's end of the cable the rates that the guest asks for, until ctx ends. It
// answers with what it was asked for, or says why not.
func ServeRate(ctx context.Context, adapter string, l *log.Logger) error {
	err := answer(ctx, RatePort, l, func(asked []byte) []byte {
		text := strings.TrimSpace(string(asked))
		rate, err := strconv.ParseFloat(text, 64)
		if err == nil && !(rate >= 1e3 && rate <= 1e12) {
			err = fmt.Errorf("%q is no rate", text)
		}
		if err == nil {
			err = link.Set(adapter, link.Stand, link.Conditions{Rate: rate})
		}
		if err != nil {
			l.Print(err)
			text = err.Error()
		}
		return []byte(text)
	})
	if err != nil {
		return fmt.Errorf("rate of the link: %w", err)
	}
	return nil
}

// answer answers datagrams at a port, each by itself, until ctx ends.
func answer(ctx context.Context, port int, l *log.Logger, by func(asked []byte) []byte) error {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{Port: port})
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	go func() {
		defer stop()
		b := make([]byte, 1<<10)
		for {
			n, from, err := conn.ReadFromUDPAddrPort(b)
			if err != nil {
				return // closed
			}
			if _, err := conn.WriteToUDPAddrPort(by(b[:n]), from); err != nil {
				l.Print(err)
			}
		}
	}()
	return nil
}
