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
		return fieldError(colStatus, r.Status, "it is %s or a failure class; %s", statusWords, nameRule)
	}
	if err := checkValue(r); err != nil {
		return err
	}
	if r.Status == StatusNotRun && r.Slot == 0 {
		return fieldError(colSlot, "", "a planned boot that was never made says which one it is")
	}
	if !r.measured() && (r.Failed() || r.Status == StatusNotRun || !r.Ranked() && !r.HasValue) {
		if r.Unit != "" || r.Repetition != 0 {
			return fieldError(colWorkload, "", "a boot that did not come to measure anything leaves workload, metric, unit and repetition empty")
		}
		return nil
	}
	if r.Status == StatusNotRun {
		return fieldError(colWorkload, r.Workload, "a planned boot that was never made leaves workload, metric, unit and repetition empty")
	}
	return checkSeries(r)
}

// statusWords are the words of status that are no failure classes, for messages.
const statusWords = "ok, " + StatusNotInEffect + ", " + StatusExcluded + ", " + StatusNotRun + ", " + StatusSearch + ", " + StatusConfirm

func checkValue(r *Row) error {
	switch {
	case r.Failed() && r.HasValue:
		return fieldError(colStatus, r.Status, "a failure class, but the row has a value: a failure has none (the other words are %s)", statusWords)
	case r.Status == StatusNotRun && r.HasValue:
		return fieldError(colStatus, r.Status, "a planned boot that was never made has no value")
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
	known, ok := KnownMetric(r.Metric)
	switch r.Better {
	case HigherIsBetter, LowerIsBetter:
		if ok && r.Better != known.Better {
			return fieldError(colBetter, string(r.Better), "%s is better for %q: write that or leave the cell empty, and give another metric a name of its own", known.Better, r.Metric)
		}
	case "":
		if !ok {
			return fieldError(colBetter, "", "metric %q is not one that is known: say %s or %s", r.Metric, HigherIsBetter, LowerIsBetter)
		}
		r.Better = known.Better
	default:
		return fieldError(colBetter, string(r.Better), "say %s or %s", HigherIsBetter, LowerIsBetter)
	}
	return nil
}
