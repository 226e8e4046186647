package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vnettune/lab"
	"vnettune/results"
	"vnettune/results/sample"
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
  - {protocol: udp, direction: to-guest, rate: 5M, length: 1400, seconds: 1, omit: 0}
blocks: %d
%srepetitions: 1
settle: 0s
`

// A campaign that is killed at random moments goes on where it was, loses nothing that
// was stored, leaves the guest as it was found, and its store ends with the plan and the
// boots of a campaign that nobody disturbed. VNETTUNE_KILLS=30 kills more often than the
// two times of an ordinary test run.
func TestKilledAtRandomMoments(t *testing.T) { killedAtRandomMoments(t, "kill", "") }

// So does one that switches within boots, killed in the middle of stints: every stint is there once.
// It takes a minute and a half, and bench resumes stints with its fakes: make faults plays it.
func TestKilledInStints(t *testing.T) {
	if os.Getenv("VNETTUNE_KILLS") == "" {
		t.Skip("NOT TESTED: a campaign within boots that is killed: make faults does, or VNETTUNE_KILLS=2")
	}
	killedAtRandomMoments(t, "killstint", "switch: within-boot\n")
}

func killedAtRandomMoments(t *testing.T, name, within string) {
	t.Parallel()
	if err := fastLab(); err != nil {
		t.Skipf("NOT TESTED: a campaign that is killed: %v", err)
	}
	kills := 2
	if n, err := strconv.Atoi(os.Getenv("VNETTUNE_KILLS")); err == nil {
		kills = n
	}
	seed := testSeed(t)
	dir := t.TempDir()
	file, store := filepath.Join(dir, "kill.yaml"), filepath.Join(dir, "kill.db")
	blocks := 1 + kills/3 // so that most kills come before the end
	if err := os.WriteFile(file, []byte(fmt.Sprintf(killCampaign, blocks, within)), 0o600); err != nil {
		t.Fatal(err)
	}
	l := upFaultLab(t, name, "", nil)
	before := l.installed()
	random := rand.New(rand.NewPCG(seed, uint64(kills)))
	alive := 0
	for range kills {
		if l.kill(time.Duration(random.IntN(6000))*time.Millisecond, "run", file, "--store", store) {
			alive++
		}
	}
	t.Logf("%d of %d kills hit a campaign of %d boots, at moments drawn with VNETTUNE_SEED=%d", alive, kills, 2*blocks, seed)
	if exit, _, said := l.run(10*time.Minute, "run", file, "--store", store); exit != exitDone {
		t.Fatalf("the last run: exit code %d: %s", exit, said)
	}
	checkWhole(t, store)
	if left := changes(before, l.installed()); len(left) > 0 {
		t.Errorf("after %d kills the guest is left changed: %v", kills, left)
	}
	undisturbed := filepath.Join(dir, "undisturbed.db")
	if exit, _, said := l.run(10*time.Minute, "run", file, "--store", undisturbed); exit != exitDone {
		t.Fatalf("undisturbed: exit code %d: %s", exit, said)
	}
	if diff := cmp.Diff(rankedBoots(t, undisturbed), rankedBoots(t, store)); diff != "" {
		t.Errorf("the store of the killed campaign differs from an undisturbed one (-undisturbed +killed):\n%s", diff)
	}
}

// kill starts the program, kills it after a time and says whether it was still running.
func (l *ownLab) kill(after time.Duration, args ...string) bool {
	l.t.Helper()
	cmd := lab.Enter(l.info, append([]string{self(l.t)}, args...), l.env)
	if err := cmd.Start(); err != nil {
		l.t.Fatal(err)
	}
	time.Sleep(after)
	_ = cmd.Process.Kill() // it may have ended by itself
	_ = cmd.Wait()
	return cmd.ProcessState.ExitCode() == -1
}

// rankedBoots are a store's plan and what boots of it are ranked, in the plan's order.
func rankedBoots(t *testing.T, path string) []string {
	t.Helper()
	s, err := results.OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	plan, err := json.Marshal(s.Plan())
	if err != nil {
		t.Fatal(err)
	}
	boots := read(t, s).Boots
	var all []string
	for _, b := range boots {
		if b.Status == sample.StatusOK {
			all = append(all, fmt.Sprintf("slot %03d: block %d, arm %s, %d runs\n%s", b.Order, b.Block, b.Arm, usableRuns(b), b.Combination))
		}
	}
	slices.Sort(all)
	return append(slices.Compact(all), string(plan)) // a boot may begin in an arm, and switch to it later
}

// usableRuns counts a boot's counted runs that gave numbers.
func usableRuns(b results.Boot) int {
	n := 0
	for _, r := range b.Runs {
		if r.Repetition > 0 && len(r.Metrics) > 0 {
			n++
		}
	}
	return n
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
	boots := read(t, s).Boots
	ok, into, why := map[int]int{}, map[int]int{}, map[int]string{}
	for _, b := range boots {
		// The stint that a boot begins with is measured anew by a switch, unless the plan begins with it or nothing
		// else is left from which the guest could be switched to it.
		switch {
		case b.Status != sample.StatusOK:
		case b.Stint != 1 || s.Plan().FirstSlot(b.Order) == b.Order:
			ok[b.Order]++
		default:
			into[b.Order] = 1
		}
		why[b.Order] += b.Status + " " + b.Reason + "; "
	}
	slots := s.Plan().Slots
	if s.Plan().Switch != nil {
		slots = s.Plan().Due(read(t, s).Decided())
	}
	for _, slot := range slots {
		if ok[slot.Order] != 1 && (ok[slot.Order] > 1 || into[slot.Order] == 0) {
			t.Errorf("slot %d has %d ranked boots, want 1: %s", slot.Order, ok[slot.Order], why[slot.Order])
		}
	}
}
