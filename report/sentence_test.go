package report

import (
	"math"
	"strings"
	"testing"

	"vnettune/report/rank"
	"vnettune/results/record"
)

// Every verdict has a sentence of its own.
func TestSentenceOfEveryVerdict(t *testing.T) {
	a := rank.Analysis{Metric: "throughput", Margin: 2}
	seen := make(map[string]rank.Verdict)
	for _, v := range everyVerdict() {
		arm := rank.Arm{Name: "x", Verdict: v, Label: rank.Label(v), Difference: 1, Interval: rank.Interval{Low: -1, High: 3}, MDE: 2.4, WithoutFlagged: &rank.SecondLook{}}
		if v == rank.VerdictMissing {
			arm.Label = rank.LabelHelps
		}
		got := Sentence(a, arm)
		if other, ok := seen[got]; ok {
			t.Errorf("%q and %q have one sentence: %s", v, other, got)
		}
		seen[got] = v
		if !strings.HasPrefix(got, "x ") || !strings.HasSuffix(got, ".") {
			t.Errorf("%q: %s", v, got)
		}
	}
}

func TestSentence(t *testing.T) {
	nan := record.Number(math.NaN())
	tests := []struct {
		name string
		arm  rank.Arm
		want string
	}{
		{
			"helps", rank.Arm{Verdict: "helps", Interval: rank.Interval{Low: 5.51, High: 8.04}, Grade: rank.GradeCertifying},
			"x helps, by more than the margin of 2 %: throughput is higher by 5.5 to 8.0 %.",
		},
		{
			"harms, provisional", rank.Arm{Verdict: "harms", Interval: rank.Interval{Low: -8.04, High: -5.51}, Grade: rank.GradeProvisional},
			"x harms: throughput is lower by 5.5 to 8.0 % (provisional: fewer than 5 boots).",
		},
		{
			"undetermined", rank.Arm{Verdict: "undetermined", Interval: rank.Interval{Low: -3, High: 4}, MDE: 5.123},
			"x is undetermined, which is not the same as equivalent: throughput is between 3.0 % lower and 4.0 % higher; a difference of 5.1 % would have been found with 80 % power.",
		},
		{
			"size uncertain", rank.Arm{Verdict: "undetermined", Interval: rank.Interval{Low: -0.4, High: 4}, MDE: nan, SizeUncertain: new(true)},
			"x is undetermined, which is not the same as equivalent: throughput is between 0.40 % lower and 4.00 % higher; it differs from the baseline, but by how much is uncertain.",
		},
		{
			"two boots without an interval", rank.Arm{Verdict: "no verdict: 2 boots", Difference: 1.25, Interval: rank.Interval{Low: nan, High: nan}},
			"x gets no verdict: two boots are too few; throughput is +1.2 % from the baseline as observed, with no interval.",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.arm.Name, tt.arm.Label = "x", rank.Label(tt.arm.Verdict)
			decimals := 1
			if record.True(tt.arm.SizeUncertain) {
				decimals = 2
			}
			got := speaker{rank.Analysis{Metric: "throughput", Margin: 2}, decimals}.sentence(tt.arm)
			if got != tt.want {
				t.Errorf("\n got %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestPlacebo(t *testing.T) {
	arm := rank.Arm{Name: "p", Interval: rank.Interval{Low: 1, High: 3}, Differs: new(true)}
	a := rank.Analysis{Metric: "throughput", Alpha: 0.05, Arms: []rank.Arm{arm}}
	if got := placeboLine(a, "p"); !strings.Contains(got, "differs from the baseline although it cannot") || !strings.Contains(got, "at most 5 % of campaigns") {
		t.Errorf("a placebo that differs: %s", got)
	}
	if got := placeboLine(a, "other"); got != "" {
		t.Errorf("no placebo: %s", got)
	}
}

func TestNumbers(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{significant(9381.4, 3), "9380"},
		{significant(0.39859, 3), "0.399"},
		{significant(0.0, 3), "0"},
		{significant(99.96, 3), "100.0"},
		{significant(math.NaN(), 3), "-"},
		{significant(math.Inf(1), 2), "-"},
		{signed(-0.004, 2), "0.00"},
		{signed(-1.25, 1), "-1.2"},
		{signed(record.Number(math.NaN()), 1), "-"},
		{pValue(0), "<0.0001"},
		{pValue(0.04321), "0.043"},
		{pValue(1), "1"},
		{pValue(record.Number(math.NaN())), "-"},
		{plainNumber(2), "2"},
		{plainNumber(0.05), "0.05"},
		{shorten("abcdefghij", 10), "abcdefghij"},
		{shorten("abcdefghijk", 10), "abcd..hijk"},
		{wrap("aa bb cc", 5, "  "), "aa bb\n  cc"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}
