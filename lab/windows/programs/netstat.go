package programs

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"

	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/processes"
)

// socketStates are netstat's words for the states of proc(5) (include/net/tcp_states.h of Linux;
// the words:
// https://learn.microsoft.com/en-us/previous-versions/windows/it-pro/windows-xp/bb490947(v=technet.10)).
// They are English on an English Windows.
var socketStates = map[string]string{
	"01": "ESTABLISHED", "02": "SYN_SENT", "03": "SYN_RECEIVED", "04": "FIN_WAIT_1", "05": "FIN_WAIT_2", "06": "TIME_WAIT",
	"07": "CLOSED", "08": "CLOSE_WAIT", "09": "LAST_ACK", "0A": "LISTENING", "0B": "CLOSING",
}

// Netstat is netstat.exe with -a, -n and -p tcp|udp
// (https://learn.microsoft.com/en-us/previous-versions/windows/it-pro/windows-xp/bb490947(v=technet.10);
// widths: not verified: ask a guest, netstat -an): the sockets of this machine as far as they speak
// IPv4, which is all that xp has.
func Netstat(_ context.Context, p *machine.Process, args []string) int {
	all, numeric, protocols := false, false, []string{"tcp", "udp"}
	for rest := args[1:]; len(rest) > 0; rest = rest[1:] {
		o := strings.ToLower(rest[0])
		if len(o) < 2 || o[0] != '-' && o[0] != '/' {
			return netstatUsage(p)
		}
		for _, c := range o[1:] {
			switch c {
			case 'a':
				all = true
			case 'n':
				numeric = true
			case 'p':
				if len(rest) == 1 || !slices.Contains(protocols, strings.ToLower(rest[1])) {
					return netstatUsage(p)
				}
				protocols, rest = []string{strings.ToLower(rest[1])}, rest[1:]
			default:
				return netstatUsage(p)
			}
		}
	}
	if !numeric {
		return netstatUsage(p)
	}
	p.Outln("\nActive Connections\n\n  Proto  Local Address          Foreign Address        State")
	for _, protocol := range protocols {
		list, err := processes.Sockets(protocol)
		if err != nil {
			p.Errln("stand-in: " + err.Error())
			return 1
		}
		var rows []string
		for _, s := range list {
			if s.Local.Addr().Is6() {
				continue
			}
			if all || protocol == "tcp" && s.State != "0A" {
				rows = append(rows, row(s, protocol))
			}
		}
		sort.Strings(rows)
		p.Out(strings.Join(rows, ""))
	}
	return 0
}

func netstatUsage(p *machine.Process) int {
	p.Errln("stand-in: netstat is played with -n, -a and -p tcp or udp")
	return 1
}

func row(s processes.Socket, protocol string) string {
	local, remote := s.Local.String(), s.Remote.String()
	if protocol == "udp" {
		return fmt.Sprintf("  %-6s %-22s %-22s \n", "UDP", local, "*:*")
	}
	if s.State == "0A" {
		remote = "0.0.0.0:0"
	}
	return fmt.Sprintf("  %-6s %-22s %-22s %s\n", "TCP", local, remote, socketStates[s.State])
}
