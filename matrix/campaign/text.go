package campaign

import (
	"bytes"
	"fmt"
	"iter"
	"strings"
	"unicode/utf8"

	"vnettune/foreign"
)

// What a file is before it is YAML: bytes that are no text, text in another encoding, and characters
// that look like those of YAML and are others. A parser of YAML takes them for names and values.

// noText says why the bytes are no campaign file, and what to do; "" where they may be one.
func noText(data []byte) (what, hint string) {
	if len(data) > MaxFile {
		return "the file is longer than 1 MiB", "is this the campaign file?"
	}
	const init = "`vnettune init` writes a campaign file"
	switch kind := foreign.KindOf(data); kind {
	case foreign.WideText:
		encoding := foreign.Wide(data)
		return fmt.Sprintf("this is %s text, as > of Windows PowerShell writes it", encoding),
			fmt.Sprintf("save it as UTF-8: iconv -f %s -t UTF-8 FILE > NEW.yaml; in PowerShell: | Out-File -Encoding utf8 FILE", encoding)
	case foreign.UnknownKind, foreign.CampaignFile, foreign.JSONText, foreign.SamplesCSV, foreign.RegistryFile, foreign.HTMLText:
	default:
		if kind.Takers() != "" {
			return fmt.Sprintf("this is %s, and no campaign file", kind), kind.Takers()
		}
		if kind.Unpacks() != "" {
			return fmt.Sprintf("this is %s", kind), kind.Unpacks() + " FILE > NEW.yaml"
		}
		return fmt.Sprintf("this is %s, and no campaign file", kind), init
	}
	if bytes.IndexByte(data, 0) >= 0 {
		return "the file has a NUL byte", "it must be UTF-8 text; " + init
	}
	return "", ""
}

// lookalikes are characters that text processors and web pages put in the place of those of YAML.
var lookalikes = map[rune]string{
	'\u00a0': "a no-break space", '\u2007': "a figure space", '\u202f': "a narrow no-break space", '\u3000': "an ideographic space",
	'\u2028': "a line separator", '\u2029': "a paragraph separator", '\ufeff': "a byte order mark", '\u200b': "an invisible space",
	'\u2018': "a typographic quote", '\u2019': "a typographic quote", '\u201a': "a typographic quote",
	'\u201c': "a typographic quote", '\u201d': "a typographic quote", '\u201e': "a typographic quote",
	'\uff1a': "a full-width colon",
}

// utf8Only refuses text in an older encoding, whose letters would be taken for others. In comments they are let be, and
// so they are in a store, whose guest is to be put back whatever the file is like.
func (r *reader) utf8Only(data []byte) bool {
	if r.stored {
		return true
	}
	for i, line := range linesOf(data) {
		for c := range charactersOf(line) {
			if c.size == 1 && c.is == utf8.RuneError {
				r.bad(&node{line: i + 1, column: c.column}, "", fmt.Sprintf("the byte %#x is no UTF-8: the file is text in an older encoding, as Windows-1252 is", line[c.at]),
					"save it as UTF-8: iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW.yaml")
				return false
			}
		}
	}
	return true
}

// character is one of a line, outside comments.
type character struct {
	is               rune
	at, size, column int  // in bytes from 0; in bytes; in characters from 1
	before           rune // the last that is no space; a space where there is none
	quoted           bool // it stands in a quoted text
}

// charactersOf are the characters of a line in front of its comment. A quoted text of several lines is seen as one in its first
// line alone.
func charactersOf(line string) iter.Seq[character] {
	return func(yield func(character) bool) {
		column, before, last, quote := 0, ' ', ' ', rune(0)
		for at, is := range line {
			column++
			_, size := utf8.DecodeRuneInString(line[at:])
			opens := quote == 0 && (is == '"' || is == '\'') && strings.ContainsRune(" :[{,-", before)
			switch {
			case quote == 0 && is == '#' && (last == ' ' || last == '\t'):
				return
			case !yield(character{is, at, size, column, before, quote != 0}):
				return
			case opens:
				quote = is
			case is == quote && (quote == '\'' || last != '\\'):
				quote = 0
			}
			if last = is; is != ' ' {
				before = is
			}
		}
	}
}

// alike puts in the place of the problems that a file has those characters that are the cause of most of them, if there
// are any where YAML expects one of its own. A file without problems may have them: they are text then.
func (r *reader) alike(data []byte) {
	if len(r.problems) == 0 {
		return
	}
	var found []Problem
	for i, line := range linesOf(data) {
		for c := range charactersOf(line) {
			is, known := lookalikes[c.is]
			expected := strings.ContainsRune(" :[{,-", c.before) || c.is == '\uff1a' && !strings.Contains(line, ":")
			if known && expected && !c.quoted {
				found = append(found, Problem{File: r.file, Line: i + 1, Column: c.column, Message: fmt.Sprintf("%s (%U) in the place of one that YAML knows", is, c.is),
					Hint: "text processors and web pages put it there: type it anew, as a plain space, \" or :"})
				break // one a line tells enough
			}
		}
	}
	if len(found) > 0 {
		r.more = max(0, len(found)-maxProblems)
		r.problems = found[:len(found)-r.more]
	}
}

// other says of a file that is no campaign's what it is, where that is known.
func (r *reader) other(data []byte) bool {
	kind := foreign.KindOf(data)
	switch kind {
	case foreign.SamplesCSV, foreign.RegistryFile:
		r.bad(&node{line: 1, column: 1}, "", fmt.Sprintf("this is %s, and no campaign file", kind), kind.Takers())
	case foreign.HTMLText:
		r.bad(&node{line: 1, column: 1}, "", fmt.Sprintf("this is %s, and no campaign file", kind), "`vnettune init` writes a campaign file")
	default:
		return false
	}
	return true
}

// linesOf are the lines of a text, whatever ends them.
func linesOf(data []byte) []string {
	return strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(data)), "\n")
}

// textLine is a line of the text, from 1; "" where there is none.
func textLine(data []byte, n int) string {
	lines := linesOf(data)
	if n < 1 || n > len(lines) {
		return ""
	}
	return lines[n-1]
}
