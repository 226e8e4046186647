package results

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"vnettune/matrix"
	"vnettune/results/record"
	"vnettune/results/sample"

	"vnettune/trouble"

	"github.com/google/go-cmp/cmp"
)

func TestRoundTrip(t *testing.T) {
	s := create(t)
	want := boot(s, 1)
	want.Runs = append(want.Runs, Run{Workload: "to", Repetition: 3, Attempt: 1, Class: "peer_lost", Reason: "the peer went away", Started: noon, Ended: noon, Stderr: []byte("iperf3: error")})
	failed := boot(s, 2)
	failed.Status, failed.Reason, failed.Runs, failed.Raw, failed.Readings, failed.Reboot = "reboot_failed", "no answer in 5 min", nil, nil, nil, nil
	if id := add(t, s, want); id != "b001" {
		t.Errorf("first boot is %s", id)
	}
	if id := add(t, s, failed); id != "b002" {
		t.Errorf("second boot is %s", id)
	}
	if err := s.EndSession(1, "done", noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	s = reopen(t, s)
	want.ID, failed.ID = "b001", "b002"
	got, err := s.Boot("b001")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("boot (-stored +read):\n%s", diff)
	}
	for i := range want.Runs {
		want.Runs[i].Raw, want.Runs[i].Stderr = nil, nil
	}
	want.Raw = nil
	if diff := cmp.Diff([]Boot{want, failed}, read(t, s).Boots); diff != "" {
		t.Errorf("boots (-stored +read):\n%s", diff)
	}
	if diff := cmp.Diff(demo(t), s.Campaign(), cmp.AllowUnexported(matrix.Combination{})); diff != "" {
		t.Errorf("campaign (-stored +read):\n%s", diff)
	}
	sessions, err := s.Sessions()
	if err != nil || len(sessions) != 1 || sessions[0].Outcome != "done" || !sessions[0].Ended.Equal(noon.Add(time.Hour)) || !sessions[0].Started.Equal(noon) {
		t.Errorf("sessions %+v, %v", sessions, err)
	}
	intact(t, s)
}

func reopen(t testing.TB, s *Store) *Store {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(s.path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestGuestState(t *testing.T) {
	s := create(t)
	if o, err := s.Originals(); o != nil || err != nil {
		t.Errorf("originals of a new store: %v, %v", o, err)
	}
	if c, err := s.Changed(); c || err != nil {
		t.Errorf("changed in a new store: %v, %v", c, err)
	}
	if err := s.SaveOriginals(record.Originals{Template: "a"}); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveOriginals(record.Originals{Template: "b"}); err == nil {
		t.Error("originals were replaced")
	}
	for _, step := range []struct {
		mark func(time.Time) error
		want bool
	}{{s.NoteChanged, true}, {s.NoteClean, false}, {s.NoteChanged, true}} {
		if err := step.mark(noon); err != nil {
			t.Fatal(err)
		}
		if c, err := s.Changed(); c != step.want || err != nil {
			t.Errorf("changed %v, %v; want %v", c, err, step.want)
		}
	}
	s = reopen(t, s)
	if o, err := s.Originals(); err != nil || o == nil || o.Template != "a" {
		t.Errorf("originals: %v, %v", o, err)
	}
	if c, _ := s.Changed(); !c {
		t.Error("the mark was lost")
	}
}

func TestAppendOnly(t *testing.T) {
	s := create(t)
	add(t, s, boot(s, 1))
	if err := errors.Join(s.SaveOriginals(record.Originals{}), s.NoteChanged(noon), s.EndSession(1, "done", noon),
		s.Exclude("b001", "why", noon), s.AddEvent(Event{noon, "k", "t"}), s.AddDecision(record.Decision{Blocks: 3}, noon),
		s.AddNoiseFloor(record.NoiseFloor{Source: "aa", Created: noon}, noon), s.SaveIdentity(record.Identity{Name: "A"}, noon), s.NoteClaimed(noon), s.AddSwitchDecision(record.SwitchDecision{Blocks: 3}, noon),
		s.AddSettleDecision(record.SettleDecision{Look: 1, Of: 2, Blocks: 3}, noon), s.Revise(demo(t), false, noon)); err != nil {
		t.Fatal(err)
	}
	// As earlier versions kept it.
	if _, err := s.db.Exec("INSERT INTO exclusion (boot, reason, at) VALUES (1, 'why', ?)", stamp(noon)); err != nil {
		t.Fatal(err)
	}
	tables, err := query(s, "tables", func(scan func(...any) error) (string, error) {
		var n string
		return n, scan(&n)
	}, "SELECT name FROM sqlite_master WHERE type = 'table'")
	if err != nil || len(tables) != 19 {
		t.Fatalf("tables %q, %v", tables, err)
	}
	for _, table := range tables {
		column := map[string]string{"session_end": "session", "exclusion": "boot", "decision": "block"}[table]
		if column == "" {
			column = "id"
		}
		for _, stmt := range []string{"DELETE FROM " + table, "UPDATE " + table + " SET " + column + " = " + column} {
			if _, err := s.db.Exec(stmt); err == nil || !strings.Contains(trouble.Line(err), "append-only") {
				t.Errorf("%s: %v", stmt, err)
			}
		}
	}
}

func TestPragmas(t *testing.T) {
	s := create(t)
	for pragma, want := range map[string]string{"journal_mode": "delete", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "10000", "user_version": strconv.Itoa(len(schema))} {
		var got string
		if err := s.db.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %s (%v), want %s", pragma, got, err, want)
		}
	}
}

func TestAddBootRefuses(t *testing.T) {
	s := create(t)
	for _, c := range []struct {
		name   string
		change func(*Boot)
		want   string
	}{
		{"no such slot", func(b *Boot) { b.Order = 99 }, "no boot 99"},
		{"another arm", func(b *Boot) { b.Arm = "other" }, "of the plan is arm"},
		{"another block", func(b *Boot) { b.Block++ }, "of the plan is arm"},
		{"other settings", func(b *Boot) { b.Combination = "a=b\n" }, "other settings"},
		{"no status", func(b *Boot) { b.Status = "" }, "no status"},
		{"excluded as status", func(b *Boot) { b.Status, b.Reason = sample.StatusExcluded, "x" }, "no status"},
		{"failure without reason", func(b *Boot) { b.Status = "reboot_failed" }, "has one"},
		{"ok without runs", func(b *Boot) { b.Runs = nil }, "without a usable run"},
		{"ok run without figures", func(b *Boot) { b.Runs[0].Metrics = nil }, "without figures"},
		{"negative", func(b *Boot) { b.Runs[0].Metrics[0].Value = -1 }, "finite number from 0"},
		{"no session", func(b *Boot) { b.Session = 9 }, "FOREIGN KEY"},
		{"id twice", func(b *Boot) { b.ID = "b001" }, "UNIQUE"},
	} {
		if c.name == "id twice" {
			add(t, s, boot(s, 1))
		}
		b := boot(s, 1)
		c.change(&b)
		if _, err := s.AddBoot(b); err == nil || !strings.Contains(trouble.Line(err), c.want) {
			t.Errorf("%s: %v; want %q", c.name, err, c.want)
		}
	}
	if boots := read(t, s).Boots; len(boots) != 1 {
		t.Errorf("%d boots; a refused one must leave nothing", len(boots))
	}
	intact(t, s)
}

// continues says what a store makes of a campaign.
func continues(s *Store, c Campaign) error {
	_, err := s.Continues(c)
	return err
}

func TestOtherCampaign(t *testing.T) {
	s := create(t)
	if err := continues(s, demo(t)); err != nil {
		t.Errorf("the same campaign: %v", err)
	}
	moved := demo(t)
	moved.File, moved.Created = "elsewhere/demo.yaml", noon.Add(time.Hour)
	if err := continues(s, moved); err != nil {
		t.Errorf("the same campaign in another folder: %v", err)
	}
	for _, c := range []struct {
		name   string
		change func(*Campaign)
		want   []string
	}{
		{"seed", func(c *Campaign) { c.Seed = 1 }, []string{"seed: stored 18446744073709551615, now 1", "the campaign file is the same"}},
		{"settings", func(c *Campaign) {
			p := plan(t)
			p.Settings = p.Settings[:1]
			c.Plan = p
		}, []string{"settings: stored"}},
		{"order", func(c *Campaign) {
			p := plan(t)
			p.Slots = slices.Clone(p.Slots)
			p.Slots[0], p.Slots[1] = p.Slots[1], p.Slots[0]
			last := p.Slots[len(p.Slots)-1]
			last.Block++
			p.Slots = append(p.Slots, last)
			c.Plan = p
		}, []string{"order of boots"}},
		{"fewer blocks", func(c *Campaign) {
			p := plan(t)
			p.Slots = blocksTo(p.Slots, 1)
			c.Plan = p
		}, []string{"blocks can only be added"}},
	} {
		other := demo(t)
		c.change(&other)
		err := continues(s, other)
		if !errors.Is(err, ErrOtherCampaign) || len(err.Error()) > 600 {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(trouble.Line(err), want) {
				t.Errorf("%s: %v has no %q", c.name, err, want)
			}
		}
		if _, err := OpenOrCreate(s.path, other); !errors.Is(err, ErrOtherCampaign) {
			t.Errorf("%s: OpenOrCreate: %v", c.name, err)
		}
	}
	// The catalogue's words may be improved between two sessions.
	p := plan(t)
	p.Settings[0].Setting.Pitfalls = nil
	same := demo(t)
	same.Plan = p
	if err := continues(s, same); err != nil {
		t.Errorf("other words in the catalogue: %v", err)
	}
}

// A campaign goes on with more blocks and another text; what it was run with before stays.
func TestACampaignGrows(t *testing.T) {
	s := create(t)
	add(t, s, boot(s, 1))
	first := s.Campaign()
	more := demo(t)
	more.Text = []byte("name: demo # with a remark\nblocks: 4\nseed: 7\n")
	p := plan(t)
	last := p.Slots[len(p.Slots)-1]
	p.Slots = append(slices.Clone(p.Slots), matrix.Slot{Block: last.Block + 1, Order: last.Order + 1, Arm: last.Arm})
	more.Plan = p
	on, err := s.Continues(more)
	if err != nil || !on.Another || !on.Grown {
		t.Fatalf("%+v, %v", on, err)
	}
	if err := s.Revise(more, on.Grown, noon); err != nil {
		t.Fatal(err)
	}
	path := s.path
	s.Close()
	if s, err = OpenReadOnly(path); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	now := s.Campaign()
	if now.Grown != 1 || len(now.Plan.Slots) != len(first.Plan.Slots)+1 || string(now.Text) != string(more.Text) || !now.Created.Equal(first.Created) {
		t.Errorf("it goes on as %+v", now)
	}
	c := read(t, s)
	if len(c.Revisions) != 1 || !c.Revisions[0].Grown || string(c.Revisions[0].Text) != string(more.Text) {
		t.Errorf("revisions %+v", c.Revisions)
	}
	if on, err := s.Continues(more); err != nil || on.Another {
		t.Errorf("the same again: %+v, %v", on, err)
	}
	if err := continues(s, demo(t)); !errors.Is(err, ErrOtherCampaign) {
		t.Errorf("the blocks taken away again: %v", err)
	}
}

func TestCreateRefuses(t *testing.T) {
	s := create(t)
	if _, err := Create(s.path, demo(t)); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over another store: %v", err)
	}
	if _, err := Create("/proc/demo.db", demo(t)); err == nil || !strings.Contains(trouble.Line(err), "--store") {
		t.Errorf("in a folder that cannot be written: %v", err)
	}
	bad := demo(t)
	bad.Plan = matrix.Plan{}
	path := filepath.Join(t.TempDir(), "x.db")
	if _, err := Create(path, bad); err == nil {
		t.Error("a plan without boots")
	}
	bad = demo(t)
	bad.Generation = "xp"
	if _, err := Create(path, bad); err == nil {
		t.Error("a plan for another generation")
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a refused campaign left %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	foreign := filepath.Join(dir, "foreign.db")
	other, err := open(write("foreign.db", ""), "rw", false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.db.Exec("CREATE TABLE t (x)"); err != nil {
		t.Fatal(err)
	}
	other.Close()
	for _, c := range []struct {
		name, path string
		want       error
	}{
		{"missing", filepath.Join(dir, "missing.db"), fs.ErrNotExist},
		{"empty", write("empty.db", ""), fs.ErrNotExist},
		{"no database", write("text.db", strings.Repeat("name: demo, and not a database\n", 40)), ErrNoStore},
		{"of another program", foreign, ErrNoStore},
	} {
		for how, open := range map[string]func(string) (*Store, error){"Open": Open, "OpenReadOnly": OpenReadOnly} {
			if s, err := open(c.path); !errors.Is(err, c.want) || s != nil {
				t.Errorf("%s of a file that is %s: %v", how, c.name, err)
			}
		}
	}
	if _, err := Create(foreign, demo(t)); !errors.Is(err, ErrNoStore) {
		t.Errorf("Create over another program's file: %v", err)
	}
}

// TestOddPaths: characters that mean something in a URI are only characters.
func TestOddPaths(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a ?mode=memory&x=%41#1.db")
	s, err := OpenOrCreate(path, demo(t))
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
	if s, err = OpenOrCreate(path, demo(t)); err != nil {
		t.Fatal(err)
	}
	s.Close()
}

func TestReadOnly(t *testing.T) {
	s := create(t)
	add(t, s, boot(s, 1))
	s.Close()
	dir := t.TempDir()
	frozen := filepath.Join(dir, "frozen.db")
	copyFile(t, s.path, frozen)
	if err := os.Chmod(frozen, 0o444); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(dir, 0o755) })
	before, _ := os.ReadFile(frozen)
	r, err := OpenReadOnly(frozen)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if kept := read(t, r); len(kept.Boots) != 1 {
		t.Errorf("%d boots", len(kept.Boots))
	}
	if rows, err := read(t, r).Samples(); len(rows) == 0 || err != nil {
		t.Errorf("%d samples, %v", len(rows), err)
	}
	if _, err := r.AddBoot(boot(r, 2)); err == nil || !strings.Contains(trouble.Line(err), "cannot be written") {
		t.Errorf("writing a store that was opened to read: %v", err)
	}
	if after, _ := os.ReadFile(frozen); string(after) != string(before) {
		t.Error("reading changed the file")
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("reading left %v", entries)
	}
	if os.Geteuid() != 0 { // root may write every file
		if _, err := Open(frozen); err == nil || !strings.Contains(trouble.Line(err), "write access") {
			t.Errorf("Open of a read-only file: %v", err)
		}
	}
}

func TestExclude(t *testing.T) {
	s := create(t)
	add(t, s, boot(s, 1))
	for _, c := range []struct{ boot, reason, want string }{
		{"b009", "x", "no such boot"},
		{"b001", " ", "--reason"},
	} {
		if err := s.Exclude(c.boot, c.reason, noon); err == nil || !strings.Contains(trouble.Line(err), c.want) {
			t.Errorf("exclude %+v: %v", c, err)
		}
	}
	if err := s.Exclude("b001", " a backup ran ", noon); err != nil {
		t.Fatal(err)
	}
	if err := s.Exclude("b001", "again", noon); err == nil || !strings.Contains(trouble.Line(err), "a backup ran") {
		t.Errorf("twice: %v", err)
	}
	if diff := cmp.Diff([]Exclusion{{Boot: "b001", Reason: "a backup ran", At: noon}}, read(t, s).Exclusions); diff != "" {
		t.Error(diff)
	}
	// It is taken back, and comes again: each mark stays.
	later := noon.Add(time.Hour)
	if err := s.Include("b001", "the backup was of another day", later); err != nil {
		t.Fatal(err)
	}
	if err := s.Include("b001", "once more", later); err == nil || !strings.Contains(trouble.Line(err), "it is not excluded") {
		t.Errorf("taken back twice: %v", err)
	}
	back := Exclusion{"b001", "a backup ran", noon, "the backup was of another day", later}
	if c := read(t, s); len(c.Exclusions) > 0 || cmp.Diff([]Exclusion{back}, c.TakenBack) != "" {
		t.Errorf("excluded %+v, taken back %+v", c.Exclusions, c.TakenBack)
	}
	if err := s.Exclude("b001", "it was of that day", later); err != nil {
		t.Fatal(err)
	}
	if c := read(t, s); len(c.Exclusions) != 1 || c.Exclusions[0].Reason != "it was of that day" || len(c.TakenBack) != 1 {
		t.Errorf("excluded %+v, taken back %+v", c.Exclusions, c.TakenBack)
	}
	if err := s.AddEvent(Event{noon, "warning", "the guest was slow"}); err != nil {
		t.Fatal(err)
	}
	events, err := s.Events()
	if diff := cmp.Diff([]Event{{noon, "warning", "the guest was slow"}}, events); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

// A guest's clock may show any year; the boot is stored all the same.
func TestAGuestBeyondTheYear9999(t *testing.T) {
	s := create(t)
	b := boot(s, 1)
	b.Reboot.Before = time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC)
	b.Reboot.BootAfter = b.Reboot.Before.Add(time.Minute)
	add(t, s, b)
	if got := read(t, s).Boots[0].Reboot; got.BootAfter.Year() != 9999 || !got.BootBefore.IsZero() {
		t.Errorf("stored as %+v", got)
	}
}

// A store that another process has locked for its run says so, and who that is; looking
// does not keep a run from beginning.
func TestARunThatIsGoingOn(t *testing.T) {
	a := create(t)
	if _, err := a.StartSession(record.Host{Name: "here", Process: 4711}, record.Guest{}, noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	b, err := OpenReadOnly(a.path)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if r := read(t, b).Running; r != nil {
		t.Errorf("nobody runs it: %+v", r)
	}
	if err := a.Lock(); err != nil {
		t.Fatal(err)
	}
	if r := read(t, b).Running; r == nil || *r != (Running{4711, "here", noon.Add(time.Hour)}) {
		t.Errorf("it runs: %+v", r)
	}
	if r := read(t, a).Running; r != nil {
		t.Errorf("the process that runs it asks: %+v", r)
	}
	if err := a.EndSession(2, "done", noon.Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if r := read(t, b).Running; r == nil || !r.Since.IsZero() {
		t.Errorf("before its session begins: %+v", r)
	}
	a.Close()

	looks, err := os.Open(a.path)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(looks.Fd()), syscall.LOCK_SH); err != nil {
		t.Fatal(err)
	}
	w, err := Open(a.path)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	time.AfterFunc(lookLimit/10, func() { looks.Close() })
	if err := w.Lock(); err != nil {
		t.Errorf("while somebody looked: %v", err)
	}
}
