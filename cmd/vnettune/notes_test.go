package main

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/bench/iperf"
	"vnettune/results"
	"vnettune/results/record"
)

func TestCutBlocks(t *testing.T) {
	boot := func(block int, session int64) results.Boot { return results.Boot{Block: block, Session: session} }
	got := cutBlocks([]results.Boot{boot(1, 1), boot(1, 1), boot(2, 1), boot(2, 2), boot(2, 3), boot(3, 3)})
	want := []string{"block 2 was cut by a stop: its boots are of the sessions 1 2 3"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestSuspectClocks(t *testing.T) {
	run := func(repetition int, class string, apart float64) results.Run {
		d, err := json.Marshal(record.RunDetails{Clock: record.Clock{Compared: true, ApartPercent: apart, Suspect: abs(apart) > iperf.ClockTolerancePercent}})
		if err != nil {
			t.Fatal(err)
		}
		return results.Run{Repetition: repetition, Class: class, Details: d}
	}
	got, err := suspectClocks([]results.Boot{{Runs: []results.Run{
		run(0, "ok", 50), // discarded
		run(1, "ok", 0.1), run(2, "ok", -3.5), run(3, "peer_lost", 9),
	}}})
	if err != nil || len(got) != 1 {
		t.Fatalf("%q, %v; want one line", got, err)
	}
	const want = "in 1 of 2 runs the host's and the guest's clock are more than 2 % apart over the measured seconds (up to 3.5 %): the guest's clock may run wrong, or a queue drained at the end"
	if got[0] != want {
		t.Errorf("got %s\nwant %s", got[0], want)
	}
	if got, err := suspectClocks([]results.Boot{{Runs: []results.Run{run(1, "ok", 1)}}}); got != nil || err != nil {
		t.Errorf("no suspect: %q, %v", got, err)
	}
}
