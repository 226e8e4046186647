package rank

import (
	"fmt"
	"testing"

	"vnettune/results/sample"
)

// A list with a profile and some of its lines crosses nothing: each arm is its own effect.
func TestAListHasNoEffects(t *testing.T) {
	arms := map[string]map[string]string{
		"baseline":  {"a": "0", "b": "0", "c": "0", "d": "0", "p": "0"},
		"a-alone":   {"a": "1", "b": "0", "c": "0", "d": "0", "p": "0"},
		"b-and-d":   {"a": "0", "b": "1", "c": "0", "d": "1", "p": "0"},
		"c-alone":   {"a": "0", "b": "0", "c": "1", "d": "0", "p": "0"},
		"published": {"a": "1", "b": "1", "c": "1", "d": "1", "p": "0"},
		"placebo":   {"a": "0", "b": "0", "c": "0", "d": "0", "p": "1"},
	}
	var rows []sample.Row
	for block := range 5 {
		for name, levels := range arms {
			rows = append(rows, sample.Row{Combination: name, Levels: levels, Block: fmt.Sprint(block), Boot: fmt.Sprintf("%s-%d", name, block),
				Workload: "w", Metric: "throughput", Unit: "Mbit/s", Better: "higher", Repetition: 1, HasValue: true,
				Value: 1000 + float64((block*7+len(name)*3)%11)})
		}
	}
	effects, err := EffectsOfSettings(rows, gateOptions("baseline"))
	if err != nil || len(effects) != 0 {
		t.Errorf("%d effects, %v; want none", len(effects), err)
	}
}
