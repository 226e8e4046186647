package results

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Boots lists the boots in the order in which they ended, without the raw
// outputs: those may be many megabytes, and Boot reads them.
func (s *Store) Boots() ([]Boot, error) {
	boots, rows, err := s.boots("")
	if err != nil {
		return nil, err
	}
	at := map[int64]*Boot{}
	for i, row := range rows {
		at[row] = &boots[i]
	}
	return boots, s.runs(at, nil)
}

// Boot reads one boot whole, with the raw outputs.
func (s *Store) Boot(id string) (Boot, error) {
	boots, rows, err := s.boots("WHERE name = ?", id)
	if err != nil {
		return Boot{}, err
	}
	if len(boots) == 0 {
		return Boot{}, fmt.Errorf("store %s: there is no boot %q; `vnettune report` lists them", s.path, id)
	}
	b := &boots[0]
	raws := map[int64][]Raw{}
	if err := s.raws(rows[0], b, raws); err != nil {
		return Boot{}, err
	}
	return *b, s.runs(map[int64]*Boot{rows[0]: b}, raws)
}

// Done counts the stored boots of each slot of the plan, by the slot's order.
func (s *Store) Done() (map[int]int, error) {
	boots, _, err := s.boots("")
	if err != nil {
		return nil, err
	}
	done := map[int]int{}
	for _, b := range boots {
		done[b.Order]++
	}
	return done, nil
}

// boots reads boots without runs, and their row numbers.
func (s *Store) boots(where string, args ...any) ([]Boot, []int64, error) {
	var rows []int64
	boots, err := query(s, "list the boots", func(scan func(...any) error) (Boot, error) {
		var b Boot
		var row int64
		var started, ended, steps string
		var reboot, guest, readings sql.NullString
		err := scan(&row, &b.ID, &b.Session, &b.Block, &b.Order, &b.Arm, &b.Combination, &b.Status, &b.Reason,
			&started, &ended, &steps, &reboot, &guest, &readings)
		if err != nil {
			return b, err
		}
		rows = append(rows, row)
		b.Reboot, b.Guest, b.Readings = raw(reboot), raw(guest), raw(readings)
		return b, errors.Join(parseTime(&b.Started, started), parseTime(&b.Ended, ended), json.Unmarshal([]byte(steps), &b.Steps))
	}, `SELECT id, name, session, block, slot, arm, combination, status, reason, started, ended, steps, reboot, guest, readings
		FROM boot `+where+` ORDER BY id`, args...)
	return boots, rows, err
}

// runs reads the runs and figures of boots into them; with raws also the output.
func (s *Store) runs(boots map[int64]*Boot, raws map[int64][]Raw) error {
	one, many := int64(0), len(boots) != 1
	for row := range boots {
		one = row
	}
	type figure struct {
		run int64
		Metric
	}
	figures := map[int64][]Metric{}
	all, err := query(s, "list the figures", func(scan func(...any) error) (figure, error) {
		var f figure
		err := scan(&f.run, &f.Name, &f.Unit, &f.Better, &f.Value)
		return f, err
	}, `SELECT metric.run, name, unit, better, value FROM metric JOIN run ON run.id = metric.run
		WHERE ? OR run.boot = ? ORDER BY metric.id`, many, one)
	if err != nil {
		return err
	}
	for _, f := range all {
		figures[f.run] = append(figures[f.run], f.Metric)
	}
	_, err = query(s, "list the runs", func(scan func(...any) error) (Run, error) {
		var r Run
		var id, boot int64
		var started, ended string
		var details sql.NullString
		if err := scan(&id, &boot, &r.Workload, &r.Repetition, &r.Attempt, &r.Class, &r.Reason, &started, &ended, &details); err != nil {
			return r, err
		}
		r.Details = raw(details)
		r.Metrics = figures[id]
		for _, out := range raws[id] {
			switch out.Kind {
			case rawOutput:
				r.Raw = out.Text
			case rawStderr:
				r.Stderr = out.Text
			}
		}
		if b := boots[boot]; b != nil {
			b.Runs = append(b.Runs, r)
			r := &b.Runs[len(b.Runs)-1]
			return *r, errors.Join(parseTime(&r.Started, started), parseTime(&r.Ended, ended))
		}
		return r, nil
	}, `SELECT id, boot, workload, repetition, attempt, class, reason, started, ended, details FROM run
		WHERE ? OR boot = ? ORDER BY id`, many, one)
	return err
}

// raws reads the raw outputs of a boot into it, and those of its runs by run.
func (s *Store) raws(row int64, b *Boot, byRun map[int64][]Raw) error {
	_, err := query(s, "read the raw outputs", func(scan func(...any) error) (Raw, error) {
		var r Raw
		var run sql.NullInt64
		if err := scan(&run, &r.Kind, &r.Text); err != nil {
			return r, err
		}
		if run.Valid {
			byRun[run.Int64] = append(byRun[run.Int64], r)
		} else {
			b.Raw = append(b.Raw, r)
		}
		return r, nil
	}, "SELECT run, kind, content FROM raw WHERE boot = ? ORDER BY id", row)
	return err
}

func raw(s sql.NullString) json.RawMessage {
	if !s.Valid {
		return nil
	}
	return json.RawMessage(s.String)
}

func parseTime(into *time.Time, text string) error {
	t, err := time.Parse(timeFormat, text)
	*into = t
	return err
}
