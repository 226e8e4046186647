package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"vnettune/bench"
	"vnettune/bench/rig"
	"vnettune/foreign"
	"vnettune/matrix/campaign"
	"vnettune/trouble"
)

// How vnettune fails: only here are kinds of errors turned into exit codes and into
// words on a terminal. An error is at most three short lines on stderr: what happened,
// behind the program's name and without a capital or a full stop; where, if it is about
// one file, store or address; a hint, which says what to do. The problems of a campaign
// file are one a line, each with its position, as compilers print them.

// Exit codes of vnettune, as `vnettune --help` lists them.
const (
	exitDone         = 0
	exitFailed       = 1
	exitUsage        = 2
	exitPartial      = 3
	exitRegression   = 4
	exitInconclusive = 5
	exitUnrestored   = 6
	exitInterrupted  = 130
	exitTerminated   = 143
)

// exitError carries the exit code that an error asks for. The error may be nil
// when everything that was to be said has been said already.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// usageError says that err is the caller's mistake: wrong flags or invalid data.
func usageError(err error) error { return trouble.Invalid(err) }

// exitCode maps an error to the process's exit code.
func exitCode(err error) int {
	var unrestored *bench.UnrestoredError
	var host *rig.HostLeftError
	var asked *exitError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &unrestored), errors.As(err, &host):
		return exitUnrestored
	case errors.As(err, &asked):
		return asked.code
	case trouble.IsInvalid(err):
		return exitUsage
	}
	return exitFailed
}

// complain says on stderr what went wrong; nothing where it has been said.
func complain(w io.Writer, err error) {
	if err != nil && err.Error() != "" {
		fmt.Fprintf(w, "vnettune: %s\n", complaint(err))
	}
}

// complaint is an error in its lines.
func complaint(err error) string {
	var problems campaign.Errors
	if errors.As(err, &problems) {
		return err.Error() // which is bounded, too
	}
	what, where := trouble.Split(err)
	lines := []string{what}
	if where != "" {
		lines = append(lines, "  where: "+foreign.Line(where))
	}
	for _, h := range trouble.Hints(err) {
		lines = append(lines, "  hint: "+foreign.Line(h))
	}
	return foreign.Message(strings.Join(lines, "\n"))
}
