package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// nightly is a campaign that is run every night; %s is its workloads.
const nightly = drawnGuest + "design: list\narms:\n  - name: a\n    set: {tcp.rss: disabled}\nworkloads:\n%sblocks: 4\nrepetitions: 3\nmargin: 5%%\nseed: 1\n"

const (
	downOnly = "  - {name: down, protocol: tcp, direction: to-guest}\n"
	alsoUDP  = downOnly + "  - {name: udp, protocol: udp, direction: to-guest, rate: 100M, length: 1400}\n"
)

// night draws the store of a campaign on one day, with the first so many of its planned boots (0: all)
// and a level in percent of that of other days.
func night(t *testing.T, workloads string, day int64, boots int, level float64) *drawnStore {
	t.Helper()
	return nightOf(t, "", workloads, day, boots, level)
}

// nightOf is a night of a guest that says this of itself.
func nightOf(t *testing.T, guest, workloads string, day int64, boots int, level float64) *drawnStore {
	t.Helper()
	d := &drawnStore{design: "list", begun: 24 * 60 * day, guest: guest, tcp: workloads == downOnly, draw: rand.New(rand.NewPCG(uint64(day), 7))}
	d.begin(t, fmt.Sprintf(nightly, workloads))
	if boots == 0 {
		boots = len(d.plan.Slots)
	}
	for _, slot := range d.plan.Slots[:boots] {
		d.slot(t, slot, 100*math.Log(level/100), 0)
	}
	if err := d.db.Close(); err != nil {
		t.Fatal(err)
	}
	return d
}

// said is what a command printed.
type said struct {
	code     int
	out, err string
}

func say(args ...string) said {
	var out, errs bytes.Buffer
	code := vnettune(args, nil, &out, &errs)
	return said{code, out.String(), errs.String()}
}

// mustSay fails unless the command ends with the code and says all the words, on either stream.
func mustSay(t *testing.T, code int, words []string, args ...string) said {
	t.Helper()
	s := say(args...)
	if s.code != code {
		t.Errorf("vnettune %s: exit %d, want %d: %s%s", strings.Join(args, " "), s.code, code, s.out, s.err)
	}
	for _, w := range words {
		if !strings.Contains(strings.Join(strings.Fields(s.out+s.err), " "), w) { // whatever lines are broken at
			t.Errorf("vnettune %s does not say %q:\n%s%s", strings.Join(args, " "), w, s.out, s.err)
		}
	}
	return s
}

// files are the names in a folder.
func files(t *testing.T, dir string) []string {
	t.Helper()
	all, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	var names []string
	for _, f := range all {
		names = append(names, f.Name())
	}
	return names
}

// TestANightlyJobKeepsItsBaselines walks through the nights of a job: the gate is asked first, by what
// is in the folder, and then the night is added.
func TestANightlyJobKeepsItsBaselines(t *testing.T) {
	t.Parallel()
	in := filepath.Join(t.TempDir(), "baselines")
	if err := os.Mkdir(in, 0o755); err != nil {
		t.Fatal(err)
	}
	mustSay(t, exitUsage, []string{"no store (*.db) is in the folder"}, "history", in)
	for day := range int64(7) {
		d := night(t, alsoUDP, day, 0, 100)
		before, err := os.ReadFile(d.path)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case day == 0:
			mustSay(t, exitInconclusive, []string{"against no stored campaign", "5 more sessions needed"}, "gate", d.path, "--against", in)
		case day < 5:
			mustSay(t, exitInconclusive, []string{"INCONCLUSIVE(session)"}, "gate", d.path, "--against", in)
		default:
			mustSay(t, exitDone, []string{"PASS"}, "gate", d.path, "--against", in)
		}
		added := mustSay(t, exitDone, nil, "baseline", "add", d.path, "--in", in)
		want := filepath.Join(in, fmt.Sprintf("drawn-202611%02dT080000Z.db", day+1))
		if added.out != want+"\n" {
			t.Errorf("added %q, want %q", added.out, want)
		}
		if after, err := os.ReadFile(want); err != nil || !bytes.Equal(after, before) {
			t.Errorf("the copy differs from the store: %v", err)
		}
	}
	mustSay(t, exitRegression, []string{"FAIL"}, "gate", night(t, alsoUDP, 7, 0, 70).path, "--against", in)
	mustSay(t, exitDone, []string{"7 campaigns", "drawn-20261101T080000Z.db"}, "history", in)
	mustSay(t, exitDone, []string{"7 stored campaigns", "2026-11-01 08:00", "down throughput, Mbit/s", "udp throughput, Mbit/s"}, "baseline", "list", "--in", in, "--width", "200")

	kept := mustSay(t, exitDone, nil, "baseline", "prune", "--keep", "5", "--in", in)
	if want := fmt.Sprintf("%s\n%s\n", filepath.Join(in, "drawn-20261101T080000Z.db"), filepath.Join(in, "drawn-20261102T080000Z.db")); kept.out != want {
		t.Errorf("removed %q, want %q", kept.out, want)
	}
	if names := files(t, in); len(names) != 5 || names[0] != "drawn-20261103T080000Z.db" {
		t.Errorf("left: %q", names)
	}
	if again := mustSay(t, exitDone, nil, "baseline", "prune", "--keep", "5", "--in", in); again.out != "" {
		t.Errorf("removed again: %q", again.out)
	}
}

// TestBaselineAddRefuses: whatever is refused leaves the folder as it was.
func TestBaselineAddRefuses(t *testing.T) {
	t.Parallel()
	first := night(t, alsoUDP, 0, 0, 100)
	changed := night(t, alsoUDP, 2, 0, 100)
	alter(t, changed.path, "INSERT INTO guest_state (changed, at) VALUES (1, '2026-11-03T08:00:00Z')")
	lost := night(t, alsoUDP, 3, 0, 100)
	for i := range lost.boots {
		alter(t, lost.path, fmt.Sprintf("INSERT INTO exclusion VALUES (%d, 'drawn', '2026-11-03T08:00:00Z')", i+1))
	}
	running := night(t, alsoUDP, 4, 0, 100)
	lock, err := os.Open(running.path)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	standIn := nightOf(t, `{"standIn":"lab-fast"}`, alsoUDP, 5, 0, 100)
	damaged := filepath.Join(t.TempDir(), "damaged.db")
	text, err := os.ReadFile(night(t, alsoUDP, 6, 0, 100).path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(damaged, text[:len(text)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	longer := strings.Replace(alsoUDP, "to-guest}", "to-guest, seconds: 9}", 1)

	in := filepath.Join(t.TempDir(), "baselines")
	mustSay(t, exitDone, nil, "baseline", "add", first.path, "--in", in)
	for name, c := range map[string]struct {
		store string
		code  int
		says  []string
	}{
		"the same again":        {first.path, exitUsage, []string{"are the same campaign", first.path, "drawn-20261101T080000Z.db"}},
		"boots are missing":     {night(t, alsoUDP, 1, 3, 100).path, exitFailed, []string{"the campaign is not done: 3 of 8 boots are made", "vnettune run goes on"}},
		"a changed guest":       {changed.path, exitFailed, []string{"its guest is left changed", "vnettune restore " + changed.path}},
		"no baseline":           {lost.path, exitUsage, []string{"no boot of its baseline gave a number"}},
		"a run is going on":     {running.path, exitFailed, []string{"a run of this campaign is going on", "wait until it is done"}},
		"another kind of guest": {standIn.path, exitUsage, []string{"a stand-in and a Windows cannot be compared"}},
		"fewer workloads":       {night(t, downOnly, 7, 0, 100).path, exitUsage, []string{`its baseline has no number of workload "udp"`, "a folder of its own"}},
		"other seconds":         {night(t, longer, 8, 0, 100).path, exitUsage, []string{`the workload "down" was measured in another way`}},
		"no store":              {filepath.Join(in, "none.db"), exitUsage, []string{"there is no such store"}},
		"a damaged one":         {damaged, exitUsage, nil},
	} {
		t.Run(name, func(t *testing.T) {
			mustSay(t, c.code, c.says, "baseline", "add", c.store, "--in", in)
			if names := files(t, in); !slices.Equal(names, []string{"drawn-20261101T080000Z.db"}) {
				t.Errorf("the folder holds %q", names)
			}
		})
	}
	// What add refuses because of the gate's rule, the gate refuses.
	mustSay(t, exitUsage, []string{"are the same campaign"}, "gate", first.path, "--against", in)
	mustSay(t, exitUsage, []string{"a stand-in and a Windows"}, "gate", standIn.path, "--against", in)
	mustSay(t, exitUsage, []string{"measured in another way"}, "gate", night(t, longer, 9, 0, 100).path, "--against", in)

	// A folder of stand-ins says what they are.
	labs := filepath.Join(t.TempDir(), "labs")
	mustSay(t, exitDone, nil, "baseline", "add", standIn.path, "--in", labs)
	mustSay(t, exitDone, []string{"Guest: lab-fast - stand-in guest, not Windows"}, "baseline", "list", "--in", labs)
	mustSay(t, exitDone, []string{`"notice": "stand-in guest, not Windows"`}, "baseline", "list", "--in", labs, "--format", "json")

	more := filepath.Join(t.TempDir(), "fewer")
	mustSay(t, exitDone, nil, "baseline", "add", night(t, downOnly, 7, 0, 100).path, "--in", more)
	mustSay(t, exitUsage, []string{`its baseline has no number of workload "udp"`}, "baseline", "add", first.path, "--in", more)
}

// alter writes a row into a store.
func alter(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
}

// TestBaselineListNamesWhatItCannotRead: one bad file ends neither the list nor prune, which leaves all
// that add did not put there.
func TestBaselineListNamesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	in := filepath.Join(t.TempDir(), "baselines")
	mustSay(t, exitUsage, []string{"there is no such folder", "vnettune baseline add"}, "baseline", "list", "--in", in)
	mustSay(t, exitUsage, []string{"there is no such folder"}, "baseline", "prune", "--keep", "5", "--in", in)
	for day := range int64(6) {
		mustSay(t, exitDone, nil, "baseline", "add", night(t, downOnly, day, 0, 100).path, "--in", in)
	}
	if err := os.WriteFile(filepath.Join(in, "a.db"), []byte("not a store, and longer than a header of SQLite would be"), 0o600); err != nil {
		t.Fatal(err)
	}
	copied, err := os.ReadFile(night(t, downOnly, 0, 0, 100).path)
	if err != nil {
		t.Fatal(err)
	}
	byHand := filepath.Join(in, "by-hand.db")
	if err := os.WriteFile(byHand, copied, 0o600); err != nil {
		t.Fatal(err)
	}
	mustSay(t, exitUsage, []string{"drawn-20261106T080000Z.db", "Cannot be read:", "! " + filepath.Join(in, "a.db"), "1 of 8 files cannot be read"}, "baseline", "list", "--in", in)
	mustSay(t, exitUsage, []string{"a.db", "vnettune baseline list"}, "baseline", "add", night(t, downOnly, 6, 0, 100).path, "--in", in)

	s := say("baseline", "list", "--in", in, "--format", "json")
	if s.code != exitUsage {
		t.Errorf("exit %d: %s", s.code, s.err)
	}
	schema, err := jsonschema.NewCompiler().Compile(filepath.Join("..", "..", "docs", "schema", "baselines-v1.json"))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(s.out))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(doc); err != nil {
		t.Error(err)
	}
	var list struct {
		Stores []struct {
			File, Campaign string
			Levels         []struct {
				Workload, Metric string
				Value            float64
				Boots            int
			}
		}
		Unreadable []struct{ File string }
	}
	if err := json.Unmarshal([]byte(s.out), &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Stores) != 7 || len(list.Unreadable) != 1 || list.Unreadable[0].File != filepath.Join(in, "a.db") {
		t.Fatalf("%s", s.out)
	}
	one := list.Stores[1]
	if len(one.Levels) != 1 || one.Campaign != "drawn" || one.Levels[0].Metric != "throughput" || one.Levels[0].Boots != 4 || math.Abs(one.Levels[0].Value-1000) > 100 {
		t.Errorf("%+v", one)
	}

	mustSay(t, exitUsage, []string{"--keep 4: the gate needs at least 5"}, "baseline", "prune", "--keep", "4", "--in", in)
	mustSay(t, exitUsage, []string{"--keep is missing"}, "baseline", "prune", "--in", in)
	pruned := mustSay(t, exitUsage, []string{"left: " + filepath.Join(in, "a.db"), "left: " + byHand, "2 files are left"}, "baseline", "prune", "--keep", "5", "--in", in)
	if want := filepath.Join(in, "drawn-20261101T080000Z.db") + "\n"; pruned.out != want {
		t.Errorf("removed %q, want %q", pruned.out, want)
	}
	if names := files(t, in); len(names) != 7 {
		t.Errorf("left: %q", names)
	}
}
