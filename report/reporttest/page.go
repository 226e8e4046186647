// Package reporttest reads the words of a text report back: what a reader would take from the page.
// `make calibrate` and tests count these words, and nothing that stands behind them.
package reporttest

import "strings"

// Page is what a report of one workload and metric claims.
type Page struct {
	// Words are what the sentence of each arm says of it, by name.
	Words map[string]Word
	// Best is the only arm that may be the best; MayBe are those named as candidates.
	Best  string
	MayBe []string
	// Split: there is more than one tier. Worse: some arm is shown to be worse than the first.
	Split, Worse bool
	text         string
}

// Word is the claim of an arm's sentence.
type Word string

// The words.
const (
	Helps        Word = "helps"
	HelpsMaybe   Word = "helps, maybe"
	Harms        Word = "harms"
	Equivalent   Word = "is equivalent"
	Equal        Word = "is equal"
	NoWorse      Word = "is no worse"
	Undetermined Word = "is undetermined"
	NoVerdict    Word = "gets no verdict"
	NotWorking   Word = "is not working"
)

// words in the order in which they are tried: the longer before the shorter.
var words = []Word{HelpsMaybe, Helps, Harms, Equivalent, Equal, NoWorse, Undetermined, NoVerdict, NotWorking}

// Read reads a page about the named arms.
func Read(text string, arms []string) Page {
	p := Page{Words: make(map[string]Word), text: text}
	for _, line := range unwrapped(text) {
		line = strings.TrimPrefix(line, "- ")
		for _, arm := range arms {
			rest, ok := strings.CutPrefix(line, arm+" ")
			if !ok {
				continue
			}
			for _, w := range words {
				if strings.HasPrefix(rest, string(w)) {
					p.Words[arm] = w
					break
				}
			}
		}
		switch {
		case strings.HasPrefix(line, "Best: "):
			p.Best, _, _ = strings.Cut(strings.TrimPrefix(line, "Best: "), ",")
			p.MayBe = []string{p.Best}
		case strings.HasPrefix(line, "Best by switching: "):
			p.Best, _, _ = strings.Cut(strings.TrimPrefix(line, "Best by switching: "), ",")
			p.MayBe = []string{p.Best}
		case strings.HasPrefix(line, "May be the best: "):
			list, _, _ := strings.Cut(strings.TrimPrefix(line, "May be the best: "), ".")
			p.MayBe = strings.Split(list, ", ")
		case strings.HasPrefix(line, "Tiers"):
			p.Split = true
		case strings.HasPrefix(line, "Shown to be worse"):
			p.Worse = true
		}
	}
	return p
}

// Helps says whether the arm is printed to help, by whatever amount.
func (p Page) Helps(arm string) bool { return p.Words[arm] == Helps || p.Words[arm] == HelpsMaybe }

// Difference says whether the page claims any difference between arms, anywhere on it.
func (p Page) Difference() bool {
	for _, w := range p.Words {
		if w == Helps || w == HelpsMaybe || w == Harms {
			return true
		}
	}
	return p.Best != "" || p.Split || p.Worse || strings.Contains(p.text, "it differs") || strings.Contains(strings.Join(strings.Fields(p.text), " "), "it is shown to differ")
}

// unwrapped are the paragraphs of a text whose later lines are indented.
func unwrapped(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if more, ok := strings.CutPrefix(line, "  "); ok && len(out) > 0 {
			out[len(out)-1] += " " + more
			continue
		}
		out = append(out, line)
	}
	return out
}
