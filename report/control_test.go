package report

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/report/page"
	"vnettune/report/stored"
)

// controlled is a campaign with an arm that helps and a positive control: planted is what it says to be slowed by, slowed
// what it is slowed by, and noise the standard deviation of boots, in percent. Without planted it has none.
func controlled(t *testing.T, planted, slowed, noise float64) *stored.Campaign {
	t.Helper()
	rng := rand.New(rand.NewPCG(11, 12))
	var text strings.Builder
	text.WriteString("combination,block,boot,workload,metric,unit,repetition,value,order,control\n")
	slot := 0
	for b := range 6 {
		for _, i := range rng.Perm(3) {
			slot++
			arm, by := []string{"baseline", "fast", "positive-control"}[i], []float64{0, 10, -slowed}[i]
			value, control := 1000*(1+by/100)*(1+noise*rng.NormFloat64()/100), ""
			if i == 2 {
				if planted == 0 {
					continue
				}
				control = fmt.Sprint(planted)
			}
			for rep := range 2 {
				fmt.Fprintf(&text, "%s,%d,b%03d,tcp,throughput,Mbit/s,%d,%g,%d,%s\n", arm, b+1, slot, rep+1, value*(1+0.001*float64(rep)), slot, control)
			}
		}
	}
	c, err := stored.OpenSamples("-", strings.NewReader(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func controlReport(t *testing.T, c *stored.Campaign) (Report, string) {
	t.Helper()
	r, err := Of(c, nil, stored.Asked{Baseline: "baseline"})
	if err != nil {
		t.Fatal(err)
	}
	doc := rendered(t, func(w io.Writer) error { return JSON(w, r) })
	if err := validate(t, compileSchema(t, "ranking-v2.json"), doc); err != nil {
		t.Error(err)
	}
	return r, doc
}

// A report says whether the rig found its control; all that it says of the arms stays what it is without one, and the
// samples that it writes give the same report.
func TestAReportSaysWhetherTheRigFoundItsControl(t *testing.T) {
	_, without := controlReport(t, controlled(t, 0, 5, 0.3))
	for name, c := range map[string]struct {
		planted, slowed, noise float64
		outcome                string
		says                   []string
		doubted                bool
	}{
		"found":       {5, 5, 0.3, "found", []string{`tcp: positive control "positive-control", slowed by 5 %, is found: throughput -5.`}, false},
		"too small":   {0.1, 0.1, 0.3, "too_small", []string{"slowed by 0.1 %, is not found, too small for this rig: throughput ", "by these boots (6, and 6 of the baseline) a difference of ", "would have been found with 80 % power."}, false},
		"not as said": {5, 20, 0.3, "contradicts", []string{"found at a size that contradicts it: throughput -20.", "where -3.75 to -6.25 % were to be expected"}, true},
		"not paced":   {5, 0, 0.3, "contradicts", []string{"not found, and what was measured excludes it"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			campaign := controlled(t, c.planted, c.slowed, c.noise)
			r, doc := controlReport(t, campaign)
			told, err := Tell(r)
			if err != nil {
				t.Fatal(err)
			}
			at := slices.IndexFunc(told.Parts, func(p page.Part) bool { return p.ID == "control" })
			if at < 0 || told.Parts[at].Detail {
				t.Fatal("the short form does not say it")
			}
			text := strings.Join(told.Parts[at].Blocks[0].(page.List).Items, "\n")
			for _, want := range c.says {
				if !strings.Contains(text, want) {
					t.Errorf("%q is not in %q", want, text)
				}
			}
			if doubted := strings.Contains(strings.Join(told.Lead, " "), "The positive control contradicts what was planted in tcp"); doubted != c.doubted {
				t.Errorf("the bottom line doubts the rig: %v; %q", doubted, told.Lead)
			}
			var form map[string]any
			if err := json.Unmarshal([]byte(doc), &form); err != nil {
				t.Fatal(err)
			}
			control, ok := form["positive_control"].([]any)
			if !ok || len(control) != 1 || control[0].(map[string]any)["outcome"] != c.outcome {
				t.Errorf("%v, want %s", form["positive_control"], c.outcome)
			}
			again, err := stored.OpenSamples("-", strings.NewReader(rendered(t, func(w io.Writer) error { return CSV(w, campaign.All()) })))
			if err != nil {
				t.Fatal(err)
			}
			if _, second := controlReport(t, again); second != doc {
				t.Errorf("the samples that were written give another report:\n%s", cmp.Diff(doc, second))
			}
			if c.noise == 0.3 && !c.doubted {
				var plain map[string]any
				if err := json.Unmarshal([]byte(without), &plain); err != nil {
					t.Fatal(err)
				}
				delete(form, "positive_control")
				if d := cmp.Diff(arms(t, plain), arms(t, form)); d != "" {
					t.Errorf("the control is seen in what is said of the arms:\n%s", d)
				}
			}
		})
	}
}

// arms are the names of all arms that a document ranks.
func arms(t *testing.T, form map[string]any) []string {
	t.Helper()
	var names []string
	for _, a := range form["analyses"].([]any) {
		names = append(names, fmt.Sprint("family ", a.(map[string]any)["family"]))
		for _, c := range a.(map[string]any)["combinations"].([]any) {
			names = append(names, c.(map[string]any)["combination"].(string))
		}
	}
	slices.Sort(names)
	return names
}

// The ranking of a campaign is, to the last digit, that of its rows without the control.
func TestAControlChangesNoVerdict(t *testing.T) {
	c := controlled(t, 5, 5, 1)
	_, with := controlReport(t, c)
	alone := *c
	alone.Control = nil
	_, without := controlReport(t, &alone)
	var x, y map[string]any
	if err := json.Unmarshal([]byte(with), &x); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(without), &y); err != nil {
		t.Fatal(err)
	}
	if x["positive_control"] == nil || y["positive_control"] != nil {
		t.Errorf("%v and %v", x["positive_control"], y["positive_control"])
	}
	delete(x, "positive_control")
	if d := cmp.Diff(x, y); d != "" {
		t.Errorf("(-with +without):\n%s", d)
	}
}
