package vm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"vnettune/lab/guest"
	"vnettune/lab/vm/debian"
	"vnettune/lab/vm/image"
)

// trialLimit is how long a trial boot may take: with working hardware it needs
// about one second.
const trialLimit = 10 * time.Second

// Accelerator says which accelerator works on this host. That /dev/kvm exists and
// opens proves nothing: it was seen to start the firmware and then hang for ever. So
// a trial boot decides, and its answer is kept in the cache folder for this release of
// the host's kernel. Init is the static program to boot.
func Accelerator(ctx context.Context, cache string, kernel debian.Kernel, init string, log io.Writer) (string, error) {
	if f, err := os.OpenFile("/dev/kvm", os.O_RDWR, 0); err != nil {
		return TCG, nil // an unusable device is not remembered: it may be usable tomorrow
	} else {
		f.Close()
	}
	if _, err := qemuPath(); err != nil {
		return "", err
	}
	release, err := hostRelease()
	if err != nil {
		return "", err
	}
	note := filepath.Join(cache, "accelerator-"+release)
	if b, err := os.ReadFile(note); err == nil {
		if known := strings.TrimSpace(string(b)); known == KVM || known == TCG {
			return known, nil
		}
	}
	fmt.Fprintf(log, "trying /dev/kvm by a boot of at most %v, once for host kernel %s\n", trialLimit, release)
	answer := KVM
	if err := trial(ctx, kernel, init); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		if errors.Is(err, errSetup) {
			return "", err
		}
		fmt.Fprintf(log, "no hardware acceleration: %v\n", err)
		answer = TCG
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", fmt.Errorf("accelerator cache: %w", err)
	}
	if err := os.WriteFile(note, []byte(answer+"\n"), 0o644); err != nil {
		return "", fmt.Errorf("accelerator cache: %w", err)
	}
	return answer, nil
}

// errSetup says that a trial never came to ask the hardware: no answer about it.
var errSetup = errors.New("trial boot")

// trial boots the init on KVM and waits for its line on the console.
func trial(ctx context.Context, kernel debian.Kernel, init string) error {
	folder, err := os.MkdirTemp("", "vnettune-trial-")
	if err != nil {
		return fmt.Errorf("%w: %w", errSetup, err)
	}
	defer os.RemoveAll(folder)
	spec := Spec{
		Kernel:      kernel.Image,
		Initramfs:   filepath.Join(folder, "initramfs"),
		Console:     filepath.Join(folder, "console"),
		Accelerator: KVM,
	}
	of := image.Image{Init: init, Kernel: kernel, Config: guest.Config{Trial: true}}
	if err := image.WriteInitramfs(spec.Initramfs, of); err != nil {
		return fmt.Errorf("%w: %w", errSetup, err)
	}
	ctx, cancel := context.WithTimeout(ctx, trialLimit)
	defer cancel()
	m, err := Start(ctx, spec)
	if err != nil {
		return err
	}
	select {
	case <-m.Ended():
	case <-ctx.Done():
		m.Stop()
	}
	_, ended := m.Wait()
	console, err := os.ReadFile(spec.Console)
	if err != nil {
		return fmt.Errorf("%w: %w", errSetup, err)
	}
	switch {
	case bytes.Contains(console, []byte(guest.TrialLine)):
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("the trial boot did not end within %v", trialLimit)
	case ended != nil:
		return ended
	default:
		return errors.New("the trial boot ended before its init ran")
	}
}

func hostRelease() (string, error) {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return "", fmt.Errorf("host kernel release: %w", err)
	}
	return unix.ByteSliceToString(u.Release[:]), nil
}
