// Package guesttest is the contract that every guest of the loop keeps: the fake
// of its tests, the stand-in guest, and a real Windows that a user names.
package guesttest

import (
	"context"
	"errors"
	"testing"
	"time"

	"vnettune/apply"
	"vnettune/apply/deadman"
	"vnettune/bench"
	"vnettune/matrix"
	"vnettune/results/record"
)

// Guest is a guest of the loop that can also be restored; the loop leaves that to the
// ladder of rescue.
type Guest interface {
	bench.Known
	bench.Bootable
	bench.Ownable
	bench.DeadManSwitch
	Restore(ctx context.Context, o record.Originals, limits apply.RebootLimits) error
}

// Subject is a guest under test, with a setting that may be changed on it.
type Subject struct {
	Guest   Guest
	Setting matrix.Planned
	Value   matrix.Value // legal, and not what the guest has
	Limits  apply.RebootLimits
}

// Run checks the contract. It reboots the guest several times and leaves it as it
// was found.
func Run(t *testing.T, s Subject) {
	ctx := t.Context()
	id := s.Setting.Setting.ID
	facts, raw, err := s.Guest.Facts(ctx)
	if err != nil {
		t.Fatalf("facts: %v", err)
	}
	if _, err := apply.GenerationOf(facts); err != nil || len(raw) == 0 {
		t.Errorf("facts: generation: %v; raw answer of %d bytes, want it kept", err, len(raw))
	}
	if facts, err = s.Guest.Declare(ctx, facts); err != nil {
		t.Fatalf("declare: %v", err)
	}
	settings := []matrix.Planned{s.Setting}
	found, err := s.Guest.Originals(ctx, facts, settings)
	if err != nil {
		t.Fatalf("originals: %v", err)
	}
	again, err := s.Guest.Originals(ctx, facts, settings)
	if err != nil || found.Same(again) != nil {
		t.Fatalf("originals read twice differ: %v, %v", err, found.Same(again))
	}
	t.Cleanup(func() {
		if err := s.Guest.Restore(context.WithoutCancel(ctx), found, s.Limits); err != nil {
			t.Errorf("restore: %v", err)
		}
	})

	targets, err := apply.Targets(found, matrix.NewCombination(map[string]matrix.Value{id: s.Value}))
	if err != nil {
		t.Fatal(err)
	}
	t.Run("a write holds after the reboot", func(t *testing.T) {
		if _, err := s.Guest.Write(ctx, targets); err != nil {
			t.Fatalf("write: %v", err)
		}
		if _, err := s.Guest.Reboot(ctx, s.Limits); err != nil {
			t.Fatalf("reboot: %v", err)
		}
		readings, _, err := s.Guest.ReadBack(ctx, targets)
		if err != nil || len(readings) != 1 {
			t.Fatalf("read back: %d readings, %v", len(readings), err)
		}
		if r := readings[0]; !r.AsAsked || r.InEffect == record.No || r.Configured != string(s.Value) {
			t.Errorf("read back: %s, want %s as asked", r, s.Value)
		}
	})
	t.Run("an adapter is restarted within a boot", func(t *testing.T) {
		boot, err := s.Guest.Reboot(ctx, s.Limits)
		if err != nil {
			t.Fatalf("reboot: %v", err)
		}
		raw, err := s.Guest.RestartAdapter(ctx, s.Limits.Up+s.Limits.Ready)
		if errors.Is(err, apply.ErrNoRestart) {
			t.Skip("this generation cannot")
		}
		if err != nil || len(raw) == 0 {
			t.Fatalf("restart: %v; raw answer of %d bytes, want it kept", err, len(raw))
		}
		if _, _, err := s.Guest.Facts(ctx); err != nil {
			t.Errorf("facts after the restart: %v", err)
		}
		if err := s.Guest.SameBoot(ctx, boot); err != nil {
			t.Errorf("after the restart: %v, want the same boot", err)
		}
		if readings, _, err := s.Guest.ReadBack(ctx, targets); err != nil || len(readings) != 1 || !readings[0].AsAsked {
			t.Errorf("read back after the restart: %v, %v, want the value as asked", readings, err)
		}
	})
	t.Run("a read-back sees what is not as asked", func(t *testing.T) {
		original, err := apply.Targets(found, matrix.NewCombination(map[string]matrix.Value{id: matrix.Found}))
		if err != nil {
			t.Fatal(err)
		}
		readings, _, err := s.Guest.ReadBack(ctx, original)
		if err != nil || len(readings) != 1 || readings[0].OK() {
			t.Errorf("readings %v, %v; want one that is not OK: the guest has another value than its original", readings, err)
		}
	})
	t.Run("a restore brings the originals back", func(t *testing.T) {
		if err := s.Guest.Restore(ctx, found, s.Limits); err != nil {
			t.Fatalf("restore: %v", err)
		}
		now, err := s.Guest.Originals(ctx, facts, settings)
		if err != nil {
			t.Fatal(err)
		}
		if err := found.Same(now); err != nil {
			t.Error(err)
		}
	})
	t.Run("a cancelled call says so", func(t *testing.T) {
		gone, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := s.Guest.Reboot(gone, s.Limits); !errors.Is(err, context.Canceled) {
			t.Errorf("reboot with a cancelled context: %v, want context.Canceled", err)
		}
		if _, err := s.Guest.RestartAdapter(gone, time.Minute); !errors.Is(err, context.Canceled) && !errors.Is(err, apply.ErrNoRestart) {
			t.Errorf("restart of the adapter with a cancelled context: %v, want context.Canceled", err)
		}
	})
	t.Run("the mark of an owner keeps others out", func(t *testing.T) {
		at := facts.Now.Time()
		mine := apply.Owner{ID: apply.NewOwnerID(), Host: "contract", Since: at, Seen: at}
		other := mine
		other.ID = apply.NewOwnerID()
		if err := s.Guest.Claim(ctx, mine); err != nil {
			t.Fatalf("claim: %v", err)
		}
		var owned *apply.OwnedError
		if err := s.Guest.Claim(ctx, other); !errors.As(err, &owned) || owned.Owner.ID != mine.ID {
			t.Errorf("another's claim: %v, want an OwnedError with the first owner", err)
		}
		if err := s.Guest.Claim(ctx, mine); err != nil {
			t.Errorf("the owner comes by again: %v", err)
		}
		if err := s.Guest.Release(ctx, mine.ID); err != nil {
			t.Fatalf("release: %v", err)
		}
		if mark, err := s.Guest.Owner(ctx); mark != nil || err != nil {
			t.Errorf("after the release: %+v, %v", mark, err)
		}
	})
	t.Run("a dead-man switch is armed and disarmed", func(t *testing.T) {
		m, raw, err := s.Guest.Arm(ctx, found, time.Hour)
		if errors.Is(err, deadman.ErrNone) {
			t.Skip("this generation has none")
		}
		if err != nil || !m.Armed || len(raw) == 0 {
			t.Fatalf("arm: %+v, %v; want it armed and the raw answer kept", m, err)
		}
		for range 2 { // the second time there is none
			m, _, err := s.Guest.Disarm(ctx)
			if err != nil || m.Armed || m.HasFired() != "" {
				t.Errorf("disarm: %+v, %v", m, err)
			}
		}
	})
}
