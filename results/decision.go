package results

import (
	"encoding/json"
	"errors"
	"time"
)

// Decision is what a search decided after a block, with its numbers.
type Decision struct {
	Block int // blocks that it rests on; one decision each
	At    time.Time
	Data  json.RawMessage
}

// AddDecision keeps a decision. That of a block is stored once and never replaced.
func (s *Store) AddDecision(d Decision) error {
	if !json.Valid(d.Data) {
		return s.fail("store a decision", errors.New("it must be JSON"))
	}
	_, err := s.db.Exec("INSERT INTO decision (block, at, data) VALUES (?, ?, ?)", d.Block, stamp(d.At), string(d.Data))
	return s.fail("store a decision", err)
}

// Decisions lists the decisions in the order of their blocks.
func (s *Store) Decisions() ([]Decision, error) {
	return query(s, "list the decisions", func(scan func(...any) error) (Decision, error) {
		var d Decision
		var at, data string
		if err := scan(&d.Block, &at, &data); err != nil {
			return d, err
		}
		d.Data = json.RawMessage(data)
		return d, parseTime(&d.At, at)
	}, "SELECT block, at, data FROM decision ORDER BY block")
}
