package main

import "errors"

// Exit codes of vnettune, as DESIGN and `vnettune --help` list them.
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

// usageError marks err as the caller's mistake: wrong flags or invalid data.
func usageError(err error) error { return &exitError{code: exitUsage, err: err} }

// exitCode maps an error to the process's exit code.
func exitCode(err error) int {
	if err == nil {
		return exitDone
	}
	var e *exitError
	if errors.As(err, &e) {
		return e.code
	}
	return exitFailed
}
