package chart

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Forest is a forest plot: differences from the baseline with their intervals, one row each.
type Forest struct {
	Title       string
	Description string  // for who cannot see the chart; the title if empty
	Axis        string  // what is on the axis, with its unit
	Unit        string  // behind numbers in the descriptions of marks
	Margin      float64 // half the width of the band of differences that do not matter; not above 0: no band
	Reach       float64 // if above 0, the axis ends so far from 0, and what lies beyond is an arrow
	Width       int     // pixels; 0: DefaultWidth
	Rows        []ForestRow
}

// ForestRow is one difference. NaN for either end of the interval: there is none, which is shown; an
// infinite end is an arrow. NaN for the estimate: the row says that there is none.
type ForestRow struct {
	Name                string
	Low, High, Estimate float64
	Verdict             Verdict
	Note                string // stands at the end of the row; usually the numbers
}

// Spec is the specification of the chart, of 1 to 1,000 rows.
func (f Forest) Spec() (Spec, error) {
	description := f.Description
	if description == "" {
		description = f.Title
	}
	s, err := newSheet(f.Width, len(f.Rows), "rows", description)
	if err != nil {
		return nil, err
	}
	low, high := f.domain()
	s.heading(f.Title, f.cut(low, high))
	domain, colours, shapes := f.key(s)
	names := namesOf(f.Rows, func(r ForestRow) string { return r.Name })
	s.rows(names, cleanAll(f.Rows, maxName, func(r ForestRow) string { return r.Note }))
	s.under(f.Axis)
	data := make([]object, len(f.Rows))
	for i := range f.Rows {
		data[i] = f.datum(i, names[i], low, high)
	}
	verdict := func(what string, values []string) object {
		return object{what: object{"field": "verdict", "type": "nominal", "legend": nil, "scale": object{"domain": domain, "range": values}}}
	}
	inRow := rowEncoding(len(f.Rows), 0)
	both := verdict("color", colours)
	withPoint := object{"x": field("at"), "y": inRow, "description": says, "color": both["color"], "shape": verdict("shape", shapes)["shape"]}
	layers := f.references(s)
	layers = append(layers,
		object{
			"transform": when("isValid(datum.from)"),
			"mark":      s.shift(object{"type": "rule", "aria": false, "strokeWidth": 2}),
			"encoding":  object{"x": field("from"), "x2": object{"field": "to"}, "y": inRow, "color": both["color"]},
		},
		object{"transform": when("isValid(datum.at)"), "mark": s.shift(describedPoint(80)), "encoding": withPoint},
	)
	for _, end := range []string{"from", "to"} {
		shape := map[string]string{"from": "triangle-left", "to": "triangle-right"}[end]
		if !slices.ContainsFunc(data, func(d object) bool { return d[end+"Cut"] == true }) {
			continue
		}
		arrow := s.shift(describedPoint(60))
		arrow["shape"] = shape
		layers = append(layers, object{
			"transform": when("datum." + end + "Cut"), "mark": arrow,
			"encoding": object{"x": field(end), "y": inRow, "description": says, "color": both["color"]},
		})
	}
	for _, side := range []string{"left", "right"} {
		if !slices.ContainsFunc(data, func(d object) bool { return d["missingAt"] == side }) {
			continue
		}
		dx := map[string]int{"left": 9, "right": -9}[side]
		layers = append(layers, object{
			"transform": when("datum.missingAt == '" + side + "'"),
			"mark": s.shift(object{
				"type": "text", "aria": false, "align": side, "baseline": "middle", "dx": dx,
				"fontSize": smallSize, "fontStyle": "italic", "color": colour("muted"),
			}),
			"encoding": object{"x": field("missingX"), "y": inRow, "text": object{"field": "missing", "type": "nominal"}},
		})
	}
	return s.spec(data, object{"x": s.across(low, high)}, layers)
}

func when(expression string) []object { return []object{{"filter": expression}} }

// key explains the verdicts that occur and gives their names, colours and shapes.
func (f Forest) key(s *sheet) (domain, colours, shapes []string) {
	at := 0.0
	for _, l := range looks {
		if !slices.ContainsFunc(f.Rows, func(r ForestRow) bool { return lookOf(r.Verdict) == l }) {
			continue
		}
		domain, colours, shapes = append(domain, l.word), append(colours, colour(l.colour)), append(shapes, l.shape)
		s.key(&at, object{"colour": colour(l.colour), "shape": l.shape}, l.word)
	}
	if f.Margin > 0 && finite(f.Margin) {
		s.key(&at, object{"colour": colour("band"), "shape": "M-1.2,-1H1.2V1H-1.2Z"}, "within the margin, ±"+clean(quantity(f.Margin, f.Unit), 30))
	}
	return domain, colours, shapes
}

// references are what the rows are seen against: the band of the margin, the baseline.
func (f Forest) references(s *sheet) []object {
	height := s.height
	zero := []object{{"zero": 0, "y": 0, "y2": height}}
	if s.narrow() { // the line keeps clear of the names and notes above the marks
		zero = nil
		for i := range f.Rows {
			y := float64(i) * narrowRowStep
			zero = append(zero, object{"zero": 0, "y": y + narrowRowStep/2 + nameShift + smallLine/2, "y2": y + narrowRowStep})
		}
	}
	var layers []object
	if f.Margin > 0 && finite(f.Margin) {
		layers = append(layers, object{
			"data":     object{"values": []object{{"from": -f.Margin, "to": f.Margin}}},
			"mark":     object{"type": "rect", "aria": false, "color": colour("band")},
			"encoding": object{"x": field("from"), "x2": object{"field": "to"}, "y": object{"value": 0}, "y2": object{"value": height}},
		})
	}
	return append(layers, object{
		"data":     object{"values": zero},
		"mark":     object{"type": "rule", "aria": false, "color": colour("text"), "strokeWidth": 1},
		"encoding": object{"x": field("zero"), "y": place("y"), "y2": object{"field": "y2"}},
	})
}

// datum is a row as the specification has it.
func (f Forest) datum(i int, name string, low, high float64) object {
	r := f.Rows[i]
	l := lookOf(r.Verdict)
	d := object{"row": i, "name": name, "verdict": l.word}
	missing := "no interval"
	if finite(r.Estimate) {
		d["estimate"] = r.Estimate
		switch {
		case r.Estimate < low:
			d["from"], d["to"], d["fromCut"] = low, low, true
		case r.Estimate > high:
			d["from"], d["to"], d["toCut"] = high, high, true
		default:
			d["at"] = r.Estimate
		}
		d["says"] = fmt.Sprintf("%s: %s %s, %s", name, clean(quantity(r.Estimate, f.Unit), 60), interval(r.Low, r.High), l.word)
	} else {
		missing = "no estimate"
	}
	if hasInterval(r) {
		from, to := min(max(r.Low, low), high), max(min(r.High, high), low)
		d["from"], d["to"] = from, to
		if finite(r.Low) {
			d["low"] = r.Low
		}
		if finite(r.High) {
			d["high"] = r.High
		}
		if r.Low < low {
			d["fromCut"] = true
		}
		if r.High > high {
			d["toCut"] = true
		}
	}
	if !finite(r.Estimate) || !hasInterval(r) {
		at := 0.0
		if finite(r.Estimate) {
			at = min(max(r.Estimate, low), high)
		} else if hasInterval(r) {
			at = d["to"].(float64)
		}
		d["missing"], d["missingX"], d["missingAt"] = missing, at, "left"
		if away := at-low > (high-low)*0.35; at < 0 && away || at > low+(high-low)*0.6 { // clear of the baseline, within the plot
			d["missingAt"] = "right"
		}
	}
	return d
}

// hasInterval is false for ends in the wrong order, too.
func hasInterval(r ForestRow) bool {
	return !math.IsNaN(r.Low) && !math.IsNaN(r.High) && r.Low <= r.High
}

// domain is what the axis shows: zero, the band and every estimate; of the intervals only what
// leaves the others readable. One that is four times as far out as the middle one is cut.
func (f Forest) domain() (low, high float64) {
	var reach []float64
	for _, r := range f.Rows {
		far := 0.0
		for _, x := range []float64{r.Low, r.High, r.Estimate} {
			if finite(x) {
				far = max(far, math.Abs(x))
			}
		}
		if far > 0 {
			reach = append(reach, far)
		}
	}
	limit := 0.0
	if len(reach) > 0 {
		slices.Sort(reach)
		limit = 4 * reach[len(reach)/2]
	}
	all := math.Inf(1) // how far estimates are seen
	if f.Reach > 0 && finite(f.Reach) {
		limit, all = f.Reach, f.Reach
	}
	see := func(x float64) { low, high = min(low, x), max(high, x) }
	if f.Margin > 0 && finite(f.Margin) {
		see(-1.5 * f.Margin)
		see(1.5 * f.Margin)
	}
	for _, r := range f.Rows {
		if finite(r.Estimate) {
			see(max(-all, min(r.Estimate, all)))
		}
		if hasInterval(r) {
			see(max(-limit, min(r.Low, 0)))
			see(min(limit, max(r.High, 0)))
		}
	}
	low, high = spread(low, high, 1)
	room := 0.04 * (high - low) // a mark at the end stays within the plot
	return low - room, high + room
}

// cut says which intervals reach beyond the axis.
func (f Forest) cut(low, high float64) string {
	var cut []string
	for _, r := range f.Rows {
		if hasInterval(r) && (r.Low < low || r.High > high) || r.Estimate < low || r.Estimate > high {
			cut = append(cut, clean(r.Name, 40)+" "+number(r.Estimate)+" "+interval(r.Low, r.High))
		}
	}
	if len(cut) == 0 {
		return ""
	}
	more := ""
	if len(cut) > 3 {
		cut, more = cut[:3], fmt.Sprintf(" and %d more", len(cut)-3)
	}
	return "The axis is cut; arrows stand for what goes on beyond it: " + strings.Join(cut, "; ") + more + "."
}
