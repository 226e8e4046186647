package apply

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// replaceWord replaces a word wherever it stands alone, whatever its case, but not
// inside of what except matches.
func replaceWord(s, word, by string, except *regexp.Regexp) string {
	var spans [][]int
	if except != nil {
		spans = except.FindAllStringIndex(s, -1)
	}
	match := regexp.MustCompile(`(?i)` + regexp.QuoteMeta(word))
	var out strings.Builder
	end := 0
	for _, m := range match.FindAllStringIndex(s, -1) {
		before, _ := utf8.DecodeLastRuneInString(s[:m[0]])
		after, _ := utf8.DecodeRuneInString(s[m[1]:])
		inside := slices.ContainsFunc(spans, func(x []int) bool { return x[0] <= m[0] && m[0] < x[1] })
		if inside || wordRune(before) || wordRune(after) {
			continue
		}
		out.WriteString(s[end:m[0]] + by)
		end = m[1]
	}
	out.WriteString(s[end:])
	return out.String()
}

func wordRune(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) || c == '_' }
