package report

import (
	"fmt"
	"math"
	"strings"

	"vnettune/report/rank"
)

// NotCalibrated is what the report of a campaign says that no A/A run stands behind.
const NotCalibrated = "not calibrated by an A/A run: how much this guest and this host differ from themselves is not known; " +
	"run a campaign of design: aa on the guest and give its store with --calibration"

// CalibrationLines puts into words what an A/A run shows: one line for each workload
// and metric. A run that could not check the error rate, or finds it above alpha,
// is stamped NOT CALIBRATED.
func CalibrationLines(all []rank.Calibration, alpha float64) []string {
	var lines []string
	for _, c := range all {
		lines = append(lines, fmt.Sprintf("%s, %s: %s; %s; %s; %s", c.Workload, c.Metric, falseDifferences(c), noiseFloor(c), driftWords(c.Drift), relabelled(c.Relabelled, alpha)))
	}
	return lines
}

func falseDifferences(c rank.Calibration) string {
	if len(c.Differ) == 0 {
		return fmt.Sprintf("no false difference among %s", count(c.Arms-1, "comparison"))
	}
	return fmt.Sprintf("FALSE DIFFERENCES among %s: %s", count(c.Arms-1, "comparison"), strings.Join(c.Differ, ", "))
}

func noiseFloor(c rank.Calibration) string {
	var parts []string
	add := func(format string, v float64) {
		if !math.IsNaN(v) {
			parts = append(parts, fmt.Sprintf(format, significant(v, 2)))
		}
	}
	add("standard deviation between boots %s %%", c.BootSD)
	add("between repetitions of a boot %s %%", c.RepetitionSD)
	add("of a boot's mean %s %%", c.BootMeanSD)
	add("smallest detectable difference %s %%", c.MDEPercent)
	if math.IsNaN(c.BootMeanSD) {
		parts = append(parts, "the noise between boots cannot be told: more than one block is needed")
	}
	return strings.Join(parts, ", ")
}

func driftWords(d rank.Drift) string {
	switch {
	case math.IsNaN(d.P):
		return "drift not checked"
	case d.Found():
		return fmt.Sprintf("drift of %s %% over the run (p %s)", signed(d.ChangePercent, 1), pValue(d.P))
	}
	return fmt.Sprintf("no drift shown (%s %% over the run, p %s)", signed(d.ChangePercent, 1), pValue(d.P))
}

func relabelled(r rank.Relabelling, alpha float64) string {
	if r.Times == 0 {
		return "NOT CALIBRATED: too few boots to test anything"
	}
	text := fmt.Sprintf("with the names drawn anew %d times, %d draws show a difference (%s %%; %s %% are meant, up to %d accepted)",
		r.Times, r.Differing, significant(100*float64(r.Differing)/float64(r.Times), 2), plainNumber(100*alpha), r.Limit)
	if !r.Holds() {
		return "NOT CALIBRATED: " + text
	}
	return text
}
