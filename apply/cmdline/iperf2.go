package cmdline

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"vnettune/apply/terms"
	"vnettune/trouble"
)

// The command lines of iperf2 beside those of iperf3: a server of it takes one protocol. Of a datagram it reads as
// much as it is told to, 1470 bytes by default, and counts no more (docs/facts/iperf2.md 2).
var (
	iperf2StartUDP = template{`wmic process call create "{EXE} -s -u -l 65507 -p {PORT}"`,
		"starts iperf2 for UDP outside the shell; for TCP it is started as iperf3 is", "https://learn.microsoft.com/en-us/windows/win32/cimwin32prov/create-method-in-class-win32-process"}
	netstatUDP = template{`netstat -an -p udp`,
		"whether a program has the port: local port and the foreign address *:*", "https://learn.microsoft.com/en-us/windows-server/administration/windows-commands/netstat"}
)

// StartIPerf2 starts a server of one protocol outside the shell, and does not wait for it. It gives its process.
func (c *Dialect) StartIPerf2(ctx context.Context, exe string, port int, protocol string) (pid int, err error) {
	t := c.talk()
	taken, err := t.bound(ctx, protocol, port)
	if err != nil {
		return 0, err
	}
	if taken {
		return 0, trouble.Hint(fmt.Errorf("another program of the guest has %s port %d", protocol, port), "end it, or set guest.iperf2_port")
	}
	form := iperfStart
	if protocol == terms.UDP {
		form = iperf2StartUDP
	}
	text, err := t.ask(ctx, form, exe, strconv.Itoa(port))
	if err != nil {
		return 0, err
	}
	if pid, err = parseCreate(text); err != nil {
		return 0, fmt.Errorf("command %s: %w", form.text, err)
	}
	return pid, nil
}

// StopIPerf2 ends every process of that program.
func (c *Dialect) StopIPerf2(ctx context.Context, exe string) error {
	return c.stop(ctx, c.talk(), exe)
}

// StatusIPerf2 looks at the servers and changes nothing: Listening says that all protocols have their port.
func (c *Dialect) StatusIPerf2(ctx context.Context, exe string, port int, protocols []string) (terms.IPerfServer, error) {
	t := c.talk()
	s, err := t.server(ctx, exe, t.iperf2Version)
	if err == nil {
		s.Listening, err = t.allBound(ctx, protocols, port)
	}
	return s, err
}

func (t *talk) allBound(ctx context.Context, protocols []string, port int) (bool, error) {
	for _, protocol := range protocols {
		if yes, err := t.bound(ctx, protocol, port); !yes || err != nil {
			return false, err
		}
	}
	return true, nil
}

// bound says whether a program has the port of a protocol, of TCP listening.
func (t *talk) bound(ctx context.Context, protocol string, port int) (bool, error) {
	if protocol != terms.UDP {
		return t.listening(ctx, port)
	}
	text, err := t.ask(ctx, netstatUDP)
	return receives(text, strconv.Itoa(port)), err
}

// receives says whether the answer of netstat -an -p udp has a socket on the port.
func receives(text, port string) bool {
	for l := range strings.Lines(text) {
		f := strings.Fields(l)
		if len(f) < 3 || f[0] != "UDP" || f[2] != "*:*" {
			continue
		}
		if at := strings.LastIndexByte(f[1], ':'); at >= 0 && f[1][at+1:] == port {
			return true
		}
	}
	return false
}

// iperf2Version is what the program prints of itself; it proves that there is such a
// program. It prints it on either output, with exit code 0 or 1 (docs/facts/iperf2.md).
func (t *talk) iperf2Version(ctx context.Context, exe string) (string, error) {
	const put = `put iperf 2 there, or set guest.iperf2 to its full path, letters, digits and _.- only, such as C:\vnettune\iperf.exe`
	l, err := iperfVersion.fill(exe)
	if err != nil {
		return "", trouble.Hint(fmt.Errorf("exe: %q is no program that a guest of generation xp can be sent", exe), put)
	}
	e, err := t.run(ctx, l)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(e.Stdout + "\n" + e.Stderr) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "iperf version ") {
			return line, nil
		}
	}
	return "", trouble.Hint(fmt.Errorf("exe: %s does not answer as iperf 2: %w", exe, e.failure()), put)
}
