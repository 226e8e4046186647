package results

import (
	"testing"
	"time"

	"vnettune/results/record"
)

func TestTheLastIdentityHolds(t *testing.T) {
	s := create(t)
	if i, err := s.Identity(); i != nil || err != nil {
		t.Fatalf("a new store: %+v, %v", i, err)
	}
	last := record.Identity{MachineGUID: "5f0a9d3c-2b7e-4c11-9a60-0d8c1f3e7b21", Name: "B"}
	for _, i := range []record.Identity{{Name: "A"}, last} {
		if err := s.SaveIdentity(i, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if i, err := s.Identity(); err != nil || i == nil || *i != last {
		t.Errorf("%+v, %v; want the last one", i, err)
	}
}

// The mark has to be there from its claim on until the guest is clean again.
func TestWhenTheMarkHasToBeThere(t *testing.T) {
	s := create(t)
	for n, step := range []struct {
		note    func(time.Time) error
		claimed bool
	}{
		{s.NoteChanged, false}, {s.NoteClaimed, true},
		{s.NoteChanged, true}, // a session that goes on after a killed one
		{s.NoteClean, false},
		{s.NoteChanged, false}, // killed before its claim
		{s.NoteClaimed, true}, {s.NoteClaimed, true}, {s.NoteClean, false},
	} {
		if err := step.note(time.Now()); err != nil {
			t.Fatal(err)
		}
		if claimed, err := s.Claimed(); claimed != step.claimed || err != nil {
			t.Errorf("after note %d: claimed %v, %v; want %v", n+1, claimed, err, step.claimed)
		}
	}
}
