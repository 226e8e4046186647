package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"vnettune/report/rank"
	"vnettune/results/sample"
)

// A report answers in words, for people and in JSON: does it help, by how much, does that matter,
// how sure is it; what may be best, what is worse by at least how much; which setting did it, and
// does that depend on another; what could not have been seen, and what would it take.
func TestReportAnswers(t *testing.T) {
	common := []string{
		`(helps|harms)[^.]*: (throughput|latency) is (higher|lower) by [0-9.]+ to [0-9.]+ %`,
		`by more than the margin of 2 %`,
		`Any claim from these [0-9]+ comparisons with the baseline is wrong in at most 5 % of campaigns`,
		`(Best: \S+, the only arm|May be the best: )`,
		`Shown to be worse than \S+ by the comparison of all pairs, (throughput lower|latency higher) by at least: [^.]*\([0-9.]+ %\)`,
		`[Dd]ifferences below about [0-9.]+( to [0-9.]+)? %(, depending on the arm,)? are not reliably seen`,
		`To find a difference of 2 % with 80 % power: [0-9]+ boots per arm`,
	}
	crossed := []string{
		`its effect depends on rss: at rss=off, on instead of off is equivalent`,
		`window: 1M instead of absent helps: throughput is higher by [^.]*[0-9.]+ to [0-9.]+ %`,
		`That it depends on another setting is not shown`,
	}
	profile := []string{`a: alone it helps: .*; within guide it still helps: without it`, `b: alone it harms: .* within guide it harms: without it`}
	for name, want := range map[string][]string{"campaign": nil, "factorial": crossed, "profile": profile, "profile-latency": profile} {
		var f fixture
		for _, one := range fixtures {
			if one.name == name {
				f = one
			}
		}
		r := f.ranked(t)
		r.BootTime = 90 * time.Second
		var text, doc bytes.Buffer
		if err := Text(&text, r); err != nil {
			t.Fatal(err)
		}
		if err := JSON(&doc, r); err != nil {
			t.Fatal(err)
		}
		var flat bytes.Buffer
		if err := json.Compact(&flat, doc.Bytes()); err != nil {
			t.Fatal(err)
		}
		for form, have := range map[string]string{"text": strings.Join(strings.Fields(text.String()), " "), "json": flat.String()} {
			for _, w := range append(common, want...) {
				if !regexp.MustCompile(w).MatchString(have) {
					t.Errorf("%s as %s: nothing says %s", name, form, w)
				}
			}
		}
	}
}

// What is missing is told in boots, and in hours where they are known.
func TestMoreBoots(t *testing.T) {
	a := fixtures[4].ranked(t).Ranking.Analyses[0]
	for want, took := range map[string]time.Duration{" That is 24 more in all, 4 blocks.": 0, " That is 24 more in all, 4 blocks, about 72 minutes at the pace so far.": 3 * time.Minute} {
		if got := moreBoots(a, took); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	a.BootsNeeded = 2
	if got := moreBoots(a, time.Hour); got != " The campaign has them." {
		t.Errorf("%q", got)
	}
}

// Of several rankings the page says how many families of claims it holds; of many, that a false claim
// is to be expected. What claims nothing is no family.
func TestSeveralRankings(t *testing.T) {
	several := func(workloads int, order fixtureOrder) string {
		f := fixture{workload: "w", metric: "throughput", unit: "Mbit/s", better: sample.HigherIsBetter, level: 940, noise: 1, blocks: 5, order: order,
			arms: []fixtureArm{{name: "a"}, {name: "b", effect: 9}, {name: "c"}}}
		var rows []sample.Row
		for i := range workloads {
			f.workload = fmt.Sprintf("w%02d", i)
			rows = append(rows, f.rows()...)
		}
		o := rank.DefaultOptions()
		o.Baseline = "a"
		var text bytes.Buffer
		if err := Text(&text, f.rankedFrom(t, rows, o)); err != nil {
			t.Fatal(err)
		}
		return strings.Join(strings.Fields(text.String()), " ")
	}
	for _, tt := range []struct {
		workloads int
		order     fixtureOrder
		want, not string
	}{
		// each has the comparisons with the baseline and the pairs, and no effects of settings
		{3, inBlocks, "They hold 6 families of claims in all: some claim on this page is wrong in at most 6 times 5 % of campaigns.", "is to be expected"},
		{6, inBlocks, "They hold 12 families of claims in all, each wrong in at most 5 % of campaigns: somewhere on a page as long as this a false claim is to be expected.", "12 times"},
		{3, armByArm, "3 rankings: each workload and metric is judged on its own", "families of claims"},
		{1, inBlocks, "some claim in this ranking is wrong in at most 2 times 5 % of campaigns", "rankings:"},
	} {
		got := several(tt.workloads, tt.order)
		if !strings.Contains(got, tt.want) || strings.Contains(got, tt.not) {
			t.Errorf("%d workloads: want %q, not %q, in\n%s", tt.workloads, tt.want, tt.not, got)
		}
	}
}

// Where not even the baseline has a number it is the workload that does not work, and no arm is said
// not to.
func TestNothingMeasured(t *testing.T) {
	failed := map[int]string{1: "udp_blocked", 2: "udp_blocked", 3: "udp_blocked"}
	f := fixture{workload: "udp", metric: "loss", unit: "%", better: sample.LowerIsBetter, blocks: 3,
		arms: []fixtureArm{{name: "a", fails: failed}, {name: "b", fails: failed}}}
	var text bytes.Buffer
	if err := Text(&text, f.ranked(t)); err != nil {
		t.Fatal(err)
	}
	got := strings.Join(strings.Fields(text.String()), " ")
	if !strings.Contains(got, "No boot gave a number in udp, neither of the baseline nor of any other arm (boots: udp_blocked 6)") || strings.Contains(got, "not working") {
		t.Error(got)
	}
}
