package results

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// copied is what lies in a folder beside the named store.
func copied(t *testing.T, dir string) []string {
	t.Helper()
	all, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range all {
		names = append(names, f.Name())
	}
	return names
}

func TestCopyTo(t *testing.T) {
	s := create(t)
	add(t, s, boot(s, 1))
	to := filepath.Join(t.TempDir(), "copy.db")
	if err := s.CopyTo(to); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(to); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the copy differs: %v", err)
	}
	if names := copied(t, filepath.Dir(to)); len(names) != 1 {
		t.Errorf("beside the copy: %q", names)
	}
	// The store can be written afterwards, and the copy is never replaced.
	add(t, s, boot(s, 2))
	if err := s.CopyTo(to); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second copy: %v", err)
	}
	if got, err := os.ReadFile(to); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the first copy was changed: %v", err)
	}
	// Where that is meant it is, whole.
	if err := s.CopyOver(to); err != nil {
		t.Fatal(err)
	}
	if want, err = os.ReadFile(s.path); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(to); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the copy that took the first one's place differs: %v", err)
	}
	if names := copied(t, filepath.Dir(to)); len(names) != 1 {
		t.Errorf("beside the copy: %q", names)
	}
}

// Nothing is left of a copy that could not be made.
func TestCopyToRefuses(t *testing.T) {
	running := create(t)
	if err := running.Lock(); err != nil {
		t.Fatal(err)
	}
	reader, err := OpenReadOnly(running.path)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	dir := t.TempDir()
	if err := reader.CopyTo(filepath.Join(dir, "a.db")); !errors.Is(err, ErrRunning) {
		t.Errorf("of a store whose campaign is running: %v", err)
	}

	cut := create(t)
	add(t, cut, boot(cut, 1))
	info, err := os.Stat(cut.path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(cut.path, info.Size()/2); err != nil {
		t.Fatal(err)
	}
	if err := cut.CopyTo(filepath.Join(dir, "b.db")); err == nil {
		t.Error("a store that has lost its end was copied")
	}
	if err := create(t).CopyTo(filepath.Join(dir, "none", "c.db")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("to a folder that is not there: %v", err)
	}
	if names := copied(t, dir); len(names) != 0 {
		t.Errorf("left: %q", names)
	}
}
