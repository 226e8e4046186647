package lab_test

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"testing"

	"vnettune/lab"
	"vnettune/lab/fast"
	"vnettune/lab/guest"
)

// askCommand makes the test binary a WinRM client inside a lab's namespace.
const askCommand = "ask-inside"

// TestMain lets the test binary play every part of the program that a lab starts.
func TestMain(m *testing.M) {
	if guest.IsInit() {
		guest.Main()
		return
	}
	if guest.IsProgram() {
		os.Exit(guest.RunProgram())
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	args := os.Args[1:]
	switch {
	case len(args) == 3 && slices.Equal(args[:2], lab.KeeperCommand):
		exit(lab.Keep(ctx, args[2], os.Stderr))
	case len(args) == 3 && slices.Equal(args[:2], fast.Command):
		exit(fast.Main(args[2]))
	case len(args) > 0 && args[0] == askCommand:
		exit(askInside(args[1:]))
	default:
		// A program built with the race detector otherwise sleeps a second before it ends,
		// and keepers, guests and clients are such programs here.
		os.Setenv("GORACE", "atexit_sleep_ms=0")
		os.Exit(m.Run())
	}
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}
