package stored

import (
	"fmt"
	"slices"
	"strconv"

	"vnettune/matrix"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// rowsOf are the samples of a store as the CSV contract has them: those of its boots, a
// search's own marked as such, and a row for every planned boot of a block that was begun
// and that was never made.
func rowsOf(kept results.Contents) ([]sample.Row, error) {
	rows, err := kept.Samples()
	if err != nil {
		return nil, err
	}
	plan := kept.Campaign.Plan
	if plan.Search != nil {
		for i := range rows {
			if block, err := strconv.Atoi(rows[i].Block); err == nil && block <= plan.Search.Last() {
				apart(&rows[i], sample.StatusSearch)
			}
		}
	}
	if sw := plan.Switch; sw != nil {
		for i := range rows {
			if block, err := strconv.Atoi(rows[i].Block); err == nil && block > sw.Blocks {
				apart(&rows[i], sample.StatusConfirm)
			}
		}
	}
	rows = lastOfSlot(kept, rows)
	return append(rows, neverMade(kept, rows)...), nil
}

// lastOfSlot leaves one boot of a slot ranked: the last. A search makes a boot again that
// is ok and yet gave no number for what it decides by; the first one measured in vain.
func lastOfSlot(kept results.Contents, rows []sample.Row) []sample.Row {
	last := map[int]string{}
	for _, b := range kept.Boots {
		if b.Status == sample.StatusOK {
			last[b.Order] = b.BootName()
		}
	}
	var out []sample.Row
	for _, r := range rows {
		if !r.Ranked() || r.Stint > 0 || last[r.Slot] == r.Boot {
			out = append(out, r)
			continue
		}
		if n := len(out); n > 0 && out[n-1].Boot == r.Boot {
			continue
		}
		r.Workload, r.Metric, r.Unit, r.Better, r.Repetition, r.Value, r.HasValue = "", "", "", "", 0, 0, false
		r.Status = record.MeasurementFailed
		out = append(out, r)
	}
	return out
}

// apart marks a row as one that is judged apart, as a search's own or as one that confirms the best. What was
// set aside decides nothing, and no effect rests on it: it has no value there.
func apart(r *sample.Row, as string) {
	if !r.Ranked() {
		r.Value, r.HasValue = 0, false
	}
	r.Status = as
}

// neverMade has a row for each planned boot of a begun block that was never made. A
// search decides from block to block what it boots, so that nothing of it is planned
// before; of the blocks that confirm its pick, the pick and the baseline are. An arm that is settled has
// none in the blocks behind its look.
func neverMade(kept results.Contents, rows []sample.Row) []sample.Row {
	plan := kept.Campaign.Plan
	begun, made := map[int]bool{}, map[int]bool{}
	for _, b := range kept.Boots {
		begun[b.Block], made[b.Order] = true, true
	}
	kind := ""
	if len(rows) > 0 {
		kind = rows[0].GuestKind
	}
	pick, decided, settled, in := picked(kept), kept.Decided(), kept.Settled(), lastStints(kept)
	var out []sample.Row
	slots := plan.Slots
	if plan.Switch != nil {
		slots = plan.Due(decided)
	}
	for _, slot := range slots {
		arm := plan.Arms[slot.Arm]
		if slot.Only == matrix.OnConfirm {
			continue // of what confirms the best nothing is lost that the ranking needs
		}
		if slot.Boot > 0 {
			// A boot that was never made has no stints that could be missed.
			if last := in[slot.Boot]; last != nil && !made[slot.Order] {
				last.Stint++
				row := sample.Row{
					Combination: arm.Name, Block: strconv.Itoa(slot.Block), Boot: last.In, Stint: last.Stint, Slot: plan.FirstSlot(slot.Order),
					Status: sample.StatusNotRun, GuestKind: kind, Levels: results.Levels(arm.Combination),
				}
				// What is of the boot as a whole its other stints say.
				if i := slices.IndexFunc(rows, func(r sample.Row) bool { return r.Boot == last.In }); i >= 0 {
					row.Session, row.Order, row.Covariate = rows[i].Session, rows[i].Order, rows[i].Covariate
				}
				out = append(out, row)
			}
			continue
		}
		if !begun[slot.Block] || plan.AfterSettling(settled, slot) || made[slot.Order] || plan.Search != nil && !confirms(plan, slot, arm.Name, pick) {
			continue
		}
		row := sample.Row{
			Combination: arm.Name, Block: strconv.Itoa(slot.Block), Boot: fmt.Sprintf("never-made-%d", slot.Order), Slot: slot.Order,
			Status: sample.StatusNotRun, GuestKind: kind, Levels: results.Levels(arm.Combination),
		}
		if arm.Role == matrix.RoleControl {
			row.Control = plan.Control
		}
		out = append(out, row)
	}
	return out
}

// lastStints is the last stint that was made of each boot of the plan.
func lastStints(kept results.Contents) map[int]*results.Boot {
	last := map[int]*results.Boot{}
	for _, b := range kept.Boots {
		if b.Stint > 0 && b.Order >= 1 && b.Order <= len(kept.Campaign.Plan.Slots) {
			last[kept.Campaign.Plan.Slots[b.Order-1].Boot] = &b
		}
	}
	return last
}

// confirms says whether a slot is one of those that confirm a search's pick.
func confirms(plan matrix.Plan, slot matrix.Slot, arm, pick string) bool {
	return slot.Block > plan.Search.Last() && pick != "" && (arm == pick || arm == plan.Baseline().Name)
}

// picked is the arm that a search picked; "" while it goes on.
func picked(kept results.Contents) string {
	if n := len(kept.Decisions); n > 0 {
		return kept.Decisions[n-1].Pick
	}
	return ""
}
