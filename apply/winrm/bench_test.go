package winrm_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"vnettune/apply/winrm"
	"vnettune/lab/wsman"
)

// benchRounds is how many commands each way of working runs in one pass; the ways
// take turns, so that all see the same machine.
const benchRounds = 20

// BenchmarkCommand runs a command with input and output against the stand-in's
// service on this machine, whose guest does nothing: what is timed is the protocol.
// It reports how the ways compare within the run, which times alone do not: one-shot
// makes connection, login and shell anew for every command.
func BenchmarkCommand(b *testing.B) {
	service := wsman.NewServer(wsman.Config{User: "Administrator", Password: password, MaxShells: 1000}, &echo{version: "10.0.19045"})
	s := httptest.NewUnstartedServer(service)
	s.Config.ConnContext = service.ConnContext
	s.Start()
	defer s.Close()
	conf := winrm.Config{Address: strings.TrimPrefix(s.URL, "http://"), User: "Administrator", Password: password}
	run := func(c *winrm.Client) {
		if r, err := c.Run(b.Context(), "cat", []byte("x")); err != nil || string(r.Stdout) != "x" {
			b.Fatalf("%+v, %v", r, err)
		}
	}
	open := func(auth winrm.Auth) *winrm.Client {
		conf.Auth = auth
		c, err := winrm.New(conf)
		if err != nil {
			b.Fatal(err)
		}
		return c
	}
	kept := map[winrm.Auth]*winrm.Client{}
	for _, auth := range []winrm.Auth{winrm.Basic, winrm.NTLM} {
		kept[auth] = open(auth)
		defer kept[auth].Close()
		run(kept[auth])
	}
	type way struct {
		auth    winrm.Auth
		oneShot bool
	}
	spent := map[way]time.Duration{}
	rounds := 0
	for b.Loop() {
		rounds += benchRounds
		for _, w := range []way{{winrm.Basic, false}, {winrm.NTLM, false}, {winrm.Basic, true}, {winrm.NTLM, true}} {
			began := time.Now()
			for range benchRounds {
				c := kept[w.auth]
				if w.oneShot {
					c = open(w.auth)
				}
				run(c)
				if w.oneShot {
					c.Close()
				}
			}
			spent[w] += time.Since(began)
		}
	}
	ms := func(w way) float64 { return float64(spent[w].Microseconds()) / 1000 / float64(rounds) }
	b.ReportMetric(ms(way{winrm.Basic, false}), "basic-kept-ms")
	b.ReportMetric(ms(way{winrm.NTLM, false}), "sealed-kept-ms")
	b.ReportMetric(ms(way{winrm.NTLM, false})/ms(way{winrm.Basic, false}), "sealed/basic-kept")
	b.ReportMetric(ms(way{winrm.NTLM, true})/ms(way{winrm.Basic, true}), "sealed/basic-one-shot")
	b.ReportMetric(ms(way{winrm.Basic, true})/ms(way{winrm.Basic, false}), "one-shot/kept-basic")
	b.ReportMetric(ms(way{winrm.NTLM, true})/ms(way{winrm.NTLM, false}), "one-shot/kept-sealed")
}

// BenchmarkOutput receives 4 MiB.
func BenchmarkOutput(b *testing.B) {
	for _, auth := range []winrm.Auth{winrm.Basic, winrm.NTLM} {
		b.Run(string(auth), func(b *testing.B) {
			service := wsman.NewServer(wsman.Config{User: "Administrator", Password: password}, &echo{version: "10.0.19045"})
			s := httptest.NewUnstartedServer(service)
			s.Config.ConnContext = service.ConnContext
			s.Start()
			defer s.Close()
			c, err := winrm.New(winrm.Config{Address: strings.TrimPrefix(s.URL, "http://"), Auth: auth, User: "Administrator", Password: password})
			if err != nil {
				b.Fatal(err)
			}
			defer c.Close()
			const size = 4 << 20
			b.SetBytes(size)
			for b.Loop() {
				if r, err := c.Run(b.Context(), "flood", nil); err != nil || len(r.Stdout) != size {
					b.Fatalf("%d bytes, %v", len(r.Stdout), err)
				}
			}
		})
	}
}
