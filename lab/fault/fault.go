package fault

import (
	"strconv"
	"strings"
)

// Fault is one way to misbehave and the point at which it happens.
type Fault struct {
	Name    string
	Value   string // "" if the fault takes none or none was given
	Boot    Span   // of the guest's disk, counted from 1; zero: every boot
	Step    string // what the last command line was, one of Steps; "": anything
	Request string // kind of request, one of Requests; "": any but a connection
	Nth     Span   // among the events of a boot that fit the rest; zero: the first
}

// Span is one number, or every one from it on. The zero value stands for no condition.
type Span struct {
	From int  // counted from 1
	On   bool // and every later one
}

// Holds says whether n is in the span; everything is in the zero one.
func (s Span) Holds(n int) bool { return s.From == 0 || n == s.From || s.On && n > s.From }

// String is the span as it is written in a fault.
func (s Span) String() string {
	if s.On {
		return strconv.Itoa(s.From) + "+"
	}
	return strconv.Itoa(s.From)
}

// String is the fault in the form that Parse reads.
func (f Fault) String() string {
	text := f.Name
	if f.Value != "" {
		text += "=" + f.Value
	}
	var at []string
	for _, c := range []struct {
		key, value string
		given      bool
	}{
		{"boot", f.Boot.String(), f.Boot != Span{}},
		{"step", f.Step, f.Step != ""},
		{"request", f.Request, f.Request != ""},
		{"nth", f.Nth.String(), f.Nth != Span{}},
	} {
		if c.given {
			at = append(at, c.key+"="+c.value)
		}
	}
	if len(at) > 0 {
		text += "@" + strings.Join(at, ",")
	}
	return text
}

// MarshalText implements encoding.TextMarshaler.
func (f Fault) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (f *Fault) UnmarshalText(b []byte) error {
	parsed, err := Parse(string(b))
	*f = parsed
	return err
}

// Plan is everything that is to go wrong. The zero value is a guest that behaves.
type Plan []Fault

// ParsePlan reads a list of faults.
func ParsePlan(texts []string) (Plan, error) {
	var p Plan
	for _, t := range texts {
		f, err := Parse(t)
		if err != nil {
			return nil, err
		}
		p = append(p, f)
	}
	return p, nil
}

// At is the part of a plan for one boot.
func (p Plan) At(boot int) Plan {
	var now Plan
	for _, f := range p {
		if f.Boot.Holds(boot) {
			now = append(now, f)
		}
	}
	return now
}

// Find returns the first fault of that name.
func (p Plan) Find(name string) (Fault, bool) {
	for _, f := range p {
		if f.Name == name {
			return f, true
		}
	}
	return Fault{}, false
}

// Values are the values of all faults of that name.
func (p Plan) Values(name string) []string {
	var all []string
	for _, f := range p {
		if f.Name == name {
			all = append(all, f.Value)
		}
	}
	return all
}

// of keeps the faults that happen in one place.
func (p Plan) of(place place) Plan {
	var some Plan
	for _, f := range p {
		if k, ok := findKind(f.Name); ok && k.place == place {
			some = append(some, f)
		}
	}
	return some
}

// Events counts what happens in one boot and says when a fault is due. Its owner
// keeps it from concurrent use.
type Events struct {
	plan Plan
	seen []int
}

// wireEvents are the events of the wire in one boot.
func (p Plan) wireEvents() *Events { return newEvents(p.of(onWire)) }

// Commands are the events of the guest's command lines in one boot.
func (p Plan) Commands() *Events { return newEvents(p.of(atCommand)) }

func newEvents(p Plan) *Events { return &Events{plan: p, seen: make([]int, len(p))} }

// Next counts one event and returns the faults that are due with it.
func (e *Events) Next(step, request string) Plan {
	var due Plan
	for i, f := range e.plan {
		if f.Step != "" && f.Step != step || f.Request == "" && request == Connect || f.Request != "" && f.Request != request {
			continue
		}
		e.seen[i]++
		nth := f.Nth
		if nth == (Span{}) {
			nth.From = 1
		}
		if nth.Holds(e.seen[i]) {
			due = append(due, f)
		}
	}
	return due
}
