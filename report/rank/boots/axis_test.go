package boots

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"vnettune/report/stat"
	"vnettune/results/sample"
)

func drawAxis(rt *rapid.T) Axis {
	return Axis{
		Scale:  rapid.SampledFrom([]sample.Scale{sample.Ratio, sample.Difference}).Draw(rt, "scale"),
		Better: rapid.SampledFrom([]sample.Better{sample.HigherIsBetter, sample.LowerIsBetter}).Draw(rt, "better"),
	}
}

func same(a, b float64) bool { return math.Abs(a-b) <= 1e-9*(1+math.Abs(a)+math.Abs(b)) }

// A value comes back from its y, and of two values the better one has more y.
func TestAxisThereAndBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a := drawAxis(rt)
		x, y := rapid.Float64Range(0.001, 1e6).Draw(rt, "x"), rapid.Float64Range(0.001, 1e6).Draw(rt, "y")
		if got := a.Value(a.Y(x)); !same(got, x) {
			rt.Fatalf("%v came back as %v", x, got)
		}
		if better := (x > y) == (a.Better == sample.HigherIsBetter); x != y && better != (a.Y(x) > a.Y(y)) {
			rt.Fatalf("%v and %v have the y %v and %v", x, y, a.Y(x), a.Y(y))
		}
		// What is shown of two values is what a reader would compute of them.
		want := x - y
		if a.Ratio() {
			want = 100 * (x/y - 1)
		}
		if got := a.Shown(a.Y(x) - a.Y(y)); !same(got, want) {
			rt.Fatalf("%v against %v is shown as %v, want %v", x, y, got, want)
		}
	})
}

// Where less is better the interval and the margin are mirrored, ends swapped.
func TestAxisMirrors(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		up := drawAxis(rt)
		up.Better = sample.HigherIsBetter
		down := up
		down.Better = sample.LowerIsBetter
		margin := rapid.Float64Range(0.01, 50).Draw(rt, "margin")
		low, high := up.Margins(margin)
		mirroredLow, mirroredHigh := down.Margins(margin)
		if !same(mirroredLow, -high) || !same(mirroredHigh, -low) {
			rt.Fatalf("margin [%v, %v], mirrored [%v, %v]", low, high, mirroredLow, mirroredHigh)
		}
		from := rapid.Float64Range(-50, 50).Draw(rt, "lower")
		to := from + rapid.Float64Range(0, 50).Draw(rt, "width")
		l, h := up.ShownInterval(from, to)
		ml, mh := down.ShownInterval(-to, -from)
		if !(l <= h) || !same(l, ml) || !same(h, mh) {
			rt.Fatalf("shown [%v, %v], mirrored [%v, %v]", l, h, ml, mh)
		}
	})
}

// The margin's ends are where what is shown is the margin, on either side: comparing ends of y with
// them is comparing what is printed with the margin.
func TestAxisMarginsAreThoseShown(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a := drawAxis(rt)
		margin := rapid.Float64Range(0.01, 90).Draw(rt, "margin")
		low, high := a.Margins(margin)
		if l, h := a.ShownInterval(low, high); !(low < 0 && 0 < high) || !same(l, -margin) || !same(h, margin) {
			rt.Fatalf("margin %v: ends [%v, %v] are shown as [%v, %v]", margin, low, high, l, h)
		}
	})
	for _, a := range []Axis{{Scale: sample.Ratio}, {Scale: sample.Difference, Better: sample.LowerIsBetter}} {
		if low, high := a.Margins(math.NaN()); !math.IsNaN(low) || !math.IsNaN(high) {
			t.Errorf("no margin has the ends %v, %v", low, high)
		}
	}
}

// In another unit a ratio is the same and a difference is so many times as large.
func TestAxisUnits(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a := drawAxis(rt)
		x, y := rapid.Float64Range(0.001, 1e6).Draw(rt, "x"), rapid.Float64Range(0.001, 1e6).Draw(rt, "y")
		unit := rapid.Float64Range(0.001, 1000).Draw(rt, "unit")
		got, want := a.Shown(a.Y(unit*x)-a.Y(unit*y)), a.Shown(a.Y(x)-a.Y(y))
		if !a.Ratio() {
			want *= unit
		}
		if math.Abs(got-want) > 1e-9*(1+unit*(x+y)+math.Abs(want)) {
			rt.Fatalf("%v against %v in another unit: %v, want %v", x, y, got, want)
		}
	})
}

// Rounding is 1e-9 of y on the ratio scale, 1e-12 of the largest value on the other.
func TestAxisResolution(t *testing.T) {
	values := []stat.Observation{{Y: -4}, {Y: 0}, {Y: 2}}
	if got := (Axis{Scale: sample.Ratio}).Resolution(values); got != 1e-9 {
		t.Errorf("ratio: %v", got)
	}
	if got := (Axis{Scale: sample.Difference}).Resolution(values); got != 4e-12 {
		t.Errorf("difference: %v", got)
	}
}
