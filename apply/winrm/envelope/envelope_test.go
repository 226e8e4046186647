package envelope

import (
	"context"
	"encoding/xml"
	"errors"
	"strings"
	"testing"
)

const created = `<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="` + addressing + `" xmlns:rsp="` + shell + `">` +
	`<s:Header><a:Action> ` + createResponse + ` </a:Action></s:Header><s:Body><rsp:Shell><rsp:ShellId>` + "\n" + `A-1 </rsp:ShellId></rsp:Shell></s:Body></s:Envelope>`

func TestIDs(t *testing.T) {
	for name, c := range map[string]struct{ answer, id, wrong string }{
		"a shell":              {created, "A-1", ""},
		"named twice":          {strings.Replace(created, "</rsp:Shell>", "<rsp:ShellId>A-1</rsp:ShellId></rsp:Shell>", 1), "A-1", ""},
		"two shells":           {strings.Replace(created, "</rsp:Shell>", "<rsp:ShellId>A-2</rsp:ShellId></rsp:Shell>", 1), "", "two things"},
		"of another namespace": {strings.ReplaceAll(created, "rsp:ShellId", "a:ShellId"), "", "names no shell"},
		"in the header":        {strings.ReplaceAll(strings.ReplaceAll(created, "s:Body", "s:Foot"), "s:Header", "s:Body"), "", "something else"},
		"another action":       {strings.Replace(created, "CreateResponse", "Create\u202e", 1), "", `something else came: http://schemas.xmlsoap.org/ws/2004/09/transfer/Create\u202e`},
		"XML":                  {strings.Replace(created, "A-1", "&lt;b>", 1), "", "is none: <b>"},
		"a document type":      {strings.Replace(created, "<s:Env", "<!DOCTYPE a><s:Env", 1), "", "document type"},
		"cut":                  {created[:len(created)-5], "", "no whole SOAP message"},
		"deep":                 {strings.Replace(created, "<rsp:Shell>", strings.Repeat("<b>", maxDepth)+"<rsp:Shell>", 1), "", "within each other"},
		"a long tag":           {strings.Replace(created, "<rsp:Shell>", "<rsp:Shell a='"+strings.Repeat("x", maxTag)+"'>", 1), "", "a tag of more than"},
		"many":                 {strings.Replace(created, "<rsp:Shell>", strings.Repeat("<b/>", maxTags)+"<rsp:Shell>", 1), "", "more than 20000 tags"},
		"empty":                {"", "", "is empty"},
	} {
		id, err := ShellID(t.Context(), []byte(c.answer))
		if c.wrong == "" && (err != nil || id != c.id) || c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)) {
			t.Errorf("%s: %q, %v; want %q, %q", name, id, err, c.id, c.wrong)
		}
	}
}

// A message that is being read is given up with its context.
func TestReadingEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	seen := 0
	err := Walk(ctx, []byte(`<Envelope>`+strings.Repeat("<a/>", maxTags-2)+`</Envelope>`), func([]xml.Name, xml.Token) error {
		if seen++; seen == 10 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || seen > 10+looks {
		t.Errorf("%v after %d tokens", err, seen)
	}
}

// FuzzIDs: no answer of a guest brings the reader down, and an id can be sent back as it is.
func FuzzIDs(f *testing.F) {
	f.Add([]byte(created))
	f.Fuzz(func(t *testing.T, answer []byte) {
		for _, read := range []func(context.Context, []byte) (string, error){ShellID, CommandID} {
			if id, err := read(t.Context(), answer); err == nil && (id == "" || strings.ContainsAny(id, "<>&\"' \n")) {
				t.Errorf("id %q", id)
			}
		}
	})
}
