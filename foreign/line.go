package foreign

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of what is shown, in bytes, the words about the cut included.
const (
	MaxWord    = 120      // of a value or a name within a sentence of ours
	MaxLine    = 1000     // of one word or sentence of others
	MaxMessage = 16 << 10 // of a whole message of our own that quotes them
)

// Line shows s on one line of at most MaxLine bytes; line breaks and tabs are control
// characters, too. What it gave it leaves as it is.
func Line(s string) string { return cut(visible(head(s, MaxLine), ""), MaxLine, len(s)) }

// Word is Line for a value or a name that a sentence of ours quotes: at most MaxWord bytes.
func Word(s string) string { return cut(visible(head(s, MaxWord), ""), MaxWord, len(s)) }

// Words is Line for a text of several lines, as programs write it: the white space between two
// words becomes one space.
func Words(s string) string {
	var b strings.Builder
	for word := range strings.FieldsSeq(s) {
		if b.Len() > MaxLine {
			break
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(head(word, MaxLine))
	}
	return cut(visible(b.String(), ""), MaxLine, len(s))
}

// Message shows a message of our own that may quote others, of at most MaxMessage bytes. Its
// line breaks and tabs stay: those of others became visible when they were let in. A line may
// end as on Windows.
func Message(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return cut(visible(head(s, MaxMessage), "\n\t"), MaxMessage, len(s))
}

// Printable says whether nothing in s would have to be made visible on one line.
func Printable(s string) bool { return visible(s, "") == s }

// head is as much of s as can matter where most bytes are shown: nobody makes megabytes visible
// of which a line is kept.
func head(s string, most int) string { return s[:min(len(s), most+utf8.UTFMax)] }

// cut ends s so that with the words about it most bytes are left; whole is how long the text
// was before anything was done to it.
func cut(s string, most, whole int) string {
	if len(s) <= most {
		return s
	}
	tail := fmt.Sprintf("... (cut, %d bytes in all)", whole)
	at := most - len(tail)
	for !utf8.RuneStart(s[at]) {
		at--
	}
	return strings.TrimRight(s[:at], string(nonJoiner)+string(joiner)) + tail // a joiner needs a letter behind it
}

// visible shows every character of s that would do something else than be read; those of keep
// stay.
func visible(s, keep string) string {
	if plainASCII(s) {
		return s
	}
	var b strings.Builder
	before := utf8.RuneError
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case strings.ContainsRune(keep, r), unicode.IsGraphic(r), joins(before, r, s[i+n:]):
			b.WriteRune(r)
		default:
			b.WriteString(escaped(r))
		}
		before, i = r, i+n
	}
	return b.String()
}

// plainASCII says whether s is nothing but printable ASCII, as nearly all texts are.
func plainASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// escaped is how a character is written that is not shown.
func escaped(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < utf8.RuneSelf:
		return fmt.Sprintf(`\x%02x`, r)
	case r <= 0xffff:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}

// The joiners of Unicode. Between letters of Persian or an Indian language they are part of how
// a word is written; anywhere else they only hide.
const nonJoiner, joiner = '\u200c', '\u200d'

// joins says whether r is a joiner between two letters or marks of a script that has joiners.
func joins(before, r rune, behind string) bool {
	after, _ := utf8.DecodeRuneInString(behind)
	return (r == nonJoiner || r == joiner) && ofJoinedScript(before) && ofJoinedScript(after)
}

func ofJoinedScript(r rune) bool {
	return (unicode.IsLetter(r) || unicode.IsMark(r)) && unicode.In(r, unicode.Arabic, unicode.Syriac, unicode.Mongolian,
		unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi, unicode.Gujarati, unicode.Oriya, unicode.Tamil, unicode.Telugu,
		unicode.Kannada, unicode.Malayalam, unicode.Sinhala, unicode.Tibetan, unicode.Khmer, unicode.Myanmar)
}
