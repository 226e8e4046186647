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
		Interval: rank.Interval{Low: record.Number(low), High: record.Number(high)}, MDE: 3, FailurePHolm: 1, Boots: boots.Counts{OK: 5, Planned: 5}}
}

func saysIn(workload, metric string, arms ...rank.Arm) rank.Analysis {
	base := rank.Arm{Name: "base", IsBaseline: true, Verdict: rank.Verdict(rank.LabelBaseline), Interval: rank.NoInterval(), Difference: record.Number(math.NaN()), MDE: record.Number(math.NaN()), Boots: boots.Counts{OK: 5, Planned: 5}}
	return rank.Analysis{Workload: workload, Metric: metric, Unit: "Mbit/s", EffectUnit: "%", Scale: sample.Ratio, Better: sample.HigherIsBetter,
		Family: len(arms), Blocks: 5, Margin: 2, Alpha: 0.05, BootOrder: rank.OrderBlocks, Arms: append(arms, base), BootsNeeded: 9}
}

// failing is an arm whose boots are shown to fail more often than the baseline's.
func failing(arm rank.Arm) rank.Arm {
	arm.Boots.Failed, arm.Boots.Planned, arm.FailurePHolm = 7, 12, 0.01
	return arm
}

// won is an analysis with a single winner.
func won(a rank.Analysis, name string) rank.Analysis {
	a.SingleWinner, a.BestSet = record.Name(name), []string{name}
	return a
}

func differing(arm rank.Arm) rank.Arm {
	yes := true
	arm.Differs = &yes
	return arm
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
			[]string{"Do not use what harms, and undo it where it is in use: off.", "To decide the rest at a margin of 2 % takes a campaign of 9 blocks, which is 4 more than this one: 20 boots more, about 20 hours. Plan it anew: blocks that are added because of what is seen here void the error rates."},
		},
		"workloads that contradict each other": {
			Report{GuestKind: "lab, fast", Placebo: "p", Ranking: rank.Ranking{Baseline: "base", Analyses: []rank.Analysis{
				saysIn("from", "throughput", harms("x"), same("y"), open("p")), saysIn("to", "throughput", helps("x"), same("y"), open("p"))}}},
			[]string{"x helps to (throughput +6.0 % [+5.0, +7.0]) and harms from (throughput -90.0 % [-94.0, -86.0]).",
				"On a stand-in guest, not Windows: of 2 arms compared with base (the placebo is not counted), 1 helps one workload and harms another; 1 is equivalent to base.",
				"Which workload counts decides whether there is a reason to change anything."}, nil,
		},
		"what helps one workload is open in another": {
			Report{Ranking: rank.Ranking{Baseline: "base", Analyses: []rank.Analysis{
				saysIn("from", "throughput", open("x")), saysIn("to", "throughput", helps("x")), saysIn("to", "retransmits", harms("x"))}}},
			[]string{"Compared with base, x helps: to, throughput +6.0 % [+5.0, +7.0].", "By more than the margin, and so a reason to change something: x (undecided in from)."},
			[]string{"To decide the rest at a margin of 2 % takes a campaign of 9 blocks, which is 4 more than this one: 8 boots more. Plan it anew: blocks that are added because of what is seen here void the error rates."},
		},
		"equivalent in one workload only": {
			Report{Ranking: rank.Ranking{Baseline: "base", Analyses: []rank.Analysis{saysIn("from", "throughput", open("x")), saysIn("to", "throughput", same("x"))}}},
			[]string{"Compared with base, x is undecided: differences below about 3.0 % are not reliably seen.", "Nothing here is a reason to change anything."},
			[]string{"To decide the rest at a margin of 2 % takes a campaign of 9 blocks, which is 4 more than this one: 8 boots more. Plan it anew: blocks that are added because of what is seen here void the error rates."},
		},
		"a campaign that goes on": {
			Report{Interim: "12 of 30 boots", Ranking: rank.Ranking{Baseline: "base", Analyses: []rank.Analysis{saysIn("to", "throughput", same("x"), same("y"))}}},
			[]string{"Interim: 12 of 30 boots. To stop because of what is seen here voids the error rates.",
				"Of 2 arms compared with base, none is shown to help; 2 are equivalent to base.", "Nothing here is a reason to change anything."},
			[]string{"Go on with the campaign: vnettune run CAMPAIGN."},
		},
		"what fails is not recommended, whatever it measures": {
			Report{Ranking: rank.Ranking{Baseline: "base", Analyses: []rank.Analysis{saysIn("to", "throughput", failing(helps("x"))), saysIn("from", "throughput", helps("x"))}}},
			[]string{"Compared with base, x fails: 7 of 12 boots.", "Nothing here is a reason to change anything."}, []string{"Do not use what fails: x."},
		},
		"not even below the margin": {
			Report{Ranking: rank.Ranking{Baseline: "base", Analyses: []rank.Analysis{won(saysIn("to", "throughput", saysOf("x", rank.LabelHelpsMaybe, 1, 3)), "x")}}},
			[]string{"Compared with base, x helps, maybe by less than the margin: throughput +2.0 % [+1.0, +3.0].", "Nothing here is a reason to change anything."}, nil,
		},
		"one winner in all workloads": {
			Report{Ranking: rank.Ranking{Baseline: "base", Analyses: []rank.Analysis{won(saysIn("to", "throughput", helps("x")), "x"), won(saysIn("from", "throughput", helps("x")), "x")}}},
			[]string{"Compared with base, x helps: to, throughput +6.0 % [+5.0, +7.0].", "By more than the margin, and so a reason to change something: x."},
			[]string{"Use x: it was booted as a whole, and is the only arm that may be the best."},
		},
		"a part recommends nothing": {
			Report{Narrowed: true, Ranking: rank.Ranking{Baseline: "base", Analyses: []rank.Analysis{won(saysIn("to", "throughput", helps("x")), "x")}}},
			[]string{"Compared with base, x helps: throughput +6.0 % [+5.0, +7.0].", "By more than the margin, and so a reason to change something: x."},
			[]string{"Only a part of what was measured is judged here: nothing is recommended by a part."},
		},
		"a placebo that differs": {
			Report{Placebo: "p", Ranking: rank.Ranking{Baseline: "base", Analyses: []rank.Analysis{won(saysIn("to", "throughput", helps("x"), differing(helps("p"))), "x")}}},
			[]string{"Compared with base (the placebo is not counted), x helps: throughput +6.0 % [+5.0, +7.0].", "By more than the margin, and so a reason to change something: x.",
				"The placebo, which cannot make a difference, differs in to (throughput +6.0 % [+5.0, +7.0]): the rig is suspect, and so is every claim here."}, nil,
		},
		"a baseline of its own": {
			Report{BaselineSets: []string{"tcp.rss=disabled"}, Ranking: rank.Ranking{Baseline: "base", Analyses: []rank.Analysis{saysIn("to", "throughput", helps("x"))}}},
			[]string{"Compared with base (not the guest as found: it sets tcp.rss=disabled), x helps: throughput +6.0 % [+5.0, +7.0].", "By more than the margin, and so a reason to change something: x."}, nil,
		},
		"help and harm in one workload": {
			Report{Ranking: rank.Ranking{Baseline: "base", Analyses: []rank.Analysis{saysIn("udp", "throughput", helps("x")), saysIn("udp", "loss", harms("x"))}}},
			[]string{"x helps udp (throughput +6.0 % [+5.0, +7.0]) and harms udp (loss -90.0 % [-94.0, -86.0]).", "Which metric counts decides whether there is a reason to change anything."}, nil,
		},
		"against itself": {
			Report{AA: true, Ranking: rank.Ranking{Baseline: "base", Analyses: []rank.Analysis{saysIn("to", "throughput", same("x"), same("y"))}}},
			[]string{"Every arm is the baseline itself, so that each difference is a false one; 0 of 2 comparisons show one."}, nil,
		},
		"metrics that are not known are what their workload is run for": {
			Report{Ranking: rank.Ranking{Baseline: "base", Analyses: []rank.Analysis{saysIn("own", "frames", harms("x")), saysIn("to", "retransmits", helps("x")), saysIn("to", "throughput", same("x"))}}},
			[]string{"Compared with base, x harms: own, frames -90.0 % [-94.0, -86.0].", "Nothing here is a reason to change anything."},
			[]string{"Do not use what harms, and undo it where it is in use: x."},
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
