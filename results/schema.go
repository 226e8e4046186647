package results

import (
	"database/sql"
	_ "embed"
	"errors"
	"fmt"

	"vnettune/trouble"
)

//go:embed schema1.sql
var schema1 string

//go:embed schema2.sql
var schema2 string

//go:embed schema3.sql
var schema3 string

//go:embed schema4.sql
var schema4 string

//go:embed schema5.sql
var schema5 string

// schema is the steps from an empty file to the present version: step n makes
// version n+1 of version n. A step, once released, never changes.
var schema = []string{schema1, schema2, schema3, schema4, schema5}

// applicationID says that a SQLite file is a store of vnettune ("vntt").
const applicationID = 0x766e7474

// ErrNewerStore says that a newer vnettune wrote the store.
var ErrNewerStore = errors.New("the store was written by a newer vnettune")

// ErrNoStore says that a file is no store of vnettune.
var ErrNoStore = errors.New("not a store of vnettune")

// giveStore is what to do about a file that is none.
const giveStore = "give the file that vnettune run wrote, such as campaign.db"

// version reads the version of the schema; 0 for an empty file.
func version(db database) (int, error) {
	var app, user, tables int
	err := db.QueryRow("SELECT (SELECT * FROM pragma_application_id), (SELECT * FROM pragma_user_version), (SELECT count(*) FROM sqlite_master)").
		Scan(&app, &user, &tables)
	switch {
	case err != nil:
		return 0, err
	case tables == 0 && app == 0:
		return 0, nil
	case app != applicationID || user < 1:
		return 0, trouble.Hint(fmt.Errorf("%w: it is a SQLite file of another program", ErrNoStore), giveStore)
	}
	return user, nil
}

// migrate brings a store to the last of the given versions, each step in a
// transaction of its own together with the number of the version.
func migrate(db database, steps []string) error {
	for {
		have, err := version(db)
		switch {
		case err != nil:
			return err
		case have > len(steps):
			return newer(have, len(steps))
		case have == len(steps):
			return nil
		}
		if err := migrateOne(db, steps[have], have+1); err != nil {
			return fmt.Errorf("bring the store to version %d: %w", have+1, err)
		}
	}
}

// newer is that a store is of a later version than those that are known here.
func newer(have, known int) error {
	return trouble.Hint(fmt.Errorf("%w: its version is %d, this vnettune knows up to %d", ErrNewerStore, have, known), "use the vnettune that wrote it, or a newer one")
}

func migrateOne(db database, step string, to int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.Exec(step); err != nil {
		return err
	}
	if err := appendOnly(tx); err != nil {
		return err
	}
	if _, err := tx.Exec(fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, to)); err != nil {
		return err
	}
	return tx.Commit()
}

// appendOnly gives every table triggers that refuse updates and deletions.
func appendOnly(tx *sql.Tx) error {
	rows, err := tx.Query("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
	if err != nil {
		return err
	}
	defer rows.Close()
	var tables []string
	for rows.Next() {
		var t string
		if err := rows.Scan(&t); err != nil {
			return err
		}
		tables = append(tables, t)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, t := range tables {
		for _, what := range []string{"UPDATE", "DELETE"} {
			_, err := tx.Exec(fmt.Sprintf("CREATE TRIGGER IF NOT EXISTS %s_no_%s BEFORE %s ON %s BEGIN SELECT RAISE(ABORT, 'the store is append-only'); END", t, what, what, t))
			if err != nil {
				return err
			}
		}
	}
	return nil
}
