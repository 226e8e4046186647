package terminal

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"vnettune/report/page"
)

// scale is what the drawn intervals of a table reach over.
type scale struct {
	low, high, margin float64
	levels            bool
}

// scaleOf is the scale of a table's intervals.
func scaleOf(g page.Grid) scale {
	s := scale{margin: g.Bars.Margin, levels: g.Bars.Levels}
	s.low, s.high = g.Bars.Reach(g.Rows)
	return s
}

// head names the ends of the scale.
func (s scale) head(width int) string {
	low, high := label(s.low, !s.levels), label(s.high, !s.levels)
	room := width - utf8.RuneCountInString(low) - utf8.RuneCountInString(high)
	if room < 1 {
		return high
	}
	return low + strings.Repeat(" ", room) + high
}

func label(x float64, sign bool) string {
	text := strconv.FormatFloat(x, 'g', 2, 64)
	if math.Abs(x) >= 10 {
		text = strconv.FormatFloat(x, 'f', 0, 64)
	}
	if sign && x > 0 {
		text = "+" + text
	}
	return text
}

// at is the place of a value, which may lie beyond either end.
func (s scale) at(x float64, width int) int {
	return int(math.Round((x - s.low) / (s.high - s.low) * float64(width-1)))
}

// bar draws a row on the scale: the margin's band, zero, the interval and the estimate.
func (w *writer) bar(s scale, r page.Row, width int) string {
	if r.Interval == nil && r.Mark != page.Base {
		return ""
	}
	band, zero, line, point, left, right, level := '·', '│', '─', '●', '◄', '►', '█'
	if w.ASCII {
		band, zero, line, point, left, right, level = '.', '|', '-', 'o', '<', '>', '#'
	}
	cells := slices.Repeat([]rune{' '}, width)
	set := func(i int, c rune) {
		if i >= 0 && i < width {
			cells[i] = c
		}
	}
	if s.levels {
		if r.Interval != nil && !math.IsNaN(r.Interval.Estimate) {
			from, to := s.at(0, width), s.at(r.Interval.Estimate, width)
			for i := min(from, to); i <= max(from, to); i++ {
				set(i, level)
			}
		}
		return strings.TrimRight(string(cells), " ")
	}
	if s.margin > 0 {
		for i := s.at(-s.margin, width); i <= s.at(s.margin, width); i++ {
			set(i, band)
		}
	}
	set(s.at(0, width), zero)
	if r.Interval != nil {
		low, high, estimate := r.Interval.Low, r.Interval.High, r.Interval.Estimate
		if !math.IsNaN(low) && !math.IsNaN(high) {
			from, to := s.at(max(low, s.low), width), s.at(min(high, s.high), width)
			for i := from; i <= to; i++ {
				set(i, line)
			}
			if low < s.low {
				set(0, left)
			}
			if high > s.high {
				set(width-1, right)
			}
		}
		switch {
		case math.IsNaN(estimate):
		case estimate < s.low:
			set(0, left)
		case estimate > s.high:
			set(width-1, right)
		default:
			set(s.at(estimate, width), point)
		}
	}
	return strings.TrimRight(string(cells), " ")
}
