package console

import (
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

// Write puts text out in the code page with Windows' line ends. A writer that
// fails belongs to a client that is gone; the process goes on, as on Windows.
func Write(w io.Writer, codePage int, text string) {
	text = strings.ReplaceAll(text, "\n", "\r\n")
	if codePage != 65001 {
		text = toOEM(text)
	}
	_, _ = io.WriteString(w, text)
}

// toOEM encodes text in the OEM code page of an English Windows; a character that it lacks becomes
// a replacement character.
func toOEM(s string) string {
	out, err := encoding.ReplaceUnsupported(charmap.CodePage437.NewEncoder()).String(s)
	if err != nil {
		return s // the encoder replaces and does not fail on text
	}
	return out
}

// Refusal is what a program of Windows prints when it refuses: an answer in
// Windows' words, carried as an error.
type Refusal string

// Error gives the text.
func (r Refusal) Error() string { return string(r) }

// Refusef makes a refusal as fmt.Sprintf does.
func Refusef(format string, args ...any) error { return Refusal(fmt.Sprintf(format, args...)) }
