package results

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"vnettune/foreign"
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
		x.Outcome = foreign.Line(outcome.String)
		if err := letIn(host, &x.Host); err != nil {
			return x, fmt.Errorf("session %d: facts of the host: %w", x.ID, err)
		}
		err := letIn(guest, &x.Guest)
		if err != nil {
			return x, fmt.Errorf("session %d: facts of the guest: %w", x.ID, err)
		}
		if x.Started, err = time.Parse(timeFormat, started); err == nil && ended.Valid {
			x.Ended, err = time.Parse(timeFormat, ended.String)
		}
		return x, err
	}, "SELECT id, started, host, guest, ended, outcome FROM session LEFT JOIN session_end ON session = id ORDER BY id")
}

// Originals are the guest's own values as SaveOriginals got them; nil when none
// are stored.
func (s *Store) Originals() (*record.Originals, error) {
	var data string
	err := s.db.QueryRow("SELECT data FROM originals").Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, s.fail("read the originals", err)
	}
	var o record.Originals
	if err := readJSON(data, &o); err != nil {
		return nil, s.fail("read the originals", damaged(err))
	}
	return &o, nil
}

// SaveOriginals keeps the guest's own values, once and for all: before the first
// write to the guest. Originals that are stored are never replaced.
func (s *Store) SaveOriginals(o record.Originals) error {
	stored, err := s.Originals()
	if err != nil {
		return err
	}
	if stored != nil {
		return s.fail("store the originals", errors.New("the store has the guest's originals already"))
	}
	_, err = s.db.Exec("INSERT INTO originals (id, data) VALUES (1, ?)", textOf(o))
	return s.fail("store the originals", err)
}

// NoteChanged notes that the guest is about to be written to.
func (s *Store) NoteChanged(at time.Time) error { return s.noteState(true, at) }

// NoteClean notes that the guest has its originals again, verified.
func (s *Store) NoteClean(at time.Time) error { return s.noteState(false, at) }

func (s *Store) noteState(changed bool, at time.Time) error {
	_, err := s.db.Exec("INSERT INTO guest_state (changed, at) VALUES (?, ?)", changed, stamp(at))
	return s.fail("note the state of the guest", err)
}

// Changed says whether the guest was written to and not put back since.
func (s *Store) Changed() (bool, error) {
	var changed bool
	err := s.db.QueryRow("SELECT changed FROM guest_state ORDER BY id DESC LIMIT 1").Scan(&changed)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return changed, s.fail("read the guest's state", damaged(err))
}

// Kinds of events: a part of what a session sets on the host that runs it, kept before it is written, and that all of
// it was put back.
const (
	EventHostSet  = "host_set"
	EventHostBack = "host_back"
)

// EventVariant is the kind of the events that say as which variant the guest's machine, or its driver, is about to be
// made, before it is; without a name it is as it was found again, or as the baseline's variant leaves it.
const EventVariant = "variant"

// EventOver is the kind of the events that hold the owner's id of what vnettune apply had put on the guest when a session
// began, before it noted the guest as changed; "" for nothing.
const EventOver = "over"

// HostSet are the events of what was set on the host and not put back since, in their order.
func (s *Store) HostSet() ([]Event, error) {
	events, err := s.Events()
	set, _ := left(events)
	return set, err
}

// left is what events say that sessions have set on the host and not put back, and the variant that the last of them names.
func left(events []Event) (set []Event, variant string) {
	for _, e := range events {
		switch e.Kind {
		case EventHostSet:
			set = append(set, e)
		case EventHostBack:
			set = nil
		case EventVariant:
			variant = e.Text
		}
	}
	return set, variant
}

// eventOwner is the kind of the event that holds the owner's id.
const eventOwner = "owner"

// Owner is the id by which this store's campaign marks its guest, the same in every
// session. A store that has none yet keeps the one that is proposed.
func (s *Store) Owner(proposed string, at time.Time) (string, error) {
	id, err := s.OwnerID()
	if err != nil || id != "" {
		return id, err
	}
	return proposed, s.AddEvent(Event{At: at, Kind: eventOwner, Text: proposed})
}

// OwnerID is the id that Owner keeps; "" while there is none.
func (s *Store) OwnerID() (string, error) {
	events, err := s.Events()
	if err != nil {
		return "", err
	}
	for _, e := range events {
		if e.Kind == eventOwner {
			return e.Text, nil
		}
	}
	return "", nil
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
		e.Kind, e.Text = foreign.Line(e.Kind), foreign.Message(e.Text)
		return e, parseTime(&e.At, at)
	}, "SELECT at, kind, text FROM event ORDER BY id")
}
