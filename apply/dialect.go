package apply

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"vnettune/apply/cmdline"
	"vnettune/apply/deadman"
	"vnettune/apply/terms"
	"vnettune/matrix"
	"vnettune/results/record"
	"vnettune/trouble"
)

// dialect is how one family of Windows is spoken to. What is asked and what the
// answers mean is the Guest's; how it is said is the dialect's.
type dialect interface {
	// Facts asks for everything that Guest.Facts returns.
	Facts(ctx context.Context) (record.Guest, []byte, error)
	// Driver asks what the driver of the adapter with that class key declares;
	// terms.ErrNotAsked where no generation of its kind takes a driver's properties.
	Driver(ctx context.Context, classKey string) (record.Driver, error)
	// Drives says whether settings of this kind can be written and read at all.
	Drives(k matrix.FormKind) error
	// Check says whether the step can be sent; nothing is sent.
	Check(s terms.Step) error
	// Read asks for places. The second result is the raw answer.
	Read(ctx context.Context, in terms.ReadInput) (terms.ReadAnswer, []byte, error)
	// Effect asks what the stack and the driver of an adapter do; terms.ErrNotAsked where
	// nothing tells. The second result is the raw answer.
	Effect(ctx context.Context, in terms.EffectInput) (terms.EffectAnswer, []byte, error)
	// UDP asks for netsh's dump of UDP; terms.ErrNotAsked where there is none. The second
	// result is the raw answer.
	UDP(ctx context.Context) (terms.UDPAnswer, []byte, error)
	// Idle looks for a while whether the guest is idle; terms.ErrNotAsked where nothing tells.
	// The second result is the raw answer.
	Idle(ctx context.Context, in terms.IdleInput) (terms.IdleAnswer, []byte, error)
	// Copy times copies of memory; terms.ErrNotAsked where nothing could. The second result is the
	// raw answer.
	Copy(ctx context.Context, in terms.CopyInput) (terms.CopyAnswer, []byte, error)
	// Counters reads running totals of the processors and of one adapter; terms.ErrNotAsked where nothing tells.
	Counters(ctx context.Context, in terms.CountersInput) (terms.CountersAnswer, error)
	// Write does the steps in order and stops at the first that fails.
	Write(ctx context.Context, steps []terms.Step) ([]terms.StepAnswer, []byte, error)
	// LeaveToken leaves something in the guest that cannot survive a boot, and then
	// reads boot time and clock. The string is the token's name for Boot.
	LeaveToken(ctx context.Context) (string, terms.BootAnswer, error)
	// Boot looks for the token and, where it is gone, reads boot time and clock.
	Boot(ctx context.Context, token string) (terms.BootAnswer, error)
	// TokenWord says what the token is, for the record.
	TokenWord(token string) string
	// Shutdown is the command lines that ask for a reboot and that take back one
	// which is scheduled already.
	Shutdown() (ask, abort string)
	// SwitchOff is the command line that asks the guest to switch itself off.
	SwitchOff() string
	// DeadMan arms, disarms or reads the dead-man switch; deadman.ErrNone where there
	// is none.
	DeadMan(ctx context.Context, in deadman.Input) (deadman.State, []byte, error)
	// Restart has a task of the guest restart an adapter; terms.ErrNotAsked where nothing could.
	Restart(ctx context.Context, in terms.RestartInput) error
	// Restarted says what came of it, or takes away what it left (terms.RestartResult,
	// RestartRemove). The second result is the raw answer.
	Restarted(ctx context.Context, action string) (terms.RestartAnswer, []byte, error)
	// StartIPerf ends every server of that program and starts one for each port, outside the shell: the first, and
	// where a second is named that as well.
	StartIPerf(ctx context.Context, exe string, ports ...int) (terms.IPerfServer, error)
	// StopIPerf ends every server of that program, whatever its port.
	StopIPerf(ctx context.Context, exe string, port int) error
	// StatusIPerf looks at the servers at these ports and changes nothing.
	StatusIPerf(ctx context.Context, exe string, ports ...int) (terms.IPerfServer, error)
	// IPerfLog is the end of what the server at the last of these ports said went wrong since its start.
	IPerfLog(ctx context.Context, exe string, ports ...int) (string, error)
	// StartIPerf2 starts a server of iperf2 for one protocol; terms.ErrNotAsked where nothing starts it.
	StartIPerf2(ctx context.Context, exe string, port int, protocol string) (pid int, err error)
	StopIPerf2(ctx context.Context, exe string) error
	StatusIPerf2(ctx context.Context, exe string, port int, protocols []string) (terms.IPerfServer, error)
	// PutMeter puts a piece of the meter into the guest; terms.ErrNotAsked where it could not run.
	PutMeter(ctx context.Context, in terms.MeterPiece) (terms.MeterPut, error)
	// Meter starts the meter in the guest, ends it or takes it away; terms.ErrNotAsked where it
	// could not run.
	Meter(ctx context.Context, in terms.MeterInput) (terms.MeterServer, error)
	// Drivers asks what the driver store has; terms.ErrNotAsked where it has no words for it.
	Drivers(ctx context.Context, in terms.DriversInput) (terms.DriversAnswer, error)
	// PutPackage puts a piece of a driver's package into the guest, Stage takes it into the driver store or out of it;
	// terms.ErrNotAsked where Drivers is.
	PutPackage(ctx context.Context, in terms.PackagePiece) (terms.MeterPut, error)
	Stage(ctx context.Context, in terms.StageInput) (terms.StageAnswer, error)
	// Health asks what only doctor wants to know.
	Health(ctx context.Context, host netip.Addr) (terms.Health, error)
	// Firewall asks which inbound rules block a program; terms.ErrNotAsked where nothing tells.
	Firewall(ctx context.Context, exe string) (terms.Firewall, error)
	// Token asks what was taken from the logon's token; terms.ErrNotAsked where nothing tells.
	Token(ctx context.Context) (terms.Token, error)
}

// speak is the guest's dialect, found at the first need.
func (g *Guest) speak(ctx context.Context) (dialect, error) {
	if d := g.spoken(); d != nil {
		return d, nil
	}
	d, _, _, err := g.findDialect(ctx)
	return d, err
}

func (g *Guest) spoken() dialect {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.dialect
}

// findDialect finds out how the guest is spoken to, by its facts. PowerShell comes
// first. A guest without a PowerShell that could run the script facts is asked for its
// build with command lines: only builds of generation xp are driven with those, and
// whatever else it is, the script's error stands. Where PowerShell has started, command
// lines are no way out: what kept the script back is to be mended.
func (g *Guest) findDialect(ctx context.Context) (dialect, record.Guest, []byte, error) {
	ps := &powershell{runner: g.runner}
	f, raw, err := ps.Facts(ctx)
	if err == nil {
		g.settle(ps)
		return ps, f, raw, nil
	}
	var answered *answerError
	switch {
	case !errors.As(err, &answered) || answered.Exit == 0:
		return nil, record.Guest{}, raw, err
	case !answered.missing():
		return nil, record.Guest{}, raw, trouble.Hint(err, "PowerShell has started on the guest and did not run the script: see there what $ExecutionContext.SessionState.LanguageMode says, "+
			"and whether an antivirus stopped it. In ConstrainedLanguage mode %s", constrainedAdvice)
	}
	cl := cmdline.New(g.runner, g.clock)
	os, lineErr := cl.System(ctx)
	if lineErr != nil {
		return nil, record.Guest{}, raw, fmt.Errorf("%w; asked with command lines instead: %w", err, lineErr)
	}
	switch gen, _ := GenerationOf(os); gen {
	case matrix.XP:
		if f, raw, err = cl.Facts(ctx); err != nil {
			return nil, record.Guest{}, raw, err
		}
		g.settle(cl)
		return cl, f, raw, nil
	case matrix.NT60:
		return nil, record.Guest{}, raw, trouble.Hint(fmt.Errorf("a guest of generation %s (build %d, %s) cannot be driven yet", gen, os.Build, os.Caption), "use XP or Server 2003, or Windows 8, Server 2012 or later")
	}
	return nil, record.Guest{}, raw, err
}

func (g *Guest) settle(d dialect) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.dialect = d
}
