package bench_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"vnettune/bench"
	"vnettune/results"
)

// fakeAside keeps boots in memory, unless it fails.
type fakeAside struct {
	boots []results.Boot
	err   error
}

func (a *fakeAside) Keep(b results.Boot) (string, error) {
	if a.err != nil {
		return "", a.err
	}
	a.boots = append(a.boots, b)
	return "/state/boot.json", nil
}

// TestAStoreThatCannotTakeABoot: what may pass is waited for within the limit; in every
// other case the boot is in a file that the error names. The guest is restored either way.
func TestAStoreThatCannotTakeABoot(t *testing.T) {
	full := &results.PassingError{Err: errors.New("the disk is full")}
	damaged := errors.New("the file is damaged")
	for _, tt := range []struct {
		name    string
		err     error
		fails   int // tries of the second boot
		limit   time.Duration
		stop    bool // the campaign is told to stop while it waits
		aside   error
		stored  int // boots
		kept    int
		says    string // the error
		warning bool
	}{
		{"passes", full, 3, time.Minute, false, nil, 4, 0, "", true},
		{"never passes", full, 1 << 30, time.Minute, false, nil, 1, 1, "kept in /state/boot.json; the next run in that store, or in a copy of it, takes it up", true},
		{"no limit, no wait", full, 1 << 30, 0, false, nil, 1, 1, "kept in /state/boot.json", true},
		{"told to stop", full, 1 << 30, time.Hour, true, nil, 1, 1, "kept in /state/boot.json", true},
		{"cannot pass", damaged, 1 << 30, time.Hour, false, nil, 1, 1, "kept in /state/boot.json", false},
		{"no file either", damaged, 1 << 30, time.Hour, false, full, 1, 0, "it could not be kept in a file either: the disk is full", false},
	} {
		r := newRig()
		r.aside.err = tt.aside
		r.spec.Limits.Store = tt.limit
		ctx, cancel := context.WithCancel(t.Context())
		tries := 0
		r.store.refuses = func(b results.Boot) error {
			if b.Order != 2 || tries >= tt.fails {
				return nil
			}
			if tries++; tt.stop && tries == 2 {
				cancel()
			}
			return tt.err
		}
		_, err := r.run(ctx)
		cancel()
		if (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.says)
		}
		if len(r.store.boots) != tt.stored || len(r.aside.boots) != tt.kept {
			t.Errorf("%s: %d boots stored and %d kept, want %d and %d", tt.name, len(r.store.boots), len(r.aside.boots), tt.stored, tt.kept)
		}
		for _, b := range r.aside.boots {
			if b.Order != 2 || len(b.Runs) == 0 {
				t.Errorf("%s: kept boot %d with %d runs", tt.name, b.Order, len(b.Runs))
			}
		}
		if r.guest.value != "original" || r.store.changed {
			t.Errorf("%s: the guest has %s, changed %t", tt.name, r.guest.value, r.store.changed)
		}
		warned := false
		for _, e := range r.events {
			warned = warned || e.Kind == bench.EventWarning && strings.Contains(e.Text, "boot 2 is over and not stored: the disk is full")
		}
		if warned != tt.warning {
			t.Errorf("%s: warned %t, want %t", tt.name, warned, tt.warning)
		}
	}
}
