package apply

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"vnettune/apply/terms"
	"vnettune/apply/winrm"
)

// How long the servers of iperf2 are waited for, and how often they are looked for: a look is two commands, of
// which a shell of XP takes few.
const (
	iperf2Wait = 5 * time.Second
	iperf2Look = 200 * time.Millisecond
)

// StartIPerf2 starts the servers of iperf2 in the guest anew, one for each protocol (terms.TCP,
// terms.UDP), and returns when all have their port. terms.ErrNotAsked where no dialect starts it.
func (g *Guest) StartIPerf2(ctx context.Context, exe string, port int, protocols []string) (terms.IPerfServer, error) {
	s, err := g.startIPerf2(ctx, exe, port, protocols)
	if err != nil {
		return s, fmt.Errorf("start iperf2 on the guest: %w", err)
	}
	if !s.Listening {
		return s, fmt.Errorf("start iperf2 on the guest: %s does not listen on port %d (%s)", s.Exe, port, strings.Join(protocols, ", "))
	}
	return s, nil
}

func (g *Guest) startIPerf2(ctx context.Context, exe string, port int, protocols []string) (s terms.IPerfServer, err error) {
	d, err := g.speak(ctx)
	if err == nil {
		_, err = g.sure(ctx)
	}
	if err != nil {
		return s, err
	}
	if s, err = d.StatusIPerf2(ctx, exe, port, protocols); err != nil {
		return s, err
	}
	if s.PID != 0 {
		if err := g.onThisOne(ctx, func(here context.Context) error { return d.StopIPerf2(here, exe) }); err != nil {
			return s, err
		}
	}
	for _, protocol := range protocols {
		err := g.onThisOne(ctx, func(here context.Context) (err error) {
			s.PID, err = d.StartIPerf2(here, exe, port, protocol)
			return err
		})
		if err != nil {
			return s, err
		}
	}
	for began := g.clock.Now(); ; {
		if s, err = d.StatusIPerf2(ctx, exe, port, protocols); err != nil || s.Listening || g.clock.Now().Sub(began) >= iperf2Wait {
			return s, err
		}
		if err := g.clock.Sleep(ctx, iperf2Look); err != nil {
			return s, err
		}
	}
}

// onThisOne does what changes the guest on the machine that has to be there, and once more where nothing was done
// because the shell had no room left in which it said who it is: the next one has.
func (g *Guest) onThisOne(ctx context.Context, do func(here context.Context) error) error {
	for try := 1; ; try++ {
		here, err := g.sure(ctx)
		if err == nil {
			err = do(here)
		}
		if try == 2 || !errors.Is(err, winrm.ErrShellGone) {
			return err
		}
	}
}

// StatusIPerf2 looks at the servers of iperf2 in the guest and changes nothing.
func (g *Guest) StatusIPerf2(ctx context.Context, exe string, port int, protocols []string) (terms.IPerfServer, error) {
	d, err := g.speak(ctx)
	if err != nil {
		return terms.IPerfServer{}, fmt.Errorf("ask for iperf2 on the guest: %w", err)
	}
	s, err := d.StatusIPerf2(ctx, exe, port, protocols)
	if err != nil {
		return s, fmt.Errorf("ask for iperf2 on the guest: %w", err)
	}
	return s, nil
}

// StopIPerf2 ends the servers of iperf2 in the guest.
func (g *Guest) StopIPerf2(ctx context.Context, exe string) error {
	d, err := g.speak(ctx)
	if err == nil {
		err = g.onThisOne(ctx, func(here context.Context) error { return d.StopIPerf2(here, exe) })
	}
	if err != nil {
		return fmt.Errorf("stop iperf2 on the guest: %w", err)
	}
	return nil
}
