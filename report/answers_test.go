package report

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"
)

// A report answers in words, for people and in JSON: does it help, by how much, does that matter,
// how sure is it; what may be best, what is worse by at least how much; which setting did it, and
// does that depend on another; what could not have been seen, and what would it take.
func TestReportAnswers(t *testing.T) {
	common := []string{
		`(helps|harms)[^.]*: (throughput|latency) is (higher|lower) by [0-9.]+ to [0-9.]+ %`,
		`by more than the margin of 2 %`,
		`Claims from these [0-9]+ comparisons with the baseline are wrong in at most 5 % of campaigns`,
		`(Best: \S+, the only arm|May be the best: )`,
		`Shown to be worse than \S+, (throughput lower|latency higher) by at least: [^.]*\([0-9.]+ %\)`,
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
	for want, took := range map[string]time.Duration{" That is 19 more in all.": 0, " That is 19 more in all, about 0.95 hours at the pace so far.": 3 * time.Minute} {
		if got := moreBoots(a, took); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	a.BootsNeeded = 2
	if got := moreBoots(a, time.Hour); got != " The campaign has them." {
		t.Errorf("%q", got)
	}
}
