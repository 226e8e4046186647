package report

import (
	"fmt"

	"vnettune/report/page"
	"vnettune/report/rank"
)

// ControlSentence says whether the rig found its positive control in a workload.
func ControlSentence(c rank.Control) string {
	decimals := decimalsOf([]rank.Interval{c.Interval})
	planted := plainNumber(c.Planted) + " %"
	what := fmt.Sprintf("%s: positive control \"%s\", slowed by %s, is ", c.Workload, c.Combination, planted)
	found := fmt.Sprintf("throughput %s %% [%s, %s]", signed(c.Difference, decimals), signed(c.Low, decimals), signed(c.High, decimals))
	switch c.Outcome {
	case rank.ControlFound:
		return what + "found: " + found + "."
	case rank.ControlTooSmall:
		text := what + "not found, too small for this rig: " + found
		if c.MDE.Exists() {
			text += fmt.Sprintf("; by these boots (%d, and %d of the baseline) a difference of %s %% would have been found with 80 %% power", c.Boots, c.BaselineBoots, significant(c.MDE, 2))
		}
		return text + "."
	case rank.ControlContradicts:
		seen := "found at a size that contradicts it"
		if !(float64(c.High) < 0) {
			seen = "not found, and what was measured excludes it"
		}
		return fmt.Sprintf("%s%s: %s, where %s to %s %% were to be expected: either its runs were not paced as asked, or this rig does not measure what it should.",
			what, seen, found, signed(c.Expected.High, 2), signed(c.Expected.Low, 2))
	}
	return fmt.Sprintf("%snot judged: %s and %s of the baseline are ranked, in blocks it takes 3 of each.", what, count(c.Boots, "boot"), count(c.BaselineBoots, "boot"))
}

// controlPart says what the rig made of its positive control.
func controlPart(r Report) []page.Part {
	l := page.List{Marked: map[int]page.Mark{}}
	for _, c := range r.Control {
		if c.Outcome != rank.ControlFound {
			l.Marked[len(l.Items)] = page.Undecided
		}
		l.Items = append(l.Items, ControlSentence(c))
	}
	return parts(page.Part{Title: "Did this rig find what was planted?", ID: "control", Blocks: lists(l)})
}

// controlDoubts say where the positive control speaks against the rig.
func controlDoubts(r Report) []string {
	var lines []string
	for _, c := range r.Control {
		if c.Outcome == rank.ControlContradicts {
			lines = append(lines, fmt.Sprintf("The positive control contradicts what was planted in %s: the rig is suspect, and so is every claim here.", c.Workload))
		}
	}
	return lines
}
