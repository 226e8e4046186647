package report

import (
	"slices"
	"testing"

	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// A boot that was measured while the host was busy is named; one that is not ranked is not, nor is a run that does not
// count.
func TestBusyBootsAreMarked(t *testing.T) {
	boot := func(id string, busy ...float64) results.Boot {
		b := results.Boot{ID: id, Status: sample.StatusOK}
		for rep, seconds := range busy {
			b.Runs = append(b.Runs, results.Run{Workload: "tcp", Repetition: rep, Details: &record.RunDetails{Spent: new(0.0),
				Counters: &record.Counters{Seconds: 2, CPU: &record.HostCPU{Processors: 2, Busy: seconds}, QEMU: &record.QEMUCPU{}}}})
		}
		return b
	}
	lost := boot("b004", 0, 3, 3)
	lost.Status = record.RebootFailed
	boots := []results.Boot{boot("b001", 3, 0.1, 0.1), boot("b002", 0, 1.2, 1.2), boot("b003", 0, 3, 0.1), lost, {ID: "b005", Status: sample.StatusOK, Runs: []results.Run{{Repetition: 1}}}}
	want := []string{"this host was busy with something else while 2 boots were measured: b002, b003; while b002 was measured other programs took 30 % of its processors. They are ranked all the same, and no verdict is changed by it"}
	if got := busyNotes(boots); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := busyNotes(boots[:1]); got != nil {
		t.Errorf("of a quiet host %q", got)
	}
}
