package results

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"vnettune/foreign"
	"vnettune/results/record"
	"vnettune/trouble"
)

// Read reads the store whole, each table once, without the raw outputs.
func (s *Store) Read() (Contents, error) {
	c := Contents{Path: s.path, Campaign: s.campaign}
	boots, rows, err := s.boots("")
	if err != nil {
		return c, err
	}
	if err := s.own(len(boots)); err != nil {
		return c, s.fail("read the store", err)
	}
	c.Boots = boots
	names := make(map[int64]string, len(rows))
	for i, row := range rows {
		names[row] = boots[i].ID
	}
	for _, read := range []func() error{
		func() error { return s.withRuns(boots, rows) },
		func() (err error) { c.Sessions, err = s.Sessions(); return err },
		func() (err error) { c.Exclusions, c.TakenBack, err = s.exclusions(names); return err },
		func() (err error) { c.Revisions, err = s.revisions(); return err },
		func() (err error) { c.Decisions, err = s.Decisions(); return err },
		func() (err error) { c.Switching, err = s.SwitchDecisions(); return err },
		func() (err error) { c.Settling, err = s.settleDecisions(); return err },
		func() (err error) { c.NoiseFloors, err = s.noiseFloors(); return err },
		func() (err error) { c.Changed, err = s.Changed(); return err },
		func() error {
			events, err := s.Events()
			set, variant := left(events)
			c.HostSet, c.Variant = len(set) > 0, variant
			return err
		},
	} {
		if err := read(); err != nil {
			return c, err
		}
	}
	c.Running = s.running(c.Sessions)
	return c, nil
}

// withRuns reads the runs of boots into them, without their output.
func (s *Store) withRuns(boots []Boot, rows []int64) error {
	at := map[int64]*Boot{}
	for i, row := range rows {
		at[row] = &boots[i]
	}
	return s.runs(at, nil)
}

// Boot reads one boot whole, with the raw outputs.
func (s *Store) Boot(id string) (Boot, error) {
	boots, rows, err := s.boots("WHERE name = ?", id)
	if err != nil {
		return Boot{}, err
	}
	if len(boots) == 0 {
		return Boot{}, trouble.Hint(trouble.At(s.path, fmt.Errorf("there is no boot %q", id)), "vnettune report STORE --format csv lists the boots")
	}
	b := &boots[0]
	raws := map[int64][]Raw{}
	if err := s.raws(rows[0], b, raws); err != nil {
		return Boot{}, err
	}
	return *b, s.runs(map[int64]*Boot{rows[0]: b}, raws)
}

// boots reads boots without runs, and their row numbers.
func (s *Store) boots(where string, args ...any) ([]Boot, []int64, error) {
	stint := "stint, within, covariate"
	if have, err := version(s.db); err != nil {
		return nil, nil, s.fail("list the boots", err)
	} else if have < 4 {
		stint = "0, '', NULL" // a store of an earlier version that is opened to be read
	}
	var rows []int64
	boots, err := query(s, "list the boots", func(scan func(...any) error) (Boot, error) {
		var b Boot
		var row int64
		var started, ended, steps string
		var reboot, readings, covariate sql.NullString
		err := scan(&row, &b.ID, &b.Session, &b.Block, &b.Order, &b.Arm, &b.Combination, &b.Status, &b.Reason,
			&started, &ended, &steps, &reboot, &readings, &b.Stint, &b.In, &covariate)
		if err != nil {
			return b, err
		}
		lines(&b.ID, &b.In, &b.Arm, &b.Status, &b.Reason)
		rows = append(rows, row)
		err = errors.Join(parseTime(&b.Started, started), parseTime(&b.Ended, ended), letIn(steps, &b.Steps),
			decode("the proof of the reboot", reboot, &b.Reboot), decode("readings", readings, &b.Readings), decode("the covariate", covariate, &b.Covariate))
		if err != nil {
			err = fmt.Errorf("boot %s: %w", b.ID, err)
		}
		return b, err
	}, `SELECT id, name, session, block, slot, arm, combination, status, reason, started, ended, steps, reboot, readings, `+stint+`
		FROM boot `+where+` ORDER BY id`, args...)
	return boots, rows, err
}

// figuresOf is the statement that reads the figures of one boot, or of many.
func figuresOf(many bool) string {
	const figures = "SELECT run, name, unit, better, value FROM metric "
	if many { // ? is bound, and does not matter
		return figures + "WHERE ? IS NOT NULL ORDER BY id"
	}
	return figures + "WHERE run IN (SELECT id FROM run WHERE boot = ?) ORDER BY id"
}

// runs reads the runs and figures of all boots into them; with raws those of the one
// boot that is given, and their output.
func (s *Store) runs(boots map[int64]*Boot, raws map[int64][]Raw) error {
	one, many := int64(0), raws == nil
	for row := range boots {
		one = row
	}
	type figure struct {
		run int64
		record.Metric
	}
	figures := map[int64][]record.Metric{}
	all, err := query(s, "list the figures", func(scan func(...any) error) (figure, error) {
		var f figure
		err := scan(&f.run, &f.Name, &f.Unit, &f.Better, &f.Value)
		lines(&f.Name, &f.Unit, &f.Better)
		return f, err
	}, figuresOf(many), one)
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
		lines(&r.Workload, &r.Class, &r.Reason)
		if err := decode(fmt.Sprintf("details of a run of %s", r.Workload), details, &r.Details); err != nil {
			return r, err
		}
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

// decode reads what textOf wrote; a NULL leaves into as it is.
func decode(what string, s sql.NullString, into any) error {
	if !s.Valid {
		return nil
	}
	if err := letIn(s.String, into); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// maxDocument is the most bytes of a JSON document that is read of a store; those of a boot
// have some thousands.
const maxDocument = 8 << 20

// readJSON reads a JSON document of the store as it is, for what is written to the guest.
func readJSON(text string, into any) error {
	if err := foreign.CheckJSON([]byte(text), maxDocument); err != nil {
		return err
	}
	return json.Unmarshal([]byte(text), into)
}

// letIn reads a JSON document of the store. Its words are shown and never obeyed: whoever
// changed the file may have written them.
func letIn(text string, into any) error {
	if err := foreign.CheckJSON([]byte(text), maxDocument); err != nil {
		return err
	}
	if err := json.Unmarshal(foreign.Lines([]byte(text)), into); err != nil {
		return errors.New(foreign.Line(err.Error()))
	}
	return nil
}

// lines lets words of the store in, as letIn does.
func lines(words ...*string) {
	for _, w := range words {
		*w = foreign.Line(*w)
	}
}

func parseTime(into *time.Time, text string) error {
	t, err := time.Parse(timeFormat, text)
	*into = t
	return err
}

// query reads all rows of a statement.
func query[T any](s *Store, what string, read func(scan func(...any) error) (T, error), stmt string, args ...any) ([]T, error) {
	rows, err := s.db.Query(stmt, args...)
	if err != nil {
		return nil, s.fail(what, err)
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		x, err := read(rows.Scan)
		if err != nil {
			return nil, s.fail(what, damaged(err))
		}
		all = append(all, x)
	}
	return all, s.fail(what, rows.Err())
}
