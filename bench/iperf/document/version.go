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
	Cygwin string // version of the Cygwin DLL (or MSYS, which is made of it) of a Windows build; "" elsewhere
	Built  string // day on which the DLL was built, such as 2016-04-21; "" when it does not say
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
	cygwinLine  = regexp.MustCompile(`(?m)^(?:CYGWIN|MSYS|MINGW64)_NT\S*\s+\S+\s+(\d+)\.(\d+)\.(\d+)\S*(?:\s+(\d{4}-\d{2}-\d{2}))?`)
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
		v.Cygwin, v.Built = strings.Join(c[1:4], "."), c[4]
	}
	return v, nil
}

// String is the version as people know it: "iperf 3.1.3, Cygwin 2.5.1".
func (v Version) String() string {
	if v.Cygwin == "" {
		return "iperf " + v.Number
	}
	return "iperf " + v.Number + ", Cygwin " + v.Cygwin
}

// Cygwin set both buffers of every socket, and so switched the receive window's
// auto-tuning off, until its releases of May 2017 (docs/facts/iperf3.md 3; which release
// exactly mended it was not found). The one before them is 2.8.
const (
	mendedMajor = 2
	mendedMinor = 8
	mendedDay   = "2017-05-01"
)

// MendedCygwin is the first Cygwin that leaves the buffers of sockets to Windows.
var MendedCygwin = fmt.Sprintf("%d.%d", mendedMajor, mendedMinor)

// SetsBuffers says whether this build sets the buffers of every socket, so that no setting
// of a window shows: its DLL is too old, by its number or by the day on which it was built.
func (v Version) SetsBuffers() bool {
	if v.Cygwin == "" {
		return false
	}
	var major, minor int
	if _, err := fmt.Sscanf(v.Cygwin, "%d.%d", &major, &minor); err != nil {
		return false
	}
	return major < mendedMajor || major == mendedMajor && minor < mendedMinor || v.Built != "" && v.Built < mendedDay
}

// OneThread says whether all streams of this build share one thread, and so one core.
func (v Version) OneThread() bool { return v.Known() && !v.AtLeast(3, 16) }
