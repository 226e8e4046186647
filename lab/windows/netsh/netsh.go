package netsh

import (
	"context"
	"slices"
	"strings"

	"vnettune/lab/windows/console"
	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/stack"
)

// netshCommand is one command of netsh that is played.
type netshCommand struct {
	path []string                        // full words
	tags func(*machine.Machine) []string // in positional order; nil: none
	run  func(p *machine.Process, args []tagged) int
}

// tagged is one argument of a netsh command, brought to tag=value.
type tagged struct{ tag, value string }

// netshCommands is the table of what is played. Words: docs/facts/windows-samples.md 1 and
// 2, docs/facts/windows-settings.md tcp.*, template.*, ip.mtu, ip.dynamicport, ip.taskoffload, udp.*; `show subinterfaces`
// among them.
var netshCommands = []netshCommand{
	{path: words("interface tcp set global"), tags: func(m *machine.Machine) []string { return keys(global(m)) }, run: setGlobal},
	{path: words("interface tcp set heuristics"), tags: func(m *machine.Machine) []string { return keys(heuristics(m)) }, run: setHeuristics},
	{path: words("interface tcp set supplemental"), tags: func(m *machine.Machine) []string { return append([]string{"template"}, keys(supplemental(m))...) }, run: setSupplemental},
	{path: words("interface tcp show global"), run: showGlobal},
	{path: words("interface tcp show heuristics"), run: showHeuristics},
	{path: words("interface tcp show supplemental"), tags: always("template"), run: showSupplemental},
	{path: words("interface tcp dump"), run: tcpDump},
	{path: words("interface udp dump"), run: udpDump},
	{path: words("interface udp set global"), tags: always("uro", "uso"), run: setUDP},
	{path: words("interface ipv4 set global"), tags: always(stack.TaskOffload), run: setIPGlobal},
	{path: words("interface ipv4 set dynamicport"), tags: always("protocol", "start", "num", "store"), run: setDynamicPort},
	{path: words("interface ipv4 set subinterface"), tags: always("interface", "mtu", "store"), run: setSubinterface},
	{path: words("interface ipv4 show subinterfaces"), run: showSubinterfaces},
}

func words(s string) []string { return strings.Fields(s) }

// always are the tags of a command that all releases have alike.
func always(tags ...string) func(*machine.Machine) []string {
	return func(*machine.Machine) []string { return tags }
}

// global, heuristics, supplemental and udp are the parameters that this Windows has.
func global(m *machine.Machine) []stack.Param {
	return m.Edition().Release.Global(m.Faults().Allows)
}

func heuristics(m *machine.Machine) []stack.Param {
	return m.Edition().Release.Heuristics(m.Faults().Allows)
}

func supplemental(m *machine.Machine) []stack.Param {
	return m.Edition().Release.Supplemental(m.Faults().Allows)
}

func udp(m *machine.Machine) []stack.Param {
	return m.Edition().Release.UDP(m.Faults().Allows)
}

func keys(list []stack.Param) []string {
	out := make([]string, len(list))
	for i, p := range list {
		out[i] = p.Key
	}
	return out
}

// minWord is the shortest abbreviation of a context that is taken: shorter ones
// are ambiguous on a real machine, whose other contexts are not listed here.
const minWord = 2

// findNetsh finds the command that args begin with; words may be abbreviated
// (https://learn.microsoft.com/en-us/previous-versions/tn-archive/bb490939(v=technet.10)).
// rest are the arguments after it.
func findNetsh(args []string) (cmd netshCommand, rest []string, ok bool) {
	found := 0
	for _, c := range netshCommands {
		if len(args) < len(c.path) || !abbreviates(args, c.path) {
			continue
		}
		found++
		cmd, rest = c, args[len(c.path):]
	}
	return cmd, rest, found == 1
}

func abbreviates(args, path []string) bool {
	for i, w := range path {
		given := strings.ToLower(args[i])
		if len(given) < minWord || !strings.HasPrefix(w, given) {
			return false
		}
	}
	return true
}

// parseTags brings arguments to tag=value: those with a known tag by name, the
// others by position. An error is the text to print.
func parseTags(tags, args []string) ([]tagged, error) {
	var out []tagged
	seen := map[string]bool{}
	for i, a := range args {
		tag, val, named := strings.Cut(a, "=")
		tag = strings.ToLower(strings.TrimSpace(tag))
		if !named {
			if i >= len(tags) {
				return nil, syntaxError(a)
			}
			tag, val = tags[i], a
		}
		if !slices.Contains(tags, tag) || seen[tag] || val == "" {
			return nil, syntaxError(a)
		}
		seen[tag] = true
		out = append(out, tagged{tag, val})
	}
	return out, nil
}

// syntaxError has the wording of netsh (not verified: ask a guest, netsh int tcp set global
// windowsize=1); exit code 1 (tcp.chimney: "a netsh usage error is printed with exit code 1").
func syntaxError(arg string) error {
	return console.Refusef("%s is not a valid argument for this command.\nThe syntax supplied for this command is not valid. Check help for the correct syntax.\n", arg)
}

// Exe is netsh.exe.
func Exe(_ context.Context, p *machine.Process, args []string) int {
	cmd, rest, ok := findNetsh(args[1:])
	if !ok {
		return unfound(p, strings.Join(args[1:], " "))
	}
	var tags []string
	if cmd.tags != nil {
		tags = cmd.tags(p.Machine)
	}
	given, err := parseTags(tags, rest)
	if err != nil {
		return netshFail(p, err)
	}
	return cmd.run(p, given)
}

// unfound is what netsh says of a command that it does not have.
func unfound(p *machine.Process, command string) int {
	p.Say("The following command was not found: " + command + ".\n")
	return 1
}

// netshFail prints an error where netsh prints it: on standard output (not verified: ask a
// guest, netsh int tcp set global rss=x 2>nul).
func netshFail(p *machine.Process, err error) int {
	p.Say(err.Error() + "\n")
	return 1
}

func netshOK(p *machine.Process) int {
	p.Say("Ok.\n\n")
	return 0
}

// find gives the value of a tag.
func find(args []tagged, tag string) (string, bool) {
	for _, a := range args {
		if a.tag == tag {
			return a.value, true
		}
	}
	return "", false
}

// netshContexts are those of xp's netsh whose commands are not played
// (https://learn.microsoft.com/en-us/previous-versions/tn-archive/bb490939(v=technet.10)). There is
// no `interface tcp` (tcp.*: absent on xp, docs/facts/windows-settings.md 8: "no netsh int tcp").
var netshContexts = []string{"interface ip", "interface ipv6", "interface portproxy", "firewall", "diag", "dump"}

// ExeXP is netsh.exe of xp.
func ExeXP(_ context.Context, p *machine.Process, args []string) int {
	given := strings.ToLower(strings.Join(args[1:], " "))
	for _, c := range netshContexts {
		if given == c || strings.HasPrefix(given, c+" ") {
			p.Say("stand-in: netsh " + c + " is not played\n")
			return 1
		}
	}
	return unfound(p, strings.Join(args[1:], " "))
}
