package bench_test

import (
	"testing"

	"vnettune/bench"
)

// What is finished by its store needs no guest; what is not, or left its guest changed, does.
func TestFinished(t *testing.T) {
	r := newRig()
	finished := func() bool {
		t.Helper()
		sum, finished, err := bench.Finished(r.spec, r.store)
		if err != nil || finished && (sum.OK != 4 || sum.Planned != 4) {
			t.Errorf("%v, %+v", err, sum)
		}
		return finished
	}
	if finished() {
		t.Error("finished before it began")
	}
	if _, err := r.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !finished() {
		t.Error("not finished after its run")
	}
	r.store.changed = true
	if finished() {
		t.Error("finished, and its guest is changed")
	}
	r.store.changed, r.store.boots = false, r.store.boots[:3]
	if finished() {
		t.Error("finished without its last boot")
	}
}
