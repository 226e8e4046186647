// Package spawn makes the commands by which other programs are started: the one place that
// says what environment they get. No password is in it.
package spawn

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
)

var (
	mu     sync.Mutex
	hidden []string // names of variables
)

// Hide keeps an environment variable out of the environment of every command that is made
// from now on. It stays in this process's own.
func Hide(variable string) {
	mu.Lock()
	defer mu.Unlock()
	if variable != "" && !slices.Contains(hidden, variable) {
		hidden = append(hidden, variable)
	}
}

// Command makes a command in this process's environment without what is hidden. It is
// killed when ctx is done, and otherwise as exec.CommandContext makes it.
func Command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = environment()
	return cmd
}

// Become makes this process the command, which has its environment, terminal and signals. It
// returns where that cannot be done.
func Become(cmd *exec.Cmd) error {
	if cmd.Err != nil {
		return cmd.Err
	}
	return fmt.Errorf("%s: %w", cmd.Path, syscall.Exec(cmd.Path, cmd.Args, cmd.Environ()))
}

// environment is this process's without what is hidden.
func environment() []string {
	mu.Lock()
	defer mu.Unlock()
	return slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains(hidden, name)
	})
}
