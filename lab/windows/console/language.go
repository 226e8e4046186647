package console

import (
	"cmp"
	"hash/fnv"
	"slices"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// Language is the language of a Windows's texts. Keywords, values and names are the same in all.
type Language struct {
	Name       string // as a lab is asked for it
	ID         int    // of Win32_OperatingSystem.OSLanguage ([MS-LCID])
	OEM        string // code page of console programs
	ANSI       string // code page of others
	Connection string // name of the first network connection

	oem encoding.Encoding
	say *strings.Replacer
}

// Text is a text of a program in the language: each label of it that is known in the language is
// replaced, and the rest, values among it, stays.
func (l *Language) Text(english string) string { return l.say.Replace(english) }

// Message is a text that is shown and never read: a whole one is replaced in Pseudo, known or not.
func (l *Language) Message(english string) string {
	if l == Pseudo {
		return scramble(english)
	}
	return l.Text(english)
}

// toOEM encodes text in the OEM code page; a character that it lacks becomes a replacement
// character.
func (l *Language) toOEM(s string) string {
	out, err := encoding.ReplaceUnsupported(l.oem.NewEncoder()).String(s)
	if err != nil {
		return s // the encoder replaces and does not fail on text
	}
	return out
}

// LanguageOf finds a language by its name; English stands for "".
func LanguageOf(name string) (*Language, bool) {
	i := slices.IndexFunc(languages, func(l *Language) bool { return l.Name == cmp.Or(name, English.Name) })
	if i < 0 {
		return nil, false
	}
	return languages[i], true
}

// English has all texts; of the other languages only those that a sample has, and the rest in
// English, which no real one prints. Pseudo is no language: each label of it is made of random letters
// of its OEM code page, so that whoever reads a label is found out.
var (
	English = &Language{Name: "en", ID: 1033, OEM: "437", ANSI: "1252", Connection: "Ethernet", oem: charmap.CodePage437, say: strings.NewReplacer()}
	Pseudo  = &Language{Name: "pseudo", ID: 1281, OEM: "850", ANSI: "1252", Connection: scramble("Ethernet"), oem: charmap.CodePage850, say: pseudo()}

	languages = []*Language{
		English,
		{Name: "de", ID: 1031, OEM: "850", ANSI: "1252", Connection: "Ethernet", oem: charmap.CodePage850, say: spoken(inGerman)},
		{Name: "ru", ID: 1049, OEM: "866", ANSI: "1251", Connection: "Ethernet", oem: charmap.CodePage866, say: spoken(inRussian)},
		{Name: "zh", ID: 2052, OEM: "936", ANSI: "936", Connection: "以太网", oem: simplifiedchinese.GBK, say: spoken(inChinese)},
		{Name: "ja", ID: 1041, OEM: "932", ANSI: "932", Connection: "イーサネット", oem: japanese.ShiftJIS, say: spoken(inJapanese)},
		Pseudo,
	}
)

// The columns of phrases.
const (
	inGerman = iota
	inRussian
	inChinese
	inJapanese
)

// spoken is the replacer of one column.
func spoken(column int) *strings.Replacer {
	return replacer(func(p phrase) string { return p.other[column] })
}

// pseudo is the replacer of random letters.
func pseudo() *strings.Replacer {
	return replacer(func(p phrase) string { return scramble(p.english) })
}

// replacer replaces longer phrases first: one may be the beginning of another.
func replacer(in func(phrase) string) *strings.Replacer {
	all := slices.Clone(phrases)
	slices.SortStableFunc(all, func(a, b phrase) int { return len(b.english) - len(a.english) })
	var pairs []string
	for _, p := range all {
		if other := in(p); other != "" {
			pairs = append(pairs, p.english, other)
		}
	}
	return strings.NewReplacer(pairs...)
}

// letters are those of code page 850 outside ASCII.
var letters = []rune("ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜøØáíóúñÑÁÂÀãÃðÐÊËÈÍÎÏÓßÔÒõÕþÞÚÛÙýÝ")

// scramble gives a text of as many random letters, the same each time; spaces stay.
func scramble(text string) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text)) // it never fails
	state := h.Sum64()
	var b strings.Builder
	for _, r := range text {
		if r == ' ' {
			b.WriteRune(r)
			continue
		}
		state = state*6364136223846793005 + 1442695040888963407
		b.WriteRune(letters[state>>33%uint64(len(letters))])
	}
	return b.String()
}
