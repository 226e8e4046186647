package results

import (
	"database/sql"
	"fmt"
	"math"

	"vnettune/matrix"
	"vnettune/results/sample"
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
	have := 0
	if err := tx.QueryRow("SELECT count(*) FROM boot").Scan(&have); err != nil {
		return "", s.fail("add a boot", err)
	}
	if err := s.own(have); err != nil {
		return "", s.fail("add a boot", err)
	}
	name, err := insertBoot(tx, b)
	if err == nil {
		err = tx.Commit()
	}
	if err != nil {
		return "", s.fail("add a boot", err)
	}
	s.added++
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
	name, within, err := nameBoot(tx, b)
	if err != nil {
		return "", err
	}
	_, err = tx.Exec(`INSERT INTO boot (id, name, stint, within, session, block, slot, arm, combination, combination_id, status, reason, started, ended, steps, reboot, readings, covariate)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		id, name, b.Stint, within, b.Session, b.Block, b.Order, b.Arm, b.Combination, combination.ID(), b.Status, b.Reason,
		stamp(b.Started), stamp(b.Ended), textOf(b.Steps), nullable(b.Reboot), textOf(b.Readings), nullable(b.Covariate))
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

// nameBoot gives a boot its name, such as b012, and a stint that of its boot and its place in it, such as
// b012.3, and the boot's own.
func nameBoot(tx *sql.Tx, b Boot) (name, within string, err error) {
	if b.ID != "" {
		return b.ID, b.In, nil
	}
	if within = b.In; within == "" {
		var boots int
		if err := tx.QueryRow("SELECT count(*) FROM boot WHERE stint < 2").Scan(&boots); err != nil {
			return "", "", err
		}
		within = fmt.Sprintf("b%03d", boots+1)
	}
	if b.Stint == 0 {
		return within, "", nil
	}
	return StintName(within, b.Stint), within, nil
}

// StintName is the ID of a stint of a boot.
func StintName(boot string, stint int) string { return fmt.Sprintf("%s.%d", boot, stint) }

// Name is what reports call a boot or stint: "b012", "b012 stint 3".
func (b Boot) Name() string {
	if b.Stint == 0 {
		return b.ID
	}
	return fmt.Sprintf("%s stint %d", b.BootName(), b.Stint)
}

// BootName is the ID of the boot that a boot or stint is of.
func (b Boot) BootName() string {
	if b.In != "" {
		return b.In
	}
	return b.ID
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

// check says what would make a boot misleading in the record.
func (b Boot) check(p matrix.Plan) error {
	if b.Order < 1 || b.Order > len(p.Slots) {
		return fmt.Errorf("the plan has no boot %d", b.Order)
	}
	slot := p.Slots[b.Order-1]
	arm := p.Arms[slot.Arm]
	if b.Block != slot.Block || b.Arm != arm.Name || b.Combination != arm.Combination.Canonical() {
		return fmt.Errorf("boot %d of the plan is arm %q in block %d, not %q in block %d or with other settings", b.Order, arm.Name, slot.Block, b.Arm, b.Block)
	}
	switch {
	case (b.Stint > 0) != (slot.Boot > 0):
		return fmt.Errorf("slot %d of the plan is of its boot %d, not stint %d of one", b.Order, slot.Boot, b.Stint)
	case b.Stint > 1 && b.In == "":
		return fmt.Errorf("stint %d names no boot", b.Stint)
	}
	if !sample.ValidName(b.Status) || b.Status == sample.StatusExcluded {
		return fmt.Errorf("%q is no status: %q, %q or a failure class", b.Status, sample.StatusOK, sample.StatusNotInEffect)
	}
	if (b.Status == sample.StatusOK) != (b.Reason == "") {
		return fmt.Errorf("status %q with the reason %q: every boot but an ok one has one", b.Status, b.Reason)
	}
	usable := 0
	for _, r := range b.Runs {
		if err := r.check(); err != nil {
			return fmt.Errorf("run of %s, repetition %d: %w", r.Workload, r.Repetition, err)
		}
		if r.Usable() {
			usable++
		}
	}
	if b.Status == sample.StatusOK && usable == 0 && p.Applied == "" { // a boot that applies measures nothing
		return fmt.Errorf("status %q without a usable run", b.Status)
	}
	return nil
}

func (r Run) check() error {
	if r.Workload == "" || r.Repetition < 0 || !sample.ValidName(r.Class) {
		return fmt.Errorf("workload, repetition or class %q is missing or illegal", r.Class)
	}
	if !r.Usable() {
		return nil
	}
	if len(r.Metrics) == 0 {
		return fmt.Errorf("class %q without figures", r.Class)
	}
	for _, m := range r.Metrics {
		if math.IsNaN(m.Value) || math.IsInf(m.Value, 0) || m.Value < 0 {
			return fmt.Errorf("%s is %v: a measurement is a finite number from 0", m.Name, m.Value)
		}
	}
	return nil
}
