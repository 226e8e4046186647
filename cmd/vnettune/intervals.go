package main

import (
	"encoding/json"
	"fmt"

	"vnettune/report/rank"
	"vnettune/results"
	"vnettune/results/record"
)

// inspectIntervals adds to a ranking what the seconds of the runs show.
func inspectIntervals(store *results.Store, ranking *rank.Ranking) error {
	boots, err := store.Boots()
	if err != nil {
		return err
	}
	runs, err := runIntervals(boots)
	if err != nil {
		return err
	}
	ranking.Inspect(runs)
	return nil
}

// runIntervals are the seconds of all counted runs, as far as the store has them.
func runIntervals(boots []results.Boot) ([]rank.RunIntervals, error) {
	var all []rank.RunIntervals
	for _, b := range boots {
		for _, r := range b.Runs {
			if r.Repetition == 0 || !record.Usable(r.Class) || r.Details == nil {
				continue
			}
			var d record.RunDetails
			if err := json.Unmarshal(r.Details, &d); err != nil {
				return nil, fmt.Errorf("details of a run of boot %s: %w", b.ID, err)
			}
			if len(d.Rates) > 0 {
				all = append(all, rank.RunIntervals{Workload: r.Workload, Combination: b.Arm, Boot: b.ID, Repetition: r.Repetition, Rates: d.Rates})
			}
		}
	}
	return all, nil
}
