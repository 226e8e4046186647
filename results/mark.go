package results

import (
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"vnettune/foreign"
	"vnettune/trouble"
)

// Exclude takes a boot, with all its stints, or one stint out of the ranking for a reason. It stays in the store and
// in every report.
func (s *Store) Exclude(boot, reason string, at time.Time) error {
	return s.mark(boot, reason, true, at)
}

// Include takes an exclusion back, for a reason. Both stay in the store and in every report.
func (s *Store) Include(boot, reason string, at time.Time) error {
	return s.mark(boot, reason, false, at)
}

// lastMark is what holds of a boot: its last mark, or else its row in exclusion.
const lastMark = `SELECT boot.id,
	coalesce((SELECT excluded FROM mark WHERE mark.boot = boot.id ORDER BY mark.id DESC LIMIT 1), exclusion.boot IS NOT NULL),
	coalesce((SELECT reason FROM mark WHERE mark.boot = boot.id ORDER BY mark.id DESC LIMIT 1), exclusion.reason, '')
	FROM boot LEFT JOIN exclusion ON exclusion.boot = boot.id`

func (s *Store) mark(boot, reason string, exclude bool, at time.Time) error {
	what := fmt.Sprintf("exclude boot %q", boot)
	if !exclude {
		what = fmt.Sprintf("take the exclusion of boot %q back", boot)
	}
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return s.fail(what, trouble.Hint(errors.New("the reason is missing"), "say why, with --reason"))
	}
	type stint struct {
		row      int64
		excluded bool
		reason   string
	}
	boot = strings.Replace(boot, " stint ", ".", 1) // as reports name it
	stints, err := query(s, what, func(scan func(...any) error) (x stint, err error) {
		return x, scan(&x.row, &x.excluded, &x.reason)
	}, lastMark+" WHERE name = ? OR within = ?", boot, boot)
	if err != nil {
		return err
	}
	if len(stints) == 0 {
		return s.fail(what, trouble.Hint(errors.New("there is no such boot"), "vnettune report STORE --format csv lists the boots"))
	}
	open := slices.DeleteFunc(slices.Clone(stints), func(x stint) bool { return x.excluded == exclude })
	switch {
	case len(open) == 0 && exclude:
		return s.fail(what, fmt.Errorf("it is excluded already (%s)", foreign.Line(stints[0].reason)))
	case len(open) == 0:
		return s.fail(what, errors.New("it is not excluded"))
	}
	tx, err := s.db.Begin()
	if err != nil {
		return s.fail(what, err)
	}
	defer tx.Rollback()
	for _, x := range open {
		if _, err := tx.Exec("INSERT INTO mark (boot, excluded, reason, at) VALUES (?, ?, ?, ?)", x.row, exclude, reason, stamp(at)); err != nil {
			return s.fail(what, err)
		}
	}
	return s.fail(what, tx.Commit())
}

// exclusions lists the excluded boots in their order, and the exclusions that were taken back.
func (s *Store) exclusions(boots map[int64]string) (inForce, back []Exclusion, err error) {
	type mark struct {
		boot     int64
		excluded bool
		reason   string
		at       time.Time
	}
	list := func(text string) ([]mark, error) {
		return query(s, "list the exclusions", func(scan func(...any) error) (mark, error) {
			var m mark
			var at string
			var excluded sql.NullInt64
			if err := scan(&m.boot, &excluded, &m.reason, &at); err != nil {
				return m, err
			}
			m.excluded = excluded.Int64 == 1
			lines(&m.reason)
			return m, parseTime(&m.at, at)
		}, text)
	}
	marks, err := list("SELECT boot, 1, reason, at FROM exclusion ORDER BY boot")
	if err != nil {
		return nil, nil, err
	}
	have, err := version(s.db)
	if err == nil && have >= 5 {
		var later []mark
		later, err = list("SELECT boot, excluded, reason, at FROM mark ORDER BY id")
		marks = append(marks, later...)
	}
	if err != nil {
		return nil, nil, err
	}
	now := map[int64]Exclusion{}
	for _, m := range marks {
		if m.excluded {
			now[m.boot] = Exclusion{Boot: boots[m.boot], Reason: m.reason, At: m.at}
		} else if e, is := now[m.boot]; is {
			e.Back, e.BackAt = m.reason, m.at
			back = append(back, e)
			delete(now, m.boot)
		}
	}
	rows := slices.Sorted(maps.Keys(now))
	for _, row := range rows {
		inForce = append(inForce, now[row])
	}
	return inForce, back, nil
}
