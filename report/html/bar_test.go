package html

import (
	"strconv"
	"testing"

	"vnettune/report/page"
)

// What is far out is an arrow, and leaves the others readable.
func TestBars(t *testing.T) {
	rows := []page.Row{
		{Interval: &page.Interval{Low: -1, Estimate: 0, High: 1}}, {Interval: &page.Interval{Low: 1, Estimate: 2, High: 3}}, {Interval: &page.Interval{Low: 1, Estimate: 2, High: 3}},
		{Interval: &page.Interval{Low: -900, Estimate: 40, High: inf}}, {}, {Interval: &page.Interval{Low: nan, Estimate: nan, High: nan}},
	}
	a := newAxis(page.Bars{Margin: 2, Unit: "%"}, rows)
	if a.low != -24 || a.high != 40 || a.Zero != "63.5" || a.BandX != "59.4" || a.BandWidth != "8.3" || a.Says != "scale from −24 % to +40 %, band ±2 %" {
		t.Errorf("%+v", a)
	}
	for _, c := range []struct {
		page.Interval
		says                  string
		line, left, right, at bool
	}{
		{page.Interval{Low: -1, Estimate: 0, High: 1}, "0 % [−1, +1]", true, false, false, true},
		{page.Interval{Low: -inf, Estimate: 1.5, High: 2.25}, "+1.5 % [−∞, +2.25]", true, true, false, true},
		{page.Interval{Low: -900, Estimate: 40, High: inf}, "+40 % [−900, +∞]", true, true, true, true},
		{page.Interval{Low: nan, Estimate: 3, High: nan}, "+3 %, no interval", false, false, false, true},
		{page.Interval{Low: nan, Estimate: -91, High: nan}, "−91 %, no interval", false, true, false, false},
		{page.Interval{Low: 1, Estimate: nan, High: 2}, "no estimate [+1, +2]", true, false, false, false},
		{page.Interval{Low: nan, Estimate: nan, High: nan}, "no interval", false, false, false, false},
	} {
		b := a.bar(c.Interval, markOf(page.Worse))
		if b.Says != c.says || (b.From != "") != c.line || b.Left != c.left || b.Right != c.right || (b.Shape != "") != c.at {
			t.Errorf("%+v: %+v", c.Interval, b)
		}
	}
}

// The numbers of a scale never touch, and zero has one.
func TestNumbersOfAScale(t *testing.T) {
	for _, reach := range []float64{1e-12, 0.0371, 0.5, 1, 7, 12.5, 99, 1234, 1e7, 1e15} {
		a := newAxis(page.Bars{}, []page.Row{{Interval: &page.Interval{Low: -reach / 3, Estimate: 0, High: reach}}})
		zero, last := false, -100.0
		for i := range a.Ticks {
			tick := a.Ticks[i]
			if tick.Words == "" {
				continue
			}
			zero = zero || tick.Words == "0" && tick.At == a.Zero
			at, room := number(t, tick.At), 3*float64(len([]rune(tick.Words)))
			if at-room < last {
				t.Errorf("up to %g: %q touches the one before", reach, tick.Words)
			}
			last = at + room
		}
		if !zero {
			t.Errorf("up to %g: zero has no number: %v", reach, a.Ticks)
		}
	}
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}
