package results

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"vnettune/trouble"
)

// TestMain: with the variable set, the test program is the process that
// TestKilledWhileWriting kills.
func TestMain(m *testing.M) {
	if path := os.Getenv("VNETTUNE_TEST_WRITER"); path != "" {
		writer(path)
		return
	}
	os.Exit(m.Run())
}

// writer stores boots without end and says each one that AddBoot reported.
func writer(path string) {
	s, err := Open(path)
	if err != nil {
		fmt.Println("error", err)
		return
	}
	for {
		id, err := s.AddBoot(boot(s, 1))
		if err != nil {
			fmt.Println("error", err)
			return
		}
		fmt.Println(id)
	}
}

// TestKilledWhileWriting: whatever moment a kill hits, the file holds at least
// the boots that were reported, whole, and no half of one.
func TestKilledWhileWriting(t *testing.T) {
	s := create(t)
	s.Close()
	for range 6 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "VNETTUNE_TEST_WRITER="+s.path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		last := ""
		for lines, n := bufio.NewScanner(out), 0; lines.Scan(); n++ {
			last = lines.Text()
			if n == 3 {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = cmd.Wait() // it was killed
		if !strings.HasPrefix(last, "b") {
			t.Fatalf("the writer said %q", last)
		}
		r, err := OpenReadOnly(s.path)
		if err != nil {
			t.Fatal(err)
		}
		intact(t, r)
		boots := read(t, r).Boots
		if len(boots) == 0 || boots[len(boots)-1].ID < last {
			t.Errorf("%s was reported, and %d boots are stored", last, len(boots))
		}
		for _, b := range boots {
			if len(b.Runs) != 6 {
				t.Errorf("boot %s has %d runs", b.ID, len(b.Runs))
			}
		}
		r.Close()
	}
}

// TestCutOffInTheMiddle copies file and journal while a transaction has written
// to both, as a machine that loses power leaves them.
func TestCutOffInTheMiddle(t *testing.T) {
	s := create(t)
	add(t, s, boot(s, 1))
	// A cache of one page makes SQLite write to the file before the commit.
	if _, err := s.db.Exec("PRAGMA cache_size = 1; PRAGMA cache_spill = 1"); err != nil {
		t.Fatal(err)
	}
	tx, err := s.db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	big := boot(s, 2)
	for range 40 {
		big.Raw = append(big.Raw, Raw{Kind: "read", Text: bytes.Repeat([]byte("x"), 20_000)})
	}
	if _, err := insertBoot(tx, big); err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(t.TempDir(), "cut.db")
	copyFile(t, s.path, cut)
	copyFile(t, s.path+"-journal", cut+"-journal")
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(cut); err != nil || info.Size() < 400_000 {
		t.Fatalf("the half-written boot is not in the copy: %v", err)
	}
	c, err := OpenReadOnly(cut)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	intact(t, c)
	if boots := read(t, c).Boots; len(boots) != 1 || boots[0].ID != "b001" {
		t.Errorf("boots %+v", boots)
	}
}

// TestCutOffWhileMade: a store without its campaign is made anew.
func TestCutOffWhileMade(t *testing.T) {
	path := filepath.Join(t.TempDir(), "half.db")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	half, err := open(path, "rw", false)
	if err != nil {
		t.Fatal(err)
	}
	if err := migrate(half.db, schema); err != nil {
		t.Fatal(err)
	}
	half.Close()
	s, err := OpenOrCreate(path, demo(t))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.Campaign().Name != "demo" {
		t.Errorf("campaign %+v", s.Campaign())
	}
}

func TestDiskFull(t *testing.T) {
	s := create(t)
	add(t, s, boot(s, 1))
	var pages int
	if err := s.db.QueryRow("PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	if _, err := s.db.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages+2)); err != nil {
		t.Fatal(err)
	}
	b := boot(s, 2)
	b.Raw[0].Text = bytes.Repeat([]byte("x"), 100_000)
	if _, err := s.AddBoot(b); err == nil || !strings.Contains(trouble.Line(err), "free some space") {
		t.Errorf("full disk: %v", err)
	}
	intact(t, s)
	if boots := read(t, s).Boots; len(boots) != 1 {
		t.Errorf("%d boots", len(boots))
	}
}

// TestTwoWriters: two opens of a store take turns, and no boot is lost.
func TestTwoWriters(t *testing.T) {
	a := create(t)
	b, err := Open(a.path)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	var writers sync.WaitGroup
	errs := make([]error, 2)
	for i, s := range []*Store{a, b} {
		writers.Go(func() {
			for range 10 {
				_, err := s.AddBoot(boot(s, 1+i))
				errs[i] = errors.Join(errs[i], err)
			}
		})
	}
	writers.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	boots, done := read(t, b).Boots, map[int]int{}
	for _, x := range boots {
		done[x.Order]++
	}
	if done[1] != 10 || done[2] != 10 {
		t.Errorf("done %v", done)
	}
	for i, x := range boots {
		if want := fmt.Sprintf("b%03d", i+1); x.ID != want {
			t.Errorf("boot %d is %s", i, x.ID)
		}
	}
	intact(t, a)
}

func TestLock(t *testing.T) {
	a := create(t)
	if err := a.Lock(); err != nil {
		t.Fatal(err)
	}
	if err := a.Lock(); err != nil {
		t.Errorf("a lock that one holds: %v", err)
	}
	b, err := Open(a.path)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if err := b.Lock(); !errors.Is(err, ErrRunning) {
		t.Errorf("a lock that another holds: %v", err)
	}
	if err := b.AddEvent(Event{noon, "k", "a reader may add an exclusion"}); err != nil {
		t.Errorf("writing beside a running campaign: %v", err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if err := b.Lock(); err != nil {
		t.Errorf("after the other ended: %v", err)
	}
}
