package console

import (
	"fmt"
	"io"
	"strings"
)

// Write puts text out in a code page, 65001 for UTF-8 or else the language's own, with Windows' line
// ends. A writer that fails belongs to a client that is gone; the process goes on, as on Windows.
func Write(w io.Writer, l *Language, codePage int, text string) {
	text = strings.ReplaceAll(text, "\n", "\r\n")
	if codePage != 65001 {
		text = l.toOEM(text)
	}
	_, _ = io.WriteString(w, text)
}

// Refusal is what a program of Windows prints when it refuses: an answer in
// Windows' words, carried as an error.
type Refusal string

// Error gives the text.
func (r Refusal) Error() string { return string(r) }

// Refusef makes a refusal as fmt.Sprintf does.
func Refusef(format string, args ...any) error { return Refusal(fmt.Sprintf(format, args...)) }
