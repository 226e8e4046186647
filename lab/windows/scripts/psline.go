package scripts

import (
	"context"
	"regexp"
	"strings"

	"vnettune/lab/windows/machine"
)

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
