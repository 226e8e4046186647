package main

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"

	"vnettune/bench"
	"vnettune/matrix"
	"vnettune/report/rank"
	"vnettune/report/rank/effects"
	"vnettune/results"
	"vnettune/results/sample"
)

// searched is what a report of an adaptive search ranks, and what it says of the
// search. The largest of many is flattered by its own noise, so an effect is only
// published from the fresh boots that confirm the pick; until there are some, the
// search's own boots are shown and called unconfirmed. Other campaigns are ranked
// whole.
func searched(store *results.Store, rows []sample.Row) ([]sample.Row, []string, error) {
	plan := store.Plan()
	if plan.Search == nil {
		return rows, nil, nil
	}
	stored, err := store.Decisions()
	if err != nil {
		return nil, nil, err
	}
	var lines []string
	var last bench.Decision
	for _, s := range stored {
		last = bench.Decision{}
		if err := json.Unmarshal(s.Data, &last); err != nil {
			return nil, nil, fmt.Errorf("store %s: decision of block %d: %w", store.Path(), s.Block, err)
		}
		lines = append(lines, "search: "+last.String())
	}
	if last.Ended == "" {
		lines = append(lines, "THE SEARCH IS NOT DONE: eliminated arms lack boots, and the effects below are not confirmed; vnettune run goes on with it")
	}
	fresh := slices.DeleteFunc(slices.Clone(rows), func(r sample.Row) bool {
		block, err := strconv.Atoi(r.Block)
		return err != nil || block <= plan.Search.Last()
	})
	compared := map[string]bool{}
	for _, r := range fresh {
		if r.Ranked() && r.HasValue {
			compared[r.Combination] = true
		}
	}
	switch base := plan.Baseline().Name; {
	case compared[base] && compared[last.Pick]:
		lines = append(lines, fmt.Sprintf("the effect below is that of %s on fresh boots alone; what the search itself measured is not in it", last.Pick))
		return fresh, lines, nil
	case last.Pick == base:
		lines = append(lines, "the search picked the baseline: no other arm is shown to be better by the margin, and nothing was left to confirm")
	case last.Pick != "":
		lines = append(lines, "NOT CONFIRMED: "+last.Pick+" has no fresh boots against the baseline yet, and the largest of many is flattered; vnettune run goes on with it")
	}
	return rows, lines, nil
}

// withoutBest takes away what a ranking says of the best: fresh boots compare the pick
// of a search with the baseline, and not with the arms that it was picked from.
func withoutBest(r *rank.Ranking) {
	for i := range r.Analyses {
		a := &r.Analyses[i]
		a.BestSet, a.SingleWinner = nil, ""
		for k := range a.Arms {
			a.Arms[k].MayBeBest, a.Arms[k].FromBest = false, rank.Interval{Low: math.NaN(), High: math.NaN()}
		}
	}
}

// settingEffects is what settings do by the ranked rows, or by those of a screen, where
// every combination booted. A search without a screen boots more often what looks good,
// which is no basis for effects.
func settingEffects(plan matrix.Plan, all, ranked []sample.Row, o rank.Options) ([]effects.SettingEffects, error) {
	if plan.Search == nil {
		return effects.OfSettings(ranked, o)
	}
	screen := slices.DeleteFunc(slices.Clone(all), func(r sample.Row) bool {
		block, err := strconv.Atoi(r.Block)
		return err != nil || block > plan.Search.Screen
	})
	if !slices.ContainsFunc(screen, func(r sample.Row) bool { return r.Ranked() && r.HasValue && r.Combination == o.Baseline }) {
		return nil, nil // not begun, or not what can be compared
	}
	return effects.OfSettings(screen, o)
}
