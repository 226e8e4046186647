package results

import (
	"database/sql"
	"errors"
	"time"

	"vnettune/results/record"
)

// Identity is the machine that the store's guest is, as it was last seen; nil where that
// was never stored, and for a store of an earlier version that is opened to be read.
func (s *Store) Identity() (*record.Identity, error) {
	if have, err := version(s.db); err != nil || have < 3 {
		return nil, s.fail("read the guest's identity", err)
	}
	var data string
	err := s.db.QueryRow("SELECT data FROM identity ORDER BY id DESC LIMIT 1").Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, s.fail("read the guest's identity", err)
	}
	var i record.Identity
	if err := letIn(data, &i); err != nil {
		return nil, s.fail("read the guest's identity", damaged(err))
	}
	return &i, nil
}

// SaveIdentity keeps which machine the guest is. The last one holds.
func (s *Store) SaveIdentity(i record.Identity, at time.Time) error {
	_, err := s.db.Exec("INSERT INTO identity (at, data) VALUES (?, ?)", stamp(at), textOf(i))
	return s.fail("store the guest's identity", err)
}

// NoteClaimed notes that the owner's mark was read back from the guest that is noted as
// changed.
func (s *Store) NoteClaimed(at time.Time) error {
	_, err := s.db.Exec("INSERT INTO claim (state, at) SELECT id, ? FROM guest_state WHERE changed ORDER BY id DESC LIMIT 1", stamp(at))
	return s.fail("note the owner's mark", err)
}

// Claimed says whether the guest has to bear the owner's mark: it was read back since
// the guest was last clean.
func (s *Store) Claimed() (bool, error) {
	var claimed bool
	err := s.db.QueryRow("SELECT EXISTS (SELECT 1 FROM claim WHERE state > (SELECT coalesce(max(id), 0) FROM guest_state WHERE NOT changed))").Scan(&claimed)
	return claimed, s.fail("read whether the guest is marked", err)
}
