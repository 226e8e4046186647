package iperf2

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"vnettune/bench/leash"
	"vnettune/foreign"
	"vnettune/trouble"
)

// Version is what an iperf2 says of itself.
type Version struct {
	Number string // such as "2.0.5" or "2.1.8"
	Major  int
	Minor  int
	Patch  int
	Text   string // the whole line, such as "iperf version 2.1.8 (12 August 2022) pthreads"
}

// Known says whether there is a version: the zero Version is of an end that did not say.
func (v Version) Known() bool { return v.Number != "" }

// AtLeast reports whether v is major.minor.patch or later.
func (v Version) AtLeast(major, minor, patch int) bool {
	for _, part := range [][2]int{{v.Major, major}, {v.Minor, minor}, {v.Patch, patch}} {
		if part[0] != part[1] {
			return part[0] > part[1]
		}
	}
	return true
}

// String is the version as people know it: "iperf 2.0.5".
func (v Version) String() string {
	if !v.Known() {
		return "an iperf that does not say its version"
	}
	return "iperf " + v.Number
}

// AwaitsServer says whether a TCP client of that version waits until the server has taken all, so
// that its seconds are those in which its bytes arrived. Earlier ones end their clock when the last
// byte is handed to the socket: at 20 Mbit/s they say 12 % too much, and of a server that dies
// they say nothing at all (docs/facts/iperf2.md).
func (v Version) AwaitsServer() bool { return v.AtLeast(2, 1, 0) }

var versionLine = regexp.MustCompile(`(?m)^iperf version (\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?[A-Za-z0-9.+-]*.*$`)

// ParseVersion reads what `iperf -v` prints, on whichever of its outputs.
func ParseVersion(text string) (Version, error) {
	text = foreign.Message(text)
	m := versionLine.FindStringSubmatch(text)
	if m == nil {
		first, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
		return Version{}, fmt.Errorf("iperf -v answered %q, which names no version of iperf 2", foreign.Words(first))
	}
	line := strings.TrimSpace(m[0])
	v := Version{Number: foreign.Line(strings.Fields(line)[2]), Text: foreign.Line(line)}
	for i, part := range []*int{&v.Major, &v.Minor, &v.Patch} {
		*part, _ = strconv.Atoi(m[i+1]) // at most four digits, or none
	}
	if v.Major != 2 {
		return Version{}, trouble.Hint(fmt.Errorf("this is iperf %s, and iperf 2 is needed", v.Number), "install the package iperf, or name it as host.iperf2")
	}
	return v, nil
}

// Probe asks the runner's iperf2 for its version. Some versions print it on standard error, and
// most end with exit code 1 then.
func (r Runner) Probe(ctx context.Context) (Version, error) {
	left, err := leash.Client{Argv: []string{r.path(), "-v"}, Deadline: 5 * time.Second}.Run(ctx)
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return Version{}, fmt.Errorf("%w: install it (package iperf) or name it as host.iperf2", errors.Unwrap(err))
	case err != nil:
		return Version{}, fmt.Errorf("ask %s for its version: %w", r.path(), err)
	case left.Late || left.Canceled:
		return Version{}, fmt.Errorf("ask %s for its version: it did not answer in time", r.path())
	}
	return ParseVersion(string(left.Stdout) + "\n" + string(left.Stderr))
}
