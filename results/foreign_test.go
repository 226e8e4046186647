package results

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vnettune/matrix"
	"vnettune/results/record"
	"vnettune/trouble"
)

// A file is read only if every table, view, index and trigger of it is one of ours: a view
// can be a query that never ends, and a trigger can write what it likes.
func TestAForeignSchemaIsRefused(t *testing.T) {
	const endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT count(*) FROM c"
	for name, tt := range map[string]struct{ change, says string }{
		"a view in place of a table": {"ALTER TABLE boot RENAME TO hidden; CREATE VIEW boot AS " + endless, "is another"},
		"a view of the campaign":     {"DROP TABLE campaign; CREATE VIEW campaign (name, file, text, generation, plan, seed, created) AS SELECT (" + endless + "),1,1,1,1,1,1", "foreign view campaign"},
		"one more view":              {"CREATE VIEW more AS " + endless, "foreign view more"},
		"one more trigger":           {"CREATE TRIGGER more AFTER INSERT ON event BEGIN INSERT INTO guest_state (changed, at) VALUES (0, ''); END", "foreign trigger more"},
		"another trigger":            {"DROP TRIGGER event_no_UPDATE; CREATE TRIGGER event_no_UPDATE BEFORE UPDATE ON event BEGIN SELECT 1; END", "trigger event_no_UPDATE is another"},
		"a column more":              {"ALTER TABLE event ADD COLUMN more GENERATED ALWAYS AS (length(text))", "table event is another"},
		"an index more":              {"CREATE INDEX more ON event (text)", "foreign index more"},
		"one twice":                  {"PRAGMA writable_schema = 1; INSERT INTO sqlite_master SELECT * FROM sqlite_master WHERE name LIKE 'sqlite_autoindex_%' LIMIT 1; PRAGMA writable_schema = 0", "it has two of index sqlite_autoindex_"},
		"a table less":               {"DROP TABLE event", "it has no table event"},
	} {
		t.Run(name, func(t *testing.T) {
			s := create(t)
			if _, err := s.db.Exec(tt.change); err != nil {
				t.Fatal(err)
			}
			s.Close()
			for how, open := range map[string]func(string) (*Store, error){"Open": Open, "OpenReadOnly": OpenReadOnly} {
				if _, err := open(s.path); !errors.Is(err, ErrForeignSchema) || !strings.Contains(err.Error(), tt.says) {
					t.Errorf("%s: %v; want %q", how, err, tt.says)
				}
			}
			if _, err := Create(s.path, demo(t)); err == nil {
				t.Error("a campaign was begun in it")
			}
		})
	}
}

// Comments, which earlier versions had in other words, do not count, nor do triggers and
// indexes that are not there.
func TestAnEarlierSchemaIsOurs(t *testing.T) {
	s := create(t)
	if _, err := s.db.Exec("DROP TRIGGER event_no_UPDATE; DROP INDEX raw_boot; DROP TABLE event; CREATE TABLE event (\n\tid   INTEGER PRIMARY KEY, -- one more word\n\tat   TEXT NOT NULL,\n\tkind TEXT NOT NULL, text TEXT NOT NULL\n)"); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if s, err := OpenReadOnly(s.path); err != nil {
		t.Error(err)
	} else {
		s.Close()
	}
	old, err := os.ReadFile(filepath.Join("testdata", "version1.store"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "old.db")
	if err := os.WriteFile(path, old, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, open := range []func(string) (*Store, error){OpenReadOnly, Open} {
		if s, err := open(path); err != nil {
			t.Error(err)
		} else {
			s.Close()
		}
	}
}

// A plan without boots, or with boots of no arm, is no plan.
func TestAStoreWithoutAPlanIsRefused(t *testing.T) {
	for plan, says := range map[string]string{
		`{}`:   "the plan has no boots",
		`null`: "the plan has no boots",
		`{"Generation":"w10","Arms":[{"Name":"a"}],"Slots":[{"Arm":1}]}`:  "boot 1 is of arm 1",
		`{"Generation":"w10","Arms":[{"Name":"a"}],"Slots":[{"Arm":-1}]}`: "boot 1 is of arm -1",
		`{"Generation":"xp","Arms":[{"Name":"a"}],"Slots":[{"Arm":0}]}`:   "its plan for xp",
	} {
		s := create(t)
		if _, err := s.db.Exec("DROP TRIGGER campaign_no_UPDATE"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.db.Exec("UPDATE campaign SET plan = ?", plan); err != nil {
			t.Fatal(err)
		}
		s.Close()
		for how, open := range map[string]func(string) (*Store, error){"Open": Open, "OpenReadOnly": OpenReadOnly} {
			if _, err := open(s.path); err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("%s of %s: %v; want %q", how, plan, err, says)
			}
		}
	}
}

// No statement runs for ever, and the next one runs after it.
func TestAnEndlessStatementEnds(t *testing.T) {
	s := create(t)
	s.db.limit = 50 * time.Millisecond
	const endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT count(*) FROM c"
	var n int
	if err := s.db.QueryRow(endless).Scan(&n); err == nil {
		t.Fatal("it ended by itself")
	}
	if rows, err := s.db.Query(endless); err == nil {
		for rows.Next() {
			t.Error("it has a row")
		}
		if rows.Err() == nil {
			t.Error("it ended by itself")
		}
		rows.Close()
	}
	if _, err := s.db.Exec("CREATE TABLE more AS " + endless); err == nil {
		t.Error("it ended by itself")
	}
	s.db.limit = statementLimit
	if _, err := s.Read(); err != nil {
		t.Errorf("after statements that were ended: %v", err)
	}
}

// TestADigestTellsAnotherPlan: the plan says what a restore may leave to others.
func TestADigestTellsAnotherPlan(t *testing.T) {
	s := create(t)
	if err := s.SaveOriginals(record.Originals{Generation: "w10"}); err != nil {
		t.Fatal(err)
	}
	was, err := s.Digest()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.db.Exec("DROP TRIGGER campaign_no_UPDATE; UPDATE campaign SET plan = plan || ' '"); err != nil {
		t.Fatal(err)
	}
	if now, err := s.Digest(); err != nil || now == was {
		t.Errorf("%v: the digest is the same", err)
	}
}

// TestTheLongestPlanIsRead: a store never takes what it does not give back.
func TestTheLongestPlanIsRead(t *testing.T) {
	c := demo(t)
	arms := make([]matrix.Arm, matrix.MaxArms)
	for i := range arms {
		arms[i] = c.Plan.Arms[0]
		arms[i].Name = fmt.Sprintf("an arm with the number %d", i)
	}
	c.Plan.Arms, c.Plan.Slots = arms, make([]matrix.Slot, matrix.MaxSlots)
	for i := range c.Plan.Slots {
		c.Plan.Slots[i] = matrix.Slot{Block: i/len(arms) + 1, Order: i + 1, Arm: i % len(arms)}
	}
	path := filepath.Join(t.TempDir(), "long.db")
	s, err := Create(path, c)
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	if s, err = OpenReadOnly(path); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if n := len(s.Plan().Slots); n != matrix.MaxSlots {
		t.Errorf("%d boots, want %d", n, matrix.MaxSlots)
	}
}

// TestAnEndlessDocumentIsRefused before it is made of many times its size in memory.
func TestAnEndlessDocumentIsRefused(t *testing.T) {
	for _, tt := range [][2]string{
		{"plan", `{"Settings":[` + strings.Repeat("{},", 400_000) + `{}],"Slots":[]}`},
		{"plan", `{"Settings":[` + strings.Repeat("{},", 100_000) + `{}],"Slots":[]}`},
		{"plan", `{"Settings":[{"Setting":{"Sources":["` + strings.Repeat(`","`, 300_000) + `"]}}],"Slots":[]}`},
		{"plan", `{"Slots":[` + strings.Repeat("{},", matrix.MaxSlots) + "{}]}"},
		{"file", strings.Repeat("x", maxCell+1)},
	} {
		name, value := tt[0], tt[1]
		s := create(t)
		var trigger string
		if err := s.db.QueryRow("SELECT sql FROM sqlite_master WHERE name = 'campaign_no_UPDATE'").Scan(&trigger); err != nil {
			t.Fatal(err)
		}
		s.Close()
		db, err := sql.Open("sqlite", s.path) // without our bounds
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec("DROP TRIGGER campaign_no_UPDATE; UPDATE campaign SET "+name+" = ?; "+trigger, value); err != nil {
			t.Fatal(err)
		}
		db.Close()
		_, err = OpenReadOnly(s.path)
		if err == nil || !trouble.IsInvalid(err) || strings.Contains(err.Error(), "trigger") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
