package bench_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/apply"
	"vnettune/apply/winrm"
	"vnettune/bench"
	"vnettune/matrix"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// fakeJudge answers as a test asks, and notes what it was asked.
type fakeJudge struct {
	fell  map[int][]record.FellBack // by look
	pick  string
	n     int
	asked []string
}

func (j *fakeJudge) FellBack(kept results.Contents, look, of int) ([]record.FellBack, error) {
	j.asked = append(j.asked, fmt.Sprintf("look %d of %d by %d stints", look, of, len(kept.Boots)))
	return j.fell[look], nil
}

func (j *fakeJudge) Best(kept results.Contents) (string, int, error) {
	j.asked = append(j.asked, fmt.Sprintf("the best by %d stints", len(kept.Boots)))
	return j.pick, j.n, nil
}

// newSwitchedRig is a loop over fakes with a plan of three arms that are switched, in so many blocks.
func newSwitchedRig(t *testing.T, blocks int) (*rig, *fakeJudge) {
	t.Helper()
	r := newRig()
	r.guest.atOnce = true
	r.spec.Workloads, r.spec.Repetitions = r.spec.Workloads[:1], 1
	p, err := matrix.NewPlan(matrix.W10, matrix.Design{Kind: matrix.List, Switch: matrix.SwitchWithinBoots, Arms: []matrix.ArmSpec{
		{Name: "tuned", Set: map[string]matrix.Value{"tcp.autotuninglevel": "disabled"}},
		{Name: "other", Set: map[string]matrix.Value{"tcp.autotuninglevel": "restricted"}}}}, blocks, 3)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range []matrix.Value{matrix.Found, "tuned", "other"} {
		p.Arms[i].Combination = matrix.NewCombination(map[string]matrix.Value{settingID: v})
	}
	p.Settings = []matrix.Planned{{Setting: matrix.Setting{ID: settingID}}}
	p.Switch.Takes = map[string]matrix.Takes{settingID: matrix.TakesNewConnections}
	j := &fakeJudge{}
	r.spec.Plan, r.spec.Judge = p, j
	return r, j
}

// names are the stored stints: boot, arm and status.
func (s *fakeStore) names() []string {
	var all []string
	for _, b := range s.boots {
		line := b.ID + " " + b.Arm
		if b.Status != sample.StatusOK {
			line += ": " + b.Status
		}
		all = append(all, line)
	}
	return all
}

// armsOf are the names of the arms of a boot of the plan, in their order.
func armsOf(p matrix.Plan, boot int) []string {
	var all []string
	for _, s := range p.Slots {
		if s.Boot == boot {
			all = append(all, p.Arms[s.Arm].Name)
		}
	}
	return all
}

func TestTheOrderOfStints(t *testing.T) {
	r, j := newSwitchedRig(t, 1)
	sum, err := r.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	arms := armsOf(r.spec.Plan, 1)
	if len(arms) != 5 {
		t.Fatalf("a boot of %v; want the booted arm, each of three and the baseline once more", arms)
	}
	value := map[string]string{"baseline": "original", "tuned": "tuned", "other": "other"}
	want := []string{"start iperf"}
	var ids []string
	for i, arm := range arms {
		want = append(want, "write "+value[arm])
		if i == 0 {
			want = append(want, "reboot")
		}
		want = append(want, "read back", "start iperf", "run to-guest", "run to-guest", "read back")
		ids = append(ids, fmt.Sprintf("b001.%d %s", i+1, arm))
	}
	if d := cmp.Diff(append(want, "restore"), r.transcript); d != "" {
		t.Errorf("order of actions (-want +got):\n%s", d)
	}
	if d := cmp.Diff(ids, r.store.names()); d != "" {
		t.Errorf("stored (-want +got):\n%s", d)
	}
	for i, b := range r.store.boots {
		if b.In != "b001" || b.Stint != i+1 || (b.Reboot != nil) != (i == 0) {
			t.Errorf("stint %+v", b)
		}
	}
	if sum.OK != 5 || len(j.asked) > 0 || r.store.changed { // one boot names no best
		t.Errorf("%+v, asked %q", sum, j.asked)
	}
	e := r.events[slices.IndexFunc(r.events, func(e bench.Event) bool { return e.Kind == bench.EventBoot && e.Step == "b001.3" })]
	if e.Boot != 1 || e.Boots != 1 || e.Stint != 3 || e.Stints != 5 || e.AllStints != 5 || e.StintsOver != 3 {
		t.Errorf("the event of the third stint: %+v", e)
	}
}

// A setting that takes a restart of the adapter gets one where it changes, and where it may have.
func TestAStintRestartsTheAdapter(t *testing.T) {
	r, _ := newSwitchedRig(t, 1)
	r.guest.atOnce = false
	r.spec.Plan.Switch.Takes[settingID] = matrix.TakesAdapterRestart
	if _, err := r.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	restarts := 0
	for i, line := range r.transcript {
		if line == "restart the adapter" {
			restarts++
			if !strings.HasPrefix(r.transcript[i-1], "write ") || r.transcript[i+1] != "read back" {
				t.Errorf("restarted between %q and %q", r.transcript[i-1], r.transcript[i+1])
			}
		}
	}
	if restarts != 4 {
		t.Errorf("%d restarts, want one for each switch", restarts)
	}
}

// A stint that fails is tried once more in its boot; then the others go on. None of it is a number.
func TestAStintThatFails(t *testing.T) {
	r, _ := newSwitchedRig(t, 1)
	arms := armsOf(r.spec.Plan, 1)
	second := arms[1]
	r.guest.refuses = map[string]string{"baseline": "original", "tuned": "tuned", "other": "other"}[second]
	sum, err := r.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	stint := 0
	for _, arm := range arms {
		tries := 1
		if arm == second {
			tries = 2
		}
		for range tries {
			stint++
			line := fmt.Sprintf("b001.%d %s", stint, arm)
			if arm == second {
				line += ": write_failed"
			}
			want = append(want, line)
		}
	}
	if arms[0] == second {
		t.Fatal("the plan's first stint is of the arm that fails: take another seed")
	}
	if d := cmp.Diff(want, r.store.names()); d != "" {
		t.Errorf("stored (-want +got):\n%s", d)
	}
	if n := strings.Count(strings.Join(r.transcript, "\n"), "\nreboot"); n != 1 {
		t.Errorf("%d reboots, want 1: the boot stands", n)
	}
	for _, b := range r.store.boots {
		if b.Arm == second && len(b.Runs) > 0 {
			t.Errorf("%s was measured", b.ID)
		}
	}
	if sum.OK != len(want)-2*(len(want)-len(arms)) || sum.Failed != len(want)-len(arms) {
		t.Errorf("%+v, of %d stints of which %d failed twice", sum, len(arms), len(want)-len(arms))
	}
	if e := r.events[len(r.events)-3]; e.StintsOver > e.AllStints {
		t.Errorf("%d of %d stints are over", e.StintsOver, e.AllStints)
	}
}

// A guest that reboots by itself, or is lost, in the middle of a stint takes the boot along: what was measured in it
// stays, the stint is tried again as the first of a new boot, and the others follow there.
func TestABootThatEndsInAStint(t *testing.T) {
	for name, x := range map[string]struct {
		break_ func(r *rig)
		status string
	}{
		"reboots by itself": {func(r *rig) { r.guest.otherBoot = apply.ErrOtherBoot }, record.RebootedByItself},
		"is lost":           {func(r *rig) { r.guest.failAll = &winrm.NetError{Step: "connect", Err: errors.New("no route")} }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := newSwitchedRig(t, 1)
			r.rescue.other = true
			arms := armsOf(r.spec.Plan, 1)
			stints := 0
			r.meter.onRun = func() {
				if stints++; stints == 5 { // the discarded run of the third stint
					x.break_(r)
				}
			}
			r.guest.onReboot = func() { r.guest.otherBoot = nil }
			sum, err := r.run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			boots := map[string]int{}
			for i, b := range r.store.boots {
				boots[b.In]++
				if i == 2 && (b.Status == sample.StatusOK || x.status != "" && b.Status != x.status) {
					t.Errorf("the stint in which it happened: %s %q", b.Status, b.Reason)
				}
			}
			// The boot began in the baseline, which comes once behind it, since a second time it would follow itself.
			if boots["b001"] != 3 || boots["b002"] != 3 || len(boots) != 2 {
				t.Errorf("stored %v", r.store.names())
			}
			if last := r.store.boots[len(r.store.boots)-1]; last.Arm != arms[2] || last.Stint != 3 {
				t.Errorf("the arm that the boot began in is not switched to: %v", r.store.names())
			}
			if b := r.store.boots[3]; b.Stint != 1 || b.Reboot == nil || b.Arm != arms[2] {
				t.Errorf("the next boot begins with %+v", b)
			}
			if r.store.changed {
				t.Error("the guest is left changed")
			}
			r.noneAfterItself(t)
			if sum.Failed != 0 || sum.OK != 5 {
				t.Errorf("%+v: every stint has its number in the end", sum)
			}
		})
	}
}

// A session that is cancelled in a stint stores nothing of it, and the next one goes on with the stints that are not
// stored, in a new boot.
func TestStintsAreResumed(t *testing.T) {
	r, _ := newSwitchedRig(t, 2)
	ctx, cancel := context.WithCancel(t.Context())
	runs := 0
	r.meter.onRun = func() {
		if runs++; runs == 5 {
			cancel()
		}
	}
	if _, err := r.run(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("%v", err)
	}
	if len(r.store.boots) != 2 || r.store.changed {
		t.Fatalf("stored %v, changed %v", r.store.names(), r.store.changed)
	}
	r.meter.onRun = nil
	if _, err := r.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	seen := map[int]int{}
	for _, b := range r.store.boots {
		seen[b.Order]++
	}
	for _, s := range r.spec.Plan.Slots {
		// The new boot begins in the baseline, and switches to it in the other slot of it.
		want := map[bool]int{true: 1}[s.Only == matrix.Always]
		if seen[s.Order] != want {
			t.Errorf("slot %d was done %d times, want %d", s.Order, seen[s.Order], want)
		}
	}
	r.noneAfterItself(t)
	if b := r.store.boots[2]; b.Stint != 1 || b.In != "b002" || b.Arm != "baseline" {
		t.Errorf("the second session begins with %+v", b)
	}
	if _, over, err := bench.Finished(r.spec, r.store); !over || err != nil {
		t.Errorf("it is not finished: %v", err)
	}
}

// noneAfterItself checks the order of the stints of every boot: a stint that is tried again may follow its first try.
func (r *rig) noneAfterItself(t *testing.T) {
	t.Helper()
	for i, b := range r.store.boots[1:] {
		if before := r.store.boots[i]; b.Stint > 1 && b.In == before.In && b.Arm == before.Arm && before.Status == sample.StatusOK {
			t.Errorf("%s follows itself: %s, %s", b.Arm, before.ID, b.ID)
		}
	}
}

// Wherever a session ends, the next one measures what is left, and no arm follows itself in any boot.
func TestNoArmFollowsItselfAfterAStop(t *testing.T) {
	for stop := 1; stop < 20; stop++ {
		r, j := newSwitchedRig(t, 9)
		j.fell = map[int][]record.FellBack{1: {{Arm: "other"}}}
		ctx, cancel := context.WithCancel(t.Context())
		stints := 0
		r.meter.onRun = func() {
			if stints++; stints == 2*30+stop { // two runs a stint, of the 30 before an arm falls back, or in the boots behind
				cancel()
			}
		}
		if _, err := r.run(ctx); !errors.Is(err, context.Canceled) {
			t.Fatalf("stopped at run %d: %v", stop, err)
		}
		r.meter.onRun = nil
		if _, err := r.run(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.noneAfterItself(t)
		if _, over, err := bench.Finished(r.spec, r.store); !over || err != nil {
			t.Errorf("stopped at run %d, it is not finished: %v", stop, err)
		}
		measured := map[int]bool{}
		for _, b := range r.store.boots {
			measured[b.Order] = true
		}
		for _, s := range r.spec.Plan.Due(matrix.Decided{FellBack: map[string]int{"other": 6}}) {
			if !measured[s.Order] && s.Only == matrix.Always {
				t.Errorf("stopped at run %d: slot %d of %s is not measured", stop, s.Order, r.spec.Plan.Arms[s.Arm].Name)
			}
		}
	}
}

// An arm that falls back is booted from the next block on, once a block, and is not switched any more, nor booted into
// as one whose boot is switched.
func TestAnArmFallsBack(t *testing.T) {
	r, j := newSwitchedRig(t, 9)
	j.fell = map[int][]record.FellBack{1: {{Arm: "tuned", Workload: "tcp-to", Metric: "throughput", Between: true, Difference: -9, Lower: -12, Upper: -6, Unit: "%"}}}
	if _, err := r.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"look 1 of 2 by 30 stints", fmt.Sprintf("the best by %d stints", len(r.store.boots))}; !slices.Equal(j.asked, want) {
		t.Errorf("asked %q, want %q", j.asked, want)
	}
	for _, b := range r.store.boots {
		switch {
		case b.Arm != "tuned":
		case b.Block <= 6 && b.Stint == 0:
			t.Errorf("block %d, before it fell back: %+v", b.Block, b)
		case b.Block > 6 && b.Stint != 0:
			t.Errorf("block %d, after it fell back: stint %d", b.Block, b.Stint)
		}
	}
	for boot := 1; boot <= 9; boot++ { // no boot goes without a switched stint of an arm that did not fall back
		switched := map[string]bool{}
		for _, b := range r.store.boots {
			if b.Stint > 1 && r.spec.Plan.Slots[b.Order-1].Boot == boot {
				switched[b.Arm] = true
			}
		}
		if !switched["baseline"] || !switched["other"] {
			t.Errorf("boot %d of the plan has switched stints of %v only", boot, switched)
		}
	}
	r.noneAfterItself(t)
	own := 0
	for _, b := range r.store.boots {
		if b.Arm == "tuned" && b.Stint == 0 {
			own++
		}
	}
	if own != 3 {
		t.Errorf("%d boots of its own, want one in each of three blocks", own)
	}
	said := slices.ContainsFunc(r.events, func(e bench.Event) bool {
		return e.Kind == bench.EventDecision && strings.Contains(e.Text, "tuned") && strings.Contains(e.Text, "not believed any more")
	})
	if !said {
		t.Error("that it fell back is not told")
	}
}

// Where the arm falls back that all are compared with, nothing is switched any more.
func TestTheBaselineFallsBack(t *testing.T) {
	r, j := newSwitchedRig(t, 8)
	j.fell = map[int][]record.FellBack{1: {{Arm: "baseline"}}}
	if _, err := r.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	boots := map[string]int{}
	for _, b := range r.store.boots {
		if b.Block > 6 {
			boots[b.Arm]++
			if b.Stint > 0 {
				t.Errorf("block %d has a stint of %s", b.Block, b.Arm)
			}
		}
	}
	if boots["baseline"] != 2 || boots["tuned"] != 2 || boots["other"] != 2 {
		t.Errorf("boots behind it: %v", boots)
	}
}

// The best by switching is booted anew beside the baseline, in as many blocks as the judge asks for.
func TestTheBestIsConfirmed(t *testing.T) {
	r, j := newSwitchedRig(t, 3)
	j.pick, j.n = "other", 5
	if _, err := r.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	boots := map[string]int{}
	for _, b := range r.store.boots {
		if b.Block > 3 {
			boots[b.Arm]++
			if b.Stint != 0 || b.Reboot == nil {
				t.Errorf("%+v confirms nothing", b)
			}
		}
	}
	if boots["baseline"] != 5 || boots["other"] != 5 || len(boots) != 2 {
		t.Errorf("boots that confirm: %v", boots)
	}
	if n := len(r.store.switching); n != 1 {
		t.Errorf("%d decisions, want one", n)
	}
}

// A guest whose adapter does not come back is lost, as any is that does not answer; one that says that it failed fails
// the stint alone.
func TestARestartThatFails(t *testing.T) {
	r, _ := newSwitchedRig(t, 1)
	r.spec.Plan.Switch.Takes[settingID] = matrix.TakesAdapterRestart
	first := true
	r.guest.onRestart = func() error {
		if first {
			first = false
			return &apply.AdapterError{Adapter: "Ethernet", Err: errors.New("access is denied")}
		}
		return nil
	}
	if _, err := r.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if b := r.store.boots[1]; b.Status != record.SwitchFailed || !strings.Contains(b.Reason, "access is denied") || len(b.Runs) > 0 {
		t.Errorf("%+v", b)
	}
	if b := r.store.boots[2]; b.Status != sample.StatusOK || b.Stint != 3 || b.Order != r.store.boots[1].Order {
		t.Errorf("it is not tried again in its boot: %+v", b)
	}
}
