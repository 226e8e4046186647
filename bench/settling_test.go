package bench_test

import (
	"fmt"
	"slices"
	"testing"

	"vnettune/bench"
	"vnettune/matrix"
	"vnettune/results"
	"vnettune/results/record"
)

// settleJudge answers as a test asks, and notes what it was asked.
type settleJudge struct {
	settled map[int][]string // by look
	asked   []string
}

func (j *settleJudge) Settled(kept results.Contents, look int) ([]record.SettledArm, error) {
	j.asked = append(j.asked, fmt.Sprintf("look %d by %d boots", look, len(kept.Boots)))
	var all []record.SettledArm
	for _, arm := range j.settled[look] {
		all = append(all, record.SettledArm{Arm: arm})
	}
	return all, nil
}

// newSettlingRig is a loop over fakes with a plan of three arms and four blocks, with a look after each.
func newSettlingRig(t *testing.T, settled map[int][]string) (*rig, *settleJudge) {
	t.Helper()
	r := newRig()
	r.spec.Workloads, r.spec.Repetitions = r.spec.Workloads[:1], 1
	p, err := matrix.NewPlan(matrix.W10, matrix.Design{Kind: matrix.List, Looks: 4, Arms: []matrix.ArmSpec{
		{Name: "tuned", Set: map[string]matrix.Value{"tcp.autotuninglevel": "disabled"}},
		{Name: "other", Set: map[string]matrix.Value{"tcp.autotuninglevel": "restricted"}}}}, 4, 3)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range []matrix.Value{matrix.Found, "tuned", "other"} {
		p.Arms[i].Combination = matrix.NewCombination(map[string]matrix.Value{settingID: v})
	}
	p.Settings = []matrix.Planned{{Setting: matrix.Setting{ID: settingID}}}
	j := &settleJudge{settled: settled}
	r.spec.Plan, r.spec.Settling = p, j
	return r, j
}

// blocksOf are the blocks in which each arm was booted.
func blocksOf(s *fakeStore) map[string][]int {
	all := map[string][]int{}
	for _, b := range s.boots {
		all[b.Arm] = append(all[b.Arm], b.Block)
	}
	return all
}

func TestASettledArmIsBootedNoMore(t *testing.T) {
	r, j := newSettlingRig(t, map[int][]string{1: {"tuned"}, 2: {"other"}})
	sum, err := r.run(t.Context())
	if err != nil || sum.Outcome() != "done" {
		t.Fatal(sum, err)
	}
	want := map[string][]int{"baseline": {1, 2}, "tuned": {1}, "other": {1, 2}} // the baseline alone is compared with nothing
	if got := blocksOf(r.store); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("booted in blocks %v, want %v", got, want)
	}
	if want := []string{"look 1 by 3 boots", "look 2 by 5 boots"}; !slices.Equal(j.asked, want) {
		t.Errorf("asked %q, want %q", j.asked, want)
	}
	last := bench.Event{}
	for _, e := range r.events {
		if e.Kind == bench.EventBoot {
			last = e
		}
	}
	if last.BootsOver != last.Boot || last.Boot != r.store.boots[len(r.store.boots)-1].Order || last.BootsOver <= len(r.store.boots) {
		t.Errorf("at the end %d boots are over, of slot %d", last.BootsOver, last.Boot) // those that were passed by among them
	}
	if _, finished, err := bench.Finished(r.spec, r.store); err != nil || !finished {
		t.Errorf("finished: %v, %v", finished, err)
	}
}

// A stopped campaign goes on by the decisions in its store: no look is asked twice, whatever a judge would say now.
func TestSettledArmsAreRemembered(t *testing.T) {
	r, j := newSettlingRig(t, map[int][]string{1: {"tuned"}})
	r.store.settling = []record.SettleDecision{{Look: 1, Of: 4, Blocks: 1, Settled: []record.SettledArm{{Arm: "other"}}}}
	if _, err := r.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := map[string][]int{"baseline": {1, 2, 3, 4}, "tuned": {1, 2, 3, 4}, "other": {1}}
	if got := blocksOf(r.store); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("booted in blocks %v, want %v", got, want)
	}
	if want := []string{"look 2 by 5 boots", "look 3 by 7 boots"}; !slices.Equal(j.asked, want) {
		t.Errorf("asked %q, want %q", j.asked, want)
	}
}
