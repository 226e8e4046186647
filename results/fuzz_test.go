package results

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vnettune/foreign"
	"vnettune/matrix"
	"vnettune/results/record"
)

// columns are all of the store's that its reader scans.
func columns(t testing.TB, s *Store) (all [][2]string) {
	t.Helper()
	rows, err := s.db.Query("SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY 1, 2")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var c [2]string
		if err := rows.Scan(&c[0], &c[1]); err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	return all
}

// hidden is a text in a JSON value that must not be shown as it is; "" for none.
func hidden(v any) string {
	switch v := v.(type) {
	case string:
		if foreign.Message(v) != v {
			return v
		}
	case []any:
		for _, x := range v {
			if text := hidden(x); text != "" {
				return text
			}
		}
	case map[string]any:
		for k, x := range v {
			if text := hidden([]any{k, x}); text != "" {
				return text
			}
		}
	}
	return ""
}

// FuzzStoreRows: whatever stands in a row, the store's reader is not brought down, and what it
// lets in can be shown.
func FuzzStoreRows(f *testing.F) {
	s := create(f)
	add(f, s, boot(s, 1))
	add(f, s, boot(s, 2))
	for _, err := range []error{
		s.Exclude("b002", "a reason", noon), s.EndSession(1, "done", noon), s.AddEvent(Event{At: noon, Kind: "kind", Text: "text"}),
		s.AddDecision(record.Decision{Blocks: 1}, noon), s.NoteChanged(noon), s.AddNoiseFloor(record.NoiseFloor{Source: "aa", Created: noon}, noon),
		s.SaveOriginals(record.Originals{Generation: "w10"}),
	} {
		if err != nil {
			f.Fatal(err)
		}
	}
	all := columns(f, s)
	for _, c := range all { // else nothing could be changed
		for _, what := range []string{"update", "delete"} {
			if _, err := s.db.Exec("DROP TRIGGER IF EXISTS " + c[0] + "_no_" + what); err != nil {
				f.Fatal(err)
			}
		}
	}
	if _, err := s.db.Exec("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON"); err != nil {
		f.Fatal(err)
	}
	for i := range all {
		f.Add(uint16(i), []byte("\x1b[31m\u202e\xff"), true)
		f.Add(uint16(i), []byte(`{"a":["\u001b"]}`), true)
		f.Add(uint16(i), []byte(`[{"name":"\u202e"}]`), false)
		f.Add(uint16(i), []byte("7"), true)
	}
	f.Fuzz(func(t *testing.T, at uint16, value []byte, asText bool) {
		c := all[int(at)%len(all)]
		var v any = value
		if asText {
			v = string(value)
		}
		if _, err := s.db.Exec("BEGIN"); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if _, err := s.db.Exec("ROLLBACK"); err != nil {
				t.Fatal(err)
			}
		}()
		if _, err := s.db.Exec(fmt.Sprintf("UPDATE %s SET %s = ?", c[0], c[1]), v); err != nil {
			return // the table itself refuses it
		}
		kept := s.campaign
		defer func() { s.campaign = kept }()
		_ = s.load()
		_, _ = s.Originals()
		events, _ := s.Events()
		contents, err := s.Read()
		if err == nil {
			_, _ = contents.Samples()
		}
		for i := range contents.Boots {
			contents.Boots[i].Combination = "" // lines that are parsed, and not shown
		}
		contents.Campaign.Plan, contents.Campaign.Text, contents.Path = matrix.Plan{}, nil, ""
		shown, err := json.Marshal([]any{contents, events})
		if err != nil {
			t.Fatal(err)
		}
		var parts any
		if err := json.Unmarshal(shown, &parts); err != nil {
			t.Fatal(err)
		}
		if text := hidden(parts); text != "" {
			t.Errorf("%s.%s = %.100q lets in %.200q", c[0], c[1], value, text)
		}
	})
}

// FuzzStoreKeptBoots: whatever stands in a file that boots were put aside into, its boot is refused,
// and the file stays, or the store is as good as before with it.
func FuzzStoreKeptBoots(f *testing.F) {
	s := create(f)
	add(f, s, boot(s, 1))
	text, err := json.Marshal(asideBoot{s.path, boot(s, 2)})
	if err != nil {
		f.Fatal(err)
	}
	aside := s.Aside("")
	if err := s.Close(); err != nil {
		f.Fatal(err)
	}
	store, err := os.ReadFile(s.path)
	if err != nil {
		f.Fatal(err)
	}
	for _, from := range []string{"", `"status":"ok"`, `"combination"`, `"class":"ok"`, `:[`, `:1`} {
		for _, to := range []string{"", `"status":"\u001b[31m"`, `"x"`, `:[null,`, `:1e308`, `:-1`} {
			f.Add([]byte(strings.ReplaceAll(string(text), from, to)))
		}
	}
	f.Add(text)
	f.Fuzz(func(t *testing.T, text []byte) {
		dir := t.TempDir()
		path, file := filepath.Join(dir, "demo.db"), filepath.Join(dir, aside.key()+"-2-1.json")
		if err := errors.Join(os.WriteFile(path, store, 0o600), os.WriteFile(file, text, 0o600)); err != nil {
			t.Fatal(err)
		}
		s, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		ids, err := s.Aside(dir).TakeUp()
		switch _, left := os.Stat(file); {
		case err == nil && left == nil:
			t.Error("the file is left")
		case err != nil && left != nil:
			t.Errorf("%v, and the file is gone", err)
		}
		contents := read(t, s)
		if want := 1 + len(ids); len(contents.Boots) != want {
			t.Errorf("%d boots, want %d", len(contents.Boots), want)
		}
		if _, err := contents.Samples(); err != nil {
			t.Errorf("samples: %v", err)
		}
		for _, id := range ids {
			if _, err := s.Boot(id); err != nil {
				t.Errorf("boot %s: %v", id, err)
			}
		}
	})
}
