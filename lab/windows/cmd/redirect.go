package cmd

import (
	"io"
	"regexp"
	"strings"

	"vnettune/lab/windows/machine"
)

// redirections say where the streams of one command go.
type redirections struct {
	noInput, noOutput, noErrors bool
	errorsToOutput              bool
}

// redirection matches one at its beginning: < or > or >>, then NUL or &1.
var redirection = regexp.MustCompile(`^(<|>>?)[ \t]*((?i:nul)\b|&1)`)

// parse reads the redirection that rest begins with; before is what the command has
// so far, whose last character may be the number of the stream. It returns the length
// of the redirection, 0 for one that is not played, and the command without the number.
func (r *redirections) parse(rest, before string) (n int, command string) {
	m := redirection.FindStringSubmatch(rest)
	if m == nil {
		return 0, before
	}
	stream := byte('1')
	if last := len(before) - 1; last >= 0 && strings.ContainsRune("12", rune(before[last])) && (last == 0 || strings.ContainsRune(" \t", rune(before[last-1]))) {
		stream, before = before[last], before[:last]
	}
	switch null := m[2] != "&1"; {
	case m[1] == "<" && null:
		r.noInput = true
	case m[1] == "<":
		return 0, before
	case null && stream == '2':
		r.noErrors = true
	case null:
		r.noOutput = true
	case stream == '2':
		r.errorsToOutput = true
	default:
		return 0, before
	}
	return len(m[0]), before
}

// redirected is the process with its streams redirected.
func redirected(p *machine.Process, r redirections) *machine.Process {
	if r == (redirections{}) {
		return p
	}
	q := *p
	if r.noInput {
		q.Command.Stdin = strings.NewReader("")
	}
	if r.noOutput {
		q.Command.Stdout = io.Discard
	}
	if r.errorsToOutput {
		q.Command.Stderr = q.Command.Stdout // of ">nul 2>&1", the order that is written
	}
	if r.noErrors {
		q.Command.Stderr = io.Discard
	}
	return &q
}
