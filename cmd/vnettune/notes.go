package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"vnettune/bench/iperf"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// unobservable names the settings whose effect no ranked boot could observe.
// Those that are expected to be inert are listed elsewhere.
func unobservable(boots []results.Boot) ([]string, error) {
	var lines []string
	seen := map[string]bool{}
	for _, b := range boots {
		if b.Status != sample.StatusOK {
			continue
		}
		var readings []record.Reading
		if err := json.Unmarshal(b.Readings, &readings); err != nil {
			return nil, fmt.Errorf("readings of boot %s: %w", b.ID, err)
		}
		for _, r := range readings {
			if r.InEffect == record.NotObservable && !strings.HasPrefix(r.Reason, "expected inert") && !seen[r.ID] {
				seen[r.ID] = true
				lines = append(lines, r.ID+": in effect not observable; it was configured as asked, and written before the proven boot")
			}
		}
	}
	return lines, nil
}

// cutBlocks names the blocks that a stop cut: their boots are not all of one
// session, so that what changed between the sessions is within the block.
func cutBlocks(boots []results.Boot) []string {
	sessions := map[int][]int64{}
	var order []int
	for _, b := range boots {
		if sessions[b.Block] == nil {
			order = append(order, b.Block)
		}
		if !slices.Contains(sessions[b.Block], b.Session) {
			sessions[b.Block] = append(sessions[b.Block], b.Session)
		}
	}
	var lines []string
	for _, block := range order {
		if s := sessions[block]; len(s) > 1 {
			lines = append(lines, fmt.Sprintf("block %d was cut by a stop: its boots are of the sessions %s", block, strings.Trim(fmt.Sprint(s), "[]")))
		}
	}
	return lines
}

// suspectClocks counts the runs in which the two ends' clocks disagree. Where a
// deep queue drains at the end the figures differ too, so this is a flag, no fault.
func suspectClocks(boots []results.Boot) ([]string, error) {
	runs, suspect, most := 0, 0, 0.0
	for _, b := range boots {
		for _, r := range b.Runs {
			if r.Repetition == 0 || !record.Usable(r.Class) || r.Details == nil {
				continue
			}
			var d record.RunDetails
			if err := json.Unmarshal(r.Details, &d); err != nil {
				return nil, fmt.Errorf("details of a run of boot %s: %w", b.ID, err)
			}
			runs++
			if d.Clock.Suspect {
				suspect++
				most = max(most, abs(d.Clock.ApartPercent))
			}
		}
	}
	if suspect == 0 {
		return nil, nil
	}
	return []string{fmt.Sprintf("in %d of %d runs the host's and the guest's clock are more than %g %% apart over the measured seconds (up to %.1f %%): the guest's clock may run wrong, or a queue drained at the end",
		suspect, runs, iperf.ClockTolerancePercent, most)}, nil
}

func abs(x float64) float64 { return max(x, -x) }
