package bench_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"vnettune/apply/terms"
	"vnettune/bench"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// fakeCounting counts a second of the host's time, and says what was done in which order.
type fakeCounting struct{ log *[]string }

func (c fakeCounting) Begin(context.Context, record.Adapter, record.Workload) func() record.Counters {
	*c.log = append(*c.log, "begin")
	return func() record.Counters {
		*c.log = append(*c.log, "end")
		return record.Counters{Seconds: 1, CPU: &record.HostCPU{Processors: 2, Busy: 1}, Absent: []record.Absence{{Part: "exits of KVM", Reason: "not for us"}}}
	}
}

// What is counted stands with each run that counts: the guest is asked behind each run, which serves before the next,
// never beside one, and what is absent is told once.
func TestRunsAreCounted(t *testing.T) {
	r := newRig()
	var log []string
	r.counting = fakeCounting{&log}
	at := uint64(0)
	r.guest.onCounters = func() (record.GuestReading, error) {
		log = append(log, "guest")
		at += 20_000_000
		return record.GuestReading{Processors: []record.ProcessorTotals{{Name: "0", At: at, Idle: at / 2}}, Absent: []record.Absence{{Part: record.PartAdapter, Reason: "none"}}}, nil
	}
	if _, err := r.run(t.Context()); err != nil || len(r.store.boots) != 4 {
		t.Fatalf("%v, %d boots", err, len(r.store.boots))
	}
	boots := r.store.boots
	perBoot := 0
	for _, b := range boots {
		for _, run := range b.Runs {
			if run.Repetition == 0 {
				if run.Details.Counters != nil {
					t.Error("the discarded run is counted")
				}
				continue
			}
			c := run.Details.Counters
			if c == nil || c.Guest == nil || c.Guest.Busy != 1 || c.CPU == nil {
				t.Fatalf("%s, repetition %d: %+v", b.ID, run.Repetition, c)
			}
			share := slices.IndexFunc(run.Metrics, func(m record.Metric) bool { return m.Name == "guest_busy" })
			if share < 0 || run.Metrics[share].Value != 50 || sample.CounterOf(run.Metrics[share].Name) != sample.ShareOfTime {
				t.Errorf("%+v", run.Metrics)
			}
		}
		if perBoot = len(b.Runs) - 1; perBoot < 1 {
			t.Fatalf("%d runs", len(b.Runs))
		}
	}
	want := []string{"guest"}
	for range perBoot {
		want = append(want, "begin", "end", "guest")
	}
	if got := log[:len(want)]; !slices.Equal(got, want) {
		t.Errorf("in the first boot %v, want %v", got, want)
	}
	if told := r.told("not counted beside the runs"); len(told) != 2 {
		t.Errorf("what is absent was told as %q", told)
	}
}

// A guest that does not answer is asked once in a boot, and its runs are those that they were.
func TestAGuestThatCountsNothing(t *testing.T) {
	for name, why := range map[string]error{"a generation without": terms.ErrNotAsked, "refused": errors.New("Zugriff verweigert")} {
		r := newRig()
		var log []string
		r.counting = fakeCounting{&log}
		r.guest.onCounters = func() (record.GuestReading, error) {
			log = append(log, "guest")
			return record.GuestReading{}, why
		}
		if _, err := r.run(t.Context()); err != nil || len(r.store.boots) != 4 {
			t.Fatalf("%s: %v, %d boots", name, err, len(r.store.boots))
		}
		boots := r.store.boots
		asked := len(slices.DeleteFunc(slices.Clone(log), func(s string) bool { return s != "guest" }))
		if asked != len(boots) {
			t.Errorf("%s: asked %d times in %d boots", name, asked, len(boots))
		}
		for _, b := range boots {
			for _, run := range b.Runs {
				if run.Repetition > 0 && (!run.Usable() || run.Details.Counters.Guest != nil || len(run.Details.Counters.Absent) != 2) {
					t.Errorf("%s: %+v", name, run)
				}
			}
		}
		if told := r.told("not counted beside the runs: the guest's counters"); len(told) != 1 || !strings.Contains(told[0], why.Error()) {
			t.Errorf("%s: told %q", name, told)
		}
	}
}

// told are the warnings that begin so.
func (r *rig) told(begin string) (out []string) {
	for _, e := range r.of(bench.EventWarning) {
		if strings.HasPrefix(e.Text, begin) {
			out = append(out, e.Text)
		}
	}
	return out
}
