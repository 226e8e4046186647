package apply

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"vnettune/matrix"
	"vnettune/results/record"
)

// dialect is how one family of Windows is spoken to. What is asked and what the
// answers mean is the Guest's; how it is said is the dialect's.
type dialect interface {
	// facts asks for everything that Guest.Facts returns.
	facts(ctx context.Context) (record.Guest, []byte, error)
	// drives says whether settings of this kind can be written and read at all.
	drives(k matrix.FormKind) error
	// check says whether the step can be sent; nothing is sent.
	check(s step) error
	// read asks for places. The second result is the raw answer.
	read(ctx context.Context, in readInput) (readAnswer, []byte, error)
	// write does the steps in order and stops at the first that fails.
	write(ctx context.Context, steps []step) ([]stepAnswer, []byte, error)
	// mark leaves something in the guest that cannot survive a boot, and then reads
	// boot time and clock. The string is the mark's name for boot.
	mark(ctx context.Context) (string, bootAnswer, error)
	// boot looks for the mark and, where it is gone, reads boot time and clock.
	boot(ctx context.Context, mark string) (bootAnswer, error)
	// markWord says what the mark is, for the record.
	markWord(mark string) string
	// shutdown is the command lines that ask for a reboot and that take back one
	// which is scheduled already.
	shutdown() (ask, abort string)
	// guard arms, disarms or reads the dead-man switch; ErrNoDeadMan where there is none.
	guard(ctx context.Context, in guardInput) (DeadMan, []byte, error)
	// startIPerf starts the server anew, outside the shell.
	startIPerf(ctx context.Context, exe string, port int) (IPerfServer, error)
	stopIPerf(ctx context.Context, exe string, port int) error
	// statusIPerf looks at the server and changes nothing.
	statusIPerf(ctx context.Context, exe string, port int) (IPerfServer, error)
	// health asks what only doctor wants to know.
	health(ctx context.Context, host netip.Addr) (Health, error)
}

// speak is the guest's dialect, found at the first need.
func (g *Guest) speak(ctx context.Context) (dialect, error) {
	if d := g.spoken(); d != nil {
		return d, nil
	}
	d, _, _, err := g.probe(ctx)
	return d, err
}

func (g *Guest) spoken() dialect {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.dialect
}

// probe finds out how the guest is spoken to, by its facts. PowerShell comes
// first. A guest where the script facts does not work is asked for its build with
// command lines: only builds of generation xp are driven with those, and whatever
// else it is, the script's error stands.
func (g *Guest) probe(ctx context.Context) (dialect, record.Guest, []byte, error) {
	ps := &powershell{runner: g.runner}
	f, raw, err := ps.facts(ctx)
	if err == nil {
		g.settle(ps)
		return ps, f, raw, nil
	}
	var answered *answerError
	var failed *ScriptError
	if !errors.As(err, &failed) && (!errors.As(err, &answered) || answered.Exit == 0) {
		return nil, record.Guest{}, raw, err
	}
	cl := &commands{runner: g.runner, clock: g.clock}
	os, lineErr := cl.system(ctx)
	if lineErr != nil {
		return nil, record.Guest{}, raw, fmt.Errorf("%w; asked with command lines instead: %w", err, lineErr)
	}
	switch gen, _ := GenerationOf(os); gen {
	case matrix.XP:
		if f, raw, err = cl.facts(ctx); err != nil {
			return nil, record.Guest{}, raw, err
		}
		g.settle(cl)
		return cl, f, raw, nil
	case matrix.NT60:
		return nil, record.Guest{}, raw, fmt.Errorf("a guest of generation %s (build %d, %s) cannot be driven yet: use XP, Server 2003, or Windows 8, Server 2012 and later", gen, os.Build, os.Caption)
	}
	return nil, record.Guest{}, raw, err
}

func (g *Guest) settle(d dialect) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.dialect = d
}
