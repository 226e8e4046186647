package report

import (
	"math"
	"strings"
	"testing"
	"time"

	"vnettune/results/record"
)

func floorFixture() record.NoiseFloor {
	good := record.Calibration{Workload: "tcp-rx", Metric: "throughput", Unit: "Mbit/s", Better: "higher", EffectUnit: "%", Arms: 6, Blocks: 5, Boots: 30, Differ: []string{},
		BootSD: 0.4, RepetitionSD: 0.3, BootMeanSD: 0.45, MDE: 1.2, Drift: 0.4, DriftP: 0.3, DriftDF: 24, InBlocks: true,
		Relabelled: 1000, Differing: 40, Limit: 67, Calibrated: true}
	bad := good
	bad.Workload, bad.Differ, bad.Differing, bad.Calibrated, bad.RepetitionSD = "udp", []string{"baseline-3"}, 90, false, record.Number(math.NaN())
	return record.NoiseFloor{Source: "aa", Created: time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC), Alpha: 0.05, Calibrations: []record.Calibration{good, bad}}
}

func floorPointer() *record.NoiseFloor {
	n := floorFixture()
	return &n
}

func TestNoiseFloorSentences(t *testing.T) {
	n := floorFixture()
	own := n
	own.Own = true
	for _, tt := range []struct {
		name     string
		n        *record.NoiseFloor
		workload string
		want     string
	}{
		{"none", nil, "tcp-rx", "A/A: NOT CALIBRATED: no A/A run"},
		{"good", &n, "tcp-rx", "A/A: calibrated by the A/A run aa (begun 2026-11-20): no false difference among 5 comparisons; with the names drawn anew 1000 times, 40"},
		{"bad", &n, "udp", "A/A: the A/A run aa (begun 2026-11-20): FALSE DIFFERENCES among 5 comparisons: baseline-3; NOT CALIBRATED: with"},
		{"another workload", &n, "tcp-tx", "A/A: NOT CALIBRATED: the A/A run aa (begun 2026-11-20) did not measure this in the same way."},
		{"its own", &own, "tcp-rx", "A/A: this is an A/A run: no false difference"},
	} {
		if got := floorSentence(tt.n, tt.workload, "throughput"); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
