package results

import (
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"vnettune/results/record"
)

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
	if err := json.Unmarshal([]byte(data), &o); err != nil {
		return nil, s.fail("read the originals", err)
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
	return changed, s.fail("read the guest's state", err)
}

// eventOwner is the kind of the event that holds the owner's id.
const eventOwner = "owner"

// Owner is the id by which this store's campaign marks its guest, the same in every
// session. A store that has none yet keeps the one that is proposed.
func (s *Store) Owner(proposed string, at time.Time) (string, error) {
	events, err := s.Events()
	if err != nil {
		return "", err
	}
	for _, e := range events {
		if e.Kind == eventOwner {
			return e.Text, nil
		}
	}
	return proposed, s.AddEvent(Event{At: at, Kind: eventOwner, Text: proposed})
}
