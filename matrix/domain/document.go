package domain

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/beevik/etree"
	"github.com/rogpeppe/go-internal/diff"

	"vnettune/foreign"
)

// Bounds of libvirt's XML. Nothing that virsh prints of a machine comes near them.
const (
	MaxText     = 1 << 20
	maxDepth    = 32
	maxElements = 20_000
)

// Document is libvirt's XML of a machine.
type Document struct{ doc *etree.Document }

// Parse reads what virsh dumpxml prints.
func Parse(text string) (Document, error) {
	doc, err := read(text)
	if err != nil {
		return Document{}, fmt.Errorf("libvirt's XML: %w", err)
	}
	if root := doc.Root(); root.FullTag() != "domain" {
		return Document{}, fmt.Errorf("libvirt's XML: %s is no domain", foreign.Word(root.FullTag()))
	}
	return Document{doc}, nil
}

// read reads one element with all below it.
func read(text string) (*etree.Document, error) {
	if err := bounded(text); err != nil {
		return nil, err
	}
	doc := etree.NewDocument()
	if err := doc.ReadFromString(text); err != nil {
		return nil, errors.New(foreign.Line(err.Error()))
	}
	roots := 0
	for _, t := range doc.Child {
		switch is := t.(type) {
		case *etree.Element:
			roots++
		case *etree.CharData:
			if strings.TrimSpace(is.Data) != "" {
				return nil, errors.New("there is text outside of its element")
			}
		}
	}
	if roots != 1 {
		return nil, fmt.Errorf("it has %d elements of its own, and must have one", roots)
	}
	return doc, nil
}

// bounded refuses what is no XML or more of it than a machine takes, before a tree is made of it.
func bounded(text string) error {
	if len(text) > MaxText {
		return fmt.Errorf("%d bytes; at most %d are read", len(text), MaxText)
	}
	d := xml.NewDecoder(strings.NewReader(text))
	depth, elements := 0, 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return errors.New(foreign.Line(err.Error()))
		}
		switch t := token.(type) {
		case xml.StartElement:
			depth++
			elements++
			if depth > maxDepth || elements > maxElements {
				return errors.New("too many elements, or too many within one another")
			}
			seen := map[xml.Name]bool{}
			for _, a := range t.Attr {
				if seen[a.Name] {
					return fmt.Errorf("%s has the attribute %s twice", foreign.Word(t.Name.Local), foreign.Word(a.Name.Local))
				}
				seen[a.Name] = true
			}
		case xml.EndElement:
			depth--
		case xml.Directive:
			return errors.New("it has a <!...>, which libvirt does not write")
		}
	}
}

// Text is the document as virsh define takes it.
func (d Document) Text() string {
	text, err := d.doc.WriteToString()
	if err != nil {
		panic(err) // it is written to memory
	}
	return text
}

// Canonical is the form in which texts are held against each other: an element a line, its attributes in order of name.
func (d Document) Canonical() string {
	var b strings.Builder
	canonical(&b, d.doc.Root(), 0)
	return b.String()
}

func canonical(b *strings.Builder, e *etree.Element, depth int) {
	indent := strings.Repeat("  ", depth)
	b.WriteString(indent + "<" + e.FullTag())
	attrs := slices.Clone(e.Attr)
	slices.SortFunc(attrs, func(x, y etree.Attr) int { return strings.Compare(x.FullKey(), y.FullKey()) })
	for _, a := range attrs {
		b.WriteString(" " + a.FullKey() + `="` + escaped(a.Value) + `"`)
	}
	text, children := escaped(textOf(e)), e.ChildElements()
	switch {
	case text == "" && len(children) == 0:
		b.WriteString("/>\n")
		return
	case len(children) == 0:
		b.WriteString(">" + text + "</" + e.FullTag() + ">\n")
		return
	}
	b.WriteString(">\n")
	if text != "" {
		b.WriteString(indent + "  " + text + "\n")
	}
	for _, c := range children {
		canonical(b, c, depth+1)
	}
	b.WriteString(indent + "</" + e.FullTag() + ">\n")
}

// textOf is what an element says itself, wherever its text stands among its elements.
func textOf(e *etree.Element) string {
	var parts []string
	for _, t := range e.Child {
		if c, ok := t.(*etree.CharData); ok {
			if s := strings.TrimSpace(c.Data); s != "" {
				parts = append(parts, s)
			}
		}
	}
	return strings.Join(parts, " ")
}

// escaped is a text as it stands in XML, on one line.
func escaped(s string) string {
	var b bytes.Buffer
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		panic(err) // it is written to memory
	}
	return b.String()
}

// Diff are the lines in which two documents differ, with a few around them, as diff -u has them; none where they are alike.
func Diff(was, is Document) []string {
	a, b := was.Canonical(), is.Canonical()
	if a == b {
		return nil
	}
	text := string(diff.Diff("was", []byte(a), "is", []byte(b)))
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	i := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "@@") })
	return lines[max(i, 0):] // the lines before name files
}

// Lacks says what of a document another has not: an element, an attribute or a text of its own; "" where it has all. What
// the other has beside it does not matter: libvirt adds addresses and defaults to what it is given, and sorts devices by
// their kind.
func Lacks(want, got Document) string {
	return lacks(want.doc.Root(), got.doc.Root(), got.doc.Root().FullTag())
}

func lacks(want, got *etree.Element, path string) string {
	for _, a := range want.Attr {
		switch is := got.SelectAttr(a.FullKey()); {
		case is == nil:
			return fmt.Sprintf("%s has no attribute %s", path, a.FullKey())
		case is.Value != a.Value:
			return fmt.Sprintf("%s has %s=%q, not %q", path, a.FullKey(), is.Value, a.Value)
		}
	}
	if w, g := textOf(want), textOf(got); w != "" && w != g {
		return fmt.Sprintf("%s says %q, not %q", path, g, w)
	}
	rest := got.ChildElements()
	var open []*etree.Element
	for _, w := range want.ChildElements() { // those that are alike are no longer in the way of the others
		text := alone(w)
		if i := slices.IndexFunc(rest, func(g *etree.Element) bool { return alone(g) == text }); i >= 0 {
			rest = slices.Delete(rest, i, i+1)
			continue
		}
		open = append(open, w)
	}
	for _, w := range open {
		first := ""
		found := slices.IndexFunc(rest, func(g *etree.Element) bool {
			if g.FullTag() != w.FullTag() {
				return false
			}
			why := lacks(w, g, path+"/"+g.FullTag())
			if first == "" {
				first = why
			}
			return why == ""
		})
		switch {
		case found >= 0:
			rest = slices.Delete(rest, found, found+1)
		case first != "":
			return first
		default:
			return fmt.Sprintf("%s has no %s", path, strings.TrimSpace(strings.SplitN(alone(w), "\n", 2)[0]))
		}
	}
	return ""
}

// alone is the canonical form of one element.
func alone(e *etree.Element) string {
	var b strings.Builder
	canonical(&b, e, 0)
	return b.String()
}

// Interface is a network adapter of a machine.
type Interface struct {
	MAC   string // "" where libvirt has not given it one yet
	Model string // virtio, e1000e, ...
}

// Interfaces are the machine's adapters, in their order.
func (d Document) Interfaces() []Interface {
	var all []Interface
	for _, e := range d.doc.FindElements("/domain/devices/interface") {
		one := Interface{}
		if mac := e.SelectElement("mac"); mac != nil {
			one.MAC = strings.ToLower(mac.SelectAttrValue("address", ""))
		}
		if model := e.SelectElement("model"); model != nil {
			one.Model = model.SelectAttrValue("type", "")
		}
		all = append(all, one)
	}
	return all
}
