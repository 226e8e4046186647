package matrix

import "strings"

// nearest is the choice with the smallest edit distance to word, upper and lower
// case alike; "" when none is near enough to be what was meant.
func nearest(word string, choices []string) string {
	word = strings.ToLower(word)
	best, least := "", len(word)/3+2
	for _, c := range choices {
		if d := distance(word, strings.ToLower(c)); d < least {
			best, least = c, d
		}
	}
	return best
}

// distance is the Levenshtein distance in bytes: insertions, deletions and
// replacements that turn a into b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
