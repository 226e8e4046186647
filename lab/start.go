package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"vnettune/spawn"
	"vnettune/trouble"
)

// KeeperCommand is the hidden command of the program that keeps a lab; the path of its
// specification follows.
var KeeperCommand = []string{"lab", "keeper"}

// readyFD is the descriptor by which the keeper tells Up how it went: the first behind
// standard error.
const readyFD = 3

// readyWord is what the keeper says when the guest answers; anything else is the
// reason why there will be no lab.
const readyWord = "ready"

// startKeeper starts the keeper in namespaces of its own and waits until the guest
// answers. When it fails the keeper has ended.
func startKeeper(ctx context.Context, f folder, executable string) error {
	log, err := os.OpenFile(f.keeperLog(), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	said, theirs, err := os.Pipe()
	if err != nil {
		return err
	}
	defer said.Close()
	cmd := spawn.Command(context.Background(), executable, append(KeeperCommand, f.spec())...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.ExtraFiles = []*os.File{theirs}
	cmd.Dir = "/" // so that it holds no folder of its caller
	cmd.SysProcAttr = namespaces()
	err = cmd.Start()
	theirs.Close()
	if err != nil {
		return namespaceError(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // its reason comes through the pipe
		close(ended)
	}()
	if err := waitReady(ctx, said, f); err != nil {
		endChild(cmd, ended)
		return err
	}
	return nil
}

// namespaces are the keeper's: a network of its own and, for an ordinary user, a user
// namespace in which that network may be set up.
func namespaces() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setsid: true, Cloneflags: syscall.CLONE_NEWNET}
	if needsUserNamespace() {
		attr.Cloneflags |= syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	return attr
}

func needsUserNamespace() bool { return os.Geteuid() != 0 }

func namespaceError(err error) error {
	if errors.Is(err, os.ErrPermission) {
		return trouble.Hint(fmt.Errorf("start the keeper: %w: this host does not let its users make network namespaces", err), "run as root")
	}
	return fmt.Errorf("start the keeper: %w", err)
}

func waitReady(ctx context.Context, said *os.File, f folder) error {
	stop := context.AfterFunc(ctx, func() { said.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	b, err := io.ReadAll(said)
	switch word := strings.TrimSpace(string(b)); {
	case word == readyWord:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("%w%s", context.Cause(ctx), lastLines(f))
	case word != "":
		return fmt.Errorf("%s%s", word, lastLines(f))
	default:
		return fmt.Errorf("the keeper ended without a word: %w%s", errors.Join(err), lastLines(f))
	}
}

// endChild ends a keeper that did not come up.
func endChild(cmd *exec.Cmd, ended <-chan struct{}) {
	_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended, which is as well
	select {
	case <-ended:
	case <-time.After(endGrace):
		_ = cmd.Process.Kill()
		<-ended
	}
}

// logLines is how much of a log goes into an error message.
const logLines = 8

// lastLines quotes the ends of both logs: they go away with the lab's folder.
func lastLines(f folder) string {
	var b strings.Builder
	for _, path := range []string{f.keeperLog(), f.console()} {
		content, err := os.ReadFile(path)
		if err != nil || len(bytes.TrimSpace(content)) == 0 {
			continue
		}
		lines := strings.Split(strings.TrimSpace(string(content)), "\n")
		lines = lines[max(0, len(lines)-logLines):]
		fmt.Fprintf(&b, "\n  %s:\n    %s", path, strings.Join(lines, "\n    "))
	}
	return b.String()
}
