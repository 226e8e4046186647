package report

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vnettune/report/rank"
)

func floorFixture() NoiseFloor {
	nan := math.NaN()
	drift := rank.Drift{ChangePercent: 0.4, T: nan, DF: 24, P: 0.3, Blocks: true}
	good := rank.Calibration{Workload: "tcp-rx", Metric: "throughput", Unit: "Mbit/s", Better: "higher", Arms: 6, Blocks: 5, Boots: 30,
		BootSD: 0.4, RepetitionSD: 0.3, BootMeanSD: 0.45, MDEPercent: 1.2, Drift: drift, Relabelled: rank.Relabelling{Times: 1000, Differing: 40, Limit: 67}}
	bad := good
	bad.Workload, bad.Differ, bad.Relabelled.Differing, bad.RepetitionSD = "udp", []string{"baseline-3"}, 90, nan
	return NoiseFloor{Source: "aa", Created: time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC), Alpha: 0.05, Calibrations: []rank.Calibration{good, bad}}
}

func floorPointer() *NoiseFloor {
	n := floorFixture()
	return &n
}

// What a store keeps comes back, numbers that do not exist included.
func TestNoiseFloorIsKept(t *testing.T) {
	n := floorFixture()
	text, err := n.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodeNoiseFloor(text)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(n, got, cmpopts.EquateNaNs(), cmpopts.EquateEmpty()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	for _, bad := range []string{"", "{", `{"created":"yesterday"}`, `{"created":"2026-11-20T10:00:00Z","calibrations":3}`} {
		if _, err := DecodeNoiseFloor([]byte(bad)); err == nil {
			t.Errorf("%q is taken for a noise floor", bad)
		}
	}
}

func TestNoiseFloorSentences(t *testing.T) {
	n := floorFixture()
	own := n
	own.Own = true
	for _, tt := range []struct {
		name     string
		n        *NoiseFloor
		workload string
		want     string
	}{
		{"none", nil, "tcp-rx", "A/A: NOT CALIBRATED: no A/A run"},
		{"good", &n, "tcp-rx", "A/A: calibrated by the A/A run aa (begun 2026-11-20): no false difference among 5 comparisons; with the names drawn anew 1000 times, 40"},
		{"bad", &n, "udp", "A/A: the A/A run aa (begun 2026-11-20): FALSE DIFFERENCES among 5 comparisons: baseline-3; NOT CALIBRATED: with"},
		{"another workload", &n, "tcp-tx", "A/A: NOT CALIBRATED: the A/A run aa (begun 2026-11-20) did not measure this in the same way."},
		{"its own", &own, "tcp-rx", "A/A: this is an A/A run: no false difference"},
	} {
		if got := tt.n.sentence(tt.workload, "throughput"); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
