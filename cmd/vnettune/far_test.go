package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"vnettune/results"
	"vnettune/results/record"
)

// TestAFarGuestIsMeasured runs a campaign against a virtual machine 200 ms away: the
// receiver's seconds then have the path in them and are no reason to throw a run away.
func TestAFarGuestIsMeasured(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("A FAR GUEST IS NOT TESTED: -short")
	}
	for _, need := range []string{"qemu-system-x86_64", "iperf3", "nsenter"} {
		if _, err := exec.LookPath(need); err != nil {
			t.Skipf("A FAR GUEST IS NOT TESTED: %v", err)
		}
	}
	folder := t.TempDir()
	campaign, err := filepath.Abs("testdata/far-200ms.yaml")
	if err != nil {
		t.Fatal(err)
	}
	runtime, err := os.MkdirTemp("", "vnt") // a socket's path is short, a test's folder is not
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(runtime) })
	run := exec.Command(program(t), "run", campaign)
	run.Dir = folder
	run.Env = append(run.Environ(), "XDG_STATE_HOME="+filepath.Join(folder, "state"), "XDG_RUNTIME_DIR="+runtime)
	said, err := run.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && strings.Contains(string(said), "set up the lab"):
		t.Skipf("A FAR GUEST IS NOT TESTED: %s", said)
	case err != nil && !errors.As(err, &exit):
		t.Fatal(err)
	}
	store, err := results.OpenReadOnly(filepath.Join(folder, "far-200ms.db"))
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	defer store.Close()
	c, err := store.Read()
	if err != nil {
		t.Fatal(err)
	}
	far, suspect, busy := 0, 0, 0
	for _, b := range c.Boots {
		for _, r := range b.Runs {
			switch {
			case r.Workload == "tcp-to-guest" && r.Usable() && r.Details.Clock.GuestSeconds > 3.15:
				far++
				if r.Details.Clock.Suspect { // a busy machine can stretch the seconds of one end
					t.Logf("boot %s: a clock is suspect: %+v", b.ID, r.Details.Clock)
					suspect++
				}
			case r.Class == record.Implausible: // a busy machine can stretch a second beyond the gate
				t.Logf("boot %s, %s: %s", b.ID, r.Workload, r.Reason)
				busy++
			}
		}
	}
	switch {
	case far == 0 && busy > 0:
		t.Skip("SKIPPED: this machine is too busy to measure on")
	case far > 0 && suspect == far:
		t.Errorf("the path makes a clock suspect in each of %d runs", far)
	case far == 0:
		t.Errorf("no run to the guest has the path in its seconds and is usable:\n%s", said)
	}
}
