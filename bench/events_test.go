package bench_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"vnettune/bench"
)

const eventsSchema = "../docs/schema/events-v1.json"

var compiledEvents = sync.OnceValues(func() (*jsonschema.Schema, error) {
	return jsonschema.NewCompiler().Compile(filepath.FromSlash(eventsSchema))
})

// follows says how an event's line differs from what the schema describes.
func follows(line []byte) error {
	s, err := compiledEvents()
	if err != nil {
		return err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
	if err != nil {
		return err
	}
	return s.Validate(doc)
}

// looks are the events of this package's tests by what they look like to the schema: their kind, the fields that they
// have, and how a session ended; with what the schema has against the first of each.
var looks struct {
	sync.Mutex
	wrong map[string]error
}

// heard holds an event of a test against the schema, unless one that looks alike was. TestMain tells what is wrong.
func heard(e bench.Event) {
	look := string(e.Kind)
	if e.Kind == bench.EventDone {
		look += " " + e.Status
	}
	v := reflect.ValueOf(e)
	for i := range v.NumField() {
		look += fmt.Sprint(" ", !v.Field(i).IsZero())
	}
	looks.Lock()
	defer looks.Unlock()
	if _, known := looks.wrong[look]; known {
		return
	}
	line, err := json.Marshal(e)
	if err == nil {
		err = follows(line)
	}
	if err != nil {
		err = fmt.Errorf("%s\n%w", line, err)
	}
	if looks.wrong == nil {
		looks.wrong = map[string]error{}
	}
	looks.wrong[look] = err
}

// TestMain fails where a session of any test told of something that the schema of events does not describe.
func TestMain(m *testing.M) {
	code := m.Run()
	for _, err := range looks.wrong {
		if err != nil {
			fmt.Fprintf(os.Stderr, "an event is not as %s says: %v\n", eventsSchema, err)
			code = max(code, 1)
		}
	}
	os.Exit(code)
}

// TestEventsSchemaHasAll: every kind of event has its part of the schema, and every field its description.
func TestEventsSchemaHasAll(t *testing.T) {
	text, err := os.ReadFile(filepath.FromSlash(eventsSchema))
	if err != nil {
		t.Fatal(err)
	}
	type part struct {
		Properties map[string]struct {
			Const string `json:"const"`
		} `json:"properties"`
	}
	var s struct {
		part
		OneOf []part          `json:"oneOf"`
		Defs  map[string]part `json:"$defs"`
	}
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	var kinds, fields []string
	of := func(p part) {
		for name := range p.Properties {
			fields = append(fields, name)
		}
	}
	of(s.part)
	for _, p := range s.OneOf {
		kinds = append(kinds, p.Properties["event"].Const)
		of(p)
	}
	for _, p := range s.Defs {
		of(p)
	}
	slices.Sort(kinds)
	slices.Sort(fields)
	if diff := cmp.Diff(eventKinds(t), kinds); diff != "" {
		t.Errorf("kinds of events, -program +schema:\n%s", diff)
	}
	var want []string
	for i := range reflect.TypeFor[bench.Event]().NumField() {
		name, _, _ := strings.Cut(reflect.TypeFor[bench.Event]().Field(i).Tag.Get("json"), ",")
		want = append(want, name)
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, slices.Compact(fields)); diff != "" {
		t.Errorf("fields of events, -program +schema:\n%s", diff)
	}
}

// eventKinds are the constants of the type EventKind in this package's source, sorted.
func eventKinds(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "spec.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); ok && name.Name == "EventKind" {
			word, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, word)
		}
		return true
	})
	slices.Sort(all)
	return all
}

// TestRecordedEvents: the lines that a run against a stand-in guest wrote (`vnettune run --format json`, with two
// workloads, switched by reboots and within boots) are as the schema says, and what is changed in them is not.
func TestRecordedEvents(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "events", "*.jsonl"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no recorded events: %v", err)
	}
	seen := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
			if err := follows([]byte(line)); err != nil {
				t.Errorf("%s:%d: %v\n%s", file, i+1, err, line)
			}
			var e bench.Event
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				t.Fatal(err)
			}
			if e.Kind != bench.EventRun || e.Value != nil && e.Mean != nil { // one that has all
				seen[string(e.Kind)] = line
			}
		}
	}
	for _, change := range []struct{ kind, old, by string }{
		{"start", `"text":`, `"txt":`},
		{"start", `"event":"start"`, `"event":"begin"`},
		{"start", `"blocks":`, `"block":`},
		{"step", `"step":`, `"name":`},
		{"step", `"arm":`, `"status":`},
		{"run", `"unit":`, `"units":`},
		{"run", `"mean_boots":`, `"means":`},
		{"run", `"value":`, `"value":"",`},
		{"boot", `"boot":`, `"boot":"x","b":`},
		{"restored", `"text":`, `"step":`},
		{"done", `"status":"done"`, `"status":"ended"`},
	} {
		line := seen[change.kind]
		if !strings.Contains(line, change.old) {
			t.Errorf("no recorded event %s has %s: %s", change.kind, change.old, line)
			continue
		}
		if wrong := strings.Replace(line, change.old, change.by, 1); follows([]byte(wrong)) == nil {
			t.Errorf("this is taken: %s", wrong)
		}
	}
}
