// Package setup makes the scripts that an administrator runs once on a guest, so that a
// campaign can reach it, and those that put everything back. Nothing here is sent to a
// guest: a person reads it, and runs it there.
package setup

import (
	"embed"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"vnettune/trouble"
)

//go:embed *.ps1 *.cmd
var files embed.FS

// Script is what is printed for an administrator of a guest.
type Script struct {
	Undo  bool   // puts back what the other one changed
	XP    bool   // a batch file for Windows XP and Server 2003
	Host  string // this host's IP address as the guest sees it: the only one that is let in
	IPerf string // where iperf3 is, or will be, on the guest
	Port  int    // of the guest's iperf3 server
	// Second is the TCP port of the guest's second one, Meter that of its meter.
	Second, Meter int

	IPerf2 string // where iperf 2 is, or will be, on the guest; XP only
	Port2  int    // of its servers; XP only
}

// Text is the script. It refuses whatever could be more than an address and a path in
// it.
func (s Script) Text() (string, error) {
	host, err := s.check()
	if err != nil {
		return "", trouble.Invalid(err)
	}
	return s.fill(host), nil
}

// What may stand in a script. A path in the guest is within single quotes of
// PowerShell, or bare in a batch file.
var (
	guestPath   = regexp.MustCompile(`^[A-Za-z]:(\\[A-Za-z0-9_.()-]+( [A-Za-z0-9_.()-]+)*)+\.exe$`)
	guestPathXP = regexp.MustCompile(`^[A-Za-z]:(\\[A-Za-z0-9_.-]+)+\.exe$`)
)

// check gives the host's address in one form; "" for none.
func (s Script) check() (host string, err error) {
	path := guestPath
	if s.XP {
		path = guestPathXP
	}
	if !path.MatchString(s.IPerf) {
		return "", trouble.Hint(fmt.Errorf("%q may not stand in a script as the path of iperf3", s.IPerf), `give a full path in the guest such as C:\vnettune\iperf3.exe, of letters, digits and _.-, on xp without spaces`)
	}
	if s.XP && !path.MatchString(s.IPerf2) {
		return "", trouble.Hint(fmt.Errorf("%q may not stand in a script as the path of iperf 2", s.IPerf2), `give a full path in the guest such as C:\vnettune\iperf.exe, of letters, digits and _.-, without spaces`)
	}
	if s.Undo && s.Host == "" {
		return "", nil // what was set up says what is to be undone
	}
	if s.Host == "" {
		return "", trouble.Hint(errors.New("the host's address is missing"), "give this host's IP address as the guest sees it, the only one that the guest's firewall lets in: --harness ADDRESS")
	}
	a, err := netip.ParseAddr(s.Host)
	switch {
	case err != nil:
		return "", trouble.Hint(fmt.Errorf("%q is no IP address", s.Host), "give this host's address in the guest's network, such as 192.0.2.1")
	case a.Zone() != "" || a.IsUnspecified() || a.IsLoopback() || a.IsMulticast() || a.Is4In6():
		return "", fmt.Errorf("%s is no address that the guest can see this host by", a)
	case s.XP && !a.Is4():
		return "", fmt.Errorf("the firewall of XP and 2003 takes IPv4 addresses only, not %s", a)
	}
	return a.String(), nil
}

// fill fills in the file. Batch files have the line ends that cmd.exe expects.
func (s Script) fill(host string) string {
	name := map[bool]string{false: "setup", true: "undo"}[s.Undo] + map[bool]string{false: ".ps1", true: "-xp.cmd"}[s.XP]
	text, err := files.ReadFile(name)
	if err != nil {
		panic(err) // embedded
	}
	out := strings.NewReplacer("{{.Host}}", host, "{{.IPerf}}", s.IPerf, "{{.Port}}", strconv.Itoa(s.Port), "{{.Second}}", strconv.Itoa(s.Second), "{{.Meter}}", strconv.Itoa(s.Meter),
		"{{.IPerf2}}", s.IPerf2, "{{.Port2}}", strconv.Itoa(s.Port2)).Replace(string(text))
	if s.XP {
		out = strings.ReplaceAll(out, "\n", "\r\n")
	}
	return out
}
