package report

import (
	"bytes"
	"io"
	"reflect"
	"strings"
	"testing"

	"vnettune/report/rank/bisect"
	"vnettune/report/rank/gate"
	"vnettune/report/stored"
	"vnettune/results/record"
)

// asked is a bisect of five builds with these verdicts of its steps.
func asked(t *testing.T, verdicts ...gate.Verdict) Bisect {
	t.Helper()
	p, err := bisect.NewPlan([]string{"b0", "b1", "b2", "b3", "b4"}, "b0", "b4", 1, 0.05)
	if err != nil {
		t.Fatal(err)
	}
	b, err := NewBisect("drivers", "./boot", p, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range verdicts {
		s, err := b.Settle(p)
		if err != nil {
			t.Fatal(err)
		}
		r := gate.Result{Workload: "tcp-to-guest", Metric: "throughput", EffectUnit: "%", Margin: 2, Verdict: v}
		r.Difference, r.Interval.Low, r.Interval.High = -5, -6, record.Number(-4)
		if _, err := b.Take(p, s.Build, s.Look, s.Build+".db", stored.Gated{Verdict: v, GuestKind: "lab", Results: []gate.Result{r}}); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// Each ending says what it found, how sure that is, and is written by its schema; what was written is read again.
func TestBisectInWords(t *testing.T) {
	s := compileSchema(t, "bisect-v1.json")
	const sure = "The whole bisect is wrong in at most 5 % of cases: each of at most 3 steps has 0.0167 of the error rate."
	for says, b := range map[string]Bisect{
		"Next: step 1 of at most 3, b4 against b0, look 1 of at most 1.": asked(t),
		"Next: step 2 of at most 3, b2 against b0, look 1 of at most 1.": asked(t, gate.Fail),
		"There is nothing to find: b4 is shown to be no worse than b0":   asked(t, gate.Pass),
		"The ends are not told apart":                                    asked(t, gate.Inconclusive),
		"The first bad build is b1. Against b0 it is shown to be worse (throughput of tcp-to-guest -5.00 % [-6.00, -4.00]); the build before it is the good end itself.":                                                                           asked(t, gate.Fail, gate.Fail, gate.Fail),
		"The first bad build is b3. Against b0 it is shown to be worse (throughput of tcp-to-guest -5.00 % [-6.00, -4.00]); b2, the build before it, is shown to be no worse than the margin (throughput of tcp-to-guest -5.00 % [-6.00, -4.00]).": asked(t, gate.Fail, gate.Pass, gate.FailFailures),
		"The first bad build is one of 3 builds: b2, b3, b4.": asked(t, gate.Fail, gate.Inconclusive, gate.Pass),
	} {
		words := strings.Join(b.Sentences, " ")
		if !strings.HasPrefix(words, says) || b.Ending != "" && !strings.HasSuffix(words, sure) {
			t.Errorf("says %q, and not %q", words, says)
		}
		text := rendered(t, func(w io.Writer) error { return BisectJSON(w, b) })
		if err := validate(t, s, text); err != nil {
			t.Errorf("%v\n%s", err, text)
		}
		back, err := ParseBisect([]byte(text))
		if err != nil || !reflect.DeepEqual(back, b) || back.Differs(b) != "" {
			t.Errorf("%v: read back as %+v", err, back)
		}
		if p := TellBisect(b); len(p.Lead) == 0 || len(b.Taken) > 0 && (p.Notice != StandInNotice || p.Parts[0].ID != "asked") {
			t.Errorf("the page %+v", p)
		}
	}
	for _, bad := range []string{"", "{", `{"schema":"vnettune/bisect/v9"}`} {
		if _, err := ParseBisect([]byte(bad)); err == nil {
			t.Errorf("%q is a bisect", bad)
		}
	}
}

// A bisect in a folder is whatever somebody wrote there.
func FuzzParseBisect(f *testing.F) {
	p, err := bisect.NewPlan([]string{"b0", "b1", "b2", "b3", "b4"}, "b0", "b4", 1, 0.05)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"schema":"vnettune/bisect/v1","taken":[{"build":"b4","look":1,"verdict":"FAIL","store":"x","metrics":[]}]}`))
	f.Add([]byte(`{"schema":"vnettune/bisect/v1","taken":[{"build":"b9","look":-1,"verdict":"x"}]}`))
	f.Add([]byte("[]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		b, err := ParseBisect(text)
		if err != nil {
			return
		}
		if _, err := b.Settle(p); err == nil {
			var out bytes.Buffer
			if err := BisectJSON(&out, b); err != nil {
				t.Error(err)
			}
			TellBisect(b)
		}
	})
}
