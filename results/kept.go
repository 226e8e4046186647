package results

import (
	"errors"
	"fmt"
	"time"

	"vnettune/results/record"
)

// AddSwitchDecision keeps what the bridge of a campaign that switches within boots led to.
func (s *Store) AddSwitchDecision(d record.SwitchDecision, at time.Time) error {
	_, err := s.db.Exec("INSERT INTO switching (block, at, data) VALUES (?, ?, ?)", d.Blocks, stamp(at), textOf(d))
	return s.fail("store a decision", err)
}

// SwitchDecisions lists them in their order. A store of an earlier version, opened to be read, has none.
func (s *Store) SwitchDecisions() ([]record.SwitchDecision, error) {
	if have, err := version(s.db); err != nil || have < 4 {
		return nil, s.fail("list the decisions about switching", err)
	}
	return query(s, "list the decisions about switching", func(scan func(...any) error) (record.SwitchDecision, error) {
		var d record.SwitchDecision
		var data string
		if err := scan(&data); err != nil {
			return d, err
		}
		return d, letIn(data, &d)
	}, "SELECT data FROM switching ORDER BY id")
}

// AddSettleDecision keeps which arms were settled at a look.
func (s *Store) AddSettleDecision(d record.SettleDecision, at time.Time) error {
	_, err := s.db.Exec("INSERT INTO settled (block, at, data) VALUES (?, ?, ?)", d.Blocks, stamp(at), textOf(d))
	return s.fail("store a decision", err)
}

// settleDecisions lists them in their order. A store of an earlier version, opened to be read, has none.
func (s *Store) settleDecisions() ([]record.SettleDecision, error) {
	if have, err := version(s.db); err != nil || have < 4 {
		return nil, s.fail("list the decisions about settled arms", err)
	}
	return query(s, "list the decisions about settled arms", func(scan func(...any) error) (record.SettleDecision, error) {
		var d record.SettleDecision
		var data string
		if err := scan(&data); err != nil {
			return d, err
		}
		return d, letIn(data, &d)
	}, "SELECT data FROM settled ORDER BY id")
}

// AddDecision keeps what a search decided. The decision of a block is stored once and
// never replaced.
func (s *Store) AddDecision(d record.Decision, at time.Time) error {
	_, err := s.db.Exec("INSERT INTO decision (block, at, data) VALUES (?, ?, ?)", d.Blocks, stamp(at), textOf(d))
	return s.fail("store a decision", err)
}

// Decisions lists the decisions in the order of their blocks.
func (s *Store) Decisions() ([]Decision, error) {
	return query(s, "list the decisions", func(scan func(...any) error) (Decision, error) {
		var d Decision
		var block int
		var at, data string
		if err := scan(&block, &at, &data); err != nil {
			return d, err
		}
		if err := letIn(data, &d.Decision); err != nil {
			return d, fmt.Errorf("decision of block %d: %w", block, err)
		}
		return d, parseTime(&d.At, at)
	}, "SELECT block, at, data FROM decision ORDER BY block")
}

// AddNoiseFloor keeps a noise floor. The last one holds.
func (s *Store) AddNoiseFloor(f record.NoiseFloor, at time.Time) error {
	if f.Source == "" {
		return s.fail("store a noise floor", errors.New("it must have a source"))
	}
	_, err := s.db.Exec("INSERT INTO noise_floor (at, source, created, data) VALUES (?, ?, ?, ?)", stamp(at), f.Source, stamp(f.Created), textOf(f))
	return s.fail("store a noise floor", err)
}

// noiseFloors lists the noise floors in the order in which they were kept. A store
// of version 1, opened to be read, has none.
func (s *Store) noiseFloors() ([]NoiseFloor, error) {
	if have, err := version(s.db); err != nil || have < 2 {
		return nil, s.fail("list the noise floors", err)
	}
	return query(s, "list the noise floors", func(scan func(...any) error) (NoiseFloor, error) {
		var f NoiseFloor
		var at, data string
		if err := scan(&at, &data); err != nil {
			return f, err
		}
		if err := letIn(data, &f.NoiseFloor); err != nil {
			return f, err
		}
		return f, parseTime(&f.At, at)
	}, "SELECT at, data FROM noise_floor ORDER BY id")
}
