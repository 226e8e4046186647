package iperf

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"vnettune/trouble"
)

// Version is what an iperf3 says of itself.
type Version struct {
	Number string // such as "3.12", "3.17.1" or "3.1b3"
	Major  int
	Minor  int
	Patch  int
	Cygwin string // version of the Cygwin DLL of a Windows build; "" elsewhere
	Text   string // the whole answer, trimmed
}

// AtLeast reports whether v is major.minor or later.
func (v Version) AtLeast(major, minor int) bool {
	return v.Major > major || v.Major == major && v.Minor >= minor
}

var (
	versionLine = regexp.MustCompile(`(?m)^iperf (\d+)\.(\d+)(?:\.(\d+))?[A-Za-z0-9.+-]*`)
	cygwinLine  = regexp.MustCompile(`(?m)^CYGWIN_NT\S*\s+\S+\s+(\d+\.\d+\.\d+)`)
)

// ParseVersion reads the output of `iperf3 -v`, of the host's or the guest's.
func ParseVersion(text string) (Version, error) {
	m := versionLine.FindStringSubmatch(text)
	if m == nil {
		first, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
		return Version{}, fmt.Errorf("iperf3 -v answered %q, which names no iperf 3 version", strings.TrimSpace(first))
	}
	v := Version{Number: strings.TrimPrefix(m[0], "iperf "), Text: strings.TrimSpace(text)}
	for i, part := range []*int{&v.Major, &v.Minor, &v.Patch} {
		if m[i+1] == "" {
			continue
		}
		n, err := strconv.Atoi(m[i+1])
		if err != nil {
			return Version{}, fmt.Errorf("iperf3 -v: version %q: %w", v.Number, err)
		}
		*part = n
	}
	if v.Major != 3 {
		return Version{}, trouble.Hint(fmt.Errorf("this is iperf %s, and iperf 3 is needed", v.Number), "install the package iperf3")
	}
	if c := cygwinLine.FindStringSubmatch(text); c != nil {
		v.Cygwin = c[1]
	}
	return v, nil
}

// Probe asks the iperf3 at path (a file, or a name to be found on PATH) for its
// version.
func Probe(ctx context.Context, path string) (Version, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, "-v")
	cmd.Env = append(cmd.Environ(), "LC_ALL=C")
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return Version{}, fmt.Errorf("%w: install it (package iperf3) or name it as host.iperf", err)
	case err != nil:
		return Version{}, fmt.Errorf("ask %s for its version: %w", path, err)
	}
	return ParseVersion(string(out))
}
