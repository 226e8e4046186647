package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"vnettune/report/rank"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// significant rounds v to n significant digits and writes it without an exponent.
func significant[F ~float64](f F, n int) string {
	v := float64(f)
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return "-"
	case v == 0:
		return "0"
	}
	digits := n - 1 - int(math.Floor(math.Log10(math.Abs(v))))
	if digits < 0 {
		scale := math.Pow10(-digits)
		return strconv.FormatFloat(math.Round(v/scale)*scale, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'f', digits, 64)
}

// plainNumber writes an option such as a margin as it was given: 2, 0.05.
func plainNumber(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }

// sure is how sure intervals are that are wrong alpha of the time, and percentOf such a share itself, in percent, with two
// digits of what is wrong: 95, 98.3 of an alpha that three looks share, 99.995.
func sure(alpha float64) string {
	digits := max(0, 1-int(math.Floor(math.Log10(100*alpha))))
	text := strconv.FormatFloat(100-100*alpha, 'f', digits, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

func percentOf(share float64) string { return strconv.FormatFloat(100*share, 'g', 3, 64) }

// pValue writes a p value with two significant digits.
func pValue(p record.Number) string {
	switch {
	case !p.Exists():
		return "-"
	case p < 0.0001:
		return "<0.0001"
	case p >= 0.995:
		return "1"
	}
	return significant(p, 2)
}

// decimalsFor is the number of decimals that shows two significant digits of the
// narrowest interval: more would be noise.
func decimalsFor(a rank.Analysis) int {
	var all []rank.Interval
	for _, arm := range a.Arms {
		all = append(all, arm.Interval)
	}
	return decimalsOf(all)
}

func decimalsOf(all []rank.Interval) int {
	narrowest := math.Inf(1)
	for _, in := range all {
		if half := (in.High - in.Low) / 2; half > 0 {
			narrowest = math.Min(narrowest, float64(half))
		}
	}
	if math.IsInf(narrowest, 1) {
		return 1
	}
	return max(1, min(3, 1-int(math.Floor(math.Log10(narrowest)))))
}

// signed writes a percentage with its sign.
func signed(v record.Number, decimals int) string {
	if !v.Exists() {
		return "-"
	}
	s := fmt.Sprintf("%+.*f", decimals, v)
	if strings.Trim(s, "+-0.") == "" {
		return strings.TrimLeft(s, "+-") // no sign on what rounds to nothing
	}
	return s
}

// change writes a change with its sign and unit: to a tenth of a percent, and in other units, whose
// sizes differ, with two significant digits.
func change(v record.Number, unit string) string {
	text := signed(v, 1)
	if unit != "%" && v.Exists() {
		text = significant(v, 2)
		if v > 0 {
			text = "+" + text
		}
	}
	return text + " " + unit
}

// marginWords are "margin 2 %", "margin 0.1 percentage points" or "no margin".
func marginWords(a rank.Analysis) string {
	if !a.Margin.Exists() {
		return "no margin"
	}
	return "margin " + plainNumber(float64(a.Margin)) + " " + a.EffectUnit
}

// shortUnit is a unit of differences as tables have room for it.
func shortUnit(unit string) string {
	if unit == "percentage points" {
		return "points"
	}
	return unit
}

// beyondFactor is the factor between an interval's ends from which on its numbers tell nothing.
const beyondFactor = 100

// beyondSense says whether an interval of ratios is so wide that its numbers tell nothing.
func beyondSense(a rank.Analysis, in rank.Interval) bool {
	return a.Scale == sample.Ratio && in.Low.Exists() && !(100+in.High < beyondFactor*(100+in.Low))
}

// manyBoots is the number of boots from which on the number itself is of no use to anybody.
const manyBoots = 10_000

// bootsWords writes a number of boots that are needed.
func bootsWords(n int) string {
	if n > manyBoots {
		return "more than 10,000 boots"
	}
	return count(n, "boot")
}

// hoursWords writes a time for people.
func hoursWords(h float64) string {
	switch minutes := 60 * h; {
	case minutes < 1:
		return "less than a minute"
	case minutes < 100:
		return "about " + count(int(math.Round(minutes)), "minute")
	}
	return "about " + significant(h, 2) + " hours"
}
