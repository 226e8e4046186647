package results

import (
	"errors"
	"strings"
	"testing"

	"vnettune/trouble"
)

// TestMigrate plays a release to come: a second step is added, and a store of the
// present version takes it and keeps its rows.
func TestMigrate(t *testing.T) {
	s := create(t)
	add(t, s, boot(s, 1))
	next := append([]string{}, schema...)
	next = append(next, "ALTER TABLE boot ADD COLUMN variant TEXT NOT NULL DEFAULT ''; CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)")
	if err := migrate(s.db, next); err != nil {
		t.Fatal(err)
	}
	if v, err := version(s.db); v != len(schema)+1 || err != nil {
		t.Errorf("version %d, %v", v, err)
	}
	if boots := read(t, s).Boots; len(boots) != 1 {
		t.Errorf("%d boots after the migration", len(boots))
	}
	if _, err := s.db.Exec("INSERT INTO note (text) VALUES ('x')"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.db.Exec("DELETE FROM note"); err == nil {
		t.Error("a table of a later version is not append-only")
	}
	// This version now meets a store that is newer than itself.
	path := s.path
	s.Close()
	for how, open := range map[string]func(string) (*Store, error){"Open": Open, "OpenReadOnly": OpenReadOnly} {
		if _, err := open(path); !errors.Is(err, ErrNewerStore) || !strings.Contains(trouble.Line(err), "use the vnettune that wrote it") {
			t.Errorf("%s of a newer store: %v", how, err)
		}
	}
}

// TestMigrateAllOrNothing: a step that fails half-way leaves the version before it.
func TestMigrateAllOrNothing(t *testing.T) {
	s := create(t)
	next := append([]string{}, schema...)
	if err := migrate(s.db, append(next, "CREATE TABLE half (x); CREATE TABLE boot (x)")); err == nil {
		t.Fatal("a broken step succeeded")
	}
	if v, err := version(s.db); v != len(schema) || err != nil {
		t.Errorf("version %d, %v", v, err)
	}
	if _, err := s.db.Exec("SELECT * FROM half"); err == nil {
		t.Error("half of a step stayed")
	}
}
