package trouble

import (
	"regexp"
	"strings"
)

// plainWord is what a shell takes for one word as it is.
var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./,:@%+][A-Za-z0-9_./,:=@%+-]*$`)

// ShellWord writes a word of a command that a hint gives so that a shell reads it back.
func ShellWord(s string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
