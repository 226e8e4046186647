package results

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestABootThatWasPutAside is stored later as it would have been, once.
func TestABootThatWasPutAside(t *testing.T) {
	s := create(t)
	a := s.Aside(filepath.Join(t.TempDir(), "not", "there", "yet"))
	first := add(t, s, boot(s, 1))
	path, err := a.Keep(boot(s, 2))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Keep(boot(s, 1)); err != nil { // the store had it after all
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("the file: %v, %v", info, err)
	}
	other := create(t)
	other.campaign.Text = []byte("another campaign")
	for _, tt := range []struct {
		s    *Store
		want int
	}{{other, 0}, {s, 1}, {s, 0}} {
		ids, err := tt.s.Aside(a.dir).TakeUp()
		if err != nil || len(ids) != tt.want {
			t.Fatalf("taken up: %v, %v; want %d", ids, err, tt.want)
		}
	}
	boots := read(t, s).Boots
	if len(boots) != 2 || boots[0].ID != first {
		t.Fatalf("boots %+v", boots)
	}
	got, err := s.Boot(boots[1].ID)
	if err != nil {
		t.Fatal(err)
	}
	direct := create(t)
	add(t, direct, boot(direct, 1))
	want, err := direct.Boot(add(t, direct, boot(direct, 2)))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("the boot (-stored at once +taken up):\n%s", d)
	}
	if left, _ := os.ReadDir(a.dir); len(left) != 0 {
		t.Errorf("files are left: %v", left)
	}
}

// TestABootAsideThatDoesNotFit stays where it is, and the error names the file.
func TestABootAsideThatDoesNotFit(t *testing.T) {
	s := create(t)
	a := s.Aside(t.TempDir())
	b := boot(s, 1)
	b.Session = 99
	path, err := a.Keep(b)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if ids, err := a.TakeUp(); err == nil || len(ids) != 0 || !strings.Contains(err.Error(), path) {
			t.Errorf("a session that the store does not have: %v, %v", ids, err)
		}
		if err := os.WriteFile(path, []byte("{\"boot\": ["), 0o600); err != nil { // and then a damaged one
			t.Fatal(err)
		}
	}
}

// TestSwappedStores: the holder of the lock notices that the file is not its own any more,
// and writes nothing into another's.
func TestSwappedStores(t *testing.T) {
	for name, swap := range map[string]func(path, earlier string) error{
		"an earlier copy over it": func(path, earlier string) error {
			text, err := os.ReadFile(earlier)
			if err != nil {
				return err
			}
			return os.WriteFile(path, text, 0o644)
		},
		"an earlier copy in its place": func(path, earlier string) error { return os.Rename(earlier, path) },
		"removed":                      func(path, _ string) error { return os.Remove(path) },
	} {
		s := create(t)
		if err := s.Lock(); err != nil {
			t.Fatal(err)
		}
		add(t, s, boot(s, 1))
		text, err := os.ReadFile(s.path)
		if err != nil {
			t.Fatal(err)
		}
		earlier := filepath.Join(t.TempDir(), "earlier.db")
		if err := os.WriteFile(earlier, text, 0o644); err != nil {
			t.Fatal(err)
		}
		add(t, s, boot(s, 2))
		if c, err := s.Read(); err != nil || len(c.Boots) != 2 {
			t.Fatalf("%s: before: %d boots, %v", name, len(c.Boots), err)
		}
		if err := swap(s.path, earlier); err != nil {
			t.Fatal(err)
		}
		if id, err := s.AddBoot(boot(s, 3)); !errors.Is(err, ErrSwapped) {
			t.Errorf("%s: boot %q is added, %v", name, id, err)
		}
		if _, err := s.Read(); !errors.Is(err, ErrSwapped) {
			t.Errorf("%s: read: %v", name, err)
		}
	}
}
