package matrix

import (
	"fmt"
	"strings"

	"github.com/agnivade/levenshtein"
)

// Nearest is the choice with the smallest edit distance to word, upper and lower case alike; "" if
// none is near enough to be what was meant. Near is one edit in a word of two letters, two in three
// to five, three in six to eight.
func Nearest(word string, choices []string) string {
	word = strings.ToLower(word)
	best, least := "", len(word)/3+2
	for _, c := range choices {
		if d := levenshtein.ComputeDistance(word, strings.ToLower(c)); d < least {
			best, least = c, d
		}
	}
	return best
}

// Meant suggests a choice, to be followed by the legal ones: `did you mean "tcp"? `; "" for none.
func Meant(near string) string {
	if near == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q? ", near)
}
