package chart

import "math"

// Bars are the levels of arms: bars from 0, with an interval where there is one.
type Bars struct {
	Title       string
	Description string // for who cannot see the chart; the title if empty
	Axis        string // what is on the axis, with its unit; that it begins at 0 is added
	Unit        string // behind numbers in the descriptions of marks
	Width       int    // pixels; 0: DefaultWidth
	Rows        []Bar
}

// Bar is one level. NaN for either end of the interval: none is known. NaN for the value: there is no
// bar, and the row says so.
type Bar struct {
	Name             string
	Value, Low, High float64
	Verdict          Verdict // colours the bar
	Note             string  // stands at the end of the row; usually the numbers
}

// Spec is the specification of the chart, of 1 to 1,000 bars.
func (b Bars) Spec() (Spec, error) {
	description := b.Description
	if description == "" {
		description = b.Title
	}
	s, err := newSheet(b.Width, len(b.Rows), "bars", description)
	if err != nil {
		return nil, err
	}
	s.heading(b.Title)
	names := namesOf(b.Rows, func(r Bar) string { return r.Name })
	s.rows(names, cleanAll(b.Rows, maxName, func(r Bar) string { return r.Note }))
	s.under(b.Axis + " (the axis begins at 0)")
	low, high := 0.0, 0.0
	data := make([]object, len(b.Rows))
	for i, r := range b.Rows {
		d := object{"row": i, "name": names[i], "colour": colour(lookOf(r.Verdict).colour)}
		if data[i] = d; !finite(r.Value) {
			d["missing"] = "no value"
			continue
		}
		d["value"] = r.Value
		d["says"] = names[i] + ": " + clean(quantity(r.Value, b.Unit), 60) + " " + interval(r.Low, r.High)
		low, high = min(low, r.Value), max(high, r.Value)
		if finite(r.Low) && finite(r.High) {
			d["low"], d["high"] = r.Low, r.High
			low, high = min(low, r.Low), max(high, r.High)
		}
	}
	if l, h := spread(low, high, 1); l < low {
		low, high = 0, h
	}
	high += 0.03 * (high - low)
	return s.spec(data, object{"y": rowEncoding(len(b.Rows), 0), "x": s.across(low, high)}, []object{
		{
			"transform": when("isValid(datum.value)"),
			"mark":      s.shift(object{"type": "bar", "height": 11, "fillOpacity": 0.5, "strokeWidth": 1}),
			"encoding":  object{"x": field("value"), "x2": object{"datum": 0}, "fill": asIs("colour"), "stroke": asIs("colour"), "description": says},
		},
		{
			"transform": when("isValid(datum.low)"),
			"mark":      s.shift(object{"type": "rule", "aria": false, "strokeWidth": 1.6, "color": colour("text")}),
			"encoding":  object{"x": field("low"), "x2": object{"field": "high"}},
		},
		{
			"transform": when("isValid(datum.missing)"),
			"mark": s.shift(object{
				"type": "text", "aria": false, "align": "left", "baseline": "middle", "dx": 6,
				"fontSize": smallSize, "fontStyle": "italic", "color": colour("muted"),
			}),
			"encoding": object{"x": object{"datum": 0}, "text": object{"field": "missing", "type": "nominal"}},
		},
	})
}

// roundUp is the next of 1, 2, 2.5, 5 times a power of ten.
func roundUp(x float64) float64 {
	if x <= 0 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(x)))
	for _, m := range []float64{1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10} {
		if x <= m*power {
			return m * power
		}
	}
	return 10 * power
}
