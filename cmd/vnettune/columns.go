package main

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// columns is how many columns of a terminal a line takes. What terminals do not agree about
// counts as the most that one of them takes.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += columnsOf(r)
	}
	return n
}

func columnsOf(r rune) int {
	const emoji = '\ufe0f' // makes a narrow character before it a wide picture, in some
	kind := width.LookupRune(r).Kind()
	switch {
	case r == emoji:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case kind == width.EastAsianWide, kind == width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// head is the beginning of s that takes at most so many columns, and tail its end.
func head(s string, most int) string {
	for i, r := range s {
		if most -= columnsOf(r); most < 0 {
			return s[:i]
		}
	}
	return s
}

func tail(s string, most int) string {
	runes := []rune(s)
	at := len(runes)
	for at > 0 {
		if most -= columnsOf(runes[at-1]); most < 0 {
			break
		}
		at--
	}
	return string(runes[at:])
}

// ellipsis stands for what is left out of a line.
const ellipsis = "..."

// cut leaves out the end of s where it takes more columns than most, and squeezed its
// middle: names of arms differ at both ends.
func cut(s string, most int) string {
	if columns(s) <= most {
		return s
	}
	return head(head(s, max(0, most-len(ellipsis)))+ellipsis, most)
}

func squeezed(s string, most int) string {
	keep := most - len(ellipsis)
	if columns(s) <= most || keep < 2 {
		return cut(s, most)
	}
	return head(s, keep-keep/2) + ellipsis + tail(s, keep/2)
}

// wrapped breaks a line between its words into lines of at most so many columns, all but the
// first of them behind an indent. A word that is longer than a line is broken as well.
func wrapped(s string, most, indent int) []string {
	indent = max(0, min(indent, most/2, most-2)) // so that every character has room
	var lines []string
	line, empty := "", true
	next := func() {
		lines = append(lines, line)
		line, empty = strings.Repeat(" ", indent), true
	}
	for word := range strings.SplitSeq(s, " ") {
		if !empty && columns(line)+1+columns(word) > most {
			next()
		}
		if !empty {
			line += " "
		}
		for columns(line)+columns(word) > most {
			part := head(word, most-columns(line))
			if part == "" {
				break // a terminal of one column
			}
			line, word = line+part, word[len(part):]
			next()
		}
		line, empty = line+word, false
	}
	return append(lines, line)
}
