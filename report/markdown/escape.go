package markdown

import (
	"bytes"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"vnettune/foreign"
)

// inline is a text of a page as Markdown within a line. Its own line breaks are <br>.
func inline(s string) string { return escape(s, inMarkdown) }

// strong is inline in bold; "" for a text without words, around which asterisks would stay asterisks.
func strong(s string) string {
	s = inline(s)
	if s == "" {
		return ""
	}
	return "**" + s + "**"
}

// plain is a text on one line, as package foreign shows it, without white space around it.
func plain(s string) string { return strings.TrimSpace(foreign.Line(s)) }

// code is a name as a code span: its characters as they are.
func code(s string) string {
	s = foreign.Line(s)
	switch {
	case s == "":
		return ""
	case strings.Contains(s, "|"):
		// A table is parted into cells before code spans are seen, and what a backslash before a pipe
		// means there depends on those before it. An entity is never a pipe.
		return "<code>" + escape(s, inMarkdown) + "</code>"
	case strings.HasPrefix(s, "`"), strings.HasSuffix(s, "`"), strings.HasPrefix(s, " ") && strings.HasSuffix(s, " ") && strings.Trim(s, " ") != "":
		s = " " + s + " " // the parser takes one away at both ends
	}
	fence := strings.Repeat("`", longestRun(s)+1)
	return fence + s + fence
}

// fenced is a text of many lines as a block of code, whole.
func fenced(text string) string {
	var shown bytes.Buffer
	w := foreign.NewWriter(&shown)
	_, _ = w.Write([]byte(text)) // a bytes.Buffer takes everything
	_ = w.Flush()
	text = strings.TrimSuffix(shown.String(), "\n")
	fence := strings.Repeat("`", max(3, longestRun(text)+1))
	return fence + "\n" + text + "\n" + fence
}

// longestRun is the length of the longest run of backticks in s.
func longestRun(s string) int {
	longest, run := 0, 0
	for i := range len(s) {
		if s[i] != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}

// link makes words, which are Markdown already, a link. An address that is not one of the web is left
// out: where a comment is read, no other leads anywhere, and some are scripts.
func link(words, address string) string {
	u, err := url.Parse(address)
	if words == "" || err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return words
	}
	var b strings.Builder
	for i := range len(address) {
		switch c := address[i]; {
		case alnum(c), strings.IndexByte("-._~:/?#@!'()*+,;=%", c) >= 0:
			b.WriteByte(c)
		case c == '&':
			b.WriteString("&amp;")
		default:
			b.WriteByte('%')
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
		}
	}
	return "[" + words + "](<" + b.String() + ">)"
}

const hexDigits = "0123456789ABCDEF"

// place is where a text stands: what has a meaning there is not the same.
type place int

const (
	inMarkdown place = iota
	inHTML           // within an element that the parser passes on as it is, on one line
)

// escape writes s so that nothing is made of it where it stands.
func escape(s string, where place) string {
	if where == inHTML {
		return escapeLine(plain(s), where)
	}
	var lines []string
	for line := range strings.SplitSeq(foreign.Message(s), "\n") {
		if line = strings.TrimSpace(strings.ReplaceAll(line, "\t", " ")); line != "" {
			lines = append(lines, escapeLine(line, where))
		}
	}
	return strings.Join(lines, "<br>")
}

func escapeLine(s string, where place) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if n := commitAt(s, i); n > 0 {
			writeInPieces(&b, s[i:i+n])
			i += n - 1
			continue
		}
		sign := entity(s[i])
		if where == inMarkdown && sign == s[i:i+1] && hasMeaning(s, i) {
			sign = `\` + sign
		}
		if refers(s, i) {
			sign = "<span>" + sign + "</span>"
		}
		b.WriteString(sign)
	}
	return b.String()
}

// entity is a byte as HTML has it. A pipe is one wherever it stands, since a cell of a table is parted by it
// even behind a backslash.
func entity(c byte) string {
	switch c {
	case '&':
		return "&amp;"
	case '<':
		return "&lt;"
	case '>':
		return "&gt;"
	case '|':
		return "&#124;"
	}
	return string([]byte{c})
}

// hasMeaning says whether a Markdown parser, or GitLab's reader of commands at the beginning of a line (/close,
// ::include), makes something of the character at i. Every text begins where a block may begin.
func hasMeaning(s string, i int) bool {
	switch c := s[i]; c {
	case '\\', '`', '*', '_', '[', ']', '~', '#':
		return true
	case '/', ':':
		return i == 0
	case '-', '+':
		return i == 0 && (len(s) == 1 || s[1] == ' ' || s[1] == c)
	case '.', ')':
		return i > 0 && strings.Trim(s[:i], "0123456789") == "" && (i+1 == len(s) || s[i+1] == ' ')
	}
	return false
}

var (
	emoji  = regexp.MustCompile(`^:(100|1234|[0-9]*[A-Za-z_+-][A-Za-z0-9_+-]*):`) // a time of day is none
	ticket = regexp.MustCompile(`(^|[^A-Za-z0-9_])([A-Z][A-Z0-9_]*|[Gg][Hh])$`)
)

// refers says whether what runs behind the parser would make something of the character at i: a mention, a
// reference to an issue, a merge request, a label and the like, an address, a formula, a change that was
// marked ({+ +}), an emoji.
func refers(s string, i int) bool {
	next := byte(' ')
	if i+1 < len(s) {
		next = s[i+1]
	}
	switch s[i] {
	case '$':
		return true
	case '@', '#', '!', '%', '&', '~':
		return wordly(next) || next == '"'
	case '[':
		return wordly(next) && (next < '0' || next > '9') || next == '[' || marksChange(s[i+1:], "]")
	case '{':
		return marksChange(s[i+1:], "}")
	case ':':
		return strings.HasPrefix(s[i:], "://") || emoji.MatchString(s[i:])
	case '.':
		return i >= 3 && strings.EqualFold(s[i-3:i], "www") && wordly(next)
	case '-':
		return next >= '0' && next <= '9' && ticket.MatchString(s[max(0, i-40):i])
	}
	return false
}

// marksChange says whether s, behind a bracket, is a change as GitLab has it: + or -, and the same sign before
// the bracket that closes. An interval begins alike.
func marksChange(s, closing string) bool {
	return s != "" && (s[0] == '+' || s[0] == '-') && strings.Contains(s[1:], s[:1]+closing)
}

// A commit is referred to by at least 7 digits of its number in base 16.
const commitDigits = 7

// commitAt is the length of a word at i that may be the number of a commit; 0 if there is none. A word of decimal
// digits is left alone: it is a figure far more often.
func commitAt(s string, i int) int {
	if i > 0 && alnum(s[i-1]) {
		return 0
	}
	n, letters := 0, false
	for ; i+n < len(s) && alnum(s[i+n]); n++ {
		c := s[i+n] | 0x20
		if c > 'f' {
			return 0
		}
		letters = letters || c >= 'a'
	}
	if n < commitDigits || !letters {
		return 0
	}
	return n
}

// writeInPieces writes a word in text nodes too short for the number of a commit.
func writeInPieces(b *strings.Builder, word string) {
	for apart := true; word != ""; apart = !apart {
		n := min(len(word), commitDigits-1)
		if apart {
			b.WriteString("<span>" + word[:n] + "</span>")
		} else {
			b.WriteString(word[:n])
		}
		word = word[n:]
	}
}

func alnum(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

// wordly says whether a byte may be of a name: letters of any language count.
func wordly(c byte) bool { return alnum(c) || c == '_' || c >= utf8.RuneSelf }
