package rig

import (
	"testing"
	"time"

	"vnettune/results"
)

// A session that ended before it began for the store, with the guest noted as changed, has said what lay on the guest.
func TestWhatASessionWasOnTopOf(t *testing.T) {
	s := newStore(t, remote, "owner1")
	say := func(id string) {
		t.Helper()
		if err := s.AddEvent(results.Event{At: time.Now(), Kind: results.EventOver, Text: id}); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"", "applied1", ""} {
		say(want)
		if got, err := over(s); err != nil || got != want {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
	}
}
