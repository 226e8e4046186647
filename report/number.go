package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"vnettune/report/rank"
	"vnettune/results/record"
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
