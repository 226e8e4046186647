package chart

import (
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of texts that are handed in, in characters.
const (
	maxName  = 120 // of a row, an arm, a campaign
	maxTitle = 200
	maxText  = 600 // a title, a note, a description
)

// clean makes a text fit to be shown: what is not printable, marks that turn the direction of writing
// among it, becomes a visible escape, white space becomes one space, and beyond most characters it ends
// with an ellipsis.
func clean(s string, most int) string {
	if len(s) > most*utf8.UTFMax { // do not read megabytes for a label
		s = s[:most*utf8.UTFMax]
	}
	var b strings.Builder
	for _, r := range strings.Join(strings.Fields(strings.ToValidUTF8(s, "\uFFFD")), " ") {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
			continue
		}
		quoted := strconv.QuoteRune(r)
		b.WriteString(quoted[1 : len(quoted)-1])
	}
	runes := []rune(b.String())
	if len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return string(runes)
}

// em is the width of a character in font sizes. It is that of a wide sans serif, such as Verdana or
// DejaVu Sans, so that there is room whichever the reader has.
func em(r rune) float64 {
	switch {
	case unicode.Is(unicode.Mn, r):
		return 0
	case strings.ContainsRune("ijlI.,:;'|! ()[]ft", r):
		return 0.4
	case strings.ContainsRune("mwMW@%&—…→", r):
		return 1
	case r < 0x1100 && !unicode.IsUpper(r):
		return 0.63
	case r < 0x1100:
		return 0.75
	default:
		return 1.1
	}
}

func textWidth(s string, size float64) float64 {
	w := 0.0
	for _, r := range s {
		w += em(r) * size
	}
	return w
}

func widest(texts []string, size float64) float64 {
	w := 0.0
	for _, t := range texts {
		w = max(w, textWidth(t, size))
	}
	return w
}

// fit shortens a text in its middle: names of combinations differ at either end.
func fit(s string, size, room float64) string {
	if textWidth(s, size) <= room {
		return s
	}
	runes := []rune(s)
	for keep := len(runes) - 1; keep > 1; keep-- {
		head := (keep + 1) / 2
		short := string(runes[:head]) + "…" + string(runes[len(runes)-(keep-head):])
		if textWidth(short, size) <= room {
			return short
		}
	}
	return "…"
}

// wrap breaks a text into lines; a word that is too long for one is shortened.
func wrap(s string, size, room float64) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		word = fit(word, size, room)
		switch {
		case line == "":
			line = word
		case textWidth(line+" "+word, size) <= room:
			line += " " + word
		default:
			lines, line = append(lines, line), word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// number writes a value as descriptions have it: four digits are more than a picture shows.
func number(x float64) string {
	switch {
	case math.IsInf(x, 1):
		return "∞"
	case math.IsInf(x, -1):
		return "−∞"
	}
	format, precision := byte('g'), 4
	if a := math.Abs(x); a >= 1000 && a < 1e15 {
		format, precision = 'f', 0
	}
	text := strconv.FormatFloat(x, format, precision, 64)
	if rest, negative := strings.CutPrefix(text, "-"); negative {
		return "−" + rest
	}
	return text
}

// quantity is a number with its unit.
func quantity(x float64, unit string) string { return strings.TrimSpace(number(x) + " " + unit) }

// interval is "[low, high]", or that there is none.
func interval(low, high float64) string {
	if math.IsNaN(low) || math.IsNaN(high) {
		return "no interval"
	}
	return "[" + number(low) + ", " + number(high) + "]"
}

// finite tells whether a value can be drawn. Beyond the bound axes lose their precision, and no
// measurement gets there.
func finite(x float64) bool { return math.Abs(x) <= 1e15 }

// spread widens a range that is too narrow for an axis.
func spread(low, high, by float64) (float64, float64) {
	if high-low > max(1e-12, 1e-9*max(math.Abs(low), math.Abs(high))) {
		return low, high
	}
	return low - by, high + by
}
