package junit

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// element is what Jenkins' junit-10.xsd says of one element: the names of the children, each followed by
// a blank, match children as a whole; attributes are required or optional, and only some elements hold
// text. (jenkinsci/xunit-plugin, src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd.)
type element struct {
	children           *regexp.Regexp
	required, optional []string
	text               bool
}

func children(pattern string) *regexp.Regexp { return regexp.MustCompile("^(?:" + pattern + ")$") }

var (
	none    = children("")
	why     = element{children: none, optional: []string{"type", "message"}, text: true}
	rerun   = element{children: children("(stackTrace )?(system-out )?(system-err )?"), required: []string{"type"}, optional: []string{"message"}, text: true}
	printed = element{children: none, text: true}
)

// junit10 is the schema; stackTrace stands there within a rerun only.
var junit10 = map[string]element{
	"testsuites": {children: children("(testsuite )*"), optional: []string{"name", "time", "tests", "failures", "errors"}},
	"testsuite": {
		children: children("((testsuite|properties|testcase|system-out|system-err) )*"),
		required: []string{"name", "tests", "failures", "errors"},
		optional: []string{"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url", "version"},
	},
	"properties": {children: children("(property )*")},
	"property":   {children: none, required: []string{"name", "value"}},
	"testcase": {
		children: children("((skipped|error|failure|rerunFailure|rerunError|flakyFailure|flakyError|system-out|system-err) )*"),
		required: []string{"name"}, optional: []string{"time", "classname", "group"},
	},
	"skipped": why, "error": why, "failure": why,
	"rerunFailure": rerun, "rerunError": rerun, "flakyFailure": rerun, "flakyError": rerun,
	"system-out": printed, "system-err": printed, "stackTrace": printed,
}

// seconds is the type SUREFIRE_TIME, which the time of suites has.
var seconds = regexp.MustCompile(`^(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]{0,3})?$`)

// conforms says how a document breaks the schema; nil if it does not. Any global element may be a
// document's root; a report has testsuites.
func conforms(document string) error {
	d := xml.NewDecoder(strings.NewReader(document))
	type open struct {
		name, children string
	}
	var stack []open
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch token := token.(type) {
		case xml.StartElement:
			name := token.Name.Local
			if len(stack) == 0 && name != "testsuites" {
				return fmt.Errorf("the root is %s", name)
			}
			if err := begins(token); err != nil {
				return err
			}
			if len(stack) > 0 {
				stack[len(stack)-1].children += name + " "
			}
			stack = append(stack, open{name: name})
		case xml.EndElement:
			last := stack[len(stack)-1]
			if stack = stack[:len(stack)-1]; !junit10[last.name].children.MatchString(last.children) {
				return fmt.Errorf("%s has the children %q", last.name, last.children)
			}
		case xml.CharData:
			blank := strings.TrimSpace(string(token)) == ""
			if !blank && (len(stack) == 0 || !junit10[stack[len(stack)-1].name].text) {
				return fmt.Errorf("text %q where none may be", token)
			}
		}
	}
}

// begins checks an element's name and attributes.
func begins(e xml.StartElement) error {
	rule, known := junit10[e.Name.Local]
	if !known || e.Name.Space != "" {
		return fmt.Errorf("no element %s %s", e.Name.Space, e.Name.Local)
	}
	var have []string
	for _, a := range e.Attr {
		if slices.Contains(have, a.Name.Local) || a.Name.Space != "" || !slices.Contains(slices.Concat(rule.required, rule.optional), a.Name.Local) {
			return fmt.Errorf("%s has no attribute %s %s", e.Name.Local, a.Name.Space, a.Name.Local)
		}
		if have = append(have, a.Name.Local); a.Name.Local == "time" && e.Name.Local != "testcase" && !seconds.MatchString(a.Value) {
			return fmt.Errorf("time %q of %s", a.Value, e.Name.Local)
		}
	}
	for _, name := range rule.required {
		if !slices.Contains(have, name) {
			return fmt.Errorf("%s lacks %s", e.Name.Local, name)
		}
	}
	return nil
}

// The rules can be broken: each of these was refused by xmllint and the schema itself, too.
func TestSchemaRefuses(t *testing.T) {
	const suite = `<testsuite name="a" tests="1" failures="0" errors="0">`
	for _, good := range []string{
		"<testsuites/>",
		"<testsuites>" + suite + `<system-out>x</system-out><testcase name="b"><failure type="t">x</failure><skipped/></testcase><properties/></testsuite></testsuites>`,
		"<testsuites>" + suite + `<testcase name="b"><flakyError type="t"><stackTrace>x</stackTrace><system-err/></flakyError></testcase></testsuite></testsuites>`,
		`<testsuites time="1,234.5">` + suite + suite + "</testsuite></testsuite></testsuites>",
	} {
		if err := conforms(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{
		`<testsuite name="a" tests="1" failures="0" errors="0"></testsuites>`,
		`<testsuites skipped="1"/>`,
		"<testsuites>text</testsuites>",
		`<testsuites time="soon"/>`,
		`<testsuites><testcase name="b"/></testsuites>`,
		`<testsuites><testsuite name="a" tests="1" failures="0"/></testsuites>`,
		`<testsuites xmlns="http://example.org/"/>`,
		"<testsuites>" + suite + `<testcase/></testsuite></testsuites>`,
		"<testsuites>" + suite + `<testcase name="b"><properties/></testcase></testsuite></testsuites>`,
		"<testsuites>" + suite + `<testcase name="b">text</testcase></testsuite></testsuites>`,
		"<testsuites>" + suite + `<testcase name="b" status="run"/></testsuite></testsuites>`,
		"<testsuites>" + suite + `<properties><property name="b"/></properties></testsuite></testsuites>`,
		"<testsuites>" + suite + `<testcase name="b"><flakyError type="t"><system-err/><stackTrace/></flakyError></testcase></testsuite></testsuites>`,
		"<testsuites>" + suite + `<testcase name="b"><failure><b/></failure></testcase></testsuite></testsuites>`,
		"<testsuites>" + suite + "<system-out>\x1b</system-out></testsuite></testsuites>",
	} {
		if conforms(bad) == nil {
			t.Errorf("accepted: %s", bad)
		}
	}
}
