package stored

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/report/rank"
	"vnettune/results"
	"vnettune/results/record"
)

// withBoots is a campaign that holds just boots.
func withBoots(boots ...results.Boot) *Campaign {
	return &Campaign{Kept: &results.Contents{Boots: boots}}
}

// The seconds of counted, usable runs are handed on; the run after the boot and
// failed runs are not.
func TestSeconds(t *testing.T) {
	details := &record.RunDetails{Args: []string{"-c"}, Rates: []float64{9000.5, 9100}}
	c := withBoots(results.Boot{ID: "b001", Arm: "a", Runs: []results.Run{
		{Workload: "tcp", Repetition: 0, Class: record.OK, Details: details},
		{Workload: "tcp", Repetition: 1, Class: record.OK, Details: details},
		{Workload: "tcp", Repetition: 2, Class: record.HangKilled, Details: details},
		{Workload: "tcp", Repetition: 3, Class: record.OK, Details: &record.RunDetails{}},
		{Workload: "tcp", Repetition: 4, Class: record.OK},
	}})
	want := []rank.RunIntervals{{Workload: "tcp", Combination: "a", Boot: "b001", Repetition: 1, Rates: []float64{9000.5, 9100}}}
	if d := cmp.Diff(want, c.seconds()); d != "" {
		t.Error(d)
	}
}

func TestCutBlocks(t *testing.T) {
	boot := func(block int, session int64) results.Boot { return results.Boot{Block: block, Session: session} }
	got := withBoots(boot(1, 1), boot(1, 1), boot(2, 1), boot(2, 2), boot(2, 3), boot(3, 3)).CutBlocks()
	if d := cmp.Diff([]CutBlock{{Block: 2, Sessions: []int64{1, 2, 3}}}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestClocks(t *testing.T) {
	run := func(repetition int, class string, apart float64) results.Run {
		c := record.Clock{Compared: true, ApartPercent: apart, Suspect: max(apart, -apart) > record.ClockTolerancePercent}
		return results.Run{Repetition: repetition, Class: class, Details: &record.RunDetails{Clock: c}}
	}
	runs, suspect, most := withBoots(results.Boot{Runs: []results.Run{
		run(0, record.OK, 50), // discarded
		run(1, record.OK, 0.1), run(2, record.OK, -3.5), run(3, record.PeerLost, 9),
	}}).Clocks()
	if runs != 2 || suspect != 1 || most != 3.5 {
		t.Errorf("%d runs, %d suspect, up to %g; want 2, 1, 3.5", runs, suspect, most)
	}
}
