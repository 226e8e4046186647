package chart

// Rows of names.

const (
	rowStep       = 24
	narrowRowStep = 42
	nameShift     = -10 // names of narrow sheets stand above the middle of their row, marks below
	markShift     = 9
)

// rows makes room for names and notes and writes them; call it when the heading is done.
func (s *sheet) rows(names, notes []string) {
	step := float64(rowStep)
	nameRoom, noteRoom := s.width*0.38, s.width*0.3
	if s.narrow() {
		step = narrowRowStep
		noteRoom = min(widest(notes, smallSize), s.width*0.55)
		nameRoom = s.width - 3*margin - noteRoom
		s.left, s.right = 2*margin, 2*margin // half of a number under the axis
	} else {
		s.left = min(nameRoom, widest(names, textSize)) + 2*margin
		s.right = min(noteRoom, widest(notes, smallSize)) + 2.5*margin
	}
	s.top += margin
	s.height = step * float64(len(names))
	for i := range names {
		y := s.top + step*(float64(i)+0.5)
		name, note := fit(names[i], textSize, nameRoom), fit(notes[i], smallSize, noteRoom)
		if s.narrow() {
			s.written = append(s.written, writing{margin, y + nameShift, nameStyle, name})
		} else {
			s.written = append(s.written, writing{s.left - margin, y, nameStyle.aligned("right"), name})
		}
		if note != "" {
			at := writing{s.width - margin, y, smallStyle.aligned("right"), note}
			if s.narrow() {
				at.y += nameShift
			}
			s.written = append(s.written, at)
		}
	}
	s.bottom = axisRoom // the axis's numbers
}

// shift moves marks of rows down where names stand above them.
func (s *sheet) shift(mark object) object {
	if s.narrow() {
		mark["yOffset"] = markShift
	}
	return mark
}

// rowEncoding places marks in one of n rows, empty ones included.
func rowEncoding(n int, padding float64) object {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	return object{"field": "row", "type": "ordinal", "axis": nil, "scale": object{"type": "band", "paddingInner": padding, "paddingOuter": padding / 2, "domain": rows}}
}

// across is the horizontal axis of values.
func (s *sheet) across(low, high float64) object {
	return object{
		"type": "quantitative", "scale": object{"domain": []float64{low, high}, "nice": false, "zero": false},
		"axis": object{"tickCount": ticks(s.plotWidth(), 55), "labelFlush": false},
	}
}

// field is an encoding of a field that shares all else with the other layers.
func field(name string) object { return object{"field": name, "type": "quantitative"} }

// namesOf are names for people; that there is none is said.
func namesOf[T any](items []T, name func(T) string) []string {
	names := cleanAll(items, maxName, name)
	for i := range names {
		if names[i] == "" {
			names[i] = "(no name)"
		}
	}
	return names
}

func cleanAll[T any](items []T, most int, text func(T) string) []string {
	all := make([]string, len(items))
	for i, item := range items {
		all[i] = clean(text(item), most)
	}
	return all
}
