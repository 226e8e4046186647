package main

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/report/rank"
	"vnettune/results"
	"vnettune/results/record"
)

// The seconds of counted, usable runs are handed on; the run after the boot and
// failed runs are not.
func TestRunIntervals(t *testing.T) {
	details := json.RawMessage(`{"args":["-c"],"rates_mbit":[9000.5,9100]}`)
	boots := []results.Boot{{ID: "b001", Arm: "a", Runs: []results.Run{
		{Workload: "tcp", Repetition: 0, Class: record.OK, Details: details},
		{Workload: "tcp", Repetition: 1, Class: record.OK, Details: details},
		{Workload: "tcp", Repetition: 2, Class: "hang_killed", Details: details},
		{Workload: "tcp", Repetition: 3, Class: record.OK, Details: json.RawMessage(`{"args":["-c"]}`)},
	}}}
	got, err := runIntervals(boots)
	if err != nil {
		t.Fatal(err)
	}
	want := []rank.RunIntervals{{Workload: "tcp", Combination: "a", Boot: "b001", Repetition: 1, Rates: []float64{9000.5, 9100}}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	boots[0].Runs[1].Details = json.RawMessage(`{"rates_mbit":"many"}`)
	if _, err := runIntervals(boots); err == nil {
		t.Error("details that are none of ours are taken")
	}
}
