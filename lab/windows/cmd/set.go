package cmd

import (
	"maps"
	"sort"
	"strings"

	"vnettune/lab/windows/machine"
)

// set is cmd.exe's builtin: it prints the variables whose names begin with the given text, all
// without one, or sets one for the rest of the shell's line. Source:
// https://learn.microsoft.com/en-us/windows-server/administration/windows-commands/set_1; wording
// and exit code: not verified: ask a guest, set nosuchname & echo %errorlevel%.
func set(p *machine.Process, rest string) int {
	rest = strings.TrimSpace(rest)
	if len(rest) > 1 && rest[0] == '"' && rest[len(rest)-1] == '"' {
		rest = rest[1 : len(rest)-1]
	}
	if strings.HasPrefix(rest, "/") {
		p.Errln("stand-in: set /a and set /p are not played")
		return 1
	}
	if name, text, assigns := strings.Cut(rest, "="); assigns {
		if name == "" {
			p.Errln("The syntax of the command is incorrect.")
			return 1
		}
		setenv(p, name, text)
		return 0
	}
	var lines []string
	for name, text := range variables(p) {
		if len(name) >= len(rest) && strings.EqualFold(name[:len(rest)], rest) {
			lines = append(lines, name+"="+text+"\n")
		}
	}
	if len(lines) == 0 {
		p.Errln("Environment variable " + rest + " not defined")
		return 1
	}
	sort.Slice(lines, func(i, j int) bool { return strings.ToLower(lines[i]) < strings.ToLower(lines[j]) })
	p.Out(strings.Join(lines, ""))
	return 0
}

// variables is the whole environment of the process; a name has one spelling.
func variables(p *machine.Process) map[string]string {
	all := maps.Clone(p.Machine.Environment())
	for name, text := range p.Command.Env {
		if text == "" {
			delete(all, strings.ToUpper(name)) // a variable without text does not exist
			continue
		}
		all[strings.ToUpper(name)] = text
	}
	return all
}

// setenv sets one variable of this process alone.
func setenv(p *machine.Process, name, text string) {
	own := map[string]string{}
	for k, v := range p.Command.Env {
		if !strings.EqualFold(k, name) {
			own[k] = v
		}
	}
	own[name] = text
	p.Command.Env = own
}

// dir is the working directory.
func dir(p *machine.Process) string {
	if p.Command.Dir != "" {
		return p.Command.Dir
	}
	home, _ := getenv(p, "USERPROFILE")
	return home
}

// getenv reads the environment of the process.
func getenv(p *machine.Process, name string) (string, bool) {
	v, ok := variables(p)[strings.ToUpper(name)]
	return v, ok
}
