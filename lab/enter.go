package lab

import (
	"context"
	"net/netip"
	"os/exec"
	"strconv"

	"vnettune/bench/link"
	"vnettune/lab/guest"
	"vnettune/spawn"
)

// Enter makes the command that runs argv inside the lab's network namespace, in the
// caller's environment with env (NAME=VALUE) added to it. A Go process cannot change its namespaces
// once it has threads, so it begins there, through nsenter(1) of util-linux.
// Check with Manager.Status that the lab is up.
func Enter(i Info, argv, env []string) *exec.Cmd {
	args := []string{"-t", strconv.Itoa(i.KeeperPID), "-n"}
	if i.UserNamespace {
		args = append([]string{"--preserve-credentials", "-U"}, args...)
	}
	cmd := spawn.Command(context.Background(), "nsenter", append(append(args, "--"), argv...)...)
	cmd.Env = append(cmd.Environ(), env...)
	return cmd
}

// AskLink gives what a lab's guest sends the conditions of a link, beside the lab's own. It has to be called inside the
// lab's network.
func AskLink(ctx context.Context, i Info, c link.Conditions) error {
	at, err := netip.ParseAddr(i.GuestAddress)
	if err != nil {
		return err
	}
	return guest.AskLink(ctx, at, c)
}
