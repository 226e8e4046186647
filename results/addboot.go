package results

import (
	"database/sql"
	"fmt"

	"vnettune/matrix"
)

// Kinds of raw output that belong to a run.
const (
	rawOutput = "output"
	rawStderr = "stderr"
)

// AddBoot stores a boot that ended, in one transaction, and gives its id. A
// failed boot is stored as well; trying it again makes another boot.
func (s *Store) AddBoot(b Boot) (string, error) {
	if err := b.check(s.campaign.Plan); err != nil {
		return "", s.fail("add a boot", err)
	}
	tx, err := s.db.Begin()
	if err != nil {
		return "", s.fail("add a boot", err)
	}
	defer tx.Rollback()
	name, err := insertBoot(tx, b)
	if err == nil {
		err = tx.Commit()
	}
	if err != nil {
		return "", s.fail("add a boot", err)
	}
	return name, nil
}

func insertBoot(tx *sql.Tx, b Boot) (string, error) {
	combination, err := matrix.ParseCombination(b.Combination)
	if err != nil {
		return "", err
	}
	var id int64
	if err := tx.QueryRow("SELECT coalesce(max(id), 0) + 1 FROM boot").Scan(&id); err != nil {
		return "", err
	}
	name := b.ID
	if name == "" {
		name = fmt.Sprintf("b%03d", id)
	}
	_, err = tx.Exec(`INSERT INTO boot (id, name, session, block, slot, arm, combination, combination_id, status, reason, started, ended, steps, reboot, readings)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		id, name, b.Session, b.Block, b.Order, b.Arm, b.Combination, combination.ID(), b.Status, b.Reason,
		stamp(b.Started), stamp(b.Ended), textOf(b.Steps), nullable(b.Reboot), textOf(b.Readings))
	if err != nil {
		return "", err
	}
	for _, r := range b.Raw {
		if err := insertRaw(tx, id, nil, r.Kind, r.Text); err != nil {
			return "", err
		}
	}
	for _, r := range b.Runs {
		if err := insertRun(tx, id, r); err != nil {
			return "", err
		}
	}
	return name, nil
}

func insertRun(tx *sql.Tx, boot int64, r Run) error {
	res, err := tx.Exec("INSERT INTO run (boot, workload, repetition, attempt, class, reason, started, ended, details) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		boot, r.Workload, r.Repetition, r.Attempt, r.Class, r.Reason, stamp(r.Started), stamp(r.Ended), nullable(r.Details))
	if err != nil {
		return err
	}
	run, err := res.LastInsertId()
	if err != nil {
		return err
	}
	if r.Usable() {
		for _, m := range r.Metrics {
			if _, err := tx.Exec("INSERT INTO metric (run, name, unit, better, value) VALUES (?, ?, ?, ?, ?)", run, m.Name, m.Unit, m.Better, m.Value); err != nil {
				return err
			}
		}
	}
	if err := insertRaw(tx, boot, &run, rawOutput, r.Raw); err != nil {
		return err
	}
	return insertRaw(tx, boot, &run, rawStderr, r.Stderr)
}

// insertRaw keeps output as it is; empty output leaves no row.
func insertRaw(tx *sql.Tx, boot int64, run *int64, kind string, text []byte) error {
	if len(text) == 0 {
		return nil
	}
	_, err := tx.Exec("INSERT INTO raw (boot, run, kind, content) VALUES (?, ?, ?, ?)", boot, run, kind, text)
	return err
}

// nullable is a value as stored: its JSON, or NULL where there is none.
func nullable[T any](v *T) any {
	if v == nil {
		return nil
	}
	return textOf(v)
}
