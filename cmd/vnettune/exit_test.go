package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"vnettune/bench"
	"vnettune/bench/rig"
	"vnettune/matrix/campaign"
	"vnettune/trouble"
)

// The exit codes are a contract: scripts and CI jobs branch on them.
func TestExitCodesAreFrozen(t *testing.T) {
	stopped := func(s syscall.Signal) context.Context {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(&stopError{s})
		return ctx
	}
	r := runner{files: rig.Files{Store: "x.db"}, stderr: &strings.Builder{}}
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
		{"left changed through invalid data", t.Context(), &bench.UnrestoredError{Err: usageError(errors.New("x"))}, 6},
		{"some boots failed", t.Context(), r.verdict(bench.Summary{Planned: 4, OK: 3, Failed: 1}, nil), 3},
		{"a limit was reached", t.Context(), r.verdict(bench.Summary{Planned: 4, OK: 3, Stopped: "hours"}, nil), 3},
		{"left changed", t.Context(), left, 6},
		{"left changed wins over a signal", stopped(syscall.SIGINT), left, 6},
		{"the host is left", t.Context(), &rig.HostLeftError{Err: errors.New("x")}, 6},
		{"the host is left, which wins over a signal", stopped(syscall.SIGINT), errors.Join(context.Canceled, &rig.HostLeftError{Err: errors.New("x")}), 6},
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
}

func TestAnErrorIsAFewLines(t *testing.T) {
	_, wrong := campaign.Parse("c.yaml", []byte("name: c\nguest: {labb: {}}\n"))
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"nothing to say": {&exitError{code: exitPartial}, ""},
		"what":           {errors.New("gone"), "vnettune: gone\n"},
		"what, where, hint": {usageError(trouble.Hint(trouble.At("c.yaml", errors.New("too many boots")), "lower blocks")),
			"vnettune: too many boots\n  where: c.yaml\n  hint: lower blocks\n"},
		"through a signal":       {&exitError{exitInterrupted, trouble.Hint(errors.New("gone"), "look")}, "vnettune: gone\n  hint: look\n"},
		"problems of a campaign": {usageError(wrong), "vnettune: " + wrong.Error() + "\n"},
	} {
		var out strings.Builder
		complain(&out, c.err)
		if out.String() != c.want {
			t.Errorf("%s: %q, want %q", name, &out, c.want)
		}
	}
	if n := strings.Count(wrong.Error(), "\n"); n < 1 {
		t.Errorf("the campaign has %d problems: the test needs several", n+1)
	}
}
