package bench_test

import (
	"strings"
	"testing"
	"time"

	"vnettune/bench"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// A boot is measured when the guest is idle, not before the least time and not after the most; what
// was waited for is stored, and a guest that never is idle is named and measured all the same.
func TestABootSettlesUntilTheGuestIsIdle(t *testing.T) {
	asked := record.Settle{Idle: 5 * time.Second, Least: 30 * time.Second, Most: 10 * time.Minute}
	for name, c := range map[string]struct {
		asked   record.Settle
		answer  record.Settled
		takes   time.Duration // of the guest's answer
		waits   time.Duration // of the whole step
		warning string
	}{
		"idle at once":       {asked, record.Settled{Idle: 5}, 5 * time.Second, 30 * time.Second, ""},
		"idle later":         {asked, record.Settled{Idle: 5}, 90 * time.Second, 115 * time.Second, ""},
		"never":              {asked, record.Settled{GaveUp: true, Process: "x.exe", Busiest: "x.exe, 9.0 s"}, 575 * time.Second, 10 * time.Minute, "not idle after 10m0s; it is measured all the same; busiest process: x.exe, 9.0 s"},
		"cannot be asked":    {asked, record.Settled{Unasked: "no counters"}, time.Second, 30 * time.Second, ""},
		"a time":             {record.Settle{Plain: 7 * time.Second}, record.Settled{}, 0, 7 * time.Second, ""},
		"no least time":      {record.Settle{Idle: time.Second, Most: time.Minute}, record.Settled{Idle: 1}, time.Second, time.Second, ""},
		"more than is least": {record.Settle{Idle: time.Minute, Least: time.Second, Most: time.Hour}, record.Settled{Idle: 60}, time.Minute, time.Minute, ""},
	} {
		r := newRig()
		r.spec.Plan.Slots = r.spec.Plan.Slots[:1]
		r.spec.Settle = c.asked
		limit := time.Duration(-1)
		r.guest.onIdle = func(idle, most time.Duration) (record.Settled, error) {
			limit = most
			return c.answer, r.clock.Sleep(t.Context(), c.takes)
		}
		if _, err := r.run(t.Context()); err != nil || len(r.store.boots) != 1 || r.store.boots[0].Status != sample.StatusOK {
			t.Errorf("%s: %v, %+v", name, err, r.store.boots)
			continue
		}
		var step results.Step
		for _, s := range r.store.boots[0].Steps {
			if s.Name == "settle" {
				step = s
			}
		}
		if got := step.Ended.Sub(step.Started); got != c.waits {
			t.Errorf("%s: %s are waited, want %s", name, got, c.waits)
		}
		if plain := c.asked.Idle == 0; plain != (step.Settled == nil) || !plain && *step.Settled != c.answer {
			t.Errorf("%s: stored is %+v, want %+v", name, step.Settled, c.answer)
		}
		if before := max(c.asked.Least-c.asked.Idle, 0); c.asked.Idle > 0 && limit != c.asked.Most-before {
			t.Errorf("%s: the guest is given %s", name, limit)
		}
		warned := ""
		for _, e := range r.events {
			if e.Kind == bench.EventWarning {
				warned += e.Text
			}
		}
		if c.warning == "" && warned != "" || !strings.Contains(warned, c.warning) {
			t.Errorf("%s: the warning is %q, want %q", name, warned, c.warning)
		}
	}
}
