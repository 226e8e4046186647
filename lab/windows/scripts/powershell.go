package scripts

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"

	"vnettune/lab/fault"
	"vnettune/lab/windows/console"
	"vnettune/lab/windows/machine"
)

// psSwitches are the parameters of powershell.exe that are taken, with the count of their
// arguments. They may be abbreviated. Source:
// https://learn.microsoft.com/en-us/powershell/module/microsoft.powershell.core/about/about_powershell_exe?view=powershell-5.1
var psSwitches = []struct {
	name string
	args int
}{
	{"encodedcommand", 1},
	{"executionpolicy", 1},
	{"inputformat", 1},
	{"nologo", 0},
	{"noninteractive", 0},
	{"noprofile", 0},
	{"outputformat", 1},
}

// psScript finds the script in the arguments of powershell.exe.
func psScript(args []string) (string, error) {
	for i := 0; i < len(args); i++ {
		name, n, ok := psSwitch(args[i])
		if !ok {
			return "", console.Refusef("%s: not a parameter that the stand-in plays; it plays -EncodedCommand with a script of this program", args[i])
		}
		if i+n >= len(args) {
			return "", console.Refusef("%s: the argument is missing", args[i])
		}
		if name == "encodedcommand" {
			return decodeScript(args[i+1])
		}
		i += n
	}
	return "", console.Refusal("stand-in: powershell is played with -EncodedCommand only")
}

func psSwitch(arg string) (name string, n int, ok bool) {
	if len(arg) < 2 || arg[0] != '-' && arg[0] != '/' {
		return "", 0, false
	}
	low := strings.ToLower(arg[1:])
	switch low {
	case "e", "ec": // documented short forms
		return "encodedcommand", 1, true
	case "ep", "ex":
		return "executionpolicy", 1, true
	}
	found := 0
	for _, s := range psSwitches {
		if strings.HasPrefix(s.name, low) {
			name, n, found = s.name, s.args, found+1
		}
	}
	return name, n, found == 1
}

// decodeScript reads base64 of UTF-16LE (docs/facts/windows-samples.md 5.6).
func decodeScript(s string) (string, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil || len(b)%2 != 0 {
		return "", console.Refusal("Cannot process the command because the value specified with -EncodedCommand is not properly encoded. The value must be Base64 encoded.")
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return string(utf16.Decode(units)), nil
}

// PowerShell is powershell.exe. There is no interpreter: a script is known by
// its hash and plays its documented contract, one that only calls a program does so,
// and any other one is refused with exit code 1, as PowerShell ends on an error.
func PowerShell(ctx context.Context, p *machine.Process, args []string) int {
	script, err := psScript(args[1:])
	if err != nil {
		p.Errln(err.Error())
		return 1
	}
	if contract, ok := contractOf(script); ok {
		if p.Machine.Faults().Refuses(contract) {
			p.Errln(antivirusText)
			return 1
		}
		return Play(ctx, p.Machine, contract, p.Command.Stdin, p.Command.Stdout)
	}
	if s, ok := parseAnsible(script); ok {
		return ansible(ctx, p, s)
	}
	if args, ok := parsePSLine(script); ok && p.Machine.Edition().Programs[console.ProgramName(args[0])] != nil {
		return psLine(ctx, p, args)
	}
	p.Errln("stand-in: this guest has no PowerShell; it plays the scripts of vnettune and of Ansible's win_reboot, and the call of one program; this script is none of them (SHA-256 " + hashOf(script) + ")")
	return 1
}

// antivirusText is how PowerShell ends on a text that the antivirus refuses: as on one that it
// cannot parse. Only the identifier behind the last colon is not localised
// (https://github.com/PowerShell/PowerShell/issues/27615).
const antivirusText = "At line:1 char:1\r\n+ ...\r\n+ ~~~\r\nThis script contains malicious content and has been blocked by your antivirus software.\r\n" +
	"    + CategoryInfo          : ParserError: (:) [], ParentContainsErrorRecordException\r\n    + FullyQualifiedErrorId : ScriptContainedMaliciousContent\r\n"

// psWord is one argument as PowerShell takes it without a look inside: a word of plain
// characters, or a text in quotes without variables, escapes or quotes.
var psWord = regexp.MustCompile(`^(?:[A-Za-z0-9_.:/\\+=*?~^-]+|"([^"$` + "`" + `\r\n]*)"|'([^'\r\n]*)')(?:[ \t]+|$)`)

// parsePSLine reads a script that is nothing but the call of one program, such as
// Ansible's raw sends and its own wrapper around another PowerShell. Everything else
// of the language is left to an interpreter, which the stand-in is not.
func parsePSLine(script string) (args []string, ok bool) {
	rest := strings.TrimSpace(script)
	for rest != "" {
		m := psWord.FindStringSubmatch(rest)
		if m == nil {
			return nil, false
		}
		quoted := strings.ContainsRune(`"'`, rune(rest[0]))
		if quoted && len(args) == 0 {
			return nil, false // a text, not a program
		}
		word := strings.TrimSpace(m[0])
		if quoted {
			word = m[1] + m[2]
		}
		args = append(args, word)
		rest = rest[len(m[0]):]
	}
	return args, len(args) > 0
}

// psLine calls a program as PowerShell does with a script of one command and returns
// PowerShell's own exit code: 1 for whatever the program failed with (Microsoft's page on
// powershell.exe, -Command).
func psLine(ctx context.Context, p *machine.Process, args []string) int {
	for i, a := range args {
		if strings.ContainsAny(a, " \t") || a == "" {
			args[i] = `"` + a + `"` // as PowerShell does up to 7.2
		}
	}
	if p.Exec(ctx, strings.Join(args, " ")) != 0 {
		return 1
	}
	return 0
}

// StepOf says which of fault.Steps a command line is.
func StepOf(line string) string {
	args := console.SplitArgs(line)
	if len(args) == 0 {
		return "command"
	}
	name := console.ProgramName(args[0])
	if name == "powershell" {
		if script, err := psScript(args[1:]); err == nil {
			name, _ = contractOf(script)
		}
		if name == contractArm || name == contractProve {
			name = contractDeadMan // one step, whichever of its scripts
		}
	}
	if !slices.Contains(fault.Steps, name) {
		return "command"
	}
	return name
}
