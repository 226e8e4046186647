package report

import (
	"fmt"
	"slices"
	"strings"

	"vnettune/report/page"
	"vnettune/report/rank"
	"vnettune/report/rank/moved"
	"vnettune/results/record"
)

// counterWords are counters in words for people.
var counterWords = map[string]string{
	"tcp_busy":                "time in which the host had something to send, of the run",
	"tcp_rwnd_limited":        "time that the stream was held by the receiver's window, of the time with something to send",
	"tcp_sndbuf_limited":      "time that the stream was held by the host's send buffer, of the time with something to send",
	"host_busy":               "busy time of the host's processors",
	"host_softirq":            "time of the host's processors in soft interrupts",
	"host_steal":              "time taken from the host by a hypervisor below it",
	"guest_busy":              "busy time of the guest's processors",
	"guest_dpc":               "time of the guest's processors in DPCs",
	"guest_interrupt":         "time of the guest's processors in interrupts",
	"retransmits_per_gb":      "segments sent again",
	"host_softirq_per_gb":     "the host's time in soft interrupts",
	"qemu_cpu_per_gb":         "processor time of the guest's machine on the host",
	"vcpu_cpu_per_gb":         "processor time of the threads that run the guest's processors",
	"vhost_cpu_per_gb":        "processor time of vhost's threads",
	"guest_cpu_per_gb":        "processor time of the guest",
	"kvm_exits_per_gb":        "exits of KVM",
	"softnet_dropped_per_gb":  "packets that found the host's queue full",
	"softnet_squeezed_per_gb": "rounds of the host's packet queues that ended with packets left",
	"link_drops_per_gb":       "packets dropped by the links to the guest",
	"link_packets_per_gb":     "packets at the last link to the guest, joined ones as one",
	"guest_packets_per_gb":    "packets at the guest's adapter, joined ones as one",
	"guest_discards_per_gb":   "packets discarded by the guest's adapter",
}

// movedCaveat says what it means that a counter moved.
const movedCaveat = "\"Moved with it\" says that a counter differs between the same arms, by the test by which metrics do; it does not say that the one made the other: both may follow from something else."

// leveled is a counter's mean with its unit.
func leveled(c moved.Counter, v record.Number) string { return significant(v, 3) + " " + c.Unit }

// movedWords say of a counter how it moved with an arm: "time ...: 12 % at the baseline, 98 % with it (p <0.0001)".
func movedWords(c moved.Counter, arm, baseline string) string {
	name := counterWords[c.Name]
	if name == "" {
		name = c.Name
	}
	at, _ := c.Level(arm)
	base, _ := c.Level(baseline)
	return fmt.Sprintf("%s: %s at the baseline, %s with it (p %s)", name, leveled(c, base.Mean), leveled(c, at.Mean), pValue(at.PHolm))
}

// besideVerdict says whether a counter may be named beside what is claimed of an arm.
func besideVerdict(arm rank.Arm) bool {
	return !arm.IsBaseline && arm.Verdict == rank.Verdict(arm.Label) && slices.Contains([]rank.Label{rank.LabelHelps, rank.LabelHelpsMaybe, rank.LabelHarms, rank.LabelEquivalent, rank.LabelNoWorse, rank.LabelUndetermined}, arm.Label)
}

// movedSentences say which counters moved with the arms of a workload, beside their verdicts in what it is run for.
func movedSentences(r Report, w moved.Workload, primary []rank.Analysis) []string {
	var lines, still []string
	told := map[string]bool{}
	for _, a := range primary {
		if a.Workload != w.Workload {
			continue
		}
		for _, arm := range r.shows(a).Arms {
			if !besideVerdict(arm) || told[arm.Name] {
				continue
			}
			told[arm.Name] = true
			var words []string
			for _, c := range w.With(arm.Name) {
				words = append(words, movedWords(c, arm.Name, w.Baseline))
			}
			if len(words) == 0 {
				still = append(still, arm.Name)
				continue
			}
			lines = append(lines, fmt.Sprintf("%s (%s in %s). Moved with it: %s.", arm.Name, arm.Verdict, a.Metric, strings.Join(words, "; ")))
		}
	}
	if len(still) > 0 {
		lines = append(lines, "No counter is shown to have moved with "+strings.Join(still, ", ")+".")
	}
	return lines
}

// movedPart says what moved with the arms' verdicts.
func movedPart(r Report, primary []rank.Analysis) []page.Part {
	part := page.Part{Title: "What moved with it", ID: "moved"}
	any, family := false, 0
	for _, w := range r.Moved {
		lines := movedSentences(r, w, primary)
		family += w.Family
		any = any || slices.ContainsFunc(w.Counters, func(c moved.Counter) bool {
			return slices.ContainsFunc(c.Arms, func(l moved.Level) bool { return l.Moved })
		})
		part.Blocks = append(part.Blocks, lists(page.List{Title: w.Workload, Items: lines})...)
	}
	if len(part.Blocks) == 0 || r.AA && !any {
		return nil
	}
	part.Blocks = append(part.Blocks, paragraphs(fmt.Sprintf("%s Each workload's counters in all its arms are one family (%s in all, Holm): any counter is named falsely in at most %s %% of campaigns.",
		movedCaveat, count(family, "comparison"), percentOf(r.Ranking.Alpha)))...)
	part.Long = !any
	return []page.Part{part}
}

// countedPart has all that was counted.
func countedPart(r Report) []page.Part {
	part := page.Part{Title: "All that was counted beside the runs", ID: "counted", Detail: true}
	for _, w := range r.Moved {
		g := page.Grid{Title: w.Workload, Columns: []page.Column{{Head: "counter", Name: true}, {Head: "combination", Name: true}, {Head: "mean", Right: true}, {Head: "unit"},
			{Head: "difference", Right: true, Spare: 1}, {Head: "p (Holm)", Right: true, Spare: 2}}}
		for _, c := range w.Counters {
			for _, l := range c.Arms {
				if l.Boots == 0 || len(r.shown) > 0 && l.Arm != w.Baseline && !slices.Contains(r.shown, l.Arm) {
					continue
				}
				p := pValue(l.PHolm)
				if !c.Named {
					p = "only shown"
				}
				g.Rows = append(g.Rows, page.Row{Cells: []string{c.Name, l.Arm, significant(l.Mean, 4), c.Unit, significant(l.Difference, 3), p}})
			}
		}
		if len(g.Rows) > 0 {
			part.Blocks = append(part.Blocks, g)
		}
	}
	if len(part.Blocks) > 0 {
		part.Blocks = append(paragraphs("Rates, sizes and levels of the connection are the throughput again: they are shown, and none is named beside a verdict."), part.Blocks...)
	}
	return parts(part)
}
