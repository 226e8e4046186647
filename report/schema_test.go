package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"vnettune/report/rank"
	"vnettune/report/rank/gate"
	"vnettune/report/rank/synthetic"
	"vnettune/report/stored"
)

func compileSchema(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile(filepath.Join("..", "docs", "schema", name))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(t *testing.T, s *jsonschema.Schema, text string) error {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(doc)
}

func rendered(t *testing.T, write func(io.Writer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// gates are real outcomes of synthetic campaigns: each verdict, one metric that
// cannot be tested, and a gate against stored campaigns.
func gates(t *testing.T) []stored.Gated {
	t.Helper()
	o := rank.DefaultOptions()
	looks := gate.Looks{Planned: 3, This: 2}
	o.Baseline = synthetic.Baseline
	session := func(seed uint64, effect, noise float64, blocks int) gate.Session {
		p := synthetic.DefaultPlan()
		p.Combinations, p.Blocks, p.Seed, p.BootSD, p.RepSD, p.Effects = 2, blocks, seed, noise, noise, map[string]float64{"c01": effect}
		rows, err := synthetic.Draw(p)
		if err != nil {
			t.Fatal(err)
		}
		return gate.Session{Name: fmt.Sprint(seed, ".db"), Rows: rows, Baseline: synthetic.Baseline}
	}
	var out []stored.Gated
	add := func(got gate.Outcome, err error) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, stored.Gated{Candidate: "c01", Baseline: o.Baseline, Alpha: o.Alpha, Looks: looks, Verdict: got.Verdict, Results: got.Results, Failures: got.Failures})
	}
	for i, effect := range []float64{0, -9} {
		add(gate.Judge(session(uint64(i), effect, 0.5, 10).Rows, "c01", o, looks))
	}
	add(gate.Judge(session(2, 0, 9, 4).Rows, "c01", o, looks))
	add(gate.Judge(session(3, 0, 0, 4).Rows, "c01", o, looks))
	add(gate.Judge(session(4, 0, 1, 2).Rows, "c01", o, looks))
	stored := []gate.Session{session(5, 0, 1, 5), session(6, 0, 1, 5)}
	add(gate.Against(session(7, 0, 1, 5).Rows, "c01", stored, o, looks))
	return append(out, gateFixture())
}

func TestGateFollowsItsSchema(t *testing.T) {
	s := compileSchema(t, "gate-v2.json")
	var seen []gate.Verdict
	for _, g := range gates(t) {
		text := rendered(t, func(w io.Writer) error { return GateJSON(w, g) })
		if err := validate(t, s, text); err != nil {
			t.Errorf("%s: %v\n%s", g.Verdict, err, text)
		}
		seen = append(seen, g.Verdict)
	}
	for _, v := range []gate.Verdict{gate.Pass, gate.Fail, gate.Inconclusive} {
		if !slices.Contains(seen, v) {
			t.Errorf("no gate is %s: the case proves less than it should", v)
		}
	}
	text := rendered(t, func(w io.Writer) error { return GateJSON(w, gateFixture()) })
	for _, change := range [][2]string{
		{`"verdict": "FAIL"`, `"verdict": "BAD"`}, {`"reason": "noise"`, `"reason": "luck"`}, {`"boots_new": 10`, `"boots": 10`}, {`"this": 1`, `"this": 0`},
	} {
		if !strings.Contains(text, change[0]) {
			t.Fatalf("the document lacks %s", change[0])
		}
		if validate(t, s, strings.Replace(text, change[0], change[1], 1)) == nil {
			t.Errorf("%s is accepted", change[1])
		}
	}
}

// The enums of the schema are the words of the program.
func TestGateSchemaHasTheWords(t *testing.T) {
	s := compileSchema(t, "gate-v2.json")
	for _, reason := range []gate.Reason{gate.ReasonBoots, gate.ReasonVariance, gate.ReasonSession, gate.ReasonOrder, gate.ReasonMissing, gate.ReasonGrown, gate.ReasonMargin, gate.ReasonNoise} {
		g := gateFixture()
		g.Results = g.Results[:1]
		g.Results[0].Verdict, g.Results[0].Reason = gate.Inconclusive, reason
		if err := validate(t, s, rendered(t, func(w io.Writer) error { return GateJSON(w, g) })); err != nil {
			t.Errorf("reason %q: %v", reason, err)
		}
	}
}

func TestHistoryFollowsItsSchema(t *testing.T) {
	s := compileSchema(t, "history-v2.json")
	var campaigns []gate.Session
	for i := range 12 {
		p := synthetic.DefaultPlan()
		p.Combinations, p.Blocks, p.BootSD, p.RepSD, p.Seed = 2, 4, 0.5, 0.5, uint64(i+1)
		p.Effects = map[string]float64{"c01": float64(-9 * (i / 6))}
		rows, err := synthetic.Draw(p)
		if err != nil {
			t.Fatal(err)
		}
		campaigns = append(campaigns, gate.Session{Name: fmt.Sprint(i), Rows: rows, Baseline: synthetic.Baseline})
	}
	o := rank.DefaultOptions()
	for _, n := range []int{3, 12} {
		all, err := gate.HistoryOf(campaigns[:n], "c01", o)
		if err != nil {
			t.Fatal(err)
		}
		text := rendered(t, func(w io.Writer) error {
			return HistoryJSON(w, stored.Followed{Arm: "c01", Histories: all})
		})
		if err := validate(t, s, text); err != nil {
			t.Errorf("%d campaigns: %v", n, err)
		}
		if changed := strings.Contains(text, `"from"`); changed != (n == 12) {
			t.Errorf("%d campaigns: a change is %v", n, changed)
		}
	}
	text := rendered(t, func(w io.Writer) error { return HistoryJSON(w, historyFixture()) })
	if err := validate(t, s, text); err != nil {
		t.Error(err)
	}
	for _, change := range [][2]string{{`"too_short": false`, `"too_short": 0`}, {`"index": 6`, `"index": -1`}, {`"better": "higher"`, `"better": "up"`}} {
		if !strings.Contains(text, change[0]) || validate(t, s, strings.Replace(text, change[0], change[1], 1)) == nil {
			t.Errorf("%s is accepted", change[1])
		}
	}
	var doc struct{ Schema string }
	if err := json.Unmarshal([]byte(text), &doc); err != nil || doc.Schema != HistorySchema {
		t.Errorf("schema %q, %v", doc.Schema, err)
	}
}

// The status of a campaign has the form that its schema gives, done, under way and left changed.
func TestStatusSchema(t *testing.T) {
	s := compileSchema(t, "status-v1.json")
	for name, status := range map[string]Status{
		"done": {Done: true, Made: 2, Planned: 2, Ranked: 2},
		"under way, and left changed": {Made: 1, Planned: 30, Left: 90, Changed: true, Running: "a run of this campaign is going on",
			NotOK: []StatusBoot{{"b001", 1, "ts", "reboot_failed", "no answer"}}},
	} {
		status.Schema, status.Look, status.Looks = StatusSchema, 1, 1
		if status.NotOK == nil {
			status.NotOK = []StatusBoot{}
		}
		status.Next = []string{}
		if err := validate(t, s, rendered(t, func(w io.Writer) error { return StatusJSON(w, status) })); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if validate(t, s, `{"schema": "vnettune/status/v1"}`) == nil {
		t.Error("the schema takes anything")
	}
}
