package main

import (
	"encoding/json"
	"fmt"

	"vnettune/bench"
	"vnettune/bench/iperf"
	"vnettune/report/rank"
	"vnettune/results"
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
			if r.Repetition == 0 || !iperf.Usable(r.Class) || r.Details == nil {
				continue
			}
			var d bench.RunDetails
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
