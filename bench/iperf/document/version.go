package document

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"vnettune/foreign"
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

// Known says whether there is a version: the zero Version is of an end that did not say.
func (v Version) Known() bool { return v.Number != "" }

// AtLeast reports whether v is major.minor or later.
func (v Version) AtLeast(major, minor int) bool {
	return v.Major > major || v.Major == major && v.Minor >= minor
}

var (
	versionLine = regexp.MustCompile(`(?m)^iperf (\d+)\.(\d+)(?:\.(\d+))?[A-Za-z0-9.+-]*`)
	cygwinLine  = regexp.MustCompile(`(?m)^CYGWIN_NT\S*\s+\S+\s+(\d+\.\d+\.\d+)`)
)

// ParseVersion reads the output of `iperf3 -v`, of the host's or the guest's, or what a
// document says of the client.
func ParseVersion(text string) (Version, error) {
	text = foreign.Message(text)
	m := versionLine.FindStringSubmatch(text)
	if m == nil {
		first, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
		return Version{}, fmt.Errorf("iperf3 -v answered %q, which names no iperf 3 version", foreign.Words(first))
	}
	v := Version{Number: foreign.Line(strings.TrimPrefix(m[0], "iperf ")), Text: strings.TrimSpace(text)}
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
