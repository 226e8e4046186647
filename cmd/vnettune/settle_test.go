package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vnettune/results"
	"vnettune/results/sample"
)

// A guest that something keeps busy is measured all the same, and the busiest process is in the
// store, on the screen and in the report. What a restore cannot undo exactly is said by plan, run,
// report and restore.
func TestCampaignOnABusyGuest(t *testing.T) {
	t.Parallel()
	if err := fastLab(); err != nil {
		t.Skipf("NOT TESTED: a campaign on a busy guest: %v", err)
	}
	const name = "busy"
	l := upFaultLab(t, name, "en", []string{"busy=CompatTelRunner.exe@boot=2"})
	dir := t.TempDir()
	file, store := filepath.Join(dir, "c.yaml"), filepath.Join(dir, "c.db")
	campaign := faultCase{setting: "tcp.autotuninglevel: disabled"}.campaign(name)
	campaign = strings.Replace(campaign, "settle: 0s", "settle: {idle: 500ms, at_least: 0s, at_most: 1s}", 1)
	if !strings.Contains(campaign, "at_most") {
		t.Fatal(campaign)
	}
	if err := os.WriteFile(file, []byte(campaign), 0o600); err != nil {
		t.Fatal(err)
	}
	const inexact = "a restore cannot undo exactly: tcp.autotuninglevel: what stood at its default is put back as a value that is set"
	exit, _, said := l.run(faultLimit, "run", file, "--store", store)
	if exit != exitDone || !strings.Contains(said, "the guest is not idle after 1s; it is measured all the same; busiest process: CompatTelRunner.exe, ") || !strings.Contains(said, inexact) {
		t.Errorf("exit code %d: %s", exit, said)
	}
	s, err := results.OpenReadOnly(store)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	kept, err := s.Read()
	if err != nil {
		t.Fatal(err)
	}
	busy := 0
	for _, b := range kept.Boots {
		for _, step := range b.Steps {
			if step.Name != "settle" {
				continue
			}
			switch {
			case step.Settled == nil || b.Status != sample.StatusOK:
				t.Errorf("boot %s is %s, %+v", b.ID, b.Status, step)
			case step.Settled.GaveUp && step.Settled.Process == "CompatTelRunner.exe" && *step.Settled.Processor == 97:
				busy++
			case step.Settled.GaveUp || step.Settled.Idle != 0.5:
				t.Errorf("boot %s: %+v", b.ID, step.Settled)
			}
		}
	}
	if busy != 1 {
		t.Errorf("%d boots of a busy guest, want 1", busy)
	}
	for _, command := range [][]string{{"plan", file, "--store", store, "--full"}, {"report", store, "--full"}} {
		_, shown, said := l.run(faultLimit, command...)
		words := strings.Join(strings.Fields(shown), " ")
		if !strings.Contains(words, inexact) {
			t.Errorf("%s does not say what a restore cannot undo:\n%s%s", command[0], shown, said)
		}
		if command[0] == "report" && !strings.Contains(words, "in 1 boot the guest was not idle when it was measured: the time that it is waited for was over; its busiest process was CompatTelRunner.exe") {
			t.Errorf("the report does not name the busiest process:\n%s", shown)
		}
	}
}
