package chart

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// What a chart may consist of. There are no identifiers among the attributes, so several charts in one
// page cannot get into each other's way, and nothing that refers to anything.
var (
	elements = []string{"svg", "g", "path", "rect", "line", "text", "tspan"}
	kept     = []string{
		"aria-label", "d", "dx", "dy", "fill", "fill-opacity", "font-family", "font-size", "font-style",
		"font-weight", "height", "opacity", "stroke", "stroke-dasharray", "stroke-linecap", "stroke-linejoin",
		"stroke-opacity", "stroke-width", "text-anchor", "transform", "viewBox", "width", "x", "x1", "x2", "y",
		"y1", "y2",
	}
	// dropped are of no use outside of Vega: its own classes and what says again what is the default.
	dropped = []string{
		"aria-hidden", "aria-roledescription", "class", "display", "pointer-events", "role", "stroke-miterlimit", "version", "xlink", "xmlns",
	}
	paint  = regexp.MustCompile(`^([a-zA-Z]+|#[0-9a-fA-F]{3,8}|rgb\([0-9, ]+\)|var\(--[a-z0-9-]+, ?#[0-9a-fA-F]{3,8}\))$`)
	digits = regexp.MustCompile(`-?[0-9]*\.[0-9]{3,}(e-?[0-9]+)?`)
)

// sealer writes a drawing anew.
type sealer struct {
	strings.Builder
	open    []string // end tags to come; empty for a group that was not written
	ignored int      // depth within an element that shows nothing
	first   bool
}

// seal reads what Vega drew and writes it with what a chart needs and nothing else: an element or an
// attribute that is not expected is an error. Coordinates are rounded to hundredths, which makes the
// drawing smaller, and the same on processors whose last binary digit differs.
func seal(drawn, description string) ([]byte, error) {
	s := sealer{first: true}
	s.Grow(len(drawn))
	for d := xml.NewDecoder(strings.NewReader(drawn)); ; {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			s.WriteByte('\n')
			return []byte(s.String()), nil
		}
		if err != nil {
			return nil, fmt.Errorf("the drawing is no XML: %w", err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			err = s.start(t, description)
		case xml.EndElement:
			s.end()
		case xml.CharData:
			if s.ignored == 0 {
				s.text(string(t))
			}
		default:
			err = fmt.Errorf("the drawing has a %T", t)
		}
		if err != nil {
			return nil, err
		}
	}
}

func (s *sealer) start(t xml.StartElement, description string) error {
	name := t.Name.Local
	if !slices.Contains(elements, name) {
		return fmt.Errorf("the drawing has an element %q; charts have shapes and text only", clean(name, 40))
	}
	if s.first != (name == "svg") {
		return fmt.Errorf("the drawing has an element %q at the wrong place", name)
	}
	attributes, label, err := attributes(t)
	if err != nil {
		return err
	}
	if s.ignored > 0 || showsNothing(t) {
		s.ignored++
		return nil
	}
	end := "</" + name + ">"
	switch {
	case name == "svg":
		s.first = false
		s.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" role="img"`)
		s.attribute("aria-label", clean(description, 2000))
	case name == "g" && attributes == "":
		end = "" // a group of Vega's own bookkeeping
	default:
		s.WriteString("<" + name)
	}
	if s.open = append(s.open, end); end == "" {
		return nil
	}
	s.WriteString(attributes)
	if label != "" && name != "svg" {
		s.attribute("aria-label", label)
	}
	s.WriteByte('>')
	if label != "" && name != "svg" {
		s.WriteString("<title>") // browsers show it where the mark is pointed at
		s.text(label)
		s.WriteString("</title>")
	}
	return nil
}

func (s *sealer) end() {
	if s.ignored > 0 {
		s.ignored--
		return
	}
	last := len(s.open) - 1
	s.WriteString(s.open[last])
	s.open = s.open[:last]
}

// showsNothing tells what Vega draws for the mouse only: backgrounds and foregrounds of groups that
// have neither colour nor line.
func showsNothing(t xml.StartElement) bool {
	class, painted := "", false
	for _, a := range t.Attr {
		switch a.Name.Local {
		case "class":
			class = a.Value
		case "fill", "stroke":
			painted = true
		case "display":
			if a.Value == "none" {
				return true
			}
		}
	}
	return t.Name.Local == "path" && !painted && (class == "background" || class == "foreground")
}

// attributes gives those that are kept as text, and the label apart: only marks have one of their own.
func attributes(t xml.StartElement) (text, label string, err error) {
	var b sealer
	isMark := t.Name.Local != "g"
	for _, a := range t.Attr {
		name := a.Name.Local
		switch {
		case slices.Contains(dropped, name):
			continue
		case !slices.Contains(kept, name):
			return "", "", fmt.Errorf("the drawing has an attribute %q", clean(name, 40))
		case name == "aria-label":
			if isMark {
				label = a.Value
			}
			continue
		case name == "transform" && a.Value == "translate(0,0)",
			strings.HasSuffix(name, "opacity") && a.Value == "1":
			continue
		case name == "fill" || name == "stroke":
			// User text never gets here; this is for what a specification of others may say.
			if !paint.MatchString(a.Value) {
				return "", "", fmt.Errorf("the drawing has the colour %q; charts have names, #rrggbb, rgb() and variables with #rrggbb behind them", clean(a.Value, 60))
			}
		case name == "transform", name == "d", len(name) <= 2, name == "width", name == "height":
			a.Value = digits.ReplaceAllStringFunc(a.Value, hundredths)
		}
		b.attribute(name, a.Value)
	}
	return b.String(), label, nil
}

func hundredths(number string) string {
	x, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return number
	}
	return strconv.FormatFloat(math.Round(x*100)/100+0, 'f', -1, 64) // + 0: no -0
}

func (s *sealer) attribute(name, value string) {
	s.WriteString(" " + name + `="`)
	s.text(value)
	s.WriteByte('"')
}

var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;")

// text writes what may stand between tags and between quotes.
func (s *sealer) text(t string) { s.WriteString(escape.Replace(t)) }
