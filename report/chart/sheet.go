package chart

import (
	"encoding/json"
	"errors"
	"fmt"
)

// DefaultWidth is the width of a chart in pixels where none is asked for. Below narrow, names
// stand above their rows: for a page on a telephone, which would show a wide chart too small to read.
const (
	DefaultWidth = 720
	narrow       = 520
	minWidth     = 280
	maxRows      = 1000
)

// Sizes of text and the lines that they take, in pixels.
const (
	titleSize, titleLine = 14, 20
	textSize, textLine   = 12, 17
	smallSize, smallLine = 11, 16
	axisRoom             = 24 // the numbers of a horizontal axis
	margin               = 8
)

type object = map[string]any

// sheet is the paper of one chart: a plot, and around it text and keys at places that are worked out
// here, so that Vega need not measure text and nothing overlaps.
type sheet struct {
	width                    float64
	left, right, top, bottom float64 // around the plot
	height                   float64 // of the plot
	description              string
	written                  []writing
	keys                     []object
}

// writing is one line of text; x and y count from the sheet's upper left corner.
type writing struct {
	x, y  float64
	style style
	text  string
}

type style struct {
	size   float64
	weight string
	colour string
	align  string
	angle  float64
}

var (
	titleStyle = style{titleSize, "bold", "text", "left", 0}
	nameStyle  = style{textSize, "normal", "text", "left", 0}
	smallStyle = style{smallSize, "normal", "muted", "left", 0}
)

func (s style) aligned(align string) style { s.align = align; return s }

func newSheet(width, items int, what, description string) (*sheet, error) {
	switch {
	case items == 0:
		return nil, errors.New("chart: nothing to draw: no " + what)
	case items > maxRows:
		return nil, fmt.Errorf("chart: %d %s; at most %d", items, what, maxRows)
	case width == 0:
		width = DefaultWidth
	}
	return &sheet{width: float64(max(minWidth, width)), left: margin, right: margin, top: margin, description: clean(description, maxText)}, nil
}

func (s *sheet) narrow() bool { return s.width < narrow }

func (s *sheet) plotWidth() float64 { return s.width - s.left - s.right }

// below is where the plot and what was written under it end.
func (s *sheet) below() float64 { return s.top + s.height + s.bottom }

// heading writes the title and what is said under it, above the plot.
func (s *sheet) heading(title string, said ...string) {
	for _, line := range wrap(clean(title, maxTitle), titleSize*1.08, s.width-2*margin) {
		s.written = append(s.written, writing{margin, s.top + titleLine/2, titleStyle, line})
		s.top += titleLine
	}
	for _, text := range said {
		for _, line := range wrap(clean(text, maxText), smallSize, s.width-2*margin) {
			s.written = append(s.written, writing{margin, s.top + smallLine/2, smallStyle, line})
			s.top += smallLine
		}
	}
}

// key explains a mark. Its field names are those of the marks' own data.
func (s *sheet) key(at *float64, mark object, word string) {
	room := 18 + textWidth(word, smallSize) + 14
	if *at == 0 || *at+room > s.width {
		*at = margin
		s.top += smallLine + 2
	}
	y := s.top - (smallLine+2)/2
	entry := object{"keyX": *at + 6, "keyY": y}
	for name, value := range mark {
		entry[name] = value
	}
	s.keys = append(s.keys, entry)
	s.written = append(s.written, writing{*at + 16, y, smallStyle, word})
	*at += room
}

// footing writes under the plot.
func (s *sheet) footing(texts ...string) {
	for _, text := range texts {
		for _, line := range wrap(clean(text, maxText), smallSize, s.width-2*margin) {
			s.written = append(s.written, writing{margin, s.below() + smallLine/2, smallStyle, line})
			s.bottom += smallLine
		}
	}
}

// under writes the name of the axis in the middle below it.
func (s *sheet) under(text string) {
	for _, line := range wrap(clean(text, maxText), smallSize, s.width-2*margin) {
		half := textWidth(line, smallSize) / 2
		x := min(max(s.left+s.plotWidth()/2, half), s.width-half)
		s.written = append(s.written, writing{x, s.below() + smallLine/2, smallStyle.aligned("center"), line})
		s.bottom += smallLine
	}
}

// spec puts the chart's own layers, with the encoding that they share and their data, on the sheet.
func (s *sheet) spec(data []object, encoding object, layers []object) (Spec, error) {
	all := append(layers, s.keyLayers()...)
	all = append(all, s.writingLayers()...)
	b, err := json.MarshalIndent(object{
		"$schema":     "https://vega.github.io/schema/vega-lite/v5.json",
		"description": s.description,
		"width":       s.plotWidth(),
		"height":      s.height,
		"padding":     object{"left": s.left, "right": s.right, "top": s.top, "bottom": s.bottom + margin},
		"autosize":    object{"type": "none"},
		"background":  "transparent",
		"config": object{
			"font": "system-ui, sans-serif",
			"view": object{"stroke": nil},
			"axis": object{
				"labelFontSize": smallSize, "labelColor": colour("muted"), "tickColor": colour("grid"),
				"gridColor": colour("grid"), "domain": false, "title": nil, "labelPadding": 4,
			},
		},
		"data":     object{"values": data},
		"encoding": encoding,
		"layer":    all,
	}, "", " ")
	if err != nil {
		return nil, fmt.Errorf("chart: %w", err)
	}
	return b, nil
}

// place is an encoding by pixels.
func place(field string) object {
	return object{"field": field, "type": "quantitative", "scale": nil, "axis": nil}
}

func (s *sheet) keyLayers() []object {
	var layers []object
	for _, filled := range []bool{true, false} {
		var values []object
		for _, k := range s.keys {
			if k["hollow"] == nil == filled {
				k["keyX"], k["keyY"] = k["keyX"].(float64)-s.left, k["keyY"].(float64)-s.top
				values = append(values, k)
			}
		}
		if values != nil {
			layers = append(layers, object{
				"data": object{"values": values}, "mark": point(filled, 70),
				"encoding": object{"x": place("keyX"), "y": place("keyY"), "color": asIs("colour"), "shape": asIs("shape")},
			})
		}
	}
	return layers
}

func (s *sheet) writingLayers() []object {
	var styles []style
	of := map[style][]object{}
	for _, w := range s.written {
		if of[w.style] == nil {
			styles = append(styles, w.style)
		}
		of[w.style] = append(of[w.style], object{"x": w.x - s.left, "y": w.y - s.top, "text": w.text})
	}
	var layers []object
	for _, st := range styles {
		mark := object{
			"type": "text", "aria": false, "align": st.align, "baseline": "middle",
			"fontSize": st.size, "fontWeight": st.weight, "color": colour(st.colour),
		}
		if st.angle != 0 {
			mark["angle"] = st.angle
		}
		layers = append(layers, object{
			"data": object{"values": of[st]}, "mark": mark,
			"encoding": object{"x": place("x"), "y": place("y"), "text": object{"field": "text", "type": "nominal"}},
		})
	}
	return layers
}

// asIs is an encoding whose values are colours or shapes already.
func asIs(field string) object {
	return object{"field": field, "type": "nominal", "scale": nil, "legend": nil}
}

// point is a mark of such a size. One that is described has its text in the field "says".
func point(filled bool, size int) object {
	return object{"type": "point", "aria": false, "filled": filled, "size": size, "opacity": 1, "strokeWidth": 1.6}
}

func describedPoint(size int) object {
	p := point(true, size)
	delete(p, "aria")
	return p
}

// says is the encoding of descriptions.
var says = object{"field": "says", "type": "nominal"}

// ticks is how many an axis of some length has that are so far apart, more or less.
func ticks(length float64, apart float64) int { return max(2, int(length/apart)) }
