package rank

import (
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vnettune/results/record"
)

func baseOptions() Options {
	o := DefaultOptions()
	o.Baseline = "base"
	return o
}

// roughly takes numbers for the same that differ by less than the tolerances, and those
// that do not exist.
func roughly(relative, absolute float64) cmp.Option {
	return cmp.Options{cmpopts.EquateNaNs(), cmpopts.EquateApprox(relative, absolute),
		cmp.Transformer("float64", func(n record.Number) float64 { return float64(n) })}
}

// arm finds an arm by name.
func (a Analysis) arm(name string) Arm {
	for _, arm := range a.Arms {
		if arm.Name == name {
			return arm
		}
	}
	return Arm{}
}
