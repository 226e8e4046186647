package main

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"vnettune/lab"
	"vnettune/results"
)

func contextFor(d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), d)
}

const killCampaign = `
name: kill
guest:
  lab: {kind: fast, generation: w10}
design: list
arms:
  - {name: autotuning-off, set: {tcp.autotuninglevel: disabled}}
workloads:
  - {protocol: tcp, direction: to-guest, seconds: 1, omit: 0}
blocks: 2
repetitions: 1
settle: 0s
`

// A campaign that is killed at random moments goes on where it was, loses nothing
// that was stored, and leaves the guest as it was found. VNETTUNE_KILLS=20 kills
// more often than the two times of an ordinary test run.
func TestKilledAtRandomMoments(t *testing.T) {
	if err := fastLab(); err != nil {
		t.Skipf("NOT TESTED: a campaign that is killed: %v", err)
	}
	kills := 2
	if n, err := strconv.Atoi(os.Getenv("VNETTUNE_KILLS")); err == nil {
		kills = n
	}
	dir := t.TempDir()
	file, store := filepath.Join(dir, "kill.yaml"), filepath.Join(dir, "kill.db")
	if err := os.WriteFile(file, []byte(killCampaign), 0o600); err != nil {
		t.Fatal(err)
	}
	info := testLab(t, "kill")
	random := rand.New(rand.NewPCG(1, uint64(kills)))
	for range kills {
		cmd := lab.Enter(info, []string{self(t), "run", file, "--store", store}, []string{insideEnv + "=" + info.Name})
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(random.IntN(5000)) * time.Millisecond)
		_ = cmd.Process.Kill() // it may have ended by itself
		_ = cmd.Wait()
	}
	cmd := lab.Enter(info, []string{self(t), "run", file, "--store", store}, []string{insideEnv + "=" + info.Name})
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("the last run: %v\n%s", err, out)
	}
	checkWhole(t, store)
	out, err := lab.Enter(info, []string{self(t), "lab", "exec", info.Name, "--", "netsh interface tcp dump"}, []string{insideEnv + "=" + info.Name}).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "autotuninglevel=normal") {
		t.Errorf("after %d kills the guest has not its original: %v\n%s", kills, err, out)
	}
}

// checkWhole checks that a store holds every slot of its plan once, and is sound.
func checkWhole(t *testing.T, path string) {
	t.Helper()
	s, err := results.OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Check(); err != nil {
		t.Error(err)
	}
	if changed, err := s.Changed(); changed || err != nil {
		t.Errorf("guest changed: %v, %v; want it clean", changed, err)
	}
	boots, err := s.Boots()
	if err != nil {
		t.Fatal(err)
	}
	ok := map[int]int{}
	for _, b := range boots {
		if b.Status == results.StatusOK {
			ok[b.Order]++
		}
	}
	for _, slot := range s.Plan().Slots {
		if ok[slot.Order] != 1 {
			t.Errorf("slot %d has %d ranked boots, want 1", slot.Order, ok[slot.Order])
		}
	}
}
