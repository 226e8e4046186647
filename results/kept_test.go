package results

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"vnettune/results/record"

	"github.com/google/go-cmp/cmp"
)

// Decisions come back in the order of their blocks; one is never made twice,
// changed or taken back.
func TestDecisions(t *testing.T) {
	s := create(t)
	want := []Decision{
		{At: noon, Decision: record.Decision{Blocks: 3, Survivors: []string{"a", "b"}}},
		{At: noon.Add(time.Hour), Decision: record.Decision{Blocks: 4, Survivors: []string{"a"}, Nu: 2.5}},
	}
	for _, d := range []Decision{want[1], want[0]} {
		if err := s.AddDecision(d.Decision, d.At); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Decisions()
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		got[i].At = got[i].At.UTC()
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("decisions (-want +got):\n%s", d)
	}
	if err := s.AddDecision(want[0].Decision, noon); err == nil {
		t.Error("block 3 was decided twice")
	}
	if _, err := s.db.Exec("UPDATE decision SET data = '{}'"); err == nil {
		t.Error("a decision was changed")
	}
}

// Noise floors come back in the order in which they were kept, and none is changed.
func TestNoiseFloors(t *testing.T) {
	s := create(t)
	want := []NoiseFloor{
		{At: noon, NoiseFloor: record.NoiseFloor{Source: "aa", Created: noon.Add(-time.Hour), Calibrations: []record.Calibration{{EffectUnit: "%", BootSD: 1}}}},
		{At: noon.Add(time.Hour), NoiseFloor: record.NoiseFloor{Source: "aa-2", Created: noon}},
	}
	for _, f := range want {
		if err := s.AddNoiseFloor(f.NoiseFloor, f.At); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(want, read(t, s).NoiseFloors); d != "" {
		t.Errorf("noise floors (-want +got):\n%s", d)
	}
	if s.AddNoiseFloor(record.NoiseFloor{}, noon) == nil {
		t.Error("a noise floor without a source was stored")
	}
	if _, err := s.db.Exec("UPDATE noise_floor SET data = '{}'"); err == nil {
		t.Error("a noise floor was changed")
	}
}

// TestOldStore opens a store that version 1 wrote (testdata/version1.store): to read it
// is enough as it is, to write brings it up to date and loses nothing.
func TestOldStore(t *testing.T) {
	old, err := os.ReadFile(filepath.Join("testdata", "version1.store"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "old.db")
	if err := os.WriteFile(path, old, 0o644); err != nil {
		t.Fatal(err)
	}
	count := func(s *Store, want int) {
		t.Helper()
		kept := read(t, s)
		if len(kept.Boots) != want {
			t.Errorf("%d boots, want %d", len(kept.Boots), want)
		}
		if rows, err := kept.Samples(); err != nil || len(rows) == 0 {
			t.Errorf("%d samples, %v", len(rows), err)
		}
	}
	s, err := OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	count(s, 2)
	if floors := read(t, s).NoiseFloors; len(floors) != 0 {
		t.Errorf("%v", floors)
	}
	if i, err := s.Identity(); i != nil || err != nil {
		t.Errorf("identity %v, %v; want none", i, err)
	}
	s.Close()
	if now, err := os.ReadFile(path); err != nil || string(now) != string(old) {
		t.Errorf("reading changed the store: %v", err)
	}
	if s, err = Open(path); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if v, err := version(s.db); v != len(schema) || err != nil {
		t.Errorf("version %d, %v; want %d", v, err, len(schema))
	}
	count(s, 2)
	if err := s.AddNoiseFloor(record.NoiseFloor{Source: "aa", Created: noon}, noon); err != nil {
		t.Error(err)
	}
	add(t, s, boot(s, 3))
	count(s, 3)
	if _, err := s.db.Exec("DELETE FROM noise_floor"); err == nil {
		t.Error("the new table is not append-only")
	}
}
