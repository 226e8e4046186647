package results

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	sqlite "modernc.org/sqlite"

	"vnettune/foreign"
	"vnettune/trouble"
)

// Codes of SQLite errors of which more can be said (sqlite.org/rescode.html).
const (
	codeBusy     = 5
	codeReadOnly = 8
	codeIO       = 10
	codeCorrupt  = 11
	codeFull     = 13
	codeCantOpen = 14
	codeTooBig   = 18
	codeNotADB   = 26
)

// known is what some of them mean, and what to do.
var known = map[int]struct{ means, hint string }{
	codeBusy:     {"another process writes the store", "wait until it is done, or end it"},
	codeReadOnly: {"the store cannot be written", "give yourself write access to the file and its folder, or copy it"},
	codeCorrupt:  {"the file is damaged", "go back to a copy"},
	codeFull:     {"the disk is full", "free some space; every boot stored so far is kept"},
	codeCantOpen: {"the file cannot be opened", "look at its rights and those of its folder"},
}

// PassingError is of a kind that goes away by itself or by somebody's doing: a full disk, a lock of
// another process, a disk or network file system that does not answer. SQLite says of a full disk that
// it cannot open the journal, too.
type PassingError struct{ Err error }

// Error says what Err says.
func (e *PassingError) Error() string { return e.Err.Error() }

// Unwrap gives Err.
func (e *PassingError) Unwrap() error { return e.Err }

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
	switch code {
	case codeBusy, codeIO, codeFull, codeCantOpen:
		err = &PassingError{err}
	}
	if code == codeTooBig {
		return trouble.Invalid(trouble.Hint(trouble.At(path, fmt.Errorf("%s: a row is damaged: it has more than %d MiB, which no vnettune writes", what, maxCell>>20)), "go back to a copy of the store"))
	}
	if code == codeNotADB {
		return trouble.At(path, fmt.Errorf("%s: %w", what, noDatabase(path, err)))
	}
	k, ok := known[code]
	if !ok {
		return trouble.At(path, fmt.Errorf("%s: %w", what, err))
	}
	return trouble.Hint(trouble.At(path, fmt.Errorf("%s: %s (%w)", what, k.means, err)), "%s", k.hint)
}

// damaged is that a row cannot be read: it holds what no vnettune wrote.
func damaged(err error) error {
	var ours *sqlite.Error
	if err == nil || errors.As(err, &ours) {
		return err
	}
	return trouble.Hint(trouble.Invalid(fmt.Errorf("a row is damaged: %w", err)), "go back to a copy of the store")
}

// absent is that there is no campaign where one was looked for; it is fs.ErrNotExist.
type absent string

func (a absent) Error() string { return string(a) }

// Is says that what is not there does not exist.
func (a absent) Is(target error) bool { return target == fs.ErrNotExist }

func noStore(path, what string) error {
	return trouble.Hint(trouble.At(path, absent(what)), "vnettune run makes a store")
}

// noDatabase says of a file that is no database, which is what SQLite says of it, what it is instead.
func noDatabase(path string, err error) error {
	start := make([]byte, 64<<10)
	f, openErr := os.Open(path)
	if openErr != nil {
		return trouble.Hint(fmt.Errorf("%w (%w)", ErrNoStore, err), giveStore)
	}
	defer f.Close()
	n, _ := io.ReadFull(f, start) // a shorter one is told by what it has
	switch kind := foreign.KindOf(start[:n]); {
	case kind == foreign.UnknownKind, kind == foreign.WideText, kind == foreign.SQLite:
		return trouble.Hint(fmt.Errorf("%w (%w)", ErrNoStore, err), giveStore)
	case kind.Unpacks() != "":
		return trouble.Hint(fmt.Errorf("%w: it is %s", ErrNoStore, kind), "%s FILE > NEW.db, and give that; a bundle is read by report, verify and verdicts alone", kind.Unpacks())
	case kind.Takers() != "":
		return trouble.Hint(fmt.Errorf("%w: it is %s", ErrNoStore, kind), "%s; here, %s", kind.Takers(), giveStore)
	default:
		return trouble.Hint(fmt.Errorf("%w: it is %s", ErrNoStore, kind), giveStore)
	}
}
