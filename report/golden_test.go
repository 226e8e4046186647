package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"vnettune/report/page"
	"vnettune/report/rank"
	"vnettune/report/terminal"
	"vnettune/results/sample"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// formats are all that a ranking can be rendered as, by file ending.
var formats = map[string]func(*bytes.Buffer, Report) error{
	"txt":       func(b *bytes.Buffer, r Report) error { return Text(b, r) },
	"short.txt": func(b *bytes.Buffer, r Report) error { return asText(b, Tell, r, terminal.Style{Width: 80}) },
	"json":      func(b *bytes.Buffer, r Report) error { return JSON(b, r) },
	"csv":       func(b *bytes.Buffer, r Report) error { return RankingCSV(b, r) },
}

// wide is the style of the long text.
var wide = terminal.Style{Width: 100, Full: true}

// Text writes the report in the long form.
func Text(w io.Writer, r Report) error { return asText(w, Tell, r) }

// asText tells something and writes it as text, in the long form if no style is named.
func asText[T any](w io.Writer, tell func(T) (page.Page, error), what T, s ...terminal.Style) error {
	p, err := tell(what)
	if err != nil {
		return err
	}
	return terminal.Write(w, p, append(s, wide)[0])
}

func TestGolden(t *testing.T) {
	for _, f := range fixtures {
		for ending, render := range formats {
			t.Run(f.name+"."+ending, func(t *testing.T) {
				var b bytes.Buffer
				if err := render(&b, f.ranked(t)); err != nil {
					t.Fatal(err)
				}
				file := filepath.Join("testdata", f.name+"."+ending)
				if *update {
					if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(string(want), b.String()); d != "" {
					t.Errorf("(-want +got):\n%s", d)
				}
			})
		}
	}
}

// The same samples in another order give the same bytes.
func TestOrderOfSamplesDoesNotMatter(t *testing.T) {
	for _, f := range fixtures {
		rows := f.rows()
		slices.Reverse(rows)
		o := rank.DefaultOptions()
		o.Baseline = f.arms[0].name
		if f.options != nil {
			f.options(&o)
		}
		turned := f.rankedFrom(t, rows, o)
		for ending, render := range formats {
			var a, b bytes.Buffer
			if err := render(&a, f.ranked(t)); err != nil {
				t.Fatal(err)
			}
			if err := render(&b, turned); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(a.String(), b.String()); d != "" {
				t.Errorf("%s as %s differs:\n%s", f.name, ending, d)
			}
		}
	}
}

func TestStandInIsNamedInEveryFormat(t *testing.T) {
	for _, f := range fixtures {
		want := strings.HasPrefix(f.guest, "lab")
		outputs := make(map[string]string)
		for ending, render := range formats {
			var b bytes.Buffer
			if err := render(&b, f.ranked(t)); err != nil {
				t.Fatal(err)
			}
			outputs[ending] = b.String()
		}
		var b bytes.Buffer
		if err := CSV(&b, f.rows()); err != nil {
			t.Fatal(err)
		}
		outputs["samples"] = b.String()
		for format, text := range outputs {
			if got := strings.Contains(text, StandInNotice); got != want {
				t.Errorf("%s as %s: notice is %v, want %v", f.name, format, got, want)
			}
		}
	}
}

// Samples that were written rank the same when they are read again.
func TestSamplesRankTheSame(t *testing.T) {
	for _, f := range fixtures {
		var b bytes.Buffer
		if err := CSV(&b, f.rows()); err != nil {
			t.Fatal(err)
		}
		rows, err := sample.Read(&b)
		if err != nil {
			t.Fatal(err)
		}
		r := f.ranked(t)
		o := rank.DefaultOptions()
		o.Baseline = r.Ranking.Baseline
		if f.options != nil {
			f.options(&o)
		}
		again := f.rankedFrom(t, rows, o)
		var one, two bytes.Buffer
		if err := JSON(&one, r); err != nil {
			t.Fatal(err)
		}
		if err := JSON(&two, again); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(one.String(), two.String()); d != "" {
			t.Errorf("%s:\n%s", f.name, d)
		}
	}
}

// No line is wider than asked, but for a name that is; and every name is there whole.
func TestTextFitsTheLine(t *testing.T) {
	for _, f := range fixtures {
		r := f.ranked(t)
		for _, s := range []terminal.Style{{Width: 60}, {Width: 80}, {Width: 80, Full: true}, wide, {Width: 140, Full: true, ASCII: true}} {
			var b bytes.Buffer
			if err := asText(&b, Tell, r, s); err != nil {
				t.Fatal(err)
			}
			for _, arm := range f.arms {
				if !strings.Contains(b.String(), arm.name) {
					t.Errorf("%s, %+v: %s is not named whole", f.name, s, arm.name)
				}
			}
			for line := range strings.Lines(b.String()) {
				line = strings.TrimSuffix(line, "\n")
				if utf8.RuneCountInString(line) > s.Width && strings.Contains(strings.TrimSpace(line), " ") {
					t.Errorf("%s: wider than %d: %s", f.name, s.Width, line)
				}
				if strings.TrimRight(line, " ") != line {
					t.Errorf("%s: blanks at the end of %q", f.name, line)
				}
				if s.ASCII && strings.ContainsFunc(line, func(c rune) bool { return c > 126 }) {
					t.Errorf("%s: not ASCII: %q", f.name, line)
				}
			}
		}
	}
}

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile(filepath.Join("..", "docs", "schema", "ranking-v2.json"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestJSONFollowsItsSchema(t *testing.T) {
	s := schema(t)
	for _, f := range fixtures {
		var b bytes.Buffer
		if err := JSON(&b, f.ranked(t)); err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(&b)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(doc); err != nil {
			t.Errorf("%s: %v", f.name, err)
		}
	}
}

// The schema refuses words that are none of ours, so the test above can fail.
func TestSchemaRefusesOtherWords(t *testing.T) {
	var b bytes.Buffer
	if err := JSON(&b, fixtures[0].ranked(t)); err != nil {
		t.Fatal(err)
	}
	s := schema(t)
	for _, change := range [][2]string{
		{`"label": "helps"`, `"label": "better"`},
		{`"tier": 1`, `"tier": 0`},
		{`"excluded": 0`, `"left_out": 0`},
	} {
		if !strings.Contains(b.String(), change[0]) {
			t.Fatalf("the document lacks %s", change[0])
		}
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(strings.Replace(b.String(), change[0], change[1], 1)))
		if err != nil {
			t.Fatal(err)
		}
		if s.Validate(doc) == nil {
			t.Errorf("%s is accepted", change[1])
		}
	}
}

// everyLabel holds the labels in the order in which they are tried.
var everyLabel = []rank.Label{
	rank.LabelBaseline, rank.LabelNotWorking, rank.LabelNoBaseline, rank.LabelNotComparable, rank.LabelOneBoot, rank.LabelNoVariance, rank.LabelTwoBoots,
	rank.LabelNoMargin, rank.LabelFellBack, rank.LabelEquivalent, rank.LabelHelps, rank.LabelHelpsMaybe, rank.LabelNoWorse, rank.LabelHarms, rank.LabelUndetermined,
}

// everyVerdict is the labels and what takes their place.
func everyVerdict() []rank.Verdict {
	var all []rank.Verdict
	for _, l := range everyLabel {
		all = append(all, rank.Verdict(l))
	}
	return append(all, rank.VerdictMissing, rank.VerdictOrder)
}

// The enums of the schema are the words of the program.
func TestSchemaHasTheWords(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "docs", "schema", "ranking-v2.json"))
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Properties struct{ Schema struct{ Const string } }
		Defs       struct {
			Label    struct{ Enum []rank.Label }
			Analysis struct {
				Properties struct{ Method struct{ Enum []rank.Method } }
			}
			ProfileEffects struct {
				Properties struct {
					Settings struct {
						Items struct {
							Properties struct{ Reading struct{ Enum []Reading } }
						}
					}
				}
			} `json:"profile_effects"`
			Combination struct {
				Properties struct {
					Grade   struct{ Enum []rank.Grade }
					Verdict struct {
						AnyOf []struct{ Const rank.Verdict }
					}
				}
			}
		} `json:"$defs"`
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Properties.Schema.Const != Schema {
		t.Errorf("schema is %q, want %q", doc.Properties.Schema.Const, Schema)
	}
	if d := cmp.Diff(everyLabel, doc.Defs.Label.Enum); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]rank.Grade{rank.GradeNone, rank.GradeProvisional, rank.GradeCertifying, ""}, doc.Defs.Combination.Properties.Grade.Enum); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]rank.Method{rank.MethodModerated, rank.MethodSeparate, rank.MethodPooled, rank.MethodWelch, rank.MethodPaired}, doc.Defs.Analysis.Properties.Method.Enum); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]Reading{ReadingHelps, ReadingHarms, ReadingCanGo, ReadingUndetermined, ReadingNotRun}, doc.Defs.ProfileEffects.Properties.Settings.Items.Properties.Reading.Enum); d != "" {
		t.Error(d)
	}
	verdicts := make(map[rank.Verdict]bool)
	for _, l := range doc.Defs.Label.Enum {
		verdicts[rank.Verdict(l)] = true
	}
	for _, v := range doc.Defs.Combination.Properties.Verdict.AnyOf {
		verdicts[v.Const] = true
	}
	for _, v := range everyVerdict() {
		if !verdicts[v] {
			t.Errorf("the schema has no verdict %q", v)
		}
	}
}

// A page takes along every number that programs get, and the samples are ranked by those who have it.
func TestPageTakesEveryNumberAlong(t *testing.T) {
	for _, f := range fixtures {
		r := f.ranked(t)
		var want bytes.Buffer
		if err := JSON(&want, r); err != nil {
			t.Fatal(err)
		}
		p, err := Tell(r)
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, part := range p.Parts {
			for _, b := range part.Blocks {
				if file, ok := b.(page.File); ok && file.Name == "ranking.json" {
					found = file.Text == want.String() && file.Offered
				}
			}
		}
		if !found {
			t.Errorf("%s: the page does not have every number", f.name)
		}
	}
}
