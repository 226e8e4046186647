package main

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"time"

	"vnettune/matrix/campaign"
)

// notifyLimit bounds the command that notifies.
const notifyLimit = time.Minute

// notify runs the campaign's command when the session's end is one that it wants
// to hear of. What happened is in the command's environment: VNETTUNE_EVENT (end
// or failure), VNETTUNE_CAMPAIGN, VNETTUNE_STORE and VNETTUNE_MESSAGE. Its own
// failure is said and changes nothing.
func notify(ctx context.Context, c campaign.Campaign, store string, end error, stderr io.Writer) {
	event, message := campaign.NotifyEnd, "done"
	if end != nil {
		message = end.Error()
		if code := exitCode(end); code != exitPartial {
			event = campaign.NotifyFailure
		}
	}
	if len(c.Notify.Command) == 0 || !slices.Contains(c.Notify.On, event) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), notifyLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, c.Notify.Command[0], c.Notify.Command[1:]...)
	cmd.Env = append(cmd.Environ(), "VNETTUNE_EVENT="+event, "VNETTUNE_CAMPAIGN="+c.Name, "VNETTUNE_STORE="+store, "VNETTUNE_MESSAGE="+message)
	cmd.Stdout, cmd.Stderr = stderr, stderr
	if err := cmd.Run(); err != nil {
		fmt.Fprintf(stderr, "vnettune: notify: %s: %v\n", c.Notify.Command[0], err)
	}
}
