package rank

import (
	"fmt"
	"slices"
	"testing"

	"vnettune/report/rank/stints"
	"vnettune/report/rank/synthetic"
)

// What all arms but the baseline share and take only at a reboot is in every stint of their boots, the baseline's
// among them: no arm's boots differ from the others but the baseline's. Then nothing that was switched is
// believed.
func TestWhatAllArmsShareAndTakeAtARebootOnly(t *testing.T) {
	p := synthetic.DefaultPlan()
	p.WithinBoot, p.Combinations, p.Blocks, p.Seed = true, 8, 32, 5
	p.RebootOnly = map[string]float64{}
	for i := 1; i < 8; i++ {
		p.RebootOnly[fmt.Sprintf("c%02d", i)] = 15
	}
	rows, err := synthetic.Draw(p)
	if err != nil {
		t.Fatal(err)
	}
	o := DefaultOptions()
	o.Baseline = synthetic.Baseline
	r, err := Analyze(rows, o)
	if err != nil {
		t.Fatal(err)
	}
	base := slices.IndexFunc(r.Bridged, func(b stints.Bridged) bool { return b.Arm == synthetic.Baseline })
	if base < 0 || r.Bridged[base].Outcome != stints.Differs {
		t.Fatalf("of the baseline the bridge says %+v", r.Bridged)
	}
	for _, arm := range r.Analyses[0].Arms {
		if !arm.IsBaseline && (arm.Label.Plain() || arm.Verdict == Verdict(LabelEquivalent)) {
			t.Errorf("%s is claimed to be %s", arm.Name, arm.Verdict)
		}
	}
}
