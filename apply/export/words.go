package export

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"vnettune/apply/terms"
	"vnettune/matrix"
)

// generations are the Windows of each generation in words.
var generations = map[matrix.Generation]string{
	matrix.XP:   "XP and Server 2003",
	matrix.NT60: "Vista, 7, Server 2008 and 2008 R2",
	matrix.NT62: "8, 8.1, Server 2012 and 2012 R2",
	matrix.W10:  "10, Server 2016 and 2019",
	matrix.W11:  "11, Server 2022 and 2025",
}

// head is what stands at the top of a file.
func (s Set) head(undo bool) []string {
	what := "Made by vnettune export. Sets the lines below."
	if undo {
		what = "Made by vnettune export. Undoes the file of the same name without -undo."
	}
	all := append([]string{what}, s.about...)
	all = append(all, fmt.Sprintf("For Windows of generation %s: %s.", s.Generation, generations[s.Generation]))
	if s.adapter != nil {
		all = append(all, fmt.Sprintf("Only for the guest that was measured, with the adapter %s (%s), MAC %s, interface %s.", s.adapter.Name, s.adapter.Description, s.adapter.MAC, s.adapter.GUID))
	}
	all = append(all,
		"This project has never run this file on a Windows. What it writes is what vnettune run writes to a guest.",
		"Run it as an administrator and reboot afterwards: of a line that takes effect at a reboot nothing is seen before.",
		s.undoes)
	if !undo {
		for _, l := range s.Left {
			all = append(all, "Left out: "+l.What+": "+l.Why)
		}
	}
	return all
}

// words say what a line is.
func (l line) words(undo bool) []string {
	if undo {
		return []string{"undo of " + l.place.Key()}
	}
	all := []string{fmt.Sprintf("%s = %s, from %s", l.place.Key(), l.value, l.from), "takes effect: " + l.takes.String()}
	if l.inert != "" {
		all = append(all, "expected to have no effect: "+l.inert)
	}
	return all
}

// step is what a line does in one of the files.
func (l line) step(undo bool) terms.Step {
	if undo {
		return l.undo
	}
	return l.do
}

// order are the lines in the order of a file: undone is what was done last first.
func (s Set) order(undo bool) []line {
	all := make([]line, len(s.lines))
	for i, l := range s.lines {
		if undo {
			i = len(s.lines) - 1 - i
		}
		all[i] = l
	}
	return all
}

// plain are the characters that a comment of a command file may have beside letters and digits: cmd.exe replaces
// percent signs in comments too, and a question mark would have rem print its help.
const plain = " .,:;()/_=+'@[]{}*-\\"

// comment is a text as the words of a comment of one line. A script's has no number sign, with which PowerShell's
// own words begin.
func (f Format) comment(text string) string {
	return strings.Map(func(r rune) rune {
		ok := unicode.IsPrint(r) && r != utf8.RuneError
		switch f {
		case Cmd:
			ok = r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(plain, r)
		case PS1:
			ok = ok && r < utf8.RuneSelf && r != '#'
		}
		if ok {
			return r
		}
		return '_'
	}, text)
}

// marks are what a comment begins with.
var marks = map[Format]string{Reg: "; ", Cmd: "rem ", PS1: "# "}

// comments are texts as comments, a line each.
func (s Set) comments(texts []string) []string {
	all := make([]string, len(texts))
	for i, t := range texts {
		all[i] = strings.TrimRight(marks[s.Format]+s.Format.comment(t), " ")
	}
	return all
}
