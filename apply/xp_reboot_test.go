package apply_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"vnettune/apply"
	"vnettune/apply/winrm"
)

func TestXPSystemThatGoesDownIsNoNewBoot(t *testing.T) {
	for name, meanwhile := range map[string]func(*xp){
		"goes on as it was":                      func(*xp) {},
		"its clock, and so its boot time, jumps": func(x *xp) { x.boot = x.now.Add(time.Hour) },
		"its processes are ended":                func(x *xp) { clear(x.processes) },
	} {
		t.Run(name, func(t *testing.T) {
			x := newXP(t)
			x.deaf = true
			g := apply.New(&meddler{x, meanwhile}, guestAddress, 5985, x)
			_, err := g.Reboot(t.Context(), apply.RebootLimits{Ask: time.Second, GoingDown: time.Second})
			var failed *apply.RebootError
			if !errors.As(err, &failed) || failed.Stage != apply.StageGoingDown {
				t.Fatalf("error %v, want the stage going down", err)
			}
		})
	}
}

// meddler changes the guest whenever it is polled after the request.
type meddler struct {
	*xp
	do func(*xp)
}

func (m *meddler) Ping(ctx context.Context) error {
	m.do(m.xp)
	return m.xp.Ping(ctx)
}

func TestXPScheduledShutdownIsTakenBack(t *testing.T) {
	x := newXP(t)
	scheduled := true
	x.instead = func(command string) *winrm.Result {
		switch {
		case command == "shutdown.exe -a":
			scheduled = false
			return &winrm.Result{}
		case scheduled && strings.HasPrefix(command, "shutdown.exe"):
			return &winrm.Result{Exit: 1190}
		}
		return nil
	}
	if _, err := x.guest().Reboot(t.Context(), rebootLimits); err != nil {
		t.Error(err)
	}
}

// A guest that is out of reach is not taken for one of either kind.
func TestLostWhileProbing(t *testing.T) {
	for _, at := range []string{"powershell", "wmic"} {
		x := newXP(t)
		g := apply.New(&cut{x, at}, guestAddress, 5985, x)
		if _, _, err := g.Facts(t.Context()); !apply.Lost(err) {
			t.Errorf("cut at %s: error %v, want a lost connection", at, err)
		}
	}
}

// cut loses the connection at the first command with the prefix.
type cut struct {
	*xp
	prefix string
}

func (c *cut) Run(ctx context.Context, command string, stdin []byte) (winrm.Result, error) {
	if strings.HasPrefix(command, c.prefix) {
		return winrm.Result{}, &winrm.NetError{Step: "receive", Err: errors.New("connection reset")}
	}
	return c.xp.Run(ctx, command, stdin)
}
