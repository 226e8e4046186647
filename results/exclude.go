package results

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Exclude takes a boot out of the ranking for a reason. It stays in the store and
// in every report, and cannot be taken back in.
func (s *Store) Exclude(boot, reason string, at time.Time) error {
	what := fmt.Sprintf("exclude boot %q", boot)
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return s.fail(what, errors.New("say why, with --reason"))
	}
	var row int64
	var earlier sql.NullString
	err := s.db.QueryRow("SELECT id, exclusion.reason FROM boot LEFT JOIN exclusion ON exclusion.boot = id WHERE name = ?", boot).Scan(&row, &earlier)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return s.fail(what, errors.New("there is no such boot; `vnettune report` lists them"))
	case err != nil:
		return s.fail(what, err)
	case earlier.Valid:
		return s.fail(what, fmt.Errorf("it is excluded already (%s)", earlier.String))
	}
	_, err = s.db.Exec("INSERT INTO exclusion (boot, reason, at) VALUES (?, ?, ?)", row, reason, stamp(at))
	return s.fail(what, err)
}

// Exclusions lists the excluded boots in their order.
func (s *Store) Exclusions() ([]Exclusion, error) {
	return query(s, "list the exclusions", func(scan func(...any) error) (Exclusion, error) {
		var e Exclusion
		var at string
		if err := scan(&e.Boot, &e.Reason, &at); err != nil {
			return e, err
		}
		return e, parseTime(&e.At, at)
	}, "SELECT name, exclusion.reason, at FROM exclusion JOIN boot ON boot.id = exclusion.boot ORDER BY boot.id")
}

// AddEvent keeps an event.
func (s *Store) AddEvent(e Event) error {
	_, err := s.db.Exec("INSERT INTO event (at, kind, text) VALUES (?, ?, ?)", stamp(e.At), e.Kind, e.Text)
	return s.fail("add an event", err)
}

// Events lists the events in their order.
func (s *Store) Events() ([]Event, error) {
	return query(s, "list the events", func(scan func(...any) error) (Event, error) {
		var e Event
		var at string
		if err := scan(&at, &e.Kind, &e.Text); err != nil {
			return e, err
		}
		return e, parseTime(&e.At, at)
	}, "SELECT at, kind, text FROM event ORDER BY id")
}
