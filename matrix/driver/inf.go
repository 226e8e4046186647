package driver

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"vnettune/foreign"
)

// inf is an INF file: its sections by their names in lower case, those of one name as one.
type inf map[string][]entry

// entry is a line of a section, of which any part may be empty. Its texts are without quotes, and have the strings that
// they name.
type entry struct {
	key    string // in front of the first = that is in no quotes; "" without one
	values []string
}

// parseINF reads an INF file. Windows takes any text for one, and so does this: what does not belong there is in no
// section, or in one that nobody asks for.
func parseINF(data []byte) inf {
	raw := inf{}
	section := ""
	for _, line := range lines(textOf(data)) {
		if name, is := strings.CutPrefix(line, "["); is {
			name, _, _ = strings.Cut(name, "]")
			section = strings.ToLower(unquoted(strings.TrimSpace(name)))
			continue
		}
		if section != "" {
			raw[section] = append(raw[section], entryOf(line))
		}
	}
	texts := raw.strings()
	all := make(inf, len(raw))
	for name, entries := range raw {
		for _, e := range entries {
			one := entry{key: texts.in(e.key)}
			for _, v := range e.values {
				one.values = append(one.values, texts.in(v))
			}
			all[name] = append(all[name], one)
		}
	}
	return all
}

// textOf is the text of a file in UTF-16 with a byte order mark, in UTF-8, or in an older encoding: of that only ASCII is
// certain, which is all that names of files, sections and hardware have.
func textOf(data []byte) string {
	if len(data) >= 2 && data[0] == 0xff && data[1] == 0xfe {
		var units []uint16
		for rest := data[2:]; len(rest) >= 2; rest = rest[2:] {
			units = append(units, binary.LittleEndian.Uint16(rest))
		}
		return string(utf16.Decode(units))
	}
	text := strings.TrimPrefix(string(data), foreign.ByteOrderMark)
	if utf8.ValidString(text) {
		return text
	}
	var b strings.Builder
	for _, c := range []byte(text) {
		b.WriteRune(rune(c))
	}
	return b.String()
}

// lines are those of a text that say something, without comments and with those that go on in the next one joined.
func lines(text string) []string {
	var all []string
	var open strings.Builder
	for line := range strings.SplitSeq(strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "").Replace(text), "\n") {
		line = strings.TrimSpace(withoutComment(line))
		part, goesOn := strings.CutSuffix(line, `\`)
		open.WriteString(part)
		if goesOn {
			continue
		}
		if whole := strings.TrimSpace(open.String()); whole != "" {
			all = append(all, whole)
		}
		open.Reset()
	}
	if whole := strings.TrimSpace(open.String()); whole != "" {
		all = append(all, whole)
	}
	return all
}

// withoutComment is a line in front of the first semicolon that is in no quotes.
func withoutComment(line string) string {
	if at := outside(line, ';'); at >= 0 {
		return line[:at]
	}
	return line
}

// outside is where a character is first that stands in no quotes; -1 where it does not. A quote that is doubled within
// quotes closes them and opens them again.
func outside(line string, c byte) int {
	quoted := false
	for i := range len(line) {
		switch {
		case line[i] == '"':
			quoted = !quoted
		case line[i] == c && !quoted:
			return i
		}
	}
	return -1
}

func entryOf(line string) entry {
	var e entry
	if at := outside(line, '='); at >= 0 {
		e.key, line = unquoted(strings.TrimSpace(line[:at])), line[at+1:]
	}
	for {
		at := outside(line, ',')
		if at < 0 {
			e.values = append(e.values, unquoted(strings.TrimSpace(line)))
			return e
		}
		e.values = append(e.values, unquoted(strings.TrimSpace(line[:at])))
		line = line[at+1:]
	}
}

// unquoted is a text without its quotes; one that was doubled within them is left as one.
func unquoted(text string) string {
	if !strings.Contains(text, `"`) {
		return text
	}
	var b strings.Builder
	quoted := false
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] != '"':
			b.WriteByte(text[i])
		case quoted && i+1 < len(text) && text[i+1] == '"':
			b.WriteByte('"')
			i++
		default:
			quoted = !quoted
		}
	}
	return b.String()
}

// texts are the strings that others name between signs of percent, by their names in lower case.
type texts map[string]string

// strings are those of the section Strings, and where it has none those of a language.
func (f inf) strings() texts {
	all := texts{}
	add := func(section string) {
		for _, e := range f[section] {
			name := strings.ToLower(e.key)
			if _, has := all[name]; !has && name != "" {
				all[name] = strings.Join(e.values, ",")
			}
		}
	}
	add("strings")
	add("strings.0409") // that of English (United States), which is the rule for the others
	return all
}

// in is a text with the strings that it names; two signs of percent are one, and what has no string stays as it is.
func (t texts) in(text string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "%")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, closed := strings.Cut(rest, "%")
		is, known := t[strings.ToLower(name)]
		switch {
		case !closed:
			b.WriteString("%" + rest)
			return b.String()
		case name == "":
			b.WriteByte('%')
		case known:
			b.WriteString(is)
		default:
			b.WriteString("%" + name + "%")
		}
		text = after
	}
}

// value is the first value of a key of a section; "" where it has none.
func (f inf) value(section, key string) string {
	return first(f.values(section, key))
}

// values are those of the first entry of a section that has the key.
func (f inf) values(section, key string) []string {
	for _, e := range f[strings.ToLower(section)] {
		if strings.EqualFold(e.key, key) {
			return e.values
		}
	}
	return nil
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}
