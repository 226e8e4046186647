package bench_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"vnettune/bench"
	"vnettune/results/record"
)

// A boot is measured when this host is idle as well, within half of the time that is waited for; a host that is never
// idle, or cannot be looked at, is measured all the same, and what was seen is stored. No boot waits longer for it that
// waits for its guest anyway.
func TestABootWaitsForAnIdleHost(t *testing.T) {
	asked := record.Settle{Idle: 5 * time.Second, Least: 30 * time.Second, Most: 10 * time.Minute}
	for name, c := range map[string]struct {
		asked   record.Settle
		busy    func(look int) (float64, error)
		want    *record.HostSettled
		waits   time.Duration
		warning string
	}{
		"idle at once":     {asked, func(int) (float64, error) { return 3, nil }, &record.HostSettled{Idle: 5, Busy: 3}, 30 * time.Second, ""},
		"busy for a while": {asked, func(n int) (float64, error) { return map[bool]float64{true: 90, false: 19}[n <= 80], nil }, &record.HostSettled{Idle: 5, Busy: 19}, 50 * time.Second, ""},
		"now and then":     {asked, func(n int) (float64, error) { return float64(20 * (n % 2)), nil }, &record.HostSettled{Idle: 5}, 30 * time.Second, ""},
		"never":            {asked, func(int) (float64, error) { return 55, nil }, &record.HostSettled{GaveUp: true, Busy: 55}, 65 * time.Second, "this host is not idle after 1m0s: its processors are busy for 55 % of the time; it is measured all the same"},
		"cannot be read":   {asked, func(int) (float64, error) { return 0, errors.New("no /proc") }, &record.HostSettled{Unread: "no /proc"}, 30 * time.Second, ""},
		"a time":           {record.Settle{Plain: 7 * time.Second}, func(int) (float64, error) { return 99, nil }, nil, 7 * time.Second, ""},
	} {
		r := newRig()
		r.spec.Plan.Slots = r.spec.Plan.Slots[:1]
		r.spec.Settle = c.asked
		r.guest.onIdle = func(time.Duration, time.Duration) (record.Settled, error) {
			return record.Settled{Idle: 5}, r.clock.Sleep(t.Context(), 5*time.Second)
		}
		looks := 0
		r.hostBusy = func(ctx context.Context, window time.Duration) (float64, error) {
			looks++
			busy, err := c.busy(looks)
			if err != nil {
				return 0, err
			}
			return busy, r.clock.Sleep(ctx, window)
		}
		if _, err := r.run(t.Context()); err != nil || len(r.store.boots) != 1 {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, s := range r.store.boots[0].Steps {
			if s.Name != "settle" {
				continue
			}
			if got := s.Ended.Sub(s.Started); got != c.waits {
				t.Errorf("%s: %s are waited, want %s", name, got, c.waits)
			}
			var got *record.HostSettled
			if s.Settled != nil {
				got = s.Settled.Host
			}
			if (got == nil) != (c.want == nil) || got != nil && *got != *c.want {
				t.Errorf("%s: stored is %+v, want %+v", name, got, c.want)
			}
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
