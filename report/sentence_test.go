package report

import (
	"math"
	"strings"
	"testing"

	"vnettune/report/rank"
	"vnettune/report/rank/boots"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// Every verdict has a sentence of its own.
func TestSentenceOfEveryVerdict(t *testing.T) {
	a := rank.Analysis{Metric: "throughput", Scale: sample.Ratio, EffectUnit: "%", Margin: 2}
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
	none := rank.Interval{Low: nan, High: nan}
	ratio := rank.Analysis{Metric: "throughput", Unit: "Mbit/s", Scale: sample.Ratio, EffectUnit: "%", Margin: 2, Alpha: 0.05}
	loss := rank.Analysis{Metric: "loss", Unit: "%", Better: sample.LowerIsBetter, Scale: sample.Difference, EffectUnit: "percentage points", Margin: 0.1, Alpha: 0.05}
	unjudged := loss
	unjudged.Margin = nan
	tests := []struct {
		name     string
		a        rank.Analysis
		decimals int
		arm      rank.Arm
		want     string
	}{
		{
			"helps", ratio, 1, rank.Arm{Verdict: "helps", Interval: rank.Interval{Low: 5.51, High: 8.04}, Grade: rank.GradeCertifying},
			"x helps, by more than the margin of 2 %: throughput is higher by 5.5 to 8.0 %.",
		},
		{
			"harms, provisional", ratio, 1, rank.Arm{Verdict: "harms", Interval: rank.Interval{Low: -8.04, High: -5.51}, Grade: rank.GradeProvisional},
			"x harms: throughput is lower by 5.5 to 8.0 % (provisional: fewer than 5 boots).",
		},
		{
			"undetermined", ratio, 1, rank.Arm{Verdict: "undetermined", Interval: rank.Interval{Low: -3, High: 4}, MDE: 5.123},
			"x is undetermined, which is not the same as equivalent: throughput is between 3.0 % lower and 4.0 % higher; differences below about 5.1 % are not reliably seen.",
		},
		{
			"size uncertain", ratio, 2, rank.Arm{Verdict: "undetermined", Interval: rank.Interval{Low: -0.4, High: 4}, MDE: nan, PHolm: 0.032, SizeUncertain: new(true)},
			"x is undetermined, which is not the same as equivalent: throughput is between 0.40 % lower and 4.00 % higher; it is shown to differ (p 0.032 after Holm), though the wider interval, by which verdicts go, still holds zero.",
		},
		{
			"two boots without an interval", ratio, 1, rank.Arm{Verdict: "no verdict: 2 boots", Difference: 1.25, Interval: none},
			"x gets no verdict: two boots are too few; throughput is +1.2 % from the baseline as observed, with no interval.",
		},
		{
			"differs inside the margin", ratio, 2, rank.Arm{Verdict: "equivalent", Difference: 0.487, Interval: rank.Interval{Low: 0.473, High: 0.501}, Differs: new(true)},
			"x is equivalent to the baseline, any difference is smaller than the margin of 2 %: throughput is higher by 0.47 to 0.50 %; it differs by about 0.49 %, less than the margin.",
		},
		{
			"loss cured", loss, 2, rank.Arm{Verdict: "helps", Interval: rank.Interval{Low: -3.1, High: -2.9}},
			"x helps, by more than the margin of 0.1 percentage points: loss is lower by 2.90 to 3.10 percentage points.",
		},
		// 1 - 0.05^(1/10) = 26 %
		{
			"no loss in any boot", loss, 2, rank.Arm{Verdict: "equivalent", Equal: new(true), Boots: boots.Counts{OK: 10}},
			"x is equal to the baseline in every boot, 0 %; 10 such boots do not exclude that up to 26 % of boots have loss.",
		},
		{
			"no margin", unjudged, 2, rank.Arm{Verdict: "no verdict: no margin", Interval: rank.Interval{Low: -3.1, High: -2.9}},
			"x gets no verdict: nobody said from which difference on loss matters; loss is lower by 2.90 to 3.10 percentage points.",
		},
		{
			"arm by arm", ratio, 1, rank.Arm{Label: "helps", Verdict: rank.VerdictOrder, Interval: rank.Interval{Low: 5, High: 8}},
			`x gets no verdict: the boots were made arm by arm; if nothing drifted, it reads "helps": throughput is higher by 5.0 to 8.0 %.`,
		},
		{
			"weaker without flagged boots", ratio, 1, rank.Arm{Label: "helps", Verdict: "no worse than the margin", Interval: rank.Interval{Low: 5, High: 8}, WithoutFlagged: &rank.SecondLook{Label: "equivalent", Interval: rank.Interval{Low: -0.5, High: 0.6}}},
			`x is no worse than the margin of 2 % allows; that it helps is not shown: without the flagged boots throughput is between 0.5 % lower and 0.6 % higher (with every measured boot, which reads "helps", it is higher by 5.0 to 8.0 %).`,
		},
		{
			"weaker with lost boots", ratio, 1, rank.Arm{Label: "helps", Verdict: "helps, maybe by less than the margin", Interval: rank.Interval{Low: 5, High: 8}, LostWorst: &rank.SecondLook{Label: "helps, maybe by less than the margin", Interval: rank.Interval{Low: 1, High: 9}}, LostBest: &rank.SecondLook{Label: "helps"}},
			`x helps, maybe by less than the margin of 2 %: had the lost boots measured the worst of the campaign, throughput is higher by 1.0 to 9.0 % (with every measured boot, which reads "helps", it is higher by 5.0 to 8.0 %).`,
		},
		{
			"beyond sense", ratio, 1, rank.Arm{Verdict: "undetermined", Interval: rank.Interval{Low: -95, High: 450}, MDE: nan},
			"x is undetermined, which is not the same as equivalent: throughput is not known within a factor of 100.",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.arm.Name = "x"
			if tt.arm.Label == "" {
				tt.arm.Label = rank.Label(tt.arm.Verdict)
			}
			if tt.arm.Boots.OK == 0 {
				tt.arm.Boots.OK = 5
			}
			if tt.arm.Label == rank.LabelTwoBoots {
				tt.arm.Boots.OK = 2
			}
			if got := (speaker{tt.a, tt.decimals}).sentence(tt.arm); got != tt.want {
				t.Errorf("\n got %s\nwant %s", got, tt.want)
			}
		})
	}
}

// A change is written so that it can be told from the margin, whatever the size of its unit.
func TestChange(t *testing.T) {
	for _, tt := range []struct {
		v    record.Number
		unit string
		want string
	}{
		{-9.15, "%", "-9.2 %"}, {0.04, "%", "0.0 %"}, {0.05, "percentage points", "+0.050 percentage points"},
		{-0.1312, "percentage points", "-0.13 percentage points"}, {1234, "segments", "+1200 segments"}, {0, "segments", "0 segments"},
	} {
		if got := change(tt.v, tt.unit); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.v, got, tt.want)
		}
	}
}

func TestPlacebo(t *testing.T) {
	arm := rank.Arm{Name: "p", Interval: rank.Interval{Low: 1, High: 3}, Differs: new(true)}
	a := rank.Analysis{Metric: "throughput", Scale: sample.Ratio, EffectUnit: "%", Alpha: 0.05, Arms: []rank.Arm{arm}}
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
		{sure(0.05), "95"}, {sure(0.05 / 3), "98.3"}, {sure(0.1), "90"}, {sure(0.2), "80"}, {sure(0.001), "99.9"}, {sure(0.001 / 20), "99.995"}, {sure(1e-6), "99.9999"}, {sure(0.025), "97.5"}, {sure(0.01 / 3), "99.67"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}
