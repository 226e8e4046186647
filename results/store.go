package results

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	sqlite "modernc.org/sqlite"

	"vnettune/trouble"
)

// Store is an open store. It may be used by several goroutines.
type Store struct {
	db   *sql.DB
	path string
	lock *os.File // held by Lock

	campaign Campaign // as stored
}

// timeFormat is how times are stored, always in UTC.
const timeFormat = time.RFC3339Nano

// busyMilliseconds is how long a statement waits for another process. A boot is
// written in some milliseconds; a slow disk gets much more.
const busyMilliseconds = 10_000

// Create makes a store for a campaign. The file must not exist, or be empty, as
// a crash while it was being made leaves it.
func Create(path string, c Campaign) (*Store, error) {
	if err := c.check(); err != nil {
		return nil, failed(path, "create the store", err)
	}
	_, err := os.Stat(path)
	made := errors.Is(err, fs.ErrNotExist)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, trouble.Hint(failed(path, "create the store", err), "choose a folder that can be written with --store")
	}
	f.Close()
	s, err := open(path, "rw", false)
	if err == nil {
		if err = s.create(c); err != nil {
			s.Close()
		}
	}
	if err != nil {
		if made {
			os.Remove(path)
		}
		return nil, err
	}
	return s, nil
}

func (s *Store) create(c Campaign) error {
	have, err := version(s.db)
	if err != nil {
		return s.fail("create the store", err)
	}
	if have != 0 {
		if err := s.load(); !errors.Is(err, sql.ErrNoRows) {
			return s.fail("create the store", fs.ErrExist)
		}
	}
	if err := migrate(s.db, schema); err != nil {
		return s.fail("create the store", err)
	}
	_, err = s.db.Exec("INSERT INTO campaign (id, name, file, text, generation, plan, seed, created) VALUES (1, ?, ?, ?, ?, ?, ?, ?)",
		c.Name, c.File, c.Text, c.Generation, textOf(c.Plan), fmt.Sprint(c.Seed), stamp(c.Created))
	if err == nil {
		err = s.load()
	}
	return s.fail("create the store", err)
}

// Open opens a store to go on writing it; an older version of the schema is
// brought up to date. A file that does not exist, or in which no campaign was
// stored yet, gives an error that wraps fs.ErrNotExist.
func Open(path string) (*Store, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, failed(path, "open the store", err)
	}
	s, err := open(path, "rw", false)
	if err != nil {
		return nil, err
	}
	have, err := version(s.db)
	switch {
	case err == nil && have == 0:
		err = sql.ErrNoRows
	case err == nil:
		err = migrate(s.db, schema)
	}
	return s.opened(err)
}

// OpenReadOnly opens a store to read it and never changes what it holds. What a
// run that was killed left half-written is rolled back first where the file can
// be written; where it cannot, such a store is refused.
func OpenReadOnly(path string) (*Store, error) {
	mode := "rw"
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, failed(path, "open the store", err)
	case err != nil:
		mode = "ro"
	default:
		f.Close()
	}
	s, err := open(path, mode, true)
	if err != nil {
		return nil, err
	}
	return s.opened(s.current())
}

// OpenOrCreate opens the store of a campaign, or makes it. The store of another
// campaign is refused with ErrOtherCampaign.
func OpenOrCreate(path string, c Campaign) (*Store, error) {
	s, err := Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Create(path, c)
	}
	if err != nil {
		return nil, err
	}
	if err := s.Same(c); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// current says whether this program can read a store that must not be changed. One
// of an older version is read as it is: it lacks only what later versions added.
func (s *Store) current() error {
	have, err := version(s.db)
	switch {
	case err != nil:
		return err
	case have == 0:
		return sql.ErrNoRows
	case have < len(schema):
		return nil
	}
	return migrate(s.db, schema)
}

// opened finishes opening: a store without a campaign is as good as none.
func (s *Store) opened(err error) (*Store, error) {
	if err == nil {
		err = s.load()
	}
	if errors.Is(err, sql.ErrNoRows) {
		err = fmt.Errorf("no campaign was stored in it: %w", fs.ErrNotExist)
	}
	if err != nil {
		err = s.fail("open the store", err)
		s.Close()
		return nil, err
	}
	return s, nil
}

// open connects to the file; mode is SQLite's, ro or rw.
func open(path, mode string, readOnly bool) (*Store, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, failed(path, "open the store", err)
	}
	q := url.Values{"mode": {mode}, "_txlock": {"immediate"}, "_pragma": {
		fmt.Sprintf("busy_timeout(%d)", busyMilliseconds), "foreign_keys(1)", "synchronous(FULL)", "trusted_schema(0)",
	}}
	if readOnly {
		q.Add("_pragma", "query_only(1)")
		q.Del("_txlock")
	} else {
		q.Add("_pragma", "journal_mode(DELETE)")
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: abs}).EscapedPath()+"?"+q.Encode())
	if err != nil {
		return nil, failed(path, "open the store", err)
	}
	db.SetMaxOpenConns(1) // one writer; statements of one process wait here and not at the file's lock
	s := &Store{db: db, path: path}
	if err := db.Ping(); err != nil {
		err = s.fail("open the store", err)
		db.Close()
		return nil, err
	}
	return s, nil
}

// Close closes the store. A lock taken with Lock is given back.
func (s *Store) Close() error {
	err := s.db.Close()
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
	}
	if err != nil {
		return s.fail("close the store", err)
	}
	return nil
}

// Path is the file that the store was opened from.
func (s *Store) Path() string { return s.path }

// stamp is a time as stored.
func stamp(t time.Time) string { return t.UTC().Format(timeFormat) }

// Codes of SQLite errors of which more can be said (sqlite.org/rescode.html).
const (
	codeBusy     = 5
	codeReadOnly = 8
	codeCorrupt  = 11
	codeFull     = 13
	codeCantOpen = 14
	codeNotADB   = 26
)

// known is what some of them mean, and what to do.
var known = map[int]struct{ means, hint string }{
	codeBusy:     {"another process writes the store", "wait until it is done, or end it"},
	codeReadOnly: {"the store cannot be written", "give yourself write access to the file and its folder, or copy it"},
	codeCorrupt:  {"the file is damaged", "go back to a copy"},
	codeFull:     {"the disk is full", "free some space and run again: every boot stored so far is kept"},
	codeCantOpen: {"the file cannot be opened", "look at its rights and those of its folder"},
}

// fail says of an error what was done with which store and, where it is known, what to do.
func (s *Store) fail(what string, err error) error { return failed(s.path, what, err) }

func failed(path, what string, err error) error {
	if err == nil {
		return nil
	}
	var file *fs.PathError
	if errors.As(err, &file) {
		err = file.Err // the path is said beside it
	}
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return trouble.At(path, fmt.Errorf("%s: %w", what, err))
	}
	code := e.Code() & 0xff
	if code == codeNotADB {
		return trouble.At(path, fmt.Errorf("%s: %w (%w)", what, ErrNoStore, err))
	}
	k, ok := known[code]
	if !ok {
		return trouble.At(path, fmt.Errorf("%s: %w", what, err))
	}
	return trouble.Hint(trouble.At(path, fmt.Errorf("%s: %s (%w)", what, k.means, err)), "%s", k.hint)
}
