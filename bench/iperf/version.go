package iperf

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"time"

	"vnettune/bench/iperf/document"
	"vnettune/foreign"
	"vnettune/spawn"
	"vnettune/trouble"
)

// Version is what an iperf3 says of itself.
type Version = document.Version

// MendedCygwin is the first Cygwin that leaves the buffers of sockets to Windows.
var MendedCygwin = document.MendedCygwin

// ParseVersion reads the output of `iperf3 -v`.
func ParseVersion(text string) (Version, error) { return document.ParseVersion(text) }

// Probe asks the iperf3 at path (a file, or a name to be found on PATH) for its
// version.
func Probe(ctx context.Context, path string) (Version, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	cmd := spawn.Command(ctx, path, "-v")
	cmd.Env = append(cmd.Environ(), "LC_ALL=C")
	cmd.WaitDelay = time.Second
	out := &foreign.Buffer{Limit: maxStderr}
	cmd.Stdout = out
	err := cmd.Run()
	switch {
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		return Version{}, trouble.Hint(fmt.Errorf("there is no iperf3 on this host: %w", err), "install it (package iperf3), or name it as host.iperf")
	case err != nil:
		return Version{}, fmt.Errorf("ask %s for its version: %w", path, err)
	}
	return ParseVersion(string(out.Bytes()))
}
