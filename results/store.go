package results

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"time"

	sqlite "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"vnettune/foreign"
	"vnettune/trouble"
)

// Store is an open store. It may be used by several goroutines.
type Store struct {
	db   database
	path string
	lock *os.File // held by Lock

	added int // boots in the file by the doing of this process and those before it; known to the holder of the lock

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
	if err := c.Check(); err != nil {
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
		if err := s.foreign(have); err != nil {
			return s.fail("create the store", err)
		}
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
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, noStore(path, "there is no such store")
	} else if err != nil {
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
		if err = s.foreign(have); err == nil {
			err = migrate(s.db, schema)
		}
	}
	return s.opened(err)
}

// OpenReadOnly opens a store to read it and never changes what it holds. What a killed
// run left half-written is rolled back first if the file can be written; if not, such a
// store is refused.
func OpenReadOnly(path string) (*Store, error) {
	mode := "rw"
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, noStore(path, "there is no such store")
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

// OpenOrCreate opens the store of a campaign, or makes it. A store by whose plan c cannot go on is refused with
// ErrOtherCampaign.
func OpenOrCreate(path string, c Campaign) (*Store, error) {
	s, err := Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Create(path, c)
	}
	if err != nil {
		return nil, err
	}
	if _, err := s.Continues(c); err != nil {
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
	case have > len(schema):
		return newer(have, len(schema))
	}
	return s.foreign(have)
}

// foreign refuses a store of a known version that has not the schema of that version.
func (s *Store) foreign(version int) error {
	if version > len(schema) {
		return nil // whoever brings it up to date refuses it
	}
	return checkSchema(s.db, version)
}

// opened finishes opening: a store without a campaign is as good as none.
func (s *Store) opened(err error) (*Store, error) {
	if err == nil {
		err = s.load()
	}
	if errors.Is(err, sql.ErrNoRows) {
		s.Close()
		return nil, noStore(s.path, "no campaign was stored in the file")
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
	s := &Store{db: database{db, statementLimit}, path: path}
	if err := bound(db); err != nil {
		err = s.fail("open the store", err)
		db.Close()
		return nil, err
	}
	return s, nil
}

// maxCell is the most bytes of one value in a store. The longest that are written are a plan
// of matrix.MaxSlots boots, with some 15 MB, and a raw answer of the guest.
const maxCell = 32 << 20

// bound connects to the store, and keeps the one connection from reading what is longer
// than anything in it may be.
func bound(db *sql.DB) error {
	conn, err := db.Conn(context.Background())
	if err != nil {
		return err
	}
	_, err = sqlite.Limit(conn, sqlite3.SQLITE_LIMIT_LENGTH, maxCell)
	return errors.Join(err, conn.Close())
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

// ErrRunning says that another process runs the store's campaign.
var ErrRunning = errors.New("another vnettune is running this campaign")

// Lock makes this the one process that runs the campaign, until Close or the end
// of the process. Reading and excluding boots needs no lock.
//
// The lock is flock(2) on the store itself. SQLite's own locks are of another
// kind, held only within a transaction; no transaction is open here when the file
// is closed again after a refusal, so none is lost.
func (s *Store) Lock() error {
	if s.lock != nil {
		return nil
	}
	f, err := os.OpenFile(s.path, os.O_RDONLY, 0)
	if err != nil {
		return s.fail("lock the store", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	for end := time.Now().Add(lookLimit); errors.Is(err, syscall.EWOULDBLOCK) && time.Now().Before(end); {
		time.Sleep(lookLimit / 50)
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	}
	if err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = ErrRunning
		}
		return trouble.Hint(trouble.At(s.path, err), "wait until it is done, or end it")
	}
	s.lock = f
	if err := s.db.QueryRow("SELECT count(*) FROM boot").Scan(&s.added); err != nil {
		return s.fail("lock the store", err)
	}
	return nil
}

// ErrSwapped says that the file at the store's path is not what the holder of its lock wrote.
var ErrSwapped = errors.New("the store was overwritten or replaced while its campaign ran")

// own says whether the file, which has so many boots, is still that of the process that holds the
// lock: nobody else adds boots, and none is ever taken away.
func (s *Store) own(boots int) error {
	if s.lock == nil {
		return nil
	}
	locked, err := s.lock.Stat()
	if err != nil {
		return err
	}
	there, err := os.Stat(s.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	switch {
	case err != nil:
		return fmt.Errorf("%w: the file is gone", ErrSwapped)
	case !os.SameFile(locked, there):
		return fmt.Errorf("%w: another file is in its place", ErrSwapped)
	case boots != s.added:
		return fmt.Errorf("%w: it had %d boots, and has %d", ErrSwapped, s.added, boots)
	}
	return nil
}

// lookLimit is how long a lock is tried for: a reader that looks whether it is held holds
// it for a moment.
const lookLimit = 500 * time.Millisecond

// running is the run that another process has locked the store for; nil for none.
func (s *Store) running(sessions []Session) *Running {
	if s.lock != nil {
		return nil
	}
	f, err := os.Open(s.path)
	if err != nil {
		return nil
	}
	defer f.Close()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB); !errors.Is(err, syscall.EWOULDBLOCK) {
		return nil
	}
	if len(sessions) == 0 || !sessions[len(sessions)-1].Ended.IsZero() {
		return &Running{}
	}
	last := sessions[len(sessions)-1]
	return &Running{Process: last.Host.Process, Host: last.Host.Name, Since: last.Started}
}

// Check asks SQLite whether the file is sound.
func (s *Store) Check() error {
	var word string
	if err := s.db.QueryRow("PRAGMA integrity_check").Scan(&word); err != nil {
		return s.fail("check the store", err)
	}
	if word != "ok" {
		return s.fail("check the store", fmt.Errorf("the database is damaged: %s", foreign.Words(word)))
	}
	return nil
}

// Path is the file that the store was opened from.
func (s *Store) Path() string { return s.path }

// stamp is a time as stored.
func stamp(t time.Time) string { return t.UTC().Format(timeFormat) }
