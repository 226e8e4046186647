package bench_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"vnettune/bench"
	"vnettune/matrix"
	"vnettune/results"
	"vnettune/results/sample"
)

// The covariate is measured in each boot before anything else of it is, and only where the campaign asks for it. A boot
// of which it cannot be measured keeps its numbers, and it is told.
func TestACovariateIsMeasuredFirst(t *testing.T) {
	for name, c := range map[string]struct {
		covariate string
		fail      error
	}{"none": {}, "measured": {covariate: matrix.MemoryCopy}, "fails": {matrix.MemoryCopy, errors.New("no memory")}} {
		r := newRig()
		r.spec.Plan.Covariate, r.guest.failCopy = c.covariate, c.fail
		if _, err := r.run(t.Context()); err != nil || len(r.store.boots) != len(r.spec.Plan.Slots) {
			t.Fatalf("%s: %d boots, %v", name, len(r.store.boots), err)
		}
		for _, b := range r.store.boots {
			copied := slices.IndexFunc(b.Raw, func(x results.Raw) bool { return x.Kind == "covariate" })
			step := slices.IndexFunc(b.Steps, func(x results.Step) bool { return x.Name == "covariate" })
			settled := slices.IndexFunc(b.Steps, func(x results.Step) bool { return x.Name == "settle" })
			switch {
			case b.Status != sample.StatusOK || len(b.Runs) == 0:
				t.Errorf("%s: boot %s is %s with %d runs", name, b.ID, b.Status, len(b.Runs))
			case c.covariate == "":
				if b.Covariate != nil || copied >= 0 || step >= 0 {
					t.Errorf("%s: boot %s has %+v", name, b.ID, b.Covariate)
				}
			case step != settled+1 || b.Steps[step].Ended.After(b.Runs[0].Started):
				t.Errorf("%s: the steps of boot %s are %+v", name, b.ID, b.Steps)
			case c.fail != nil:
				if b.Covariate == nil || b.Covariate.Value != 0 || b.Covariate.Missing != "no memory" {
					t.Errorf("%s: boot %s has %+v", name, b.ID, b.Covariate)
				}
			case b.Covariate == nil || b.Covariate.Value != 8000 || b.Covariate.Missing != "" || copied < 0:
				t.Errorf("%s: boot %s has %+v", name, b.ID, b.Covariate)
			}
		}
		warned := 0
		for _, e := range r.events {
			if e.Kind == bench.EventWarning && strings.Contains(e.Text, "memory-copy: not measured: no memory; the boot is measured all the same") {
				warned++
			}
		}
		if want := len(r.store.boots); (c.fail != nil) != (warned == want) || c.fail == nil && warned > 0 {
			t.Errorf("%s: told %d times", name, warned)
		}
	}
}
