package debian

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"vnettune/spawn"
	"vnettune/trouble"
)

// withNewLists fetches, and where that fails once more after an apt-get update: apt's list of some weeks names versions
// that the archive no longer has, and that of a new machine none. Who may not update, being no root, keeps the first error.
func withNewLists(ctx context.Context, log io.Writer, fetch func() error) error {
	err := fetch()
	if err == nil || ctx.Err() != nil {
		return err
	}
	if _, failed := spawn.Command(ctx, "apt-get", "-q", "update").Output(); failed != nil {
		return err
	}
	fmt.Fprintln(log, "that failed; once more with apt's new lists (apt-get update)")
	return fetch()
}

// fetchPackages downloads packages and unpacks them over each other into a folder of
// the first one's file name, below folder. It works beside the final place, so that an
// interrupted run leaves nothing that looks complete.
func fetchPackages(ctx context.Context, folder string, names []string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("package cache: %w", err)
	}
	work, err := os.MkdirTemp(folder, "fetch-")
	if err != nil {
		return fmt.Errorf("package cache: %w", err)
	}
	defer os.RemoveAll(work)
	download := spawn.Command(ctx, "apt-get", append([]string{"-q", "download"}, names...)...)
	download.Dir = work
	if _, err := download.Output(); err != nil {
		return trouble.Hint(fmt.Errorf("fetch package %s: %w", names[0], commandError(err)), aptRemedy)
	}
	unpacked := filepath.Join(work, "unpacked")
	var first string // the file's name has the version: linux-image-6.1.0-56-cloud-amd64_6.1.192-2_amd64.deb
	for _, name := range names {
		files, err := filepath.Glob(filepath.Join(work, name+"_*.deb"))
		if err != nil || len(files) != 1 {
			return fmt.Errorf("fetch package %s: %d files arrived, want 1", name, len(files))
		}
		if first == "" {
			first = filepath.Base(files[0][:len(files[0])-len(".deb")])
		}
		if _, err := spawn.Command(ctx, "dpkg-deb", "-x", files[0], unpacked).Output(); err != nil {
			return fmt.Errorf("unpack package %s: %w", name, commandError(err))
		}
	}
	if err := os.Rename(unpacked, filepath.Join(folder, first)); err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("package cache: %w", err)
	}
	return nil
}

// commandError adds what a command wrote to standard error.
func commandError(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) && len(exit.Stderr) > 0 {
		return fmt.Errorf("%w: %s", err, exit.Stderr)
	}
	return err
}
