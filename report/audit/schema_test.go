package audit

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"vnettune/report"
	"vnettune/results/record"
)

// The JSON of an audit has the form that its schema gives, with findings of every kind and without any.
func TestSchema(t *testing.T) {
	s, err := jsonschema.NewCompiler().Compile(filepath.Join("..", "..", "docs", "schema", "audit-v1.json"))
	if err != nil {
		t.Fatal(err)
	}
	full := input(t, "100.93.104.24000", "ip.taskoffload=disabled", "tcp.autotuninglevel=disabled", "netkvm.RxCapacity=4096", "netkvm.RscIPv4=off:no", "template.icw=9")
	full.Survey.Unread = []record.Unread{{ID: "udp.uso", Why: "no such key"}}
	full.Opinions = []report.Opinion{{Campaign: "c", Store: "c.db", Values: []report.ValueOpinion{{Setting: "ip.taskoffload", Value: "disabled", Against: "enabled", Verdict: "harms"}}}}
	for name, in := range map[string]Input{"everything": full, "nothing": input(t, "")} {
		var b bytes.Buffer
		if err := JSON(&b, judged(t, in)); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err == nil {
			err = s.Validate(doc)
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if name == "everything" {
			for _, kind := range kinds {
				if !strings.Contains(text, `"kind": "`+string(kind)+`"`) {
					t.Errorf("nothing is %s", kind)
				}
			}
			if doc, err = jsonschema.UnmarshalJSON(strings.NewReader(strings.Replace(text, `"kind": "differs"`, `"kind": "other"`, 1))); err != nil || s.Validate(doc) == nil {
				t.Error("the schema takes any kind")
			}
		}
	}
}
