package rank

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"vnettune/results/sample"
)

// gateRows are ten boots of each arm with one repetition each; low is the value of the
// baseline's third boot.
func gateRows(low float64) []sample.Row {
	noise := [2][10]float64{{3, -5, 1, 7, -2, 4, -6, 0, -3, 5}, {-1, 4, -4, 2, 6, -7, 3, -2, 5, 0}}
	var rows []sample.Row
	for block := range 10 {
		for i, arm := range []string{"new", "base"} {
			r := sample.Row{Combination: arm, Block: fmt.Sprint(block), Boot: fmt.Sprintf("%s-%d", arm, block), Workload: "w",
				Metric: "throughput", Unit: "Mbit/s", Better: "higher", Repetition: 1, HasValue: true, Value: 1000 + noise[i][block]}
			if arm == "base" && block == 3 {
				r.Value = low
			}
			rows = append(rows, r)
		}
	}
	return rows
}

func TestGateSaysWhatHangsOnFlaggedBoots(t *testing.T) {
	for name, c := range map[string]struct {
		low     float64
		verdict GateVerdict
		second  Code // what the last warning is; "" for no warning
	}{
		"nothing is flagged":                 {1002, GatePass, ""},
		"a boot far off, the verdict stands": {960, GatePass, WarnWithoutFlagged},
		"the verdict hangs on it":            {1400, GateInconclusive, WarnOutlierMatters},
	} {
		t.Run(name, func(t *testing.T) {
			results, overall, err := Gate(gateRows(c.low), "new", gateOptions("base"))
			if err != nil {
				t.Fatal(err)
			}
			ws := results[0].Warnings
			if overall != c.verdict || (len(ws) == 0) != (c.second == "") {
				t.Fatalf("%s with %+v, want %s and last %q", overall, ws, c.verdict, c.second)
			}
			if len(ws) == 0 {
				return
			}
			last := ws[len(ws)-1]
			if last.Code != c.second || !strings.Contains(last.Text, "PASS") {
				t.Errorf("last warning %+v, want %q and what the verdict is without the boot", last, c.second)
			}
			// Of a pair nobody knows which boot is the odd one: both are named.
			if !slices.ContainsFunc(ws, func(w Warning) bool {
				return w.Arm == "base" && slices.Equal(w.Boots, []string{"base-3"})
			}) {
				t.Errorf("warnings %+v, want the baseline's boot named", ws)
			}
		})
	}
}

func gateOptions(baseline string) Options {
	o := DefaultOptions()
	o.Baseline = baseline
	return o
}
