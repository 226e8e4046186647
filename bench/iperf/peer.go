package iperf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"vnettune/bench/iperf/document"
	"vnettune/foreign"
	"vnettune/results/record"
	"vnettune/spawn"
	"vnettune/trouble"
)

// askLimit bounds one question to the other end.
const askLimit = 10 * time.Second

// command is the program with its arguments, behind the prefix if there is one. The other end is given a locale and a
// time limit of its own: what a broken connection leaves running there would be the next run's busy server.
func (r Runner) command(args []string, limit time.Duration) []string {
	own := append([]string{r.path()}, args...)
	if len(r.Prefix) == 0 {
		return own
	}
	seconds := strconv.Itoa(int(limit/time.Second) + 1)
	return append(append([]string{}, r.Prefix...), append([]string{"env", "LC_ALL=C", "timeout", "-k", "2", seconds}, own...)...)
}

// Probe asks the runner's iperf3 for its version.
func (r Runner) Probe(ctx context.Context) (Version, error) {
	if len(r.Prefix) == 0 {
		return Probe(ctx, r.path())
	}
	out, err := r.Ask(ctx, r.command([]string{"-v"}, askLimit)[len(r.Prefix):]...)
	if err != nil {
		return Version{}, err
	}
	return ParseVersion(out)
}

// Ask runs a command where the runner's iperf3 runs and gives what it prints. The prefix may join its arguments with
// blanks and have a shell take them apart, as ssh does: they may have none, and nothing that a shell reads.
func (r Runner) Ask(ctx context.Context, args ...string) (string, error) {
	out, err := r.Tell(ctx, askLimit, nil, args...)
	if err != nil {
		return "", err
	}
	return string(out), nil
}

// Tell is Ask with a limit and an input of its own. What a command printed that ended with an error comes with it.
func (r Runner) Tell(ctx context.Context, limit time.Duration, input []byte, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	all := append(append([]string{}, r.Prefix...), args...)
	cmd := spawn.Command(ctx, all[0], all[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // what the command starts ends with it
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	stdout, stderr := &foreign.Buffer{Limit: maxStdout}, &foreign.Buffer{Limit: maxStderr}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(input), stdout, stderr
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return nil, trouble.Hint(fmt.Errorf("the peer did not answer within %v", limit), "try it by hand: %s", strings.Join(all, " "))
	case errors.As(err, &exit):
		words := foreign.Words(document.ErrorLine(string(stderr.Bytes())))
		err = trouble.Hint(fmt.Errorf("%s at the peer: %w: %s", args[0], err, words), "try it by hand: %s", strings.Join(all, " "))
	case err != nil:
		err = fmt.Errorf("peer.command: %w", err)
	}
	return stdout.Bytes(), err
}

// Exit codes of what stands before iperf3, which has none above 1 of its own: of timeout, of env and a shell that
// could not start the program, and of ssh.
const (
	exitTimeout    = 124
	exitNotRun     = 126
	exitNotFound   = 127
	exitKilled     = 128 + 9
	exitConnection = 255
)

// ofPeer judges what the prefix made of a run, before iperf3 is judged: its own end, or the time limit there.
func (ev *evidence) ofPeer() (reason string) {
	switch ev.exit {
	case exitTimeout, exitKilled:
		ev.deadline = true
	case exitNotRun, exitNotFound, exitConnection:
		if len(strings.TrimSpace(string(ev.stdout))) == 0 {
			return fmt.Sprintf("the peer's command ended with %d%s", ev.exit, said(*ev))
		}
	}
	return ""
}

// failedPeer is the outcome of a run that never was iperf3's.
func failedPeer(reason string) verdict { return verdict{class: record.PeerFailed, reason: reason} }
