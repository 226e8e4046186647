package console

import (
	"strings"
	"testing"
)

// Every text in another language has its source.
func TestPhrasesHaveSources(t *testing.T) {
	for _, p := range phrases {
		if spoken := p.other != [4]string{}; spoken != (p.source != "") {
			t.Errorf("%q: other languages %v, source %q", p.english, spoken, p.source)
		}
	}
}

// No phrase is lost to a shorter one, spaces stay, and the pseudo-language is the same each time and
// fits its code page.
func TestPseudo(t *testing.T) {
	for _, p := range phrases {
		got := Pseudo.Text(p.english)
		if got != scramble(p.english) || got == p.english || len([]rune(got)) != len([]rune(p.english)) {
			t.Errorf("%q is %q", p.english, got)
		}
		if strings.ContainsRune(Pseudo.toOEM(got), '\x1a') {
			t.Errorf("%q: code page 850 lacks a letter of %q", p.english, got)
		}
	}
	if got := Pseudo.Text("ECN Capability : enabled"); !strings.HasSuffix(got, " : enabled") {
		t.Errorf("a value was changed: %q", got)
	}
}
