package bench

import (
	"fmt"
	"slices"

	kn "vnettune/report/rank/search"
	"vnettune/results/record"
	"vnettune/trouble"
)

// newDecision takes over a stage; last says that it is the last that r has.
func newDecision(stage kn.Stage, r kn.Result, last bool) record.Decision {
	d := record.Decision{
		Blocks: stage.Blocks, PriorDF: record.Number(stage.PriorDF), PriorVariance: record.Number(stage.PriorVariance), PooledDF: stage.PooledDF,
		Nu: record.Number(stage.Nu), Eta: record.Number(stage.Eta), H2: record.Number(stage.H2), MaxWidth: record.Number(stage.MaxWidth), Eliminated: []record.Out{},
	}
	for i, name := range stage.Survivors {
		d.Arms = append(d.Arms, record.ArmState{Name: name, Behind: record.Number(stage.SumMinusLeader[i]), Variance: record.Number(stage.Variances[i]), Moderated: record.Number(stage.Moderated[i])})
	}
	d.Survivors = slices.Clone(stage.Survivors)
	for _, e := range stage.Eliminated {
		d.Eliminated = append(d.Eliminated, record.Out{Name: e.Name, By: e.By, Behind: record.Number(e.Behind), Width: record.Number(e.Width)})
		d.Survivors = slices.DeleteFunc(d.Survivors, func(name string) bool { return name == e.Name })
	}
	if last {
		d.Ended, d.Pick, d.Proven = string(r.Reason), r.Pick, r.Proven
	}
	return d
}

// agrees says whether the stored decision was is d. The last digits of numbers may
// differ between machines; what was decided may not.
func agrees(d, was record.Decision) error {
	if was.Blocks != d.Blocks || !slices.Equal(was.Survivors, d.Survivors) || was.Ended != d.Ended || was.Pick != d.Pick {
		return trouble.Hint(fmt.Errorf("search: after block %d the store decided otherwise (%s) than its boots do now (%s): were boots excluded since?",
			was.Blocks, was, d), newStore)
	}
	return nil
}
