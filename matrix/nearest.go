package matrix

import (
	"strings"

	"github.com/agnivade/levenshtein"
)

// Nearest is the choice with the smallest edit distance to word, upper and lower case
// alike; "" when none is near enough to be what was meant: one letter of a word of
// two, two of three to five, three of six to eight.
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
