package sample

import (
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"vnettune/trouble"
)

// Write writes the rows in the CSV form that Read reads, with those optional
// columns only that some row needs. The rows are checked as Read would check
// them, so that no file is written that cannot be read.
func Write(w io.Writer, rows []Row) error {
	check := newChecker()
	for i := range rows {
		r := rows[i]
		if r.Status == "" {
			r.Status = StatusOK
		}
		err := writable(r)
		if err == nil {
			err = check.row(&r, i+2)
		}
		if err != nil {
			return trouble.Invalid(fmt.Errorf("samples: row %d: %w", i+1, err))
		}
	}
	cols := columnsFor(rows)
	cw := csv.NewWriter(w)
	if err := cw.Write(cols); err != nil {
		return fmt.Errorf("samples: write: %w", err)
	}
	record := make([]string, len(cols))
	for _, r := range rows {
		for i, name := range cols {
			record[i] = r.field(name)
		}
		if err := cw.Write(record); err != nil {
			return fmt.Errorf("samples: write: %w", err)
		}
	}
	cw.Flush()
	if err := cw.Error(); err != nil {
		return fmt.Errorf("samples: write: %w", err)
	}
	return nil
}

// writable checks what a row read from a file cannot get wrong.
func writable(r Row) error {
	if err := checkSize(r.Value); r.HasValue && err != nil {
		return fieldError(colValue, fmt.Sprint(r.Value), "%v", err)
	}
	for _, name := range slices.Concat(requiredColumns, optionalColumns) {
		if err := checkCell(name, r.field(name)); err != nil {
			return err
		}
	}
	for id, level := range r.Levels {
		if id == "" {
			return fieldError(setPrefix, level, "a setting has an id")
		}
		if err := checkCell("header", setPrefix+id); err != nil {
			return err
		}
		if err := checkCell(setPrefix+id, level); err != nil {
			return err
		}
	}
	return nil
}

// columnsFor is the header for rows: the settings come last, by id.
func columnsFor(rows []Row) []string {
	need := make(map[string]bool)
	ids := make(map[string]bool)
	for _, r := range rows {
		need[colBetter] = need[colBetter] || r.saysBetter()
		need[colStatus] = need[colStatus] || !r.Ranked()
		need[colOrder] = need[colOrder] || r.Order != 0
		need[colSlot] = need[colSlot] || r.Slot != 0
		need[colStint] = need[colStint] || r.Stint != 0
		need[colCovariate] = need[colCovariate] || r.Covariate != 0
		need[colControl] = need[colControl] || r.Control != 0
		need[colSession] = need[colSession] || r.Session != ""
		need[colGuestKind] = need[colGuestKind] || r.GuestKind != ""
		for id := range r.Levels {
			ids[id] = true
		}
	}
	cols := slices.Clone(requiredColumns)
	for _, name := range optionalColumns {
		if need[name] {
			cols = append(cols, name)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		cols = append(cols, setPrefix+id)
	}
	return cols
}

// saysBetter says whether the direction must be written down because the
// metric's name does not give it.
func (r Row) saysBetter() bool {
	if r.Better == "" {
		return false
	}
	_, known := KnownMetric(r.Metric)
	return !known
}

func (r Row) field(column string) string {
	switch column {
	case colCombination:
		return r.Combination
	case colBlock:
		return r.Block
	case colBoot:
		return r.Boot
	case colWorkload:
		return r.Workload
	case colMetric:
		return r.Metric
	case colUnit:
		return r.Unit
	case colRepetition:
		return count(r.Repetition)
	case colValue:
		if !r.HasValue {
			return ""
		}
		return decimal(r.Value)
	case colBetter:
		return string(r.Better)
	case colStatus:
		if r.Ranked() {
			return StatusOK
		}
		return r.Status
	case colOrder:
		return count(r.Order)
	case colSlot:
		return count(r.Slot)
	case colStint:
		return count(r.Stint)
	case colCovariate:
		if r.Covariate == 0 {
			return ""
		}
		return decimal(r.Covariate)
	case colControl:
		if r.Control == 0 {
			return ""
		}
		return decimal(r.Control)
	case colSession:
		return r.Session
	case colGuestKind:
		return r.GuestKind
	}
	return r.Levels[column[len(setPrefix):]]
}

// decimal writes a number so that it is read back as it is.
func decimal(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// count writes a number that counts from 1; 0 is "none" and stays empty.
func count(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
