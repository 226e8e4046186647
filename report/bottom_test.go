package report

import (
	"math"
	"strings"
	"testing"
	"time"

	"vnettune/report/rank"
	"vnettune/report/rank/boots"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// saysOf is an arm with a verdict and the interval behind it.
func saysOf(name string, v rank.Label, low, high float64) rank.Arm {
	return rank.Arm{Name: name, Verdict: rank.Verdict(v), Label: v, Difference: record.Number((low + high) / 2),
		Interval: rank.Interval{Low: record.Number(low), High: record.Number(high)}, MDE: 3, Boots: boots.Counts{OK: 5, Planned: 5}}
}

func saysIn(workload, metric string, arms ...rank.Arm) rank.Analysis {
	base := rank.Arm{Name: "base", IsBaseline: true, Verdict: rank.Verdict(rank.LabelBaseline), Interval: rank.NoInterval(), Difference: record.Number(math.NaN()), MDE: record.Number(math.NaN()), Boots: boots.Counts{OK: 5, Planned: 5}}
	return rank.Analysis{Workload: workload, Metric: metric, Unit: "Mbit/s", EffectUnit: "%", Scale: sample.Ratio, Better: sample.HigherIsBetter,
		Family: len(arms), Margin: 2, BootOrder: rank.OrderBlocks, Arms: append(arms, base), BootsNeeded: 9}
}

func TestBottomLine(t *testing.T) {
	helps := func(name string) rank.Arm { return saysOf(name, rank.LabelHelps, 5, 7) }
	harms := func(name string) rank.Arm { return saysOf(name, rank.LabelHarms, -94, -86) }
	open := func(name string) rank.Arm { return saysOf(name, rank.LabelUndetermined, -3, 4) }
	same := func(name string) rank.Arm { return saysOf(name, rank.LabelEquivalent, -1, 1) }
	for name, c := range map[string]struct {
		r    Report
		want []string
		next []string
	}{
		"one harms, the rest is open": {
			Report{Guest: "Windows 10 22H2, NetKVM 0.1.271", BootTime: time.Hour, Ranking: rank.Ranking{Baseline: "base", Analyses: []rank.Analysis{
				saysIn("tcp", "throughput", harms("off"), open("a"), open("b"), open("c"))}}},
			[]string{"On Windows 10 22H2, NetKVM 0.1.271: of 4 arms compared with base, 1 harms (off, throughput -90.0 % [-94.0, -86.0]); none is shown to help; 3 are undecided: differences below about 3.0 % are not reliably seen.",
				"Nothing here is a reason to change anything."},
			[]string{"Do not use what harms: off.", "To decide the rest at a margin of 2 % takes some 20 boots more, about 20 hours: more blocks in the campaign, and run it again."},
		},
		"workloads that contradict each other": {
			Report{GuestKind: "lab, fast", Placebo: "p", Ranking: rank.Ranking{Baseline: "base", Analyses: []rank.Analysis{
				saysIn("from", "throughput", harms("x"), same("y"), open("p")), saysIn("to", "throughput", helps("x"), same("y"), open("p"))}}},
			[]string{"x helps to (throughput +6.0 % [+5.0, +7.0]) and harms from (throughput -90.0 % [-94.0, -86.0]).",
				"On a stand-in guest, not Windows: of 2 arms compared with base, 1 helps one workload and harms another; 1 is equivalent to base.",
				"Which workload counts decides whether there is a reason to change anything."}, nil,
		},
		"what helps one workload is open in another": {
			Report{Ranking: rank.Ranking{Baseline: "base", Analyses: []rank.Analysis{
				saysIn("from", "throughput", open("x")), saysIn("to", "throughput", helps("x")), saysIn("to", "retransmits", harms("x"))}}},
			[]string{"Compared with base, x helps: to, throughput +6.0 % [+5.0, +7.0].", "By more than the margin, and so a reason to change something: x (undecided in from)."},
			[]string{"To decide the rest at a margin of 2 % takes some 8 boots more: more blocks in the campaign, and run it again."},
		},
		"equivalent in one workload only": {
			Report{Ranking: rank.Ranking{Baseline: "base", Analyses: []rank.Analysis{saysIn("from", "throughput", open("x")), saysIn("to", "throughput", same("x"))}}},
			[]string{"Compared with base, x is undecided: differences below about 3.0 % are not reliably seen.", "Nothing here is a reason to change anything."},
			[]string{"To decide the rest at a margin of 2 % takes some 8 boots more: more blocks in the campaign, and run it again."},
		},
		"a campaign that goes on": {
			Report{Interim: "12 of 30 boots", Ranking: rank.Ranking{Baseline: "base", Analyses: []rank.Analysis{saysIn("to", "throughput", same("x"), same("y"))}}},
			[]string{"Interim: 12 of 30 boots. To stop because of what is seen here voids the error rates.",
				"Of 2 arms compared with base, none is shown to help; 2 are equivalent to base.", "Nothing here is a reason to change anything."}, nil,
		},
		"against itself": {
			Report{AA: true, Ranking: rank.Ranking{Baseline: "base", Analyses: []rank.Analysis{saysIn("to", "throughput", same("x"), same("y"))}}},
			[]string{"Every arm is the baseline itself, so that each difference is a false one; 0 of 2 comparisons show one."}, nil,
		},
		"metrics that are not known are what their workload is run for": {
			Report{Ranking: rank.Ranking{Baseline: "base", Analyses: []rank.Analysis{saysIn("own", "frames", harms("x")), saysIn("to", "retransmits", helps("x")), saysIn("to", "throughput", same("x"))}}},
			[]string{"Compared with base, x harms: own, frames -90.0 % [-94.0, -86.0].", "Nothing here is a reason to change anything."},
			[]string{"Do not use what harms: x."},
		},
		"nothing yet": {Report{}, []string{"Nothing is ranked yet."}, nil},
	} {
		got := BottomLine(c.r)
		if strings.Join(got.Sentences, "\n") != strings.Join(c.want, "\n") || strings.Join(got.Next, "\n") != strings.Join(c.next, "\n") {
			t.Errorf("%s:\n%s\n%s", name, strings.Join(got.Sentences, "\n"), strings.Join(got.Next, "\n"))
		}
	}
}

// What several workloads say of an arm is no more than each of them says.
func TestJoinedClaimsNoMore(t *testing.T) {
	labels := map[outcome]rank.Label{helps: rank.LabelHelps, helpsMaybe: rank.LabelHelpsMaybe, harms: rank.LabelHarms, equivalent: rank.LabelEquivalent,
		noWorse: rank.LabelNoWorse, undecided: rank.LabelUndetermined, noVerdict: rank.LabelOneBoot}
	for one, label := range labels {
		for other, second := range labels {
			in := []armIn{{saysOf("x", label, 0, 0), rank.Analysis{}}, {saysOf("x", second, 0, 0), rank.Analysis{}}}
			switch got := joined(in); {
			case got == equivalent && (one != equivalent || other != equivalent),
				got == noWorse && max(one, other) > noWorse,
				got == helps && one != helps && other != helps,
				got == harms && one != harms && other != harms,
				(got == helps || got == harms) && one+other == helps+harms && one != other && min(one, other) == helps && max(one, other) == harms:
				t.Errorf("%s and %s are joined to %d", label, second, got)
			}
		}
	}
}
