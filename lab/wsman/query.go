package wsman

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"vnettune/lab/wsman/soap"
)

// nsCIM is the namespace of an instance's values.
const nsCIM = "http://schemas.dmtf.org/wbem/wscim/1/common"

// osClass is the one class that is played.
const osClass = "Win32_OperatingSystem"

// osQuery is a WQL query of osClass without a condition.
var osQuery = regexp.MustCompile(`(?i)^\s*select\s+.+\s+from\s+` + osClass + `\s*$`)

// query answers Get and Enumerate with Pull of Win32_OperatingSystem.
func (s *Server) query(e *soap.Envelope) (soap.Reply, error) {
	uri := e.Header.ResourceURI
	class := uri[strings.LastIndexByte(uri, '/')+1:]
	if class != "*" && !strings.EqualFold(class, osClass) {
		return soap.Reply{}, errUnknownResource
	}
	item := osInstance(uri, s)
	switch e.Header.Action {
	case doGet:
		return e.Answer(item), nil
	case doEnumerate:
		return s.enumerate(e, class, item)
	case doPull:
		if e.Body.Pull == nil || strings.TrimSpace(e.Body.Pull.Context) != s.enumeration {
			return soap.Reply{}, soap.Malformed("The enumeration context is unknown.")
		}
		return e.Answer("<n:PullResponse><n:Items>" + item + "</n:Items><n:EndOfSequence/></n:PullResponse>"), nil
	case doRelease:
		return e.Answer(""), nil
	}
	return soap.Reply{}, errUnknownAction
}

func (s *Server) enumerate(e *soap.Envelope, class, item string) (soap.Reply, error) {
	b := e.Body.Enumerate
	if b == nil {
		return soap.Reply{}, soap.Malformed("Enumerate has no body.")
	}
	if f := strings.TrimSpace(b.Filter); (f != "" || class == "*") && !osQuery.MatchString(f) {
		return soap.Reply{}, soap.Malformed("stand-in: of the queries only SELECT ... FROM " + osClass + " is played.")
	}
	if b.Optimize != nil {
		return e.Answer("<n:EnumerateResponse><n:EnumerationContext/><w:Items>" + item + "</w:Items><w:EndOfSequence/></n:EnumerateResponse>"), nil
	}
	return e.Answer("<n:EnumerateResponse><n:EnumerationContext>" + s.enumeration + "</n:EnumerationContext></n:EnumerateResponse>"), nil
}

// osInstance is the machine as an instance of the class.
func osInstance(uri string, s *Server) string {
	os := s.exec.OS()
	ns := uri[:strings.LastIndexByte(uri, '/')+1] + osClass
	var b strings.Builder
	fmt.Fprintf(&b, `<c:%s xmlns:c="%s" xmlns:cim="%s">`, osClass, soap.Escape(ns), nsCIM)
	for _, p := range []struct{ name, text string }{
		{"BuildNumber", os.BuildNumber}, {"Caption", os.Caption}, {"CodeSet", os.CodeSet}, {"CSName", os.CSName},
		{"OSLanguage", strconv.Itoa(os.OSLanguage)}, {"ProductType", strconv.Itoa(os.ProductType)}, {"Version", os.Version},
	} {
		fmt.Fprintf(&b, "<c:%[1]s>%[2]s</c:%[1]s>", p.name, soap.Escape(p.text))
	}
	for _, p := range []struct {
		name string
		at   time.Time
	}{{"LastBootUpTime", os.LastBootUpTime}, {"LocalDateTime", os.LocalDateTime}} {
		fmt.Fprintf(&b, "<c:%[1]s><cim:Datetime>%[2]s</cim:Datetime></c:%[1]s>", p.name, p.at.UTC().Format("2006-01-02T15:04:05.000000Z"))
	}
	b.WriteString("</c:" + osClass + ">")
	return b.String()
}
