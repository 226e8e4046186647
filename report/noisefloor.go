package report

import (
	"fmt"
	"strings"

	"vnettune/report/rank"
	"vnettune/results/record"
)

// NotCalibrated is what the report of a campaign says that no A/A run stands behind.
const NotCalibrated = "not calibrated by an A/A run: how much this guest and this host differ from themselves is not known; " +
	"run a campaign of design: aa on the guest and give its store with --calibration"

// CalibrationLines puts into words what an A/A run shows: one line for each workload
// and metric. A run that could not check the error rate, or finds it above alpha,
// is stamped NOT CALIBRATED.
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
			parts = append(parts, fmt.Sprintf(format, significant(v, 2)))
		}
	}
	add("standard deviation between boots %s %%", c.BootSD)
	add("between repetitions of a boot %s %%", c.RepetitionSD)
	add("of a boot's mean %s %%", c.BootMeanSD)
	add("smallest detectable difference %s %%", c.MDEPercent)
	if !c.BootMeanSD.Exists() {
		parts = append(parts, "the noise between boots cannot be told: more than one block is needed")
	}
	return strings.Join(parts, ", ")
}

func driftOf(c record.Calibration) string {
	change, p := c.DriftPercent, c.DriftP
	switch {
	case !p.Exists():
		return "drift not checked"
	case rank.Drift{DF: c.DriftDF, P: p}.Found():
		return fmt.Sprintf("drift of %s %% over the run (p %s)", signed(change, 1), pValue(p))
	}
	return fmt.Sprintf("no drift shown (%s %% over the run, p %s)", signed(change, 1), pValue(p))
}

func relabelled(c record.Calibration, alpha float64) string {
	if c.Relabelled == 0 {
		return "NOT CALIBRATED: too few boots to test anything"
	}
	text := fmt.Sprintf("with the names drawn anew %d times, %d draws show a difference (%s %%; %s %% are meant, up to %d accepted)",
		c.Relabelled, c.Differing, significant(100*float64(c.Differing)/float64(c.Relabelled), 2), plainNumber(100*alpha), c.Limit)
	if !c.Calibrated {
		return "NOT CALIBRATED: " + text
	}
	return text
}
