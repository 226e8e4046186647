package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vnettune/bench/rig"
	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/report"
	"vnettune/report/rank/bisect"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
)

const bisectCampaign = `name: drivers # of the nightly job
guest:
  control: 192.0.2.1
  data: 192.0.2.2
  user: u
  password_env: P
  generation: w10
  rescue: {qmp: /run/guest.qmp}
design: list
arms: [{name: off, set: {tcp.rss: disabled}}]
placebo: true
workloads: [{protocol: tcp, direction: to-guest}]
blocks: 8
repetitions: 1
alpha: 0.05
`

// fakeRun is a fake of what runs a step's campaign: each build's throughput, with noise of half a percent.
type fakeRun struct {
	t     *testing.T
	speed func(build string) float64
	draw  *rand.Rand
	steps []string // that were run, with their commands
	kill  int      // the step, from 1, that is killed in the middle; 0: none
}

var errKilled = errors.New("killed")

// run makes the boots of a campaign that its store does not have.
func (d *fakeRun) run(_ context.Context, c campaign.Campaign, f rig.Files) error {
	d.t.Helper()
	plan, err := c.Plan(matrix.W10)
	if err != nil {
		d.t.Fatal(err)
	}
	var commands []string
	for _, v := range plan.Variants {
		commands = append(commands, strings.Join(v.Command, " "))
	}
	d.steps = append(d.steps, strings.Join(commands, " | "))
	of := results.Campaign{Name: c.Name, File: f.Campaign, Text: f.Text, Generation: "w10", Plan: plan, Seed: c.Seed, Created: time.Unix(1e9, 0)}
	s, err := results.OpenOrCreate(f.Store, of)
	if err != nil {
		d.t.Fatal(err)
	}
	defer s.Close()
	if growth, err := s.Continues(of); err != nil {
		d.t.Fatal(err)
	} else if growth.Another {
		if err := s.Revise(of, growth.Grown, time.Unix(1e9, 0)); err != nil {
			d.t.Fatal(err)
		}
	}
	session, err := s.StartSession(record.Host{}, record.Guest{Build: 19045}, time.Unix(1e9, 0))
	if err != nil {
		d.t.Fatal(err)
	}
	kept, err := s.Read()
	if err != nil {
		d.t.Fatal(err)
	}
	for i, slot := range plan.Slots[len(kept.Boots):] {
		if d.kill == len(d.steps) && i == 5 {
			return errKilled
		}
		arm := plan.Arms[slot.Arm]
		variant, _ := plan.Variant(arm.Combination)
		b := results.Boot{Session: session, Block: slot.Block, Order: slot.Order, Arm: arm.Name, Combination: arm.Combination.Canonical(), Status: sample.StatusOK, Started: time.Unix(1e9, 0), Ended: time.Unix(1e9, 0)}
		b.Runs = []results.Run{{Workload: c.Workloads[0].Name, Repetition: 1, Attempt: 1, Class: record.OK, Started: b.Started, Ended: b.Ended,
			Metrics: []record.Metric{{Name: "throughput", Unit: "Mbit/s", Better: "higher", Value: d.speed(variant.Name) * (1 + 0.005*d.draw.NormFloat64())}}}}
		if _, err := s.AddBoot(b); err != nil {
			d.t.Fatal(err)
		}
	}
	return nil
}

// bisected is a bisector of eight builds in a folder.
func bisected(t *testing.T, folder string, looks int) *bisector {
	t.Helper()
	c, err := campaign.Parse("c.yaml", []byte(bisectCampaign))
	if err != nil {
		t.Fatal(err)
	}
	p, err := bisect.NewPlan([]string{"b0", "b1", "b2", "b3", "b4", "b5", "b6", "b7"}, "b0", "b7", looks, c.Alpha)
	if err != nil {
		t.Fatal(err)
	}
	return &bisector{path: "c.yaml", text: []byte(bisectCampaign), campaign: c, plan: p, command: []string{"./boot", "--with"}, folder: folder, again: "again", stderr: io.Discard}
}

func (b *bisector) walked(t *testing.T, d *fakeRun) error {
	t.Helper()
	state, err := b.begin(strings.Join(b.command, " "))
	if err != nil {
		t.Fatal(err)
	}
	return b.walk(t.Context(), state, func(rig.Files) error { return nil }, d.run)
}

// slowFrom makes builds slower from one on.
func slowFrom(first string, by float64) func(string) float64 {
	return func(build string) float64 {
		if build >= first {
			return 1000 * (1 - by)
		}
		return 1000
	}
}

// Of eight builds the first slow one is found, also where the second step was killed in the middle and another call
// goes on; every step holds a build against the good end.
func TestBisectFindsTheFirstBadBuild(t *testing.T) {
	for first := 1; first < 8; first++ {
		bad := "b" + string(rune('0'+first))
		folder := filepath.Join(t.TempDir(), "c.bisect")
		d := &fakeRun{t: t, speed: slowFrom(bad, 0.08), draw: rand.New(rand.NewPCG(uint64(first), 18)), kill: 2}
		if err := bisected(t, folder, 1).walked(t, d); !errors.Is(err, errKilled) {
			t.Fatalf("%v", err)
		}
		b := bisected(t, folder, 1)
		if err := b.walked(t, d); err != nil {
			t.Fatal(err)
		}
		if string(b.found.FirstBad) != bad || b.found.Ending != "found" || b.found.StepAlpha != 0.05/4 {
			t.Errorf("of %s it finds %q: %v", bad, b.found.FirstBad, b.found.Sentences)
		}
		if d.steps[0] != "./boot --with b0 | ./boot --with b7" || len(d.steps) > 5 || d.steps[1] != d.steps[2] {
			t.Errorf("steps: %q", d.steps)
		}
		again := len(d.steps)
		if err := bisected(t, folder, 1).walked(t, d); err != nil || len(d.steps) != again {
			t.Errorf("a bisect that has ended takes another step: %v, %q", err, d.steps[again:])
		}
	}
}

// A step that is undecided is asked again with more boots, as often as was fixed; then the answer is several builds.
func TestBisectThatStaysUndecided(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "c.bisect")
	hazy := func(build string) float64 {
		if build == "b3" || build == "b4" { // it loses nearly the margin: too much to pass, too little to fail
			return 982
		}
		return slowFrom("b5", 0.1)(build)
	}
	d := &fakeRun{t: t, speed: hazy, draw: rand.New(rand.NewPCG(5, 18))}
	b := bisected(t, folder, 2)
	if err := b.walked(t, d); err != nil {
		t.Fatal(err)
	}
	looks := map[string]int{}
	for _, taken := range b.found.Taken {
		looks[taken.Build] = taken.Look
	}
	if b.found.Ending != "between" || !slices.Contains(b.found.Suspects, "b5") || looks["b3"] != 2 || looks["b7"] != 1 || b.found.FirstBad != "" {
		t.Errorf("%v, looks %v", b.found.Sentences, looks)
	}
}

func TestBisectOfBuildsThatAreAlike(t *testing.T) {
	d := &fakeRun{t: t, speed: func(string) float64 { return 1000 }, draw: rand.New(rand.NewPCG(3, 18))}
	b := bisected(t, filepath.Join(t.TempDir(), "x"), 1)
	if err := b.walked(t, d); err != nil {
		t.Fatal(err)
	}
	if b.found.Ending != "no regression" || len(d.steps) != 1 {
		t.Errorf("%v after %q", b.found.Sentences, d.steps)
	}
	var text bytes.Buffer
	if err := report.BisectJSON(&text, b.found); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*bisector){
		"the looks":   func(b *bisector) { b.plan.Looks = 2 },
		"the command": func(b *bisector) { b.command = []string{"other"} },
		"the blocks":  func(b *bisector) { b.campaign.Blocks = 9 },
	} {
		other := bisected(t, b.folder, 1)
		change(other)
		if _, err := other.begin(strings.Join(other.command, " ")); err == nil || !strings.Contains(err.Error(), name+" changed") {
			t.Errorf("another bisect goes on in the folder: %v", err)
		}
	}
	if err := os.WriteFile(b.file(), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := bisected(t, b.folder, 1).begin("./boot --with"); err == nil {
		t.Error("what is no bisect is gone on with")
	}
}

// The command refuses what is missing before anything is run.
func TestBisectUsage(t *testing.T) {
	dir := t.TempDir()
	file, builds := filepath.Join(dir, "c.yaml"), filepath.Join(dir, "builds")
	for path, text := range map[string]string{file: bisectCampaign, builds: "# from good to bad\nb0\n\nb1\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for says, args := range map[string][]string{
		"--good is missing":             {"--bad", "b1", "--builds", builds, "--command", "x"},
		"--command is missing":          {"--good", "b0", "--bad", "b1", "--builds", builds},
		"bad end b2 is not among":       {"--good", "b0", "--bad", "b2", "--builds", builds, "--command", "x"},
		"is not behind the good end b1": {"--good", "b1", "--bad", "b0", "--builds", builds, "--command", "x"},
		"--builds:":                     {"--good", "b0", "--bad", "b1", "--builds", builds + "x", "--command", "x"},
		"looks":                         {"--good", "b0", "--bad", "b1", "--builds", builds, "--command", "x", "--looks", "99"},
	} {
		code, _, errs := runCommand(append([]string{"bisect", file}, args...)...)
		if code != exitUsage || !strings.Contains(errs, says) {
			t.Errorf("exit %d, and not %q: %s", code, says, errs)
		}
	}
}
