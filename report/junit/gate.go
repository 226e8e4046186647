package junit

import (
	"fmt"
	"io"

	"vnettune/report"
	"vnettune/report/rank/gate"
	"vnettune/report/stored"
	"vnettune/results/record"
)

// gateClass is the class of all cases of a gate: a job that asks it every night has one history of each.
const gateClass = "vnettune.gate"

// Gate writes one suite with a case for each metric that was judged, and one for the failures of boots if
// they were tested. A case fails only if the gate does.
func Gate(w io.Writer, g stored.Gated, inconclusive Inconclusive) error {
	kind, notice := report.NoticeOf(g.GuestKind)
	name := marked("vnettune gate: "+g.Candidate+" against "+g.Baseline, notice)
	s := suite{Name: text(name)}
	s.property("notice", notice)
	s.property("guest_kind", kind)
	s.property("verdict", string(g.Verdict))
	s.property("candidate", g.Candidate)
	s.property("baseline", g.Baseline)
	for _, m := range g.Results {
		s.property("margin of "+m.Workload+" "+m.Metric, margin(m.Margin, m.EffectUnit))
	}
	s.property("alpha", record.Number(g.Alpha).String())
	if g.Looks.Planned > 1 {
		s.property("look", fmt.Sprintf("%d of %d", g.Looks.This, g.Looks.Planned))
		s.property("alpha of a look", record.Number(g.Looks.Alpha(g.Alpha)).String())
	}
	for _, m := range g.Results {
		s.add(finding{gateClass, m.Workload + " " + m.Metric, gateOutcome(m.Verdict), string(m.Verdict),
			report.GateSentence(m, g.Alpha), warnings(m.Warnings)}, inconclusive)
	}
	if g.Failures.InFamily {
		of, word := failuresOutcome(g)
		s.add(finding{gateClass, "failures of boots", of, string(word), report.FailuresSentence(g), nil}, inconclusive)
	}
	var said []string
	for _, what := range g.NotJudged {
		said = append(said, "not judged: "+what)
	}
	s.SystemOut = lines(append(said, report.GateSentences(g)...))
	return write(w, name, s)
}

// gateOutcome is what the verdict on a metric makes of its case.
func gateOutcome(v gate.Verdict) outcome {
	switch v {
	case gate.Pass:
		return passed
	case gate.Fail:
		return failed
	}
	return undecided
}

// failuresOutcome is what the test of failures says: the candidate is shown to fail more often, or is
// not; or it is shown by boots that were made arm by arm, which decide nothing.
func failuresOutcome(g stored.Gated) (outcome, gate.Verdict) {
	switch {
	case !(float64(g.Failures.PHolm) <= g.Looks.Alpha(g.Alpha)):
		return passed, gate.Pass
	case g.Verdict == gate.Fail || g.Verdict == gate.FailFailures:
		return failed, gate.FailFailures
	}
	return undecided, gate.Inconclusive
}
