package junit

import (
	"bytes"
	"encoding/xml"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/foreign"
	"vnettune/report"
	"vnettune/report/rank"
	"vnettune/report/rank/boots"
	"vnettune/report/rank/gate"
	"vnettune/report/stored"
	"vnettune/results/record"
	"vnettune/results/sample"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares with a file under testdata, or writes it with -update; what is written keeps the schema.
func golden(t *testing.T, name, got string) {
	t.Helper()
	if err := conforms(got); err != nil {
		t.Errorf("%s: %v", name, err)
	}
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-update rewrites it):\n%s", name, d)
	}
}

// written is what a writer writes.
func written(t *testing.T, write func(io.Writer) error) string {
	t.Helper()
	var out bytes.Buffer
	if err := write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// read reads a document back.
func read(t *testing.T, text string) document {
	t.Helper()
	var d document
	if err := xml.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// campaign is rows of ten blocks: arms that help, harm, are equivalent, have a boot, and have none that
// measured.
func campaign(guest string) []sample.Row {
	effects := map[string]float64{"as-found": 0, "faster": 8, "slower": -8, "alike": 0.1, "noisy": 1, "once": 0, "dead": 0}
	var rows []sample.Row
	for block := range 10 {
		for k, arm := range []string{"as-found", "faster", "slower", "alike", "noisy", "once", "dead"} {
			if arm == "once" && block > 0 {
				continue
			}
			noise := 0.2
			if arm == "noisy" {
				noise = 9
			}
			y := effects[arm] + noise*math.Sin(float64(7+13*k+29*block+3*k*block))
			r := sample.Row{
				Combination: arm, Block: fmt.Sprint(block + 1), Boot: fmt.Sprintf("%d-%d", block+1, k+1), Workload: "tcp", Metric: "throughput",
				Unit: "Mbit/s", Better: sample.HigherIsBetter, Repetition: 1, Value: 9000 * math.Exp(y/100), HasValue: true, Status: sample.StatusOK,
				Order: 1 + 7*block + (k+3*block)%7, GuestKind: guest,
			}
			if arm == "dead" {
				r.Status, r.Value, r.HasValue = "boot_timeout", 0, false
			}
			rows = append(rows, r)
		}
	}
	return rows
}

// ranking is the report of rows.
func ranking(t *testing.T, rows []sample.Row) report.Report {
	t.Helper()
	r, err := report.Of(&stored.Campaign{Path: "samples.csv", Rows: rows}, nil, stored.Asked{Baseline: "as-found"})
	if err != nil {
		t.Fatal(err)
	}
	r.Campaign, r.Guest = "nightly", "Windows 10 Pro, build 19045, NetKVM 100.85.104.20800"
	return r
}

func TestRankingGolden(t *testing.T) {
	r := ranking(t, campaign("lab-fast"))
	for name, as := range map[string]Inconclusive{"ranking.xml": Skip, "ranking-fail.xml": Fail} {
		golden(t, name, written(t, func(w io.Writer) error { return Ranking(w, r, as) }))
	}
}

// Every verdict has one outcome, and a case says it in the words of the text report.
func TestEveryVerdict(t *testing.T) {
	r := ranking(t, campaign("windows"))
	got := map[string]string{}
	for _, c := range read(t, written(t, func(w io.Writer) error { return Ranking(w, r, Skip) })).Suites[0].Cases {
		what := "passed"
		said := c.SystemOut
		if c.Failure != nil {
			what, said = "failed", c.Failure.Message
		}
		if c.Skipped != nil {
			what, said = "skipped", c.Skipped.Message
		}
		got[string(c.Name)] = what
		i := slices.IndexFunc(r.Ranking.Analyses[0].Arms, func(a rank.Arm) bool { return a.Name == string(c.Name) })
		if sentence := report.Sentence(r.Ranking.Analyses[0], r.Ranking.Analyses[0].Arms[i]); !strings.HasPrefix(string(said), sentence) {
			t.Errorf("%s says %q, want %q", c.Name, said, sentence)
		}
	}
	want := map[string]string{"faster": "passed", "alike": "passed", "slower": "failed", "dead": "failed", "noisy": "skipped", "once": "skipped"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for verdict, want := range map[rank.Verdict]outcome{
		rank.Verdict(rank.LabelHelps): passed, rank.Verdict(rank.LabelHelpsMaybe): passed, rank.Verdict(rank.LabelEquivalent): passed,
		rank.Verdict(rank.LabelNoWorse): passed, rank.Verdict(rank.LabelHarms): failed, rank.Verdict(rank.LabelNotWorking): failed,
		rank.Verdict(rank.LabelUndetermined): undecided, rank.Verdict(rank.LabelNoBaseline): undecided, rank.Verdict(rank.LabelNotComparable): undecided,
		rank.Verdict(rank.LabelOneBoot): undecided, rank.Verdict(rank.LabelTwoBoots): undecided, rank.Verdict(rank.LabelNoVariance): undecided,
		rank.Verdict(rank.LabelNoMargin): undecided, rank.VerdictMissing: undecided, rank.VerdictOrder: undecided, "a word of a later version": undecided,
	} {
		arm := rank.Arm{Verdict: verdict}
		arm.Boots.Failed = 1
		if got := outcomeOf(report.Report{}, arm); got != want {
			t.Errorf("%s: %d, want %d", verdict, got, want)
		}
	}
	aside := rank.Arm{Verdict: rank.Verdict(rank.LabelNotWorking)}
	if got := outcomeOf(report.Report{}, aside); got != undecided {
		t.Errorf("an arm whose boots are set aside: %d", got)
	}
	yes := true
	placebo := rank.Arm{Name: "p", Verdict: rank.Verdict(rank.LabelHelps), Differs: &yes}
	if got := outcomeOf(report.Report{Placebo: "p"}, placebo); got != failed {
		t.Errorf("a placebo that differs: %d", got)
	}
}

// A report in which nothing is compared has a case that says so: no cases at all would pass.
func TestNothingComparedIsNoPass(t *testing.T) {
	few := slices.DeleteFunc(campaign("windows"), func(r sample.Row) bool { return r.Combination != "as-found" })
	for name, r := range map[string]report.Report{
		"no analysis":       {Unranked: "of 3 boots none gave a number that may be ranked (boot_timeout 3)"},
		"no arm":            {Ranking: rank.Ranking{Analyses: []rank.Analysis{{Workload: "tcp", Metric: "throughput"}}}},
		"the baseline only": ranking(t, few),
	} {
		for as, want := range map[Inconclusive][2]int{Skip: {0, 1}, Fail: {1, 0}} {
			text := written(t, func(w io.Writer) error { return Ranking(w, r, as) })
			if err := conforms(text); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			d := read(t, text)
			if s := d.Suites[0]; len(d.Suites) != 1 || s.Tests != 1 || [2]int{s.Failures, s.Skipped} != want || d.Failures != want[0] || d.Tests != 1 {
				t.Errorf("%s, %s:\n%s", name, as, text)
			}
		}
	}
}

// The same samples in another order give the same bytes.
func TestOrderOfSamplesDoesNotMatter(t *testing.T) {
	rows := campaign("windows")
	one := written(t, func(w io.Writer) error { return Ranking(w, ranking(t, rows), Skip) })
	slices.Reverse(rows)
	if two := written(t, func(w io.Writer) error { return Ranking(w, ranking(t, rows), Skip) }); one != two {
		t.Error(cmp.Diff(one, two))
	}
	if strings.Contains(one, report.StandInNotice) {
		t.Error("the notice of a stand-in stands in the report of a Windows")
	}
}

// gated is a gate with each kind of result.
func gated() stored.Gated {
	nan := record.Number(math.NaN())
	one := func(workload string, v gate.Verdict, r gate.Reason, diff, low, high record.Number) gate.Result {
		return gate.Result{
			Workload: workload, Metric: "throughput", Unit: "Mbit/s", Better: "higher", Scale: sample.Ratio, EffectUnit: "%", Margin: 2, Method: rank.MethodPaired,
			New: boots.Counts{OK: 10}, Base: boots.Counts{OK: 10}, Verdict: v, Reason: r, BootOrder: rank.OrderBlocks,
			Comparison: gate.Comparison{Difference: diff, Interval: rank.Interval{Low: low, High: high}, PFailHolm: 0.006, BootsNeeded: 14},
		}
	}
	flagged := one("a", gate.Pass, "", 0.3, -0.9, 1.5)
	flagged.Warnings = []rank.Warning{{Arm: "new-driver", Text: "boot b007 is far from the others"}}
	unknown := one("d", gate.Inconclusive, gate.ReasonMargin, 7, 3, 11)
	unknown.Metric, unknown.Unit, unknown.Scale, unknown.EffectUnit, unknown.Margin = "drops", "packets", sample.Difference, "packets", nan
	return stored.Gated{
		Candidate: "new-driver", Baseline: "baseline", Alpha: 0.05, Looks: gate.Looks{Planned: 2, This: 1}, GuestKind: "lab-fast", Verdict: gate.Fail, Arms: 4,
		Failures:  gate.Failures{FailedNew: 2, TriedNew: 20, TriedBase: 20, P: 0.2436, PHolm: nan, Least: 0.2436},
		NotJudged: []string{"udp loss, which only one side measured"},
		Results:   []gate.Result{flagged, one("b", gate.Fail, "", -6, -7.1, -4.9), one("c", gate.Inconclusive, gate.ReasonNoise, -1, -4, 2.5), unknown},
	}
}

func TestGateGolden(t *testing.T) {
	for name, as := range map[string]Inconclusive{"gate.xml": Skip, "gate-fail.xml": Fail} {
		golden(t, name, written(t, func(w io.Writer) error { return Gate(w, gated(), as) }))
	}
}

// The failures of boots have a case where they were tested, which fails only if the gate does.
func TestFailuresOfBoots(t *testing.T) {
	for name, c := range map[string]struct {
		verdict gate.Verdict
		tested  bool
		p       record.Number
		want    string
	}{
		"not tested":       {gate.Pass, false, record.Number(math.NaN()), "no case"},
		"not shown":        {gate.Pass, true, 0.2, "passed"},
		"shown":            {gate.FailFailures, true, 0.001, "failed"},
		"shown, with more": {gate.Fail, true, 0.001, "failed"},
		"of no order":      {gate.Inconclusive, true, 0.001, "skipped"},
		"of half of alpha": {gate.Inconclusive, true, 0.04, "passed"},
	} {
		g := gated()
		g.Verdict, g.Failures = c.verdict, gate.Failures{FailedNew: 9, TriedNew: 20, TriedBase: 20, InFamily: c.tested, PHolm: c.p}
		got := "no case"
		for _, one := range read(t, written(t, func(w io.Writer) error { return Gate(w, g, Skip) })).Suites[0].Cases {
			switch {
			case one.Name != "failures of boots":
			case one.Failure != nil:
				got = "failed"
			case one.Skipped != nil:
				got = "skipped"
			default:
				got = "passed"
			}
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// hostile are names that would break a document, a page or a terminal.
var hostile = []string{
	"", "<script>alert(1)</script>", "]]>", `"'&amp;`, "a\u202eb\u2066", "\x1b[31mred\x1b[0m", "a\x00b\x0b\ufffe\uffff", "\xff\xed\xa0\x80", "\r\n\t ", "--><!--", "\u0085\u2028",
}

// FuzzTexts: whatever names and messages hold, the document keeps the schema, and reads back as what
// the terminal would be shown.
func FuzzTexts(f *testing.F) {
	for i, s := range hostile {
		f.Add(s, hostile[(i+1)%len(hostile)])
	}
	f.Fuzz(func(t *testing.T, one, two string) {
		r := report.Report{Campaign: one, Guest: two, GuestKind: "lab-" + one, Ranking: rank.Ranking{Baseline: two, Analyses: []rank.Analysis{{
			Workload: one, Metric: two, EffectUnit: one, Arms: []rank.Arm{
				{Name: one, Verdict: rank.Verdict(rank.LabelHarms), Warnings: []rank.Warning{{Arm: record.Name(two), Text: one}}},
				{Name: two, Verdict: rank.Verdict(rank.LabelHelps)}, {Name: two, Verdict: rank.Verdict(two)},
			}, Warnings: []rank.Warning{{Text: two}},
		}}}}
		text := written(t, func(w io.Writer) error { return Ranking(w, r, Skip) })
		if err := conforms(text); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		s := read(t, text).Suites[0]
		if got, want := s.Cases[0].Name, shown(one); got != want {
			t.Errorf("the case is %q, want %q", got, want)
		}
		if got, want := s.SystemOut, shown(two); got != want {
			t.Errorf("printed is %q, want %q", got, want)
		}
		g := gated()
		g.Candidate, g.Baseline, g.Results[0].Workload, g.NotJudged[0] = one, two, one, two
		if err := conforms(written(t, func(w io.Writer) error { return Gate(w, g, Fail) })); err != nil {
			t.Error(err)
		}
	})
}

// shown is how a text is read back.
func shown(s string) text { return text(foreign.Message(s)) }
