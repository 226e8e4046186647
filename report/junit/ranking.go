package junit

import (
	"cmp"
	"io"
	"strings"

	"vnettune/report"
	"vnettune/report/rank"
	"vnettune/results/record"
)

// Ranking writes a suite for each workload's metric, in it a case for each arm but the baseline, with
// the sentence of the text report. Where nothing is compared there is one case that says so: a
// file without cases would pass.
func Ranking(w io.Writer, r report.Report, inconclusive Inconclusive) error {
	_, notice := report.NoticeOf(cmp.Or(r.GuestKind, r.Ranking.GuestKind))
	name := "vnettune report"
	if r.Campaign != "" {
		name += " of " + r.Campaign
	}
	var suites []suite
	for _, a := range r.Ranking.Analyses {
		suites = append(suites, ranked(r, a, inconclusive))
	}
	if len(r.Control) > 0 {
		suites = append(suites, controls(r, inconclusive))
	}
	if len(suites) == 0 {
		s := headed(r, "ranking")
		s.add(nothing(r, "ranking"), inconclusive)
		suites = append(suites, s)
	}
	return write(w, marked(name, notice), suites...)
}

// headed is a suite of a report, with what holds for all of its cases.
func headed(r report.Report, name string) suite {
	kind, notice := report.NoticeOf(cmp.Or(r.GuestKind, r.Ranking.GuestKind))
	s := suite{Name: text(marked(name, notice))}
	s.property("notice", notice)
	s.property("guest_kind", kind)
	s.property("guest", r.Guest)
	s.property("campaign", r.Campaign)
	s.property("interim", r.Interim)
	s.property("baseline", r.Ranking.Baseline)
	return s
}

// ranked is the suite of one workload's metric.
func ranked(r report.Report, a rank.Analysis, inconclusive Inconclusive) suite {
	name := a.Workload + " " + a.Metric
	s := headed(r, name)
	s.property("margin", margin(a.Margin, a.EffectUnit))
	s.property("alpha", record.Number(a.Alpha).String())
	class := classOf(r, name)
	for _, arm := range a.Arms {
		if !arm.IsBaseline {
			s.add(finding{class, arm.Name, outcomeOf(r, arm), string(arm.Verdict), report.Sentence(a, arm), warnings(arm.Warnings)}, inconclusive)
		}
	}
	if len(s.Cases) == 0 {
		s.add(nothing(r, name), inconclusive)
	}
	s.SystemOut = lines(warnings(a.Warnings))
	return s
}

// controls is the suite of the positive control: a rig that finds it passes, and one that measures what contradicts it
// fails.
func controls(r report.Report, inconclusive Inconclusive) suite {
	const name = "positive control"
	s := headed(r, name)
	for _, c := range r.Control {
		of := undecided
		switch c.Outcome {
		case rank.ControlFound:
			of = passed
		case rank.ControlContradicts:
			of = failed
		}
		s.add(finding{classOf(r, name), c.Workload, of, string(c.Outcome), report.ControlSentence(c), nil}, inconclusive)
	}
	return s
}

// classOf is how Jenkins files the cases of a suite: the package is what stands before the last dot.
func classOf(r report.Report, suite string) string {
	return cmp.Or(r.Campaign, "vnettune") + "." + suite
}

// nothing is the case of a suite in which nothing is compared.
func nothing(r report.Report, suite string) finding {
	return finding{class: classOf(r, suite), name: "comparison", word: "no comparison", sentence: strings.Join(report.BottomLine(r).Sentences, " ")}
}

// outcomeOf is what a verdict makes of a case. A placebo that differs is a failure of the rig, whatever it
// seems to do; that no boot is ranked says nothing where none failed.
func outcomeOf(r report.Report, arm rank.Arm) outcome {
	if arm.Name == r.Placebo && record.True(arm.Differs) {
		return failed
	}
	if rank.Label(arm.Verdict) == rank.LabelNotWorking && arm.Boots.Failed == 0 {
		return undecided
	}
	switch rank.Label(arm.Verdict) {
	case rank.LabelHelps, rank.LabelHelpsMaybe, rank.LabelEquivalent, rank.LabelNoWorse:
		return passed
	case rank.LabelHarms, rank.LabelNotWorking:
		return failed
	}
	return undecided
}

// warnings are the words of warnings, with the arm that they are about.
func warnings(all []rank.Warning) []string {
	var out []string
	for _, w := range all {
		if w.Arm != "" {
			out = append(out, string(w.Arm)+": "+w.Text)
		} else {
			out = append(out, w.Text)
		}
	}
	return out
}

// margin is a margin in its unit.
func margin(m record.Number, unit string) string {
	if !m.Exists() {
		return "none"
	}
	return m.String() + " " + unit
}
