package results

import (
	"fmt"
	"math"

	"vnettune/matrix"
	"vnettune/results/sample"
)

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
	if b.Status == sample.StatusOK && usable == 0 {
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

// Check asks SQLite whether the file is sound.
func (s *Store) Check() error {
	var word string
	if err := s.db.QueryRow("PRAGMA integrity_check").Scan(&word); err != nil {
		return s.fail("check the store", err)
	}
	if word != "ok" {
		return s.fail("check the store", fmt.Errorf("the database is damaged: %s", word))
	}
	return nil
}
