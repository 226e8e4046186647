package cmdline

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"vnettune/apply/deadman"
	"vnettune/apply/terms"
	"vnettune/apply/winrm/output"
	"vnettune/matrix"
	"vnettune/results/record"
)

// Dialect speaks to guests of generation xp: Windows XP and Server 2003 have no
// PowerShell that runs the scripts. It sends filled templates only and reads
// numbers, registry types and names of WMI properties, which no language changes.
type Dialect struct {
	runner terms.Runner
	clock  terms.Clock
}

// exchange is one command and its answer, for the record.
type exchange struct {
	Command line   `json:"command"`
	Exit    int    `json:"exit"`
	Stdout  string `json:"stdout,omitempty"`
	Stderr  string `json:"stderr,omitempty"`
}

// talk is a series of commands with what was said, and whether registry values
// were taken for absent, which proven has yet to confirm.
type talk struct {
	runner terms.Runner
	said   []exchange
	absent bool
}

// New is the dialect over a way to the guest.
func New(r terms.Runner, clock terms.Clock) *Dialect { return &Dialect{runner: r, clock: clock} }

func (c *Dialect) talk() *talk { return &talk{runner: c.runner} }

// maxAnswer is the most bytes of a command's output that are read: the largest lists an adapter's key.
const maxAnswer = 2 << 20

// run sends one line. Standard input is closed at once: wmic of XP and 2003 waits
// for its end before it answers.
func (t *talk) run(ctx context.Context, l line) (exchange, error) {
	result, err := t.runner.Run(ctx, string(l), []byte{})
	if err != nil {
		return exchange{}, fmt.Errorf("command %s: %w", l, err)
	}
	if n := len(result.Stdout) + len(result.Stderr); n > maxAnswer {
		return exchange{}, fmt.Errorf("command %s: %d bytes of output; at most %d are read", l, n, maxAnswer)
	}
	e := exchange{l, result.Exit, decode(result.Stdout), decode(result.Stderr)}
	t.said = append(t.said, e)
	return e, nil
}

// ask fills a template, sends it and takes nothing but exit code 0.
func (t *talk) ask(ctx context.Context, form template, values ...string) (string, error) {
	l, err := form.fill(values...)
	if err != nil {
		return "", err
	}
	e, err := t.run(ctx, l)
	if err != nil {
		return "", err
	}
	if e.Exit != 0 {
		return "", e.failure()
	}
	return e.Stdout, nil
}

// wmic asks for properties of instances.
func (t *talk) wmic(ctx context.Context, form template, properties []string, values ...string) ([]instance, error) {
	text, err := t.ask(ctx, form, values...)
	if err != nil {
		return nil, err
	}
	all, err := parseWMIC(text, properties)
	if err != nil {
		return nil, fmt.Errorf("command %s: the guest answers in a form that is not known: %w", form.text, err)
	}
	return all, nil
}

// raw is everything said, as JSON.
func (t *talk) raw() []byte {
	text, err := json.Marshal(t.said)
	if err != nil {
		panic(err) // strings and numbers can always be encoded
	}
	return text
}

// failure is the error of an exit code that was not expected.
func (e exchange) failure() error {
	return fmt.Errorf("command %s: exit code %d: %s", e.Command, e.Exit, strings.TrimSpace(terms.Excerpt([]byte(e.Stderr))+terms.Excerpt([]byte(e.Stdout))))
}

// decode makes text of what a console program wrote. Of an OEM code page that is not
// known, only ASCII is kept: nothing else is ever looked at.
func decode(b []byte) string { return output.Text(b, "") }

// Drives says whether settings of this kind can be written and read at all.
func (*Dialect) Drives(k matrix.FormKind) error {
	if k != matrix.Registry && k != matrix.InterfaceValue {
		return fmt.Errorf("a guest of generation xp takes registry values only so far, not a setting of kind %s", k)
	}
	return nil
}

// Driver is terms.ErrNotAsked: XP is given no properties of its driver.
func (*Dialect) Driver(context.Context, string) (record.Driver, error) {
	return record.Driver{}, terms.ErrNotAsked
}

// Shutdown is the command lines that ask for a reboot and that take back one which is
// scheduled already.
func (*Dialect) Shutdown() (ask, abort string) { return shutdownDash.text, abortDash.text }

// SwitchOff is the command line that asks the guest to switch itself off.
func (*Dialect) SwitchOff() string { return switchOffDash.text }

// DeadMan is deadman.ErrNone: XP has nothing that could run the switch.
func (*Dialect) DeadMan(context.Context, deadman.Input) (deadman.State, []byte, error) {
	return deadman.State{}, nil, deadman.ErrNone
}

// Drivers is terms.ErrNotAsked: packages are installed on much later Windows only.
func (*Dialect) Drivers(context.Context, terms.DriversInput) (terms.DriversAnswer, error) {
	return terms.DriversAnswer{}, terms.ErrNotAsked
}

// PutPackage is terms.ErrNotAsked, as Drivers is.
func (*Dialect) PutPackage(context.Context, terms.PackagePiece) (terms.MeterPut, error) {
	return terms.MeterPut{}, terms.ErrNotAsked
}

// Stage is terms.ErrNotAsked, as Drivers is.
func (*Dialect) Stage(context.Context, terms.StageInput) (terms.StageAnswer, error) {
	return terms.StageAnswer{}, terms.ErrNotAsked
}

// Restart is terms.ErrNotAsked: XP has nothing that could run the task and leave a result.
func (*Dialect) Restart(context.Context, terms.RestartInput) error { return terms.ErrNotAsked }

// Restarted is terms.ErrNotAsked, as Restart is.
func (*Dialect) Restarted(context.Context, string) (terms.RestartAnswer, []byte, error) {
	return terms.RestartAnswer{}, nil, terms.ErrNotAsked
}

// PutMeter is terms.ErrNotAsked: a program that today's Go makes does not start on XP
// (https://go.dev/wiki/MinimumRequirements: Windows 10 or Server 2016).
func (*Dialect) PutMeter(context.Context, terms.MeterPiece) (terms.MeterPut, error) {
	return terms.MeterPut{}, terms.ErrNotAsked
}

// Meter is terms.ErrNotAsked, as PutMeter is.
func (*Dialect) Meter(context.Context, terms.MeterInput) (terms.MeterServer, error) {
	return terms.MeterServer{}, terms.ErrNotAsked
}

// Health is terms.ErrNotAsked: what XP could tell of these, no source says in a form
// that no language changes.
func (*Dialect) Health(context.Context, netip.Addr) (terms.Health, error) {
	return terms.Health{}, terms.ErrNotAsked
}

// Counters is terms.ErrNotAsked, as Idle is.
func (*Dialect) Counters(context.Context, terms.CountersInput) (terms.CountersAnswer, error) {
	return terms.CountersAnswer{}, terms.ErrNotAsked
}

// Idle is terms.ErrNotAsked: no source says in which form XP has the raw counters.
func (*Dialect) Idle(context.Context, terms.IdleInput) (terms.IdleAnswer, []byte, error) {
	return terms.IdleAnswer{}, nil, terms.ErrNotAsked
}

// Copy is terms.ErrNotAsked: no command line of XP copies memory and tells the time to less than a second's parts.
func (*Dialect) Copy(context.Context, terms.CopyInput) (terms.CopyAnswer, []byte, error) {
	return terms.CopyAnswer{}, nil, terms.ErrNotAsked
}

// UDP is terms.ErrNotAsked: XP's netsh has no context of UDP (docs/facts/windows-settings.md,
// udp.uro and udp.uso: absent).
func (*Dialect) UDP(context.Context) (terms.UDPAnswer, []byte, error) {
	return terms.UDPAnswer{}, nil, terms.ErrNotAsked
}

// Firewall is not asked: which rules block a program is asked by a script only.
func (*Dialect) Firewall(context.Context, string) (terms.Firewall, error) {
	return terms.Firewall{}, terms.ErrNotAsked
}

// Token is not asked: an XP takes nothing from it.
func (*Dialect) Token(context.Context) (terms.Token, error) {
	return terms.Token{}, terms.ErrNotAsked
}

// Effect is terms.ErrNotAsked: XP has none of CIM's classes of the stack and of adapters.
func (*Dialect) Effect(context.Context, terms.EffectInput) (terms.EffectAnswer, []byte, error) {
	return terms.EffectAnswer{}, nil, terms.ErrNotAsked
}

// waitLimit bounds the wait for a process to end or a port to listen; the script
// iperf waits as long.
const (
	waitLimit = 5 * time.Second
	pollEvery = 25 * time.Millisecond
)

// await asks until ok says yes or waitLimit is over.
func (c *Dialect) await(ctx context.Context, ok func() (bool, error)) (bool, error) {
	began := c.clock.Now()
	for {
		yes, err := ok()
		if yes || err != nil {
			return yes, err
		}
		if c.clock.Now().Sub(began) >= waitLimit {
			return false, nil
		}
		if err := c.clock.Sleep(ctx, pollEvery); err != nil {
			return false, err
		}
	}
}
