package chart

import (
	"fmt"
	"math"
)

// History is a metric over campaigns: a bar from 0 for each, lines where it changed.
type History struct {
	Title       string
	Description string // for who cannot see the chart; the title if empty
	Axis        string // what is measured, with its unit; that the axis begins at 0 is added
	Unit        string // behind numbers in the descriptions of marks
	Width       int    // pixels; 0: DefaultWidth
	Points      []HistoryPoint
	Changes     []Change
}

// HistoryPoint is one campaign; they come in order of time. NaN for the value: none is drawn. NaN for
// an end of the interval: none is known.
type HistoryPoint struct {
	Name             string
	Value, Low, High float64
}

// Change is where the level changed: before the campaign with that index.
type Change struct {
	Index   int
	Verdict Verdict
	Text    string // how much
}

// Spec is the specification of the chart, of 1 to 1,000 campaigns.
func (h History) Spec() (Spec, error) {
	description := h.Description
	if description == "" {
		description = h.Title
	}
	s, err := newSheet(h.Width, len(h.Points), "campaigns", description)
	if err != nil {
		return nil, err
	}
	names := namesOf(h.Points, func(p HistoryPoint) string { return p.Name })
	data, low, high := h.data(names)
	s.heading(h.Title)
	s.top += margin / 2
	scale := fmt.Sprintf("%s; the axis begins at 0, one step of the grid is %s", clean(h.Axis, maxText), clean(quantity(gridStep(high-low), h.Unit), 60))
	for _, line := range wrap(scale, smallSize, s.width-2*margin) {
		s.written = append(s.written, writing{margin, s.top + smallLine/2, smallStyle, line})
		s.top += smallLine
	}
	s.left, s.right, s.height = leftOfAxis, 2*margin, 200
	s.top += smallLine + margin // the letters of changes
	h.names(s, names)
	layers := h.changes(s, names)

	encoding := object{
		"x": rowEncoding(len(names), 0.2),
		"y": object{
			"type": "quantitative", "scale": object{"domain": []float64{low, high}, "nice": false},
			"axis": object{"values": gridLines(low, high)},
		},
	}
	layers = append([]object{
		{
			"transform": when("isValid(datum.value)"),
			"mark":      object{"type": "bar", "color": colour("bar")},
			"encoding":  object{"y": field("value"), "y2": object{"datum": 0}, "description": says},
		},
		{
			"transform": when("isValid(datum.low)"),
			"mark":      object{"type": "rule", "aria": false, "color": colour("text"), "strokeWidth": 1.4},
			"encoding":  object{"y": field("low"), "y2": object{"field": "high"}},
		},
	}, layers...)
	return s.spec(data, encoding, layers)
}

// data is each campaign as the specification has it, and the range of the axis: 0 is in it.
func (h History) data(names []string) (data []object, low, high float64) {
	data = make([]object, len(h.Points))
	for i, p := range h.Points {
		d := object{"row": i, "name": names[i]}
		if data[i] = d; !finite(p.Value) {
			continue
		}
		d["value"] = p.Value
		d["says"] = names[i] + ": " + clean(quantity(p.Value, h.Unit), 60) + " " + interval(p.Low, p.High)
		low, high = min(low, p.Value), max(high, p.Value)
		if finite(p.Low) && finite(p.High) {
			d["low"], d["high"] = p.Low, p.High
			low, high = min(low, p.Low), max(high, p.High)
		}
	}
	if l, h := spread(low, high, 1); l < low {
		low, high = 0, h
	}
	step := gridStep(high - low)
	return data, step * math.Floor(low/step), step * math.Ceil(high/step)
}

// gridStep divides a range into four or so.
func gridStep(span float64) float64 { return roundUp(span / 5) }

func gridLines(low, high float64) []float64 {
	step := gridStep(high - low)
	var lines []float64
	for i := math.Ceil(low / step); i*step <= high*(1+1e-9); i++ {
		lines = append(lines, i*step)
	}
	return lines
}

// names writes the names of campaigns aslant under their bars, as many as there is room for.
func (h History) names(s *sheet, names []string) {
	const slope, most, apart = -40, 130, 18
	sin, cos := math.Sincos(-slope * math.Pi / 180)
	step := s.plotWidth() / float64(len(names))
	every := int(math.Ceil(apart / step))
	under := 0.0
	for i := 0; i < len(names); i += every {
		x := s.left + step*(float64(i)+0.5)
		name := fit(names[i], smallSize, min(most, (x-2)/cos))
		style := smallStyle.aligned("right")
		style.angle = slope
		s.written = append(s.written, writing{x + 3, s.top + s.height + 8, style, name})
		under = max(under, textWidth(name, smallSize)*sin)
	}
	s.bottom = under + 2*margin
}

// changes draws a line before the campaign with which a change begins, with a letter that is
// explained below: the words of two changes that are near would overlap.
func (h History) changes(s *sheet, names []string) []object {
	const most = 12
	step := s.plotWidth() / float64(len(names))
	var data []object
	for i, c := range h.Changes {
		if c.Index < 0 || c.Index >= len(names) {
			continue
		}
		l := lookOf(c.Verdict)
		letter := fmt.Sprint(i + 1)
		if i < 26 {
			letter = string(rune('A' + i))
		}
		data = append(data, object{"at": step * float64(c.Index), "letter": letter, "colour": colour(l.colour)})
		if i < most {
			word := ""
			if l.verdict != None {
				word = ", " + l.word
			}
			s.footing(fmt.Sprintf("%s: from %s on: %s%s", letter, names[c.Index], clean(c.Text, maxName), word))
		}
	}
	if len(h.Changes) > most {
		s.footing(fmt.Sprintf("and %d more changes", len(h.Changes)-most))
	}
	if data == nil {
		return nil
	}
	return []object{
		{
			"data":     object{"values": data},
			"mark":     object{"type": "rule", "aria": false, "strokeWidth": 1.8, "strokeDash": []int{5, 3}, "y": -2, "y2": object{"expr": "height"}},
			"encoding": object{"x": place("at"), "color": asIs("colour")},
		},
		{
			"data":     object{"values": data},
			"mark":     object{"type": "text", "aria": false, "baseline": "middle", "fontSize": textSize, "fontWeight": "bold", "y": -smallLine / 2},
			"encoding": object{"x": place("at"), "color": asIs("colour"), "text": object{"field": "letter", "type": "nominal"}},
		},
	}
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
