package report

import (
	"math"
	"strings"
	"testing"

	"vnettune/results/record"
)

// TestCalibrationLines: what an A/A run shows, in words; a run that proves nothing is stamped.
func TestCalibrationLines(t *testing.T) {
	sound := record.Calibration{
		Workload: "tcp", Metric: "throughput", EffectUnit: "%", Arms: 6, BootSD: 1.234, RepetitionSD: 0.5, BootMeanSD: 1.3, MDE: 3.456,
		Relabelled: 1000, Differing: 41, Limit: 67, Calibrated: true, Drift: 0.3, DriftDF: 24, DriftP: 0.4,
	}
	wrong := sound
	wrong.Differ, wrong.Differing, wrong.Calibrated = []string{"baseline-2", "baseline-5"}, 90, false
	drifted := sound
	drifted.Drift, drifted.DriftP = 4, 0.001
	nan := record.Number(math.NaN())
	short := record.Calibration{Workload: "tcp", Metric: "throughput", EffectUnit: "%", Arms: 2, BootSD: nan, RepetitionSD: nan, BootMeanSD: nan, MDE: nan, DriftP: nan}
	for _, c := range []struct {
		name string
		c    record.Calibration
		want string
	}{
		{"sound", sound, "tcp, throughput: no false difference among 5 comparisons; standard deviation between boots 1.2 %, " +
			"between repetitions of a boot 0.50 %, of a boot's mean 1.3 %, differences below about 3.5 % are not reliably seen; no drift shown (+0.3 % over the run, p 0.40); " +
			"with the names drawn anew 1000 times, 41 draws show a difference (4.1 %; the error rate is 5 %, and up to 67 draws are accepted)"},
		{"wrong", wrong, "tcp, throughput: FALSE DIFFERENCES among 5 comparisons: baseline-2, baseline-5; standard deviation between boots 1.2 %, " +
			"between repetitions of a boot 0.50 %, of a boot's mean 1.3 %, differences below about 3.5 % are not reliably seen; no drift shown (+0.3 % over the run, p 0.40); " +
			"NOT CALIBRATED: with the names drawn anew 1000 times, 90 draws show a difference (9.0 %; the error rate is 5 %, and up to 67 draws are accepted)"},
		{"drifted", drifted, "tcp, throughput: no false difference among 5 comparisons; standard deviation between boots 1.2 %, " +
			"between repetitions of a boot 0.50 %, of a boot's mean 1.3 %, differences below about 3.5 % are not reliably seen; drift of +4.0 % over the run (p 0.0010); " +
			"with the names drawn anew 1000 times, 41 draws show a difference (4.1 %; the error rate is 5 %, and up to 67 draws are accepted)"},
		{"short", short, "tcp, throughput: no false difference among 1 comparison; the noise between boots cannot be told: more than one block is needed; drift not checked; " +
			"NOT CALIBRATED: too few boots to test anything"},
	} {
		if got := strings.Join(CalibrationLines([]record.Calibration{c.c}, 0.05), "\n"); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}
