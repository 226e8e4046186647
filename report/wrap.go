package report

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"vnettune/report/rank"
)

// wrap breaks text at blanks into lines of at most width columns; later lines
// start with indent. A word longer than the line stays whole.
func wrap(text string, width int, indent string) string {
	var out strings.Builder
	used := 0
	for i, word := range words(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case used+1+n <= width:
			out.WriteByte(' ')
			used++
		default:
			out.WriteString("\n" + indent)
			used = utf8.RuneCountInString(indent)
		}
		out.WriteString(word)
		used += n
	}
	return out.String()
}

// words splits text at blanks; a percent sign stays with its number.
func words(text string) []string {
	var out []string
	for _, w := range strings.Fields(text) {
		if strings.HasPrefix(w, "%") && len(out) > 0 {
			out[len(out)-1] += " " + w
			continue
		}
		out = append(out, w)
	}
	return out
}

// footnotes numbers warnings; equal texts share a number.
type footnotes struct {
	texts []string
}

// numbers are those of the warnings, such as "1,3".
func (f *footnotes) numbers(ws []rank.Warning) string {
	var out []string
	for _, w := range ws {
		out = append(out, fmt.Sprint(f.number(w.Text)))
	}
	return strings.Join(out, ",")
}

func (f *footnotes) number(text string) int {
	for i, t := range f.texts {
		if t == text {
			return i + 1
		}
	}
	f.texts = append(f.texts, text)
	return len(f.texts)
}
