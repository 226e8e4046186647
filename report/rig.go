package report

import (
	"fmt"
	"math"
	"strings"

	"vnettune/report/rank"
	"vnettune/results/record"
)

// rigSentences answer whether the rig was trustworthy, as far as one analysis tells:
// A/A run, noise, drift, warm-up, covariate, failures, outliers, read-back.
func rigSentences(r Report, a rank.Analysis) []string {
	lines := []string{floorSentence(r.NoiseFloor, a.Workload, a.Metric), noiseSentence(a), driftSentence(a), steadySentence(a)}
	if text := covariateSentence(a); text != "" {
		lines = append(lines, text)
	}
	return append(lines, failureSentence(a), flaggedSentence(a), readBackSentence(r, a))
}

func noiseSentence(a rank.Analysis) string {
	vary := func(v record.Number) string { return significant(v, 2) + " " + a.EffectUnit }
	if a.Diagnostics.Within != nil {
		return noiseWithin(a, vary)
	}
	switch d := a.Diagnostics; {
	case !d.RepetitionSD.Exists() && a.Pooled > 0:
		return fmt.Sprintf("Noise: boots of one repetition each vary by %s (standard deviation); how much of that is the repetition's cannot be told.", vary(record.Number(math.Sqrt(float64(a.Pooled)))))
	case !d.BootSD.Exists() && !d.RepetitionSD.Exists():
		return "Noise: cannot be told from these boots."
	case !d.BootSD.Exists():
		return fmt.Sprintf("Noise: repetitions of a boot vary by %s (standard deviation); how much boots vary cannot be told.", vary(d.RepetitionSD))
	case d.BootSD == 0 && d.RepetitionSD == 0:
		return "Noise: none is seen."
	case d.BootSD == 0:
		return fmt.Sprintf("Noise: repetitions of a boot vary by %s (standard deviation), and boots by no more than that explains.", vary(d.RepetitionSD))
	default:
		return fmt.Sprintf("Noise: boots vary by %s, repetitions of a boot by %s (standard deviations).", vary(d.BootSD), vary(d.RepetitionSD))
	}
}

// noiseWithin says how much the parts of boots vary within which arms were switched.
func noiseWithin(a rank.Analysis, vary func(record.Number) string) string {
	d := a.Diagnostics
	var known, open []string
	for _, x := range []struct {
		what string
		sd   record.Number
	}{{"boots", d.BootSD}, {"an arm beside its boot", d.Within.Interaction}, {"stints of an arm in a boot", d.Within.Stint}, {"repetitions of a stint", d.RepetitionSD}} {
		if !x.sd.Exists() {
			open = append(open, x.what)
			continue
		}
		verb := " by "
		if len(known) == 0 {
			verb = " vary by "
		}
		known = append(known, x.what+verb+vary(x.sd))
	}
	if len(known) == 0 {
		return "Noise: cannot be told from these boots."
	}
	text := "Noise (standard deviations): " + strings.Join(known, ", ")
	if len(open) > 0 {
		text += "; what is due to " + listed(open) + " cannot be told"
	}
	if d.Within.Unit.Exists() && d.BootSD.Exists() {
		text += fmt.Sprintf(". Differences within boots rest on values that vary by %s: what all arms of a boot share is in differences between boots alone", vary(d.Within.Unit))
	}
	return text + "."
}

func driftSentence(a rank.Analysis) string {
	d := a.Diagnostics.Drift
	over := change(d.Change, a.EffectUnit) + " over the campaign"
	switch {
	case a.BootOrder == rank.OrderUnknown:
		return "Drift: not checked, because the samples do not tell the order of boots."
	case a.BootOrder == rank.OrderGrouped:
		return "Drift: the boots were made arm by arm, so that it cannot be told from a difference of arms: nothing is claimed."
	case !d.P.Exists():
		return "Drift: not checked, because there are too few boots, or they do not vary."
	case d.Found() && a.Method == rank.MethodWelch:
		return fmt.Sprintf("Drift: %s (p %s); Welch's test ignores the blocks, so that it adds to the noise.", over, pValue(d.P))
	case d.Found() && a.Stints != nil:
		return fmt.Sprintf("Drift: %s (p %s) from boot to boot; what all arms of a boot share is kept out of the differences within boots.", over, pValue(d.P))
	case d.Found() && a.BootOrder == rank.OrderBlocks:
		return fmt.Sprintf("Drift: %s (p %s); the boots are in blocks, which keep it out of the differences.", over, pValue(d.P))
	case d.Found():
		return fmt.Sprintf("Drift: %s (p %s); the boots are not in blocks, so that it adds to the noise.", over, pValue(d.P))
	case a.BootOrder == rank.OrderMixed:
		return fmt.Sprintf("Drift: none shown at 1 %% (%s, p %s); the boots are not in blocks, but the arms are well mixed.", over, pValue(d.P))
	}
	return fmt.Sprintf("Drift: none shown at 1 %% (%s, p %s).", over, pValue(d.P))
}

func steadySentence(a rank.Analysis) string {
	d := a.Diagnostics
	text, of := "Warm-up: ", applied(a.Stints != nil)
	switch {
	case !d.Trend.P.Exists():
		text += "a trend over the repetitions of a " + of + " cannot be told"
	case d.Trend.P < 0.01:
		text += fmt.Sprintf("repetitions change by %s %s from one to the next (p %s): %ss are not steady", signed(d.Trend.PerRepetition, 2), a.EffectUnit, pValue(d.Trend.P), of)
	default:
		text += fmt.Sprintf("no trend over the repetitions of a %s is shown at 1 %% (p %s)", of, pValue(d.Trend.P))
	}
	if s := d.Steady; s.Unsteady != nil {
		return text + fmt.Sprintf("; judged second by second, %d of %s reach no steady state.", *s.Unsteady, count(int(s.Boots), applied(a.Stints != nil)))
	}
	return text + "; the runs are not known second by second."
}

func failureSentence(a rank.Analysis) string {
	failed, all, noun := 0, 0, "boot"
	var names []string
	for _, arm := range a.Arms {
		failed += arm.Boots.Failed
		all += arm.Boots.Failed + arm.Boots.OK
		if float64(arm.FailurePHolm) <= a.Alpha {
			names = append(names, arm.Name)
		}
	}
	if a.Stints != nil {
		all, noun = failed+a.Stints.Stints, "stint"
	}
	text := fmt.Sprintf("Failures: %d of %s", failed, count(all, noun))
	if len(names) > 0 {
		return text + "; the share of failed " + noun + "s is shown to differ from the baseline's: " + strings.Join(names, ", ") + "."
	}
	if a.Family == 0 || a.BootOrder == rank.OrderGrouped {
		return text + "."
	}
	return text + "; no arm is shown to fail more often than the baseline."
}

func flaggedSentence(a rank.Analysis) string {
	d := a.Diagnostics
	if d.FlaggedBoots+d.FlaggedRepetitions == 0 {
		return "Outliers: none flagged."
	}
	var weaker []string
	for _, arm := range a.Arms {
		if w := arm.WithoutFlagged; w != nil && arm.Weakened() && rank.Verdict(w.Label) == arm.Verdict {
			weaker = append(weaker, arm.Name)
		}
	}
	unit := unitOf(a)
	text := fmt.Sprintf("Outliers: %s and %s flagged, and kept", count(d.FlaggedBoots, unit), count(d.FlaggedRepetitions, "repetition"))
	if len(a.Placements) > 0 {
		text = fmt.Sprintf("Two placements: %s flagged, and kept: see above; %s too", count(d.FlaggedBoots, unit), count(d.FlaggedRepetitions, "repetition"))
	}
	if len(weaker) > 0 {
		return text + "; without the flagged " + unit + "s less is shown, and no more is claimed, of " + strings.Join(weaker, ", ") + "."
	}
	return text + "; no verdict is weaker for it."
}

func readBackSentence(r Report, a rank.Analysis) string {
	n := 0
	for _, arm := range a.Arms {
		n += arm.Boots.NotInEffect
	}
	switch {
	case n == 0 && r.Campaign == "": // samples of whoever made them
		return fmt.Sprintf("Read-back: the samples mark no %s as not in effect; whether settings were read back they do not say.", applied(a.Stints != nil))
	case n == 0:
		return fmt.Sprintf("Read-back: no %s had other settings than asked.", applied(a.Stints != nil))
	}
	return fmt.Sprintf("Read-back: %s had other settings than asked and %s not ranked.", count(n, applied(a.Stints != nil)), map[bool]string{true: "is", false: "are"}[n == 1])
}

// comparedSentence says what was compared, what was left out, and why.
func comparedSentence(r Report, a rank.Analysis) string {
	text := fmt.Sprintf("Compared: %s with the baseline %s, one family with error rate %s and %s",
		count(a.Family, "combination"), r.Ranking.Baseline, plainNumber(a.Alpha), marginWords(a))
	if a.Family == 0 {
		text = "Compared: nothing, because there is only one combination"
	}
	why := map[string]int{}
	var reasons []string
	add := func(reason string, n int) {
		if n > 0 && why[reason] == 0 {
			reasons = append(reasons, reason)
		}
		why[reason] += n
	}
	for _, arm := range a.Arms {
		for _, f := range arm.Failures {
			add(f.Class, f.Boots)
		}
	}
	for _, arm := range a.Arms {
		add("settings not in effect", arm.Boots.NotInEffect)
		add("excluded", arm.Boots.Excluded)
	}
	left := 0
	var parts []string
	for _, reason := range reasons {
		left += why[reason]
		parts = append(parts, fmt.Sprintf("%s %d", reason, why[reason]))
	}
	switch {
	case a.Stints != nil && left == 0:
		return text + fmt.Sprintf("; %s ranked: an arm in a boot is one, the mean of its stints but the first of the boot, which is the bridge's.", count(a.Boots, "value"))
	case a.Stints != nil:
		return text + fmt.Sprintf("; %s ranked: an arm in a boot is one, the mean of its stints but the first of the boot, which is the bridge's. Not ranked: %s.", count(a.Boots, "value"), strings.Join(parts, ", "))
	case left == 0:
		return text + fmt.Sprintf("; all %s ranked.", count(a.Boots, "boot"))
	}
	return text + fmt.Sprintf("; %s ranked, %d not (%s).", count(a.Boots, "boot"), left, strings.Join(parts, ", "))
}

// NotCalibrated is what a report says if no A/A run stands behind its campaign.
const NotCalibrated = "not calibrated by an A/A run: how much this guest and this host differ from themselves is not known; " +
	"run a campaign of design: aa on the guest and give its store with --calibration"

// CalibrationLines puts into words what an A/A run shows: one line for each workload and metric. A
// run that could not check the error rate, or found it above alpha, is stamped NOT CALIBRATED.
func CalibrationLines(all []record.Calibration, alpha float64) []string {
	var lines []string
	for _, c := range all {
		lines = append(lines, fmt.Sprintf("%s, %s: %s; %s; %s; %s", c.Workload, c.Metric, falseDifferences(c), spread(c), driftOf(c), relabelled(c, alpha)))
	}
	return lines
}

// floorSentence says whether an A/A run stands behind a workload's metric.
func floorSentence(n *record.NoiseFloor, workload, metric string) string {
	if n == nil {
		return "A/A: NOT CALIBRATED: no A/A run says how much this guest and this host differ from themselves."
	}
	run := fmt.Sprintf("the A/A run %s (begun %s)", n.Source, n.Created.UTC().Format("2006-01-02"))
	for _, c := range n.Calibrations {
		if c.Workload != workload || c.Metric != metric {
			continue
		}
		found := falseDifferences(c) + "; " + relabelled(c, n.Alpha)
		switch {
		case n.Own:
			return "A/A: this is an A/A run: " + found + "."
		case !c.Calibrated:
			return "A/A: " + run + ": " + found + "."
		}
		return "A/A: calibrated by " + run + ": " + found + "."
	}
	return "A/A: NOT CALIBRATED: " + run + " did not measure this in the same way."
}

func falseDifferences(c record.Calibration) string {
	if len(c.Differ) == 0 {
		return fmt.Sprintf("no false difference among %s", count(c.Arms-1, "comparison"))
	}
	return fmt.Sprintf("FALSE DIFFERENCES among %s: %s", count(c.Arms-1, "comparison"), strings.Join(c.Differ, ", "))
}

// spread is how much boots and repetitions vary.
func spread(c record.Calibration) string {
	var parts []string
	add := func(format string, v record.Number) {
		if v.Exists() {
			parts = append(parts, strings.Replace(format, "%s", significant(v, 2), 1))
		}
	}
	add("standard deviation between boots %s "+c.EffectUnit, c.BootSD)
	add("between repetitions of a boot %s "+c.EffectUnit, c.RepetitionSD)
	add("of a boot's mean %s "+c.EffectUnit, c.BootMeanSD)
	add("differences below about %s "+c.EffectUnit+" are not reliably seen", c.MDE)
	if !c.BootMeanSD.Exists() {
		parts = append(parts, "the noise between boots cannot be told: more than one block is needed")
	}
	return strings.Join(parts, ", ")
}

func driftOf(c record.Calibration) string {
	change, p := change(c.Drift, c.EffectUnit), c.DriftP
	switch {
	case !p.Exists():
		return "drift not checked"
	case rank.Drift{DF: c.DriftDF, P: p}.Found():
		return fmt.Sprintf("drift of %s over the run (p %s)", change, pValue(p))
	}
	return fmt.Sprintf("no drift shown (%s over the run, p %s)", change, pValue(p))
}

func relabelled(c record.Calibration, alpha float64) string {
	if c.Relabelled == 0 {
		return "NOT CALIBRATED: too few boots to test anything"
	}
	text := fmt.Sprintf("with the names drawn anew %d times, %d draws show a difference (%s %%; the error rate is %s %%, and up to %d draws are accepted)",
		c.Relabelled, c.Differing, significant(100*float64(c.Differing)/float64(c.Relabelled), 2), plainNumber(100*alpha), c.Limit)
	if !c.Calibrated {
		return "NOT CALIBRATED: " + text
	}
	return text
}
