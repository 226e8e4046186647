package wql

import (
	"regexp"
	"strings"
)

// Condition is one comparison of a WHERE clause; all of a clause must hold.
type Condition struct {
	Property string
	op       string // =, <>, like
	pattern  *regexp.Regexp
	text     string
}

// term is `property op value`: the value a number, TRUE, FALSE or a text in quotes.
var term = regexp.MustCompile(`(?is)^\s*([a-z_][a-z0-9_]*)\s*(=|<>|!=|\slike\s)\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|(\d+|true|false))\s*`)

var joined = regexp.MustCompile(`(?i)^and\s+`)

// Parse reads a WHERE clause of WQL: comparisons with =, <> and LIKE, joined
// by AND, in parentheses or not. false is a clause that is not played.
func Parse(clause string) ([]Condition, bool) {
	rest := strings.TrimSpace(clause)
	for len(rest) > 1 && rest[0] == '(' && rest[len(rest)-1] == ')' {
		rest = strings.TrimSpace(rest[1 : len(rest)-1])
	}
	var list []Condition
	for {
		m := term.FindStringSubmatch(rest)
		if m == nil {
			return nil, false
		}
		c := Condition{Property: m[1], op: strings.ToLower(strings.TrimSpace(m[2])), text: unescape(m[3] + m[4] + m[5])}
		if c.op == "!=" {
			c.op = "<>"
		}
		if c.op == "like" {
			c.pattern = likePattern(c.text)
		}
		list = append(list, c)
		rest = rest[len(m[0]):]
		if rest == "" {
			return list, true
		}
		and := joined.FindString(rest)
		if and == "" {
			return nil, false
		}
		rest = rest[len(and):]
	}
}

// unescape takes the backslash off what it escapes ("WQL operators" and "LIKE
// operator" of Microsoft's WMI pages).
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// likePattern is a LIKE pattern: % is any text, _ any one character.
func likePattern(s string) *regexp.Regexp {
	var b strings.Builder
	for _, r := range s {
		switch r {
		case '%':
			b.WriteString(".*")
		case '_':
			b.WriteString(".")
		default:
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	return regexp.MustCompile("(?is)^" + b.String() + "$")
}

// Holds compares the text of the property without case, as WQL does.
func (c Condition) Holds(text string) bool {
	switch c.op {
	case "like":
		return c.pattern.MatchString(text)
	case "<>":
		return !strings.EqualFold(text, c.text)
	}
	return strings.EqualFold(text, c.text)
}
