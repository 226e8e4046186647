package junit

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"vnettune/foreign"
)

// Inconclusive is what becomes of a case that is not decided.
type Inconclusive string

const (
	// Skip makes it a skipped case.
	Skip Inconclusive = "skip"
	// Fail makes it a failure, for those who let nothing pass that is not shown.
	Fail Inconclusive = "fail"
)

// outcome is what became of a case.
type outcome int

const (
	undecided outcome = iota // the zero value: what is not known is not passed
	passed
	failed
)

// text is every text of the document. Names and messages may quote others: whatever would do
// something else than be read is made visible, and with it all that XML 1.0 cannot hold.
type text string

// MarshalText implements encoding.TextMarshaler, by which encoding/xml writes attributes and character
// data alike.
func (t text) MarshalText() ([]byte, error) { return []byte(foreign.Message(string(t))), nil }

// document is the root. The schema gives it no attribute for skipped cases.
type document struct {
	XMLName  xml.Name `xml:"testsuites"`
	Name     text     `xml:"name,attr"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Errors   int      `xml:"errors,attr"`
	Suites   []suite  `xml:"testsuite"`
}

// suite is the cases that have properties in common.
type suite struct {
	Name       text       `xml:"name,attr"`
	Tests      int        `xml:"tests,attr"`
	Failures   int        `xml:"failures,attr"`
	Errors     int        `xml:"errors,attr"`
	Skipped    int        `xml:"skipped,attr"`
	Properties []property `xml:"properties>property"`
	Cases      []testcase `xml:"testcase"`
	SystemOut  text       `xml:"system-out,omitempty"`
}

type property struct {
	Name  text `xml:"name,attr"`
	Value text `xml:"value,attr"`
}

type testcase struct {
	Classname text    `xml:"classname,attr"`
	Name      text    `xml:"name,attr"`
	Skipped   *reason `xml:"skipped"`
	Failure   *reason `xml:"failure"`
	SystemOut text    `xml:"system-out,omitempty"`
}

// reason is why a case is not passed. Some readers show the attribute, others the text.
type reason struct {
	Type    text `xml:"type,attr"`
	Message text `xml:"message,attr"`
	Text    text `xml:",chardata"`
}

// property adds a property, unless nothing is known of it.
func (s *suite) property(name, value string) {
	if value != "" {
		s.Properties = append(s.Properties, property{text(name), text(value)})
	}
}

// finding is what is known of a case.
type finding struct {
	class, name string
	outcome     outcome
	word        string // the verdict
	sentence    string // what it means
	warnings    []string
}

// add adds the case of a finding and counts it.
func (s *suite) add(f finding, inconclusive Inconclusive) {
	c := testcase{Classname: text(f.class), Name: text(f.name)}
	why := &reason{text(f.word), text(f.sentence), text(f.sentence)}
	out := f.warnings
	switch {
	case f.outcome == passed:
		out = append([]string{f.sentence}, out...)
	case f.outcome == failed || inconclusive == Fail:
		c.Failure = why
		s.Failures++
	default:
		c.Skipped = why
		s.Skipped++
	}
	c.SystemOut = lines(out)
	s.Tests++
	s.Cases = append(s.Cases, c)
}

// lines has each text on a line of its own.
func lines(texts []string) text { return text(strings.Join(texts, "\n")) }

// write writes the suites under a name.
func write(w io.Writer, name string, suites ...suite) error {
	d := document{Name: text(name), Suites: suites}
	for _, s := range suites {
		d.Tests += s.Tests
		d.Failures += s.Failures
	}
	out, err := xml.MarshalIndent(d, "", "  ")
	if err != nil {
		return fmt.Errorf("junit: %w", err)
	}
	if _, err := fmt.Fprintf(w, "%s%s\n", xml.Header, out); err != nil {
		return fmt.Errorf("junit: %w", err)
	}
	return nil
}

// marked is a name with the notice of a stand-in behind it.
func marked(name, notice string) string {
	if notice == "" {
		return name
	}
	return name + " (" + notice + ")"
}
