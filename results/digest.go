package results

import (
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"

	"vnettune/results/record"
)

// Digest stands for all that a restore takes from the store: the campaign file, its plan,
// the owner and the originals, byte for byte. It is "" while there are no originals. Which
// machine the guest is can be learned later, and is not in it.
func (s *Store) Digest() (string, error) {
	var data string
	err := s.db.QueryRow("SELECT data FROM originals").Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", s.fail("read the originals", err)
	}
	return s.digest(data)
}

// DigestRevised is the Digest that the store will have once its campaign goes on as c; "" while there are no originals.
func (s *Store) DigestRevised(c Campaign) (string, error) {
	o, err := s.Originals()
	if err != nil || o == nil {
		return "", err
	}
	var data string
	if err := s.db.QueryRow("SELECT data FROM originals").Scan(&data); err != nil {
		return "", s.fail("read the originals", err)
	}
	return s.digestOf(c, textOf(c.Plan), data)
}

// DigestWith is the Digest that the store will have once these originals are stored.
func (s *Store) DigestWith(o record.Originals) (string, error) { return s.digest(textOf(o)) }

func (s *Store) digest(originals string) (string, error) {
	text := "SELECT plan FROM campaign"
	have, err := version(s.db)
	if err == nil && have >= 5 {
		text = "SELECT coalesce((SELECT plan FROM revision ORDER BY id DESC LIMIT 1), (SELECT plan FROM campaign))"
	}
	var plan string
	if err == nil {
		err = s.db.QueryRow(text).Scan(&plan)
	}
	if err != nil {
		return "", s.fail("read the plan", err)
	}
	return s.digestOf(s.campaign, plan, originals)
}

func (s *Store) digestOf(c Campaign, plan, originals string) (string, error) {
	owner, err := s.OwnerID()
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for _, part := range []string{string(c.Text), c.Generation, plan, owner, originals} {
		length := binary.BigEndian.AppendUint64(nil, uint64(len(part))) // so that no part runs into the next
		h.Write(append(length, part...))
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
