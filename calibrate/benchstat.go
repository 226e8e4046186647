package main

import (
	"golang.org/x/perf/benchmath"

	"vnettune/report/rank/synthetic"
	"vnettune/results/sample"
)

// benchstatDiffers counts the arms that benchstat's default statistics (Mann and
// Whitney's test, 5 %) call different from the baseline. It is given what a user
// gives it: every repetition.
func benchstatDiffers(rows []sample.Row) int {
	values := make(map[string][]float64)
	for _, r := range rows {
		if !r.HasValue {
			continue
		}
		values[r.Combination] = append(values[r.Combination], r.Value)
	}
	t := benchmath.DefaultThresholds
	base := benchmath.NewSample(values[synthetic.Baseline], &t)
	n := 0
	for name, v := range values {
		if name == synthetic.Baseline {
			continue
		}
		if c := benchmath.AssumeNothing.Compare(base, benchmath.NewSample(v, &t)); c.P < c.Alpha {
			n++
		}
	}
	return n
}
