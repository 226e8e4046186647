package apply_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vnettune/apply"
	"vnettune/apply/winrm"
)

// hanging is a guest one of whose commands never ends, as with a WMI that hangs.
type hanging struct {
	*rebooter
	command string
}

func (h hanging) Run(ctx context.Context, command string, stdin []byte) (winrm.Result, error) {
	if strings.HasPrefix(command, h.command) {
		<-ctx.Done()
		return winrm.Result{}, ctx.Err()
	}
	return h.rebooter.Run(ctx, command, stdin)
}

func TestTheLimitToAskForARebootHolds(t *testing.T) {
	for command, want := range map[string]string{
		bootLine:       `stage "ask" after`,        // the mark was not left: nothing was asked
		"shutdown.exe": `stage "going down" after`, // it may have been taken
	} {
		synctest.Test(t, func(t *testing.T) {
			r := newRebooter(t)
			began := time.Now()
			_, err := apply.New(hanging{r, command}, guestAddress, 5985, r).Reboot(t.Context(), rebootLimits)
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "for this stage is over") || time.Since(began) > 2*rebootLimits.Ask {
				t.Errorf("%v after %s; want %s", err, time.Since(began), want)
			}
		})
	}
}

// cold is a guest whose first PowerShell after the boot needs its time; one that is stopped before that
// has to begin anew.
type cold struct {
	*rebooter
	needs  time.Duration
	warm   bool
	killed int
}

func (c *cold) Run(ctx context.Context, command string, stdin []byte) (winrm.Result, error) {
	if since := c.since(); since >= c.answer && since != never && !c.warm {
		select {
		case <-ctx.Done():
			c.killed++
			c.now = c.now.Add(time.Second)
			return winrm.Result{}, &winrm.NetError{Step: "receive", Err: ctx.Err()}
		case <-time.After(c.needs):
			c.warm = true
			c.now = c.now.Add(c.needs)
		}
	}
	return c.rebooter.Run(ctx, command, stdin)
}

// A PowerShell that is cold after a boot is not stopped and begun anew: it is given 60 s where the guest
// was seen to be down, and where it was not, once it did not answer in 10 s. Never more than the stage has.
func TestAColdPowerShellIsGivenItsTime(t *testing.T) {
	for name, c := range map[string]struct {
		open   time.Duration
		needs  time.Duration
		down   time.Duration // limit of that stage
		killed int
	}{
		"seen to be down":          {20 * time.Second, 50 * time.Second, 10 * time.Minute, 0},
		"never seen down":          {time.Second, 50 * time.Second, 10 * time.Minute, 1},
		"quick":                    {20 * time.Second, time.Second, 10 * time.Minute, 0},
		"little time in its stage": {20 * time.Second, 50 * time.Second, 25 * time.Second, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := newRebooter(t)
			r.open = c.open
			r.answer, r.adapter = r.open, r.open
			guest := &cold{rebooter: r, needs: c.needs}
			limits := rebootLimits
			limits.Down = c.down
			_, err := apply.New(guest, guestAddress, 5985, guest).Reboot(t.Context(), limits)
			if err != nil || guest.killed != c.killed {
				t.Errorf("%s: %v; stopped %d times, want %d", name, err, guest.killed, c.killed)
			}
		})
	}
}
