package rank

import (
	"testing"

	"vnettune/report/rank/ranktest"
	"vnettune/report/stat"
)

// Below tier 1 every arm has the least difference from the leader, which is nearer to
// zero than the estimate; arms that are not shown to be worse have none.
func TestFromLeader(t *testing.T) {
	for seed := range uint64(5) {
		a := analyze(t, ranktest.Campaign(seed, map[string]float64{"base": 0, "a": 9, "b": 8.5, "c": -6, "d": 4, "e": 0.5, "f": 0}, 6, 3, 1), baseOptions())
		leader, below := a.Arms[0], 0
		for _, arm := range a.Arms {
			if arm.Tier == 1 {
				if arm.FromLeader != nil {
					t.Errorf("%s in tier 1 is %v %% from the leader", arm.Name, *arm.FromLeader)
				}
				continue
			}
			below++
			seen := 100 * (arm.Estimate/leader.Estimate - 1)
			if least := *arm.FromLeader; !(least <= 0 && least > seen) {
				t.Errorf("%s: at least %v %% from the leader, %v %% as estimated", arm.Name, least, seen)
			}
		}
		if below < 3 {
			t.Errorf("seed %d: %d arms are shown to be worse: it proves nothing here", seed, below)
		}
	}
}

// The least differences hold together: over many campaigns they are wrong no more
// often than alpha says.
func TestFromLeaderHolds(t *testing.T) {
	truth := map[string]float64{"base": 0, "a": 5, "b": 4, "c": -3, "d": 2, "e": 1, "f": 0}
	wrong, campaigns := 0, 100
	for seed := range uint64(campaigns) {
		a := analyze(t, ranktest.Campaign(seed+100, truth, 5, 2, 2), baseOptions())
		for _, arm := range a.Arms {
			if least := arm.FromLeader; least != nil && stat.Percent(truth[arm.Name]-truth[a.Arms[0].Name]) > float64(*least) {
				wrong++
				break
			}
		}
	}
	if wrong > 5 { // seeds are fixed
		t.Errorf("wrong in %d of %d campaigns", wrong, campaigns)
	}
}
