package sample

import "math"

// checkAlone checks what a row must hold whatever the others say, and fills in
// the direction of metrics that are known.
func checkAlone(r *Row) error {
	if !ValidName(r.Combination) {
		return fieldError(colCombination, r.Combination, nameRule)
	}
	if r.Block == "" {
		return fieldError(colBlock, "", "a row belongs to a block: where there were none, write the same word in every row")
	}
	if r.Boot == "" {
		return fieldError(colBoot, "", "a row belongs to a boot: give every boot a name of its own")
	}
	if !ValidName(r.Status) {
		return fieldError(colStatus, r.Status, "it is ok, %s, %s or a failure class; %s", StatusNotInEffect, StatusExcluded, nameRule)
	}
	if err := checkValue(r); err != nil {
		return err
	}
	if r.Workload == "" && r.Metric == "" && r.Failed() {
		if r.Unit != "" || r.Repetition != 0 {
			return fieldError(colWorkload, "", "a boot that failed before it measured anything leaves workload, metric, unit and repetition empty")
		}
		return nil
	}
	return checkSeries(r)
}

func checkValue(r *Row) error {
	switch {
	case r.Failed() && r.HasValue:
		return fieldError(colStatus, r.Status, "a failure class, but the row has a value: a failure has none (the other words are ok, %s, %s)", StatusNotInEffect, StatusExcluded)
	case r.Ranked() && !r.HasValue:
		return fieldError(colValue, "", "an ok repetition has a value: a failed one needs its failure class in the column %q", colStatus)
	}
	return nil
}

func checkSeries(r *Row) error {
	if r.Workload == "" {
		return fieldError(colWorkload, "", "name the workload")
	}
	if !ValidName(r.Metric) {
		return fieldError(colMetric, r.Metric, nameRule)
	}
	if r.Unit == "" {
		return fieldError(colUnit, "", "name the unit of metric %q", r.Metric)
	}
	if r.Repetition < 1 || r.Repetition > math.MaxInt32 {
		return fieldError(colRepetition, "", "repetitions count 1, 2, 3 ...")
	}
	switch r.Better {
	case HigherIsBetter, LowerIsBetter:
	case "":
		known, ok := KnownMetric(r.Metric)
		if !ok {
			return fieldError(colBetter, "", "metric %q is not one that is known: say %s or %s", r.Metric, HigherIsBetter, LowerIsBetter)
		}
		r.Better = known.Better
	default:
		return fieldError(colBetter, string(r.Better), "say %s or %s", HigherIsBetter, LowerIsBetter)
	}
	return nil
}
