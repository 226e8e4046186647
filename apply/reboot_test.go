package apply_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"vnettune/apply"
	"vnettune/apply/scripts"
	"vnettune/apply/winrm"
	"vnettune/apply/winrm/fault"
	"vnettune/trouble"
)

// rebooter is a guest that plays one reboot: what it does when follows from the time
// since the request. It is the harness's clock too.
type rebooter struct {
	t     *testing.T
	now   time.Time
	asked time.Time // zero: not asked yet

	down, open, answer, adapter time.Duration // since the request; 0: at once, never: not at all
	again                       time.Duration // a second reboot nobody asked for, gone for a second
	clockJump                   time.Duration // of the guest's clock while it boots
	noEvents                    bool
	lateEvent                   time.Duration // since the request; until then the log ends with the old boot's
	exits                       []int         // of shutdown.exe, the last for good
	lines                       []string

	refuses, lets time.Duration // logins are refused between these, since the request
	refused       int           // logins
}

var bootLine, factsLine = scripts.CommandLine(scripts.Boot), scripts.CommandLine(scripts.Facts)

var rebootLimits = apply.RebootLimits{
	Ask: time.Minute, GoingDown: 3 * time.Minute, Down: 10 * time.Minute, Up: 5 * time.Minute, Ready: 2 * time.Minute,
}

const never = time.Duration(1<<62 - 1)

func newRebooter(t *testing.T) *rebooter {
	return &rebooter{t: t, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), again: never,
		down: time.Second, open: 20 * time.Second, answer: 22 * time.Second, adapter: 23 * time.Second, exits: []int{0}}
}

func (r *rebooter) guest() *apply.Guest { return apply.New(r, guestAddress, 5985, r) }
func (r *rebooter) Now() time.Time      { return r.now }
func (r *rebooter) Forget()             {}
func (r *rebooter) since() time.Duration {
	if r.asked.IsZero() {
		return -1
	}
	return r.now.Sub(r.asked)
}

func (r *rebooter) Sleep(ctx context.Context, d time.Duration) error {
	r.now = r.now.Add(d)
	return ctx.Err()
}

// old says whether the system from before the request still runs.
func (r *rebooter) old() bool { return r.since() < r.down }

func (r *rebooter) gone() bool {
	s := r.since()
	return !r.old() && s < r.open || s >= r.again && s < r.again+time.Second
}

var errSilence = &winrm.NetError{Step: "connect", Err: context.DeadlineExceeded}

func (r *rebooter) Ping(context.Context) error {
	r.now = r.now.Add(10 * time.Millisecond)
	if r.gone() {
		return errSilence
	}
	return nil
}

func (r *rebooter) Run(ctx context.Context, command string, stdin []byte) (winrm.Result, error) {
	r.now = r.now.Add(10 * time.Millisecond)
	switch {
	case ctx.Err() != nil:
		return winrm.Result{}, ctx.Err()
	case r.gone() || !r.old() && r.since() < r.answer:
		return winrm.Result{}, errSilence
	case r.since() >= r.refuses && r.since() < r.lets:
		r.refused++
		return winrm.Result{}, &winrm.AuthError{User: "admin"}
	case strings.HasPrefix(command, "shutdown.exe"):
		r.lines = append(r.lines, command)
		if strings.Contains(command, "/a") {
			return winrm.Result{}, nil
		}
		exit := r.exits[0]
		if len(r.exits) > 1 {
			r.exits = r.exits[1:]
		}
		if exit == 0 || exit == 1115 {
			r.asked = r.now
		}
		return winrm.Result{Exit: exit}, nil
	}
	return winrm.Result{Stdout: []byte(r.script(command))}, nil
}

func (r *rebooter) script(command string) string {
	boot, event, mark, jump := r.now.Add(-r.now.Sub(time.Date(2026, 3, 1, 11, 0, 0, 0, time.UTC))), 100, true, time.Duration(0)
	if !r.old() {
		boot, event, mark, jump = r.asked.Add(r.down+3*time.Second), 107, false, r.clockJump
	}
	if r.since() < r.lateEvent {
		event = 100
	}
	if r.since() >= r.again {
		boot, event = r.asked.Add(r.again), 112
	}
	times := fmt.Sprintf(`"bootTime":"%d","now":"%d"`, fileTime(boot.Add(jump)), fileTime(r.now.Add(jump)))
	switch command {
	case bootLine:
		text := fmt.Sprintf(`"%d"`, event)
		if r.noEvents {
			text = "null"
		}
		return fmt.Sprintf(`{%s,"mark":%v,"bootEvent":%s}`, times, mark, text)
	case factsLine:
		up := r.old() || r.since() >= r.adapter
		return fmt.Sprintf(`{"build":19045,"productType":1,%s,"adapters":[{"name":"Ethernet","pnpId":"PCI\\VEN_1AF4&DEV_1000","up":%v,"addresses":["192.0.2.2"]}]}`, times, up)
	}
	r.t.Errorf("the guest is asked %s", command)
	return ""
}

func fileTime(t time.Time) int64 {
	return t.Unix()*1e7 + int64(t.Nanosecond())/100 + 116444736000000000
}

// outside is a monitor that saw a reset, or none.
type outside bool

func (o outside) Watch(context.Context) (func() bool, func(), error) {
	return func() bool { return bool(o) }, func() {}, nil
}

func TestWhatProvesABoot(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(*rebooter)
		monitor apply.Monitor
		signs   int
		fails   string // "" when the boot is proven
	}{
		"a plain boot":                               {func(*rebooter) {}, nil, 3, ""},
		"no log":                                     {func(r *rebooter) { r.noEvents = true }, nil, 2, ""},
		"no log, watched":                            {func(r *rebooter) { r.noEvents = true }, outside(true), 3, ""},
		"the clock jumps back":                       {func(r *rebooter) { r.clockJump = -time.Hour }, nil, 2, ""},
		"the clock jumps on":                         {func(r *rebooter) { r.clockJump = 24 * time.Hour }, nil, 3, ""},
		"the clock jumps back, no log":               {func(r *rebooter) { r.clockJump, r.noEvents = -time.Hour, true }, nil, 0, "did the clock jump?"},
		"the clock jumps back, no log, watched":      {func(r *rebooter) { r.clockJump, r.noEvents = -time.Hour, true }, outside(true), 2, ""},
		"the clock jumps back, no log, nothing seen": {func(r *rebooter) { r.clockJump, r.noEvents = -time.Hour, true }, outside(false), 0, "the monitor saw no reset"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRebooter(t)
			c.change(r)
			g := r.guest()
			g.Monitor = c.monitor
			proof, err := g.Reboot(t.Context(), rebootLimits)
			if c.fails != "" {
				var failed *apply.RebootError
				if !errors.As(err, &failed) || failed.Stage != apply.StageUp || !strings.Contains(trouble.Line(err), c.fails) {
					t.Fatalf("error %v, want the stage up and %q", err, c.fails)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if len(proof.Signs) != c.signs {
				t.Errorf("signs %q, want %d", proof.Signs, c.signs)
			}
			if !proof.Down.After(proof.Asked) || !proof.Up.After(proof.Down) || !proof.Ready.After(proof.Up) {
				t.Errorf("times %+v, want asked, down, up, ready in this order", proof)
			}
			if err := g.SameBoot(t.Context(), proof); err != nil {
				t.Errorf("the same boot: %v", err)
			}
		})
	}
}

func TestEachStageHasItsLimit(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*rebooter)
		stage  apply.Stage
		says   string
	}{
		"asked in vain":             {func(r *rebooter) { r.exits = []int{1717} }, apply.StageAsk, "1717"},
		"goes on":                   {func(r *rebooter) { r.down = never }, apply.StageGoingDown, "goes on answering as the old boot"},
		"goes on with another time": {func(r *rebooter) { r.down, r.clockJump = never, time.Hour }, apply.StageGoingDown, "goes on answering as the old boot"},
		"never comes back":          {func(r *rebooter) { r.open, r.answer, r.adapter = never, never, never }, apply.StageDown, "nothing takes connections"},
		"hangs while it comes up":   {func(r *rebooter) { r.answer, r.adapter = never, never }, apply.StageUp, "WinRM does not answer"},
		"comes without adapter":     {func(r *rebooter) { r.adapter = never }, apply.StageReady, "is not up"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRebooter(t)
			c.change(r)
			_, err := r.guest().Reboot(t.Context(), rebootLimits)
			var failed *apply.RebootError
			if !errors.As(err, &failed) || failed.Stage != c.stage || !strings.Contains(trouble.Line(err), c.says) || !strings.Contains(trouble.Line(err), "the limit of") {
				t.Fatalf("error %v, want the limit of stage %q and %q", err, c.stage, c.says)
			}
			if spent := r.now.Sub(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)); spent > rebootLimits.Total() {
				t.Errorf("it took %s, all stages together have %s", spent, rebootLimits.Total())
			}
		})
	}
}

func TestShutdownExitCodes(t *testing.T) {
	for name, c := range map[string]struct {
		exits []int
		fails string
		lines int
	}{
		"taken":                            {[]int{0}, "", 1},
		"in progress already":              {[]int{1115}, "", 1},
		"another is scheduled":             {[]int{1190, 0}, "", 3},
		"another is scheduled for ever":    {[]int{1190}, "again and again", 3},
		"its service does not run yet":     {[]int{1717, 1717, 0}, "", 3},
		"other users":                      {[]int{1191}, "other users are logged on", 1},
		"denied":                           {[]int{5}, "the right to shut down", 1},
		"a code that nobody has described": {[]int{87}, "exit code 87", 1},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRebooter(t)
			r.exits = c.exits
			_, err := r.guest().Reboot(t.Context(), rebootLimits)
			if (err == nil) != (c.fails == "") || err != nil && !strings.Contains(trouble.Line(err), c.fails) {
				t.Errorf("error %v, want %q", err, c.fails)
			}
			if len(r.lines) != c.lines {
				t.Errorf("asked %q, want %d command lines", r.lines, c.lines)
			}
		})
	}
}

// A guest that finishes an update boots twice. What counts is the last boot.
func TestAGuestThatRebootsOnceMoreIsWaitedFor(t *testing.T) {
	r := newRebooter(t)
	r.again, r.adapter = 24*time.Second, 40*time.Second
	proof, err := r.guest().Reboot(t.Context(), rebootLimits)
	if err != nil {
		t.Fatal(err)
	}
	if proof.Extra != 1 || proof.EventAfter == nil || *proof.EventAfter != "112" {
		t.Errorf("proof %+v, want one extra boot and its event", proof)
	}
	if err := r.guest().SameBoot(t.Context(), proof); err != nil {
		t.Error(err)
	}
}

// The event of a boot that its time proved may come into the log later.
func TestALateBootEventIsNoOtherBoot(t *testing.T) {
	r := newRebooter(t)
	r.lateEvent = time.Minute
	g := r.guest()
	proof, err := g.Reboot(t.Context(), rebootLimits)
	if err != nil {
		t.Fatal(err)
	}
	r.now = r.now.Add(2 * time.Minute)
	if err := g.SameBoot(t.Context(), proof); err != nil {
		t.Error(err)
	}
	r.again = r.since() - 5*time.Second
	if err := g.SameBoot(t.Context(), proof); !errors.Is(err, apply.ErrOtherBoot) {
		t.Errorf("error %v, want that it has rebooted by itself", err)
	}
}

func TestAnotherBootIsNotTheSame(t *testing.T) {
	for name, noEvents := range map[string]bool{"by its event": false, "by its time": true} {
		t.Run(name, func(t *testing.T) {
			r := newRebooter(t)
			r.noEvents, r.again = noEvents, time.Minute
			g := r.guest()
			proof, err := g.Reboot(t.Context(), rebootLimits)
			if err != nil {
				t.Fatal(err)
			}
			r.now = r.now.Add(2 * time.Minute)
			if err := g.SameBoot(t.Context(), proof); !errors.Is(err, apply.ErrOtherBoot) {
				t.Errorf("error %v, want that it has rebooted by itself", err)
			}
		})
	}
}

// The password was good before the reboot: a guest that refuses it afterwards is waited for
// as long as one that does not answer, and is asked so rarely that no account is locked.
func TestALoginThatIsRefusedAfterABootIsWaitedFor(t *testing.T) {
	const most = 4 // refused logins
	for name, c := range map[string]struct {
		change func(*rebooter)
		stage  apply.Stage // of the failure; "" when the boot is proven
	}{
		"for some seconds": {func(r *rebooter) { r.lets = 30 * time.Second }, ""},
		"for minutes":      {func(r *rebooter) { r.lets = 4*time.Minute + 50*time.Second }, ""},
		"for ever":         {func(r *rebooter) { r.lets = never }, apply.StageUp},
		"after a second boot, for some time": {func(r *rebooter) {
			r.again, r.refuses, r.lets = 22*time.Second+500*time.Millisecond, 23*time.Second, 2*time.Minute
		}, ""},
		"after a second boot, and never more": {func(r *rebooter) {
			r.again, r.refuses, r.lets = 22*time.Second+500*time.Millisecond, 23*time.Second, never
		}, apply.StageReady},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRebooter(t)
			c.change(r)
			_, err := r.guest().Reboot(t.Context(), rebootLimits)
			if r.refused == 0 || r.refused > most {
				t.Errorf("%d refused logins, want 1 to %d", r.refused, most)
			}
			if c.stage == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var failed *apply.RebootError
			if !errors.As(err, &failed) || failed.Stage != c.stage || !errors.Is(err, fault.ErrUnauthorized) || !strings.Contains(trouble.Line(err), "the limit of") ||
				!strings.Contains(trouble.Line(err), "raise limits.reboot."+string(c.stage)) {
				t.Errorf("%v; want the limit of stage %q", err, c.stage)
			}
			if spent := r.since(); spent < rebootLimits.Ready {
				t.Errorf("given up after %s", spent)
			}
		})
	}
}
