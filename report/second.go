package report

import (
	"fmt"
	"slices"
	"strings"

	"vnettune/report/page"
	"vnettune/report/rank/second"
)

// secondCaveat says what it means that two tools disagree.
const secondCaveat = "iperf3 is the judge: every verdict on its workloads is by its figures. The tools disagree about a combination where it moves the figure of the meter by more, or by less, than that of iperf3 " +
	"in the same boots; then it is not only the network that the combination moves, but also what a tool brings with it, such as the Cygwin of iperf3 on Windows."

// secondSentences say what the meter measured beside iperf3, and about which combinations the two disagree.
func secondSentences(r Report, o second.Opinion) []string {
	var lines, agree []string
	for _, a := range o.Arms {
		switch {
		case len(r.shown) > 0 && a.Name != o.Baseline && !slices.Contains(r.shown, a.Name):
		case a.Name == o.Baseline && a.Boots > 0:
			line := fmt.Sprintf("%s: the meter's throughput is %s of iperf3's", a.Name, ratioOf(float64(a.Above)))
			if a.Lower.Exists() {
				line += fmt.Sprintf(" (%s %% interval %s to %s)", sure(o.Alpha), ratioOf(float64(a.Lower)), ratioOf(float64(a.Upper)))
			}
			lines = append([]string{line + ", in " + count(a.Boots, "boot") + "."}, lines...)
		case a.Disagree:
			lines = append(lines, fmt.Sprintf("%s: the tools disagree: beside iperf3's it moves the meter's throughput by %s %% (p %s)%s.", a.Name, signed(a.Apart, 1), pValue(a.PHolm), bothMoves(r, o, a.Name)))
		case a.P.Exists():
			agree = append(agree, a.Name)
		}
	}
	if len(agree) > 0 {
		lines = append(lines, "The tools are not shown to disagree about "+strings.Join(agree, ", ")+".")
	}
	return lines
}

// ratioOf writes what is so many percent above another as a percentage of it.
func ratioOf(above float64) string { return significant(100+above, 4) + " %" }

// bothMoves are the differences from the baseline that the tools themselves measured.
func bothMoves(r Report, o second.Opinion, arm string) string {
	of := func(workload string) string {
		a, _ := r.analysis(workload, "throughput")
		for _, x := range a.Arms {
			if x.Name == arm && x.Difference.Exists() {
				return signed(x.Difference, 1) + " %"
			}
		}
		return ""
	}
	first, other := of(o.Workload), of(o.Second)
	if first == "" || other == "" {
		return ""
	}
	return fmt.Sprintf(": %s by iperf3, %s by the meter", first, other)
}

// secondPart shows where iperf3 and the meter disagree.
func secondPart(r Report) []page.Part {
	part := page.Part{Title: "iperf3 and the meter", ID: "second", Long: true}
	for _, o := range r.Second {
		part.Long = part.Long && !slices.ContainsFunc(o.Arms, func(a second.Arm) bool { return a.Disagree })
		part.Blocks = append(part.Blocks, lists(page.List{Title: o.Workload + " beside " + o.Second, Items: secondSentences(r, o)})...)
	}
	if len(part.Blocks) == 0 {
		return nil
	}
	part.Blocks = append(part.Blocks, paragraphs(secondCaveat)...)
	return []page.Part{part}
}
