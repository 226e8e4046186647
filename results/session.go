package results

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"vnettune/results/record"
)

// StartSession begins a session and gives its id.
func (s *Store) StartSession(host record.Host, guest record.Guest, at time.Time) (int64, error) {
	r, err := s.db.Exec("INSERT INTO session (started, host, guest) VALUES (?, ?, ?)", stamp(at), textOf(host), textOf(guest))
	if err != nil {
		return 0, s.fail("start a session", err)
	}
	id, err := r.LastInsertId()
	return id, s.fail("start a session", err)
}

// EndSession says how a session ended.
func (s *Store) EndSession(id int64, outcome string, at time.Time) error {
	_, err := s.db.Exec("INSERT INTO session_end (session, ended, outcome) VALUES (?, ?, ?)", id, stamp(at), outcome)
	return s.fail(fmt.Sprintf("end session %d", id), err)
}

// Sessions lists the sessions in their order.
func (s *Store) Sessions() ([]Session, error) {
	return query(s, "list the sessions", func(scan func(...any) error) (Session, error) {
		var x Session
		var started, host, guest string
		var ended, outcome sql.NullString
		if err := scan(&x.ID, &started, &host, &guest, &ended, &outcome); err != nil {
			return x, err
		}
		x.Outcome = outcome.String
		if err := json.Unmarshal([]byte(host), &x.Host); err != nil {
			return x, fmt.Errorf("session %d: facts of the host: %w", x.ID, err)
		}
		err := json.Unmarshal([]byte(guest), &x.Guest)
		if err != nil {
			return x, fmt.Errorf("session %d: facts of the guest: %w", x.ID, err)
		}
		if x.Started, err = time.Parse(timeFormat, started); err == nil && ended.Valid {
			x.Ended, err = time.Parse(timeFormat, ended.String)
		}
		return x, err
	}, "SELECT id, started, host, guest, ended, outcome FROM session LEFT JOIN session_end ON session = id ORDER BY id")
}

// query reads all rows of a statement.
func query[T any](s *Store, what string, read func(scan func(...any) error) (T, error), stmt string, args ...any) ([]T, error) {
	rows, err := s.db.Query(stmt, args...)
	if err != nil {
		return nil, s.fail(what, err)
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		x, err := read(rows.Scan)
		if err != nil {
			return nil, s.fail(what, err)
		}
		all = append(all, x)
	}
	return all, s.fail(what, rows.Err())
}
