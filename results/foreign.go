package results

import (
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"vnettune/trouble"
)

// ErrForeignSchema says that a file that calls itself a store has other tables, views or
// triggers than vnettune makes. What they would do when they are read, nobody knows.
var ErrForeignSchema = trouble.Hint(errors.New("the file has not the schema of a store"),
	"vnettune did not write it, or somebody changed it since: take the file that vnettune run wrote, or a copy of it")

// maxObjects is more than a store has tables, indexes and triggers.
const maxObjects = 1000

// checkSchema compares the store's schema, of a version that is known here, with that which
// this program makes: what it has must be ours, and every table must be there. Comments and
// blanks do not count: earlier versions had others.
func checkSchema(db database, version int) error {
	want, err := ownSchema(version)
	if err != nil {
		return err
	}
	got, err := objects(db)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		switch own, ok := want[name]; {
		case !ok:
			return fmt.Errorf("%w: it has a foreign %s", ErrForeignSchema, name)
		case own != got[name]:
			return fmt.Errorf("%w: its %s is another", ErrForeignSchema, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if _, ok := got[name]; !ok && strings.HasPrefix(name, "table ") {
			return fmt.Errorf("%w: it has no %s", ErrForeignSchema, name)
		}
	}
	return nil
}

var (
	comment = regexp.MustCompile(`--[^\n]*`)
	blanks  = regexp.MustCompile(`\s+`)
)

// objects are the statements that made what the database has, by kind and name.
func objects(db database) (map[string]string, error) {
	rows, err := db.Query("SELECT type, name, coalesce(sql, '') FROM sqlite_master LIMIT ?", maxObjects)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[string]string{}
	for rows.Next() {
		var kind, name, made string
		if err := rows.Scan(&kind, &name, &made); err != nil {
			return nil, err
		}
		if _, twice := all[kind+" "+name]; twice { // what is behind maxObjects of them would not be seen
			return nil, fmt.Errorf("%w: it has two of %s %s", ErrForeignSchema, kind, name)
		}
		all[kind+" "+name] = strings.TrimSpace(blanks.ReplaceAllString(comment.ReplaceAllString(made, ""), " "))
	}
	return all, rows.Err()
}

var (
	ownSchemas = map[int]map[string]string{}
	ownLock    sync.Mutex
)

// ownSchema is the schema of a version as this program makes it.
func ownSchema(version int) (map[string]string, error) {
	ownLock.Lock()
	defer ownLock.Unlock()
	if own, ok := ownSchemas[version]; ok {
		return own, nil
	}
	memory, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, err
	}
	defer memory.Close()
	memory.SetMaxOpenConns(1) // each connection has a memory of its own
	db := database{memory, statementLimit}
	if err := migrate(db, schema[:version]); err != nil {
		return nil, err
	}
	own, err := objects(db)
	if err == nil {
		ownSchemas[version] = own
	}
	return own, err
}
