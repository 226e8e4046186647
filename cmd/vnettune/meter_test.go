package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// meterBuilt puts the meter that goes into guests beside the program, as make build does.
var meterBuilt = sync.OnceValue(func() error {
	if _, err := built(); err != nil {
		return err
	}
	cmd := exec.Command(filepath.Join(sourceFolder, "..", "..", "tools", "meter"), programFolder)
	cmd.Dir = filepath.Join(sourceFolder, "..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build the meter: %w: %s", err, out)
	}
	return nil
})

// withMeter is the command "meter" of the scripts: from then on it is beside vnettune.
func withMeter(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: meter")
	}
	ts.Check(meterBuilt())
}

const meterCampaign = `
name: meter
guest:
  lab: {kind: fast, generation: w10}
design: list
arms:
  - {name: autotuning-off, set: {tcp.autotuninglevel: disabled}}
workloads:
  - {protocol: latency, seconds: 1, omit: 0}
blocks: 1
repetitions: 1
settle: 0s
`

// pushed are the files of the meter in the guest.
func (l *ownLab) pushed() []string {
	l.t.Helper()
	files, err := filepath.Glob(filepath.Join(l.manager.State, l.info.Name, "pushed", "*"))
	if err != nil {
		l.t.Fatal(err)
	}
	return files
}

// TestTheMeterIsGoneAfterACrash: a run that was killed while the meter is in the guest leaves it there, and a restore
// takes it away.
func TestTheMeterIsGoneAfterACrash(t *testing.T) {
	t.Parallel()
	needFastLab(t, "the meter after a crash")
	if err := meterBuilt(); err != nil {
		t.Fatal(err)
	}
	l := upLab(t, "meter") // the campaign is in the lab of its name
	file, store, _ := inLab(t, l, meterCampaign)
	exit, events, said := l.watch(5*time.Minute, []string{program(t), "run", file, "--store", store, "--format", "json"}, func(line string, p *os.Process) {
		if strings.Contains(line, `"latency"`) { // the first boot is measured
			_ = p.Kill()
		}
	})
	if exit != exitKilled {
		t.Fatalf("exit code %d, want it killed: %s", exit, said)
	}
	if files := l.pushed(); len(files) == 0 {
		t.Fatalf("the killed run left nothing of the meter: this test does not see it\n%s", events)
	}
	if exit, _, said := l.watch(5*time.Minute, []string{program(t), "restore", store, "--yes"}, nil); exit != exitDone {
		t.Errorf("restore: exit code %d: %s", exit, said)
	}
	if files := l.pushed(); len(files) > 0 {
		t.Errorf("after the restore the guest has %q", files)
	}
}
