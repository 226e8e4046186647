// Package trouble says of an error whose it is, what it is about, and what to do. A
// leaf: every package may use it, and cmd alone turns it into words on a terminal and
// an exit code.
package trouble

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"vnettune/foreign"
)

// Error is an error with what its reader needs beside the fact.
type Error struct {
	Err     error
	Where   string // the file, store or address that it is about; "" for none
	Hint    string // what to do about it; "" for none
	Invalid bool   // wrong usage or invalid data: trying again does not help
}

// Error is the fact with its place in front; the hint is not part of it.
func (e *Error) Error() string {
	if e.Where == "" {
		return e.Err.Error()
	}
	return e.Where + ": " + e.Err.Error()
}

// Unwrap gives the error that this one is about.
func (e *Error) Unwrap() error { return e.Err }

// Invalid marks err as wrong usage or invalid data; nil stays nil, here and below.
func Invalid(err error) error { return about(err, Error{Invalid: true}) }

// At says which file, store or address err is about.
func At(where string, err error) error { return about(err, Error{Where: where}) }

// Hint adds to err what to do about it.
func Hint(err error, format string, args ...any) error {
	return about(err, Error{Hint: fmt.Sprintf(format, args...)})
}

func about(err error, e Error) error {
	if err == nil {
		return nil
	}
	e.Err = err
	return &e
}

// IsInvalid says whether err, or one that it wraps, is wrong usage or invalid data.
func IsInvalid(err error) bool {
	found := false
	walk(err, func(e error) {
		t, ok := e.(*Error)
		found = found || ok && t.Invalid
	})
	return found
}

// Adviser is an error of another type that says itself what to do about it.
type Adviser interface {
	error
	Advice() string // "" for none
}

// Hints are what to do about err, the outermost first, each once.
func Hints(err error) []string {
	var hints []string
	walk(err, func(e error) {
		hint := ""
		switch e := e.(type) {
		case *Error:
			hint = e.Hint
		case Adviser:
			hint = e.Advice()
		}
		if hint != "" && !slices.Contains(hints, hint) {
			hints = append(hints, hint)
		}
	})
	return hints
}

// Line is err with its hints on one line, for a log or a record: errors that were joined
// follow each other, too.
func Line(err error) string {
	line := strings.Join(append([]string{err.Error()}, Hints(err)...), "; ")
	return foreign.Message(strings.ReplaceAll(line, "\n", "; "))
}

// Split is the message of err without its place, and the place; where is "" when the
// message does not begin with one.
func Split(err error) (what, where string) {
	whole := err.Error()
	for e := err; e != nil && e.Error() == whole; e = errors.Unwrap(e) {
		if t, ok := e.(*Error); ok && t.Where != "" {
			return t.Err.Error(), t.Where
		}
	}
	return whole, ""
}

// walk visits every error in the tree of err, the outermost first.
func walk(err error, visit func(error)) {
	if err == nil {
		return
	}
	visit(err)
	switch e := err.(type) {
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			walk(one, visit)
		}
	case interface{ Unwrap() error }:
		walk(e.Unwrap(), visit)
	}
}
