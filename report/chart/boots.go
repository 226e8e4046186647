package chart

import (
	"fmt"
	"math"
	"slices"
)

// Boots shows the boots of a campaign in the order in which they were made, so that drift, outliers
// and failures are seen.
type Boots struct {
	Title       string
	Description string // for who cannot see the chart; the title if empty
	Axis        string // what is measured, with its unit
	Unit        string // behind numbers in the descriptions of marks
	Width       int    // pixels; 0: DefaultWidth
	Points      []Boot // their arms are coloured in the order in which they come here
}

// Boot is one boot.
type Boot struct {
	Order   int     // which boot of the campaign; points are placed by it
	Value   float64 // not looked at if Failed
	Arm     string
	Session string // a line stands where it changes; empty: none
	Of      string // the boot that a stint is of: a thin line stands where it changes; empty: none
	Flagged bool   // an outlier, or suspect otherwise
	Failed  bool   // there is no value
}

const (
	armColours = 6
	maxBoots   = 5000
	leftOfAxis = 62 // the numbers of a vertical axis
)

var armShapes = [armColours]string{"circle", "square", "diamond", "triangle-up", "triangle-right", "cross"}

// Spec is the specification of the chart, of 1 to 5,000 boots.
func (b Boots) Spec() (Spec, error) {
	description := b.Description
	if description == "" {
		description = b.Title
	}
	if len(b.Points) > maxBoots {
		return nil, fmt.Errorf("chart: %d boots; at most %d", len(b.Points), maxBoots)
	}
	s, err := newSheet(b.Width, min(len(b.Points), 1), "boots", description)
	if err != nil {
		return nil, err
	}
	points := slices.Clone(b.Points)
	slices.SortStableFunc(points, func(x, y Boot) int { return x.Order - y.Order })
	s.heading(b.Title)
	looks := b.arms(s)
	s.left, s.right = leftOfAxis, 2*margin
	s.top += margin / 2
	s.written = append(s.written, writing{margin, s.top + smallLine/2, smallStyle, fit(clean(b.Axis+" (the axis need not begin at 0)", maxText), smallSize, s.width-2*margin)})
	s.top += smallLine + 6 + smallLine // and a line for the sessions
	s.height, s.bottom = 220, axisRoom
	if slices.ContainsFunc(points, func(p Boot) bool { return p.Failed || !finite(p.Value) }) {
		s.bottom += smallLine // failures lie between the plot and the numbers
	}
	numbersAt := s.bottom - axisRoom
	noun := "boot"
	if slices.ContainsFunc(points, func(p Boot) bool { return p.Of != "" }) {
		noun = "stint"
	}
	s.under(noun + ", in the order of the campaign")

	low, high := math.Inf(1), math.Inf(-1)
	var data []object
	for _, p := range points {
		arm := clean(p.Arm, maxName)
		l := looks[p.Arm]
		d := object{"order": p.Order, "arm": arm, "colour": l["colour"], "shape": l["shape"]}
		data = append(data, d)
		if p.Session != "" {
			d["session"] = clean(p.Session, maxName)
		}
		if p.Failed || !finite(p.Value) {
			d["failed"] = true
			d["says"] = fmt.Sprintf("%s %d, %s: failed, no value", noun, p.Order, arm)
			continue
		}
		d["value"] = p.Value
		d["says"] = fmt.Sprintf("%s %d, %s: %s", noun, p.Order, arm, clean(quantity(p.Value, b.Unit), 60))
		if p.Flagged {
			d["flagged"] = true
			d["says"] = d["says"].(string) + ", flagged"
		}
		low, high = min(low, p.Value), max(high, p.Value)
	}
	if low > high { // no value
		low, high = 0, 0
	}
	low, high = spread(low, high, max(1, math.Abs(low)*0.1))
	room := 0.08 * (high - low)
	first, last := points[0].Order, points[len(points)-1].Order
	encoding := object{
		"x": object{
			"type": "quantitative", "scale": object{"domain": []float64{float64(first) - 0.7, float64(last) + 0.7}, "nice": false, "zero": false},
			"axis": object{"tickCount": min(ticks(s.plotWidth(), 60), last-first+1), "tickMinStep": 1, "grid": false, "labelFlush": false, "format": "d", "offset": numbersAt},
		},
		"y": object{
			"type": "quantitative", "scale": object{"domain": []float64{low - room, high + room}, "nice": false, "zero": false},
			"axis": object{"tickCount": 5},
		},
	}
	layers := append(boundaries(points), b.sessions(s, points)...)
	layers = append(layers,
		object{
			"transform": when("isValid(datum.value)"), "mark": describedPoint(38),
			"encoding": object{"x": field("order"), "y": field("value"), "color": asIs("colour"), "shape": asIs("shape"), "description": says},
		},
		object{
			"transform": when("datum.flagged"),
			"mark":      object{"type": "point", "aria": false, "filled": false, "shape": "circle", "size": 190, "opacity": 1, "strokeWidth": 1.6, "color": colour("worse")},
			"encoding":  object{"x": field("order"), "y": field("value")},
		},
		object{
			"transform": when("datum.failed"),
			"mark":      object{"type": "point", "filled": false, "shape": crossed, "size": 60, "opacity": 1, "strokeWidth": 1.8, "color": colour("worse"), "y": s.height + smallLine/2},
			"encoding":  object{"x": field("order"), "description": says},
		},
	)
	return s.spec(data, encoding, layers)
}

// crossed is an X of two lines.
const crossed = "M-0.8,-0.8L0.8,0.8M-0.8,0.8L0.8,-0.8"

// arms gives each arm its colour and shape and explains them; there are six, and one for all other
// arms: more are not told apart.
func (b Boots) arms(s *sheet) map[string]object {
	looks := map[string]object{}
	var order []string
	for _, p := range b.Points {
		if _, known := looks[p.Arm]; known {
			continue
		}
		order = append(order, p.Arm)
		looks[p.Arm] = nil
	}
	coloured := len(order)
	if coloured > armColours {
		coloured = armColours - 1
	}
	at := 0.0
	for i, arm := range order {
		if i < coloured {
			looks[arm] = object{"colour": colour(fmt.Sprintf("arm-%d", i+1)), "shape": armShapes[i]}
			s.key(&at, looks[arm], fit(clean(arm, maxName), smallSize, s.width-6*margin))
			continue
		}
		looks[arm] = object{"colour": colour("none"), "shape": armShapes[armColours-1]}
	}
	if more := len(order) - coloured; more > 0 {
		s.key(&at, looks[order[coloured]], fmt.Sprintf("%d other arms", more))
	}
	if slices.ContainsFunc(b.Points, func(p Boot) bool { return p.Flagged }) {
		s.key(&at, object{"colour": colour("worse"), "shape": "circle", "hollow": true}, "flagged")
	}
	if slices.ContainsFunc(b.Points, func(p Boot) bool { return p.Failed || !finite(p.Value) }) {
		s.key(&at, object{"colour": colour("worse"), "shape": crossed, "hollow": true}, "failed, no value")
	}
	return looks
}

// sessions draws a line where a session begins and names it above the plot where there is room.
func (b Boots) sessions(s *sheet, points []Boot) []object {
	first, last := float64(points[0].Order)-0.7, float64(points[len(points)-1].Order)+0.7
	var starts []object
	until := 0.0
	for i, p := range points {
		if p.Session == "" || i > 0 && points[i-1].Session == p.Session {
			continue
		}
		at := first
		if i > 0 {
			at = (float64(points[i-1].Order) + float64(p.Order)) / 2
		}
		x := s.left + (at-first)/(last-first)*s.plotWidth()
		name := fit(clean("session "+p.Session, maxName), smallSize, s.width-margin-x)
		if x >= until && name != "…" {
			s.written = append(s.written, writing{x + 3, s.top - smallLine/2 - 1, smallStyle, name})
			until = x + textWidth(name, smallSize) + 2*margin
		}
		if i > 0 {
			starts = append(starts, object{"order": at})
		}
	}
	if starts == nil {
		return nil
	}
	return []object{{
		"data":     object{"values": starts},
		"mark":     object{"type": "rule", "aria": false, "color": colour("muted"), "strokeDash": []int{3, 3}, "y": -smallLine, "y2": object{"expr": "height"}},
		"encoding": object{"x": field("order")},
	}}
}

// mostBoundaries is how many lines between boots are drawn: more would hide the points.
const mostBoundaries = 80

// boundaries draws a thin line where another boot begins.
func boundaries(points []Boot) []object {
	var starts []object
	for i, p := range points {
		if i > 0 && p.Of != "" && points[i-1].Of != p.Of {
			starts = append(starts, object{"order": (float64(points[i-1].Order) + float64(p.Order)) / 2})
		}
	}
	if len(starts) == 0 || len(starts) > mostBoundaries {
		return nil
	}
	return []object{{
		"data":     object{"values": starts},
		"mark":     object{"type": "rule", "aria": false, "color": colour("muted"), "opacity": 0.35, "strokeWidth": 1},
		"encoding": object{"x": field("order")},
	}}
}
