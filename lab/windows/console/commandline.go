package console

import (
	"path"
	"strings"
)

// SplitArgs splits a command line into arguments by the rules of Microsoft's C runtime
// (https://learn.microsoft.com/en-us/cpp/c-language/parsing-c-command-line-arguments):
// blanks separate, double quotes group, 2n backslashes before a quote are n backslashes,
// 2n+1 are n and a literal quote, and "" inside quotes is a quote.
func SplitArgs(line string) []string {
	var args []string
	var b strings.Builder
	inArg, quoted := false, false
	for i := 0; i < len(line); {
		c := line[i]
		switch {
		case c == '\\':
			n := 0
			for i < len(line) && line[i] == '\\' {
				n, i = n+1, i+1
			}
			inArg = true
			if i == len(line) || line[i] != '"' {
				b.WriteString(strings.Repeat(`\`, n))
				continue
			}
			b.WriteString(strings.Repeat(`\`, n/2))
			if n%2 == 1 {
				b.WriteByte('"')
				i++
			}
		case c == '"':
			inArg = true
			if quoted && i+1 < len(line) && line[i+1] == '"' {
				b.WriteByte('"')
				i += 2
				continue
			}
			quoted = !quoted
			i++
		case !quoted && (c == ' ' || c == '\t'):
			if inArg {
				args = append(args, b.String())
				b.Reset()
				inArg = false
			}
			i++
		default:
			inArg = true
			b.WriteByte(c)
			i++
		}
	}
	if inArg {
		args = append(args, b.String())
	}
	return args
}

// CommandLine joins arguments to a command line that SplitArgs takes apart again, as
// the C runtime's own programs do when they start another.
func CommandLine(args []string) string {
	var b strings.Builder
	for i, arg := range args {
		if i > 0 {
			b.WriteByte(' ')
		}
		if arg != "" && !strings.ContainsAny(arg, " \t\"") {
			b.WriteString(arg)
			continue
		}
		b.WriteByte('"')
		slashes := 0
		for j := 0; j < len(arg); j++ {
			switch arg[j] {
			case '\\':
				slashes++
			case '"':
				b.WriteString(strings.Repeat(`\`, slashes+1)) // doubles those written, and one for the quote
				slashes = 0
			default:
				slashes = 0
			}
			b.WriteByte(arg[j])
		}
		b.WriteString(strings.Repeat(`\`, slashes))
		b.WriteByte('"')
	}
	return b.String()
}

// FirstWord is line up to its first blank outside of quotes.
func FirstWord(line string) string {
	quoted := false
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == '"':
			quoted = !quoted
		case !quoted && (line[i] == ' ' || line[i] == '\t'):
			return line[:i]
		}
	}
	return line
}

// ProgramName is the name of a program without its folder and ".exe".
func ProgramName(arg string) string {
	name := path.Base(strings.ReplaceAll(arg, `\`, "/"))
	return strings.TrimSuffix(strings.ToLower(name), ".exe")
}
