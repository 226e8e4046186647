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
