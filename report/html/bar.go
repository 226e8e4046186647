package html

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"vnettune/report/page"
)

// The drawing of an interval, in pixels.
const (
	barWidth, barHeight = 160, 22
	barEdge             = 14 // left and right of the scale: the half of a number, an arrow
)

// axis is the scale of a table's intervals.
type axis struct {
	low, high float64
	unit      string
	levels    bool
	// Places in pixels: the band of the margin, if there is one, and zero.
	Band       bool
	BandX      string
	BandWidth  string
	Zero       string
	Ticks      []tick
	Says       string
	Wide, High int
}

// tick is a place on the scale; not every one has its number.
type tick struct{ At, Words string }

// bar is an interval as it is drawn.
type bar struct {
	*axis
	Says     string
	Class    string
	From, To string // of the line; empty if there is no interval
	Left     bool   // it goes on beyond the scale
	Right    bool
	Shape    string // of the estimate; empty if it lies beyond the scale, or there is none
}

// newAxis is the scale of a table's intervals.
func newAxis(b page.Bars, rows []page.Row) *axis {
	a := axis{unit: b.Unit, levels: b.Levels, Wide: barWidth, High: barHeight}
	a.low, a.high = b.Reach(rows)
	hasBand := b.Margin > 0 && finite(b.Margin) && !b.Levels
	if hasBand {
		a.Band, a.BandX, a.BandWidth = true, a.at(-b.Margin), pixels(2*b.Margin*a.scale())
	}
	a.Zero = a.at(0)
	a.rule()
	a.Says = fmt.Sprintf("scale from %s to %s", quantity(a.low, a.unit), quantity(a.high, a.unit))
	if hasBand {
		a.Says += ", band ±" + strings.TrimPrefix(quantity(b.Margin, a.unit), "+")
	}
	return &a
}

// rule sets ticks and their numbers, so far from each other that they can be told apart; zero has one.
func (a *axis) rule() {
	step := niceStep((a.high - a.low) / 5.5)
	longest := max(len([]rune(signed(a.low, 1))), len([]rune(signed(step*math.Floor(a.high/step), 4))))
	every := math.Ceil((7*float64(longest) + 4) / (step * a.scale()))
	for i := math.Ceil(a.low / step); i*step <= a.high; i++ {
		t := tick{At: a.at(i * step)}
		if math.Mod(i, every) == 0 {
			t.Words = signed(i*step, 4)
			if a.levels {
				t.Words = strings.TrimPrefix(t.Words, "+")
			}
		}
		a.Ticks = append(a.Ticks, t)
	}
}

// scale is how many pixels one unit takes.
func (a *axis) scale() float64 { return (barWidth - 2*barEdge) / (a.high - a.low) }

func (a *axis) at(x float64) string { return pixels(barEdge + (x-a.low)*a.scale()) }

func (a *axis) bar(i page.Interval, m mark) *bar {
	b := bar{axis: a, Class: m.Class}
	if b.Class == "" || b.Class == "base" {
		b.Class = "none"
	}
	if a.levels {
		if finite(i.Estimate) {
			b.From, b.To, b.Says = a.at(0), a.at(i.Estimate), strings.TrimPrefix(quantity(i.Estimate, a.unit), "+")
		}
		return &b
	}
	hasInterval := !math.IsNaN(i.Low) && !math.IsNaN(i.High)
	hasEstimate := finite(i.Estimate)
	switch {
	case hasEstimate && hasInterval:
		b.Says = fmt.Sprintf("%s [%s, %s]", quantity(i.Estimate, a.unit), signed(i.Low, 4), signed(i.High, 4))
	case hasEstimate:
		b.Says = quantity(i.Estimate, a.unit) + ", no interval"
	case hasInterval:
		b.Says = fmt.Sprintf("no estimate [%s, %s]", signed(i.Low, 4), signed(i.High, 4))
	default:
		b.Says = "no interval"
	}
	inside := func(x float64) float64 { return min(max(x, a.low), a.high) }
	if hasInterval {
		b.From, b.To = a.at(inside(i.Low)), a.at(inside(i.High))
		b.Left, b.Right = i.Low < a.low, i.High > a.high
	}
	switch {
	case !hasEstimate:
	case i.Estimate < a.low:
		b.Left = true
	case i.Estimate > a.high:
		b.Right = true
	default:
		b.Shape = shape(m, barEdge+(i.Estimate-a.low)*a.scale())
	}
	return &b
}

// shape is the path of a mark whose middle is x; that of a row without a verdict is a diamond.
func shape(m mark, x float64) string {
	const y, r = barHeight / 2.0, 4.5
	path := func(format string, at ...float64) string {
		words := make([]any, len(at))
		for i := range at {
			words[i] = pixels(at[i])
		}
		return fmt.Sprintf(format, words...)
	}
	switch m.Class {
	case "better":
		return path("M%s %sL%s %sL%s %sZ", x, y-r, x+r, y+r-1, x-r, y+r-1)
	case "worse":
		return path("M%s %sL%s %sL%s %sZ", x, y+r, x+r, y-r+1, x-r, y-r+1)
	case "equivalent":
		return path("M%s %sH%sV%sH%sZ", x-r+0.7, y-r+0.7, x+r-0.7, y+r-0.7, x-r+0.7)
	case "undecided":
		return path("M%s %sA4 4 0 0 1 %s %sA4 4 0 0 1 %s %sZ", x-4, y, x+4, y, x-4, y)
	}
	return path("M%s %sL%s %sL%s %sL%s %sZ", x, y-r, x+r, y, x, y+r, x-r, y)
}

// niceStep is the 1, 2 or 5 with zeros that is not below x.
func niceStep(x float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(x)))
	for _, times := range []float64{1, 2, 5} {
		if times*power >= x*(1-1e-9) {
			return times * power
		}
	}
	return 10 * power
}

// finite is false beyond what an axis can show, too.
func finite(x float64) bool { return math.Abs(x) <= 1e15 }

func pixels(x float64) string { return strconv.FormatFloat(math.Round(x*10)/10+0, 'f', -1, 64) }

// signed is a difference with so many digits: "+5.7", "−2", "0".
func signed(x float64, digits int) string {
	switch text := strconv.FormatFloat(math.Abs(x), 'g', digits, 64); {
	case math.IsInf(x, 1):
		return "+∞"
	case math.IsInf(x, -1):
		return "−∞"
	case x > 0:
		return "+" + text
	case x < 0:
		return "−" + text
	}
	return "0"
}

// quantity is a difference with its unit.
func quantity(x float64, unit string) string { return strings.TrimSpace(signed(x, 4) + " " + unit) }
