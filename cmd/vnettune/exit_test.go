package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"vnettune/bench"
)

// The exit codes are a contract: scripts and CI jobs branch on them.
func TestExitCodesAreFrozen(t *testing.T) {
	stopped := func(s syscall.Signal) context.Context {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(&stopError{s})
		return ctx
	}
	r := runner{store: "x.db", stderr: &strings.Builder{}}
	left := r.verdict(bench.Summary{}, &bench.UnrestoredError{Err: errors.New("gone")})
	tests := []struct {
		name string
		ctx  context.Context
		err  error
		want int
	}{
		{"done", t.Context(), r.verdict(bench.Summary{Planned: 4, OK: 4}, nil), 0},
		{"failed", t.Context(), errors.New("x"), 1},
		{"no usable boot", t.Context(), r.verdict(bench.Summary{Planned: 4, Failed: 4}, nil), 1},
		{"usage", t.Context(), fmt.Errorf("around: %w", usageError(errors.New("x"))), 2},
		{"some boots failed", t.Context(), r.verdict(bench.Summary{Planned: 4, OK: 3, Failed: 1}, nil), 3},
		{"a limit was reached", t.Context(), r.verdict(bench.Summary{Planned: 4, OK: 3, Stopped: "hours"}, nil), 3},
		{"left changed", t.Context(), left, 6},
		{"left changed wins over a signal", stopped(syscall.SIGINT), left, 6},
		{"interrupted", stopped(syscall.SIGINT), context.Canceled, 130},
		{"terminated", stopped(syscall.SIGTERM), context.Canceled, 143},
		{"a signal wins over failed boots", stopped(syscall.SIGINT), &exitError{exitPartial, errors.New("x")}, 130},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := exitCode(signalled(tt.ctx, tt.err)); got != tt.want {
				t.Errorf("exit code %d, want %d", got, tt.want)
			}
		})
	}
	for _, word := range []string{"0    done", "1    failed", "2    wrong usage", "3    finished", "4    gate: regression", "5    gate: inconclusive", "6    the guest is left changed", "130  interrupted", "143  terminated"} {
		if !strings.Contains(longHelp, word) {
			t.Errorf("--help does not list %q", word)
		}
	}
	if !strings.Contains(left.Error(), "vnettune restore x.db") {
		t.Errorf("%q does not say how to restore the guest", left)
	}
}
