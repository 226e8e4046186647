package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// mutator changes rows of a store as a bad disk, another program or an enemy would: the file
// stays a store, with our tables and triggers, and what stands in them is any value.
type mutator struct {
	draw    *rand.Rand
	db      *sql.DB
	columns [][2]string // table and column
}

// mutate changes some cells or rows of the store at path, and says which.
func mutate(t *testing.T, path string, seed uint64) string {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=foreign_keys(0)&_pragma=ignore_check_constraints(1)&_pragma=synchronous(0)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1) // the pragmas are a connection's
	m := &mutator{draw: rand.New(rand.NewPCG(seed, 12)), db: db}
	triggers := map[string]string{}
	m.rows(t, "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'", func(name, text string) { triggers[name] = text })
	m.rows(t, "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'", func(table, column string) {
		m.columns = append(m.columns, [2]string{table, column})
	})
	for name := range triggers { // they forbid every change
		m.exec(t, "DROP TRIGGER "+name)
	}
	var said []string
	for want := 1 + m.draw.IntN(4); len(said) < want; {
		if what := m.one(t); what != "" {
			said = append(said, what)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(triggers)) {
		m.exec(t, triggers[name])
	}
	return strings.Join(said, "\n")
}

func (m *mutator) exec(t *testing.T, statement string) {
	t.Helper()
	if _, err := m.db.Exec(statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func (m *mutator) rows(t *testing.T, query string, each func(a, b string)) {
	t.Helper()
	rows, err := m.db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var a, b string
		if err := rows.Scan(&a, &b); err != nil {
			t.Fatal(err)
		}
		each(a, b)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

// one makes one change, and is "" where the table refuses it or has no row.
func (m *mutator) one(t *testing.T) string {
	t.Helper()
	at := m.columns[m.draw.IntN(len(m.columns))]
	table, column := at[0], at[1]
	var row int64
	var was any
	if err := m.db.QueryRow(fmt.Sprintf("SELECT rowid, %s FROM %s ORDER BY random() LIMIT 1", column, table)).Scan(&row, &was); err != nil {
		return ""
	}
	switch m.draw.IntN(12) {
	case 0:
		return m.change("DELETE FROM "+table+" WHERE rowid = ?", row)
	case 1:
		return m.change(fmt.Sprintf("UPDATE %s SET %s = (SELECT %[2]s FROM %[1]s ORDER BY random() LIMIT 1) WHERE rowid = ?", table, column), row)
	}
	where, args := " WHERE rowid = ?", []any{m.value(was), row}
	if m.draw.IntN(4) == 0 {
		where, args = "", args[:1] // the whole column
	}
	return m.change(fmt.Sprintf("UPDATE %s SET %s = ?", table, column)+where, args...)
}

func (m *mutator) change(statement string, args ...any) string {
	done, err := m.db.Exec(statement, args...)
	if err != nil {
		return ""
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return ""
	}
	return fmt.Sprintf("%s %.200q", statement, args)
}

// strange are values that somebody's arithmetic, clock, loop or terminal does not like.
var strange = []any{
	nil, "", "\x00", "\x1b]0;owned\x07\u202e", []byte{0xff, 0xfe, 0}, strings.Repeat("ä", 1<<20), strings.Repeat("[", 200_000),
	int64(-1), int64(0), int64(1), int64(3), int64(math.MaxInt64), int64(math.MinInt64), int64(1 << 40),
	math.Inf(1), math.Inf(-1), 1e308, -1e308, 5e-324, math.Copysign(0, -1), 1e-300, "NaN", "1e999",
	"0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999+23:59", "-12026-11-01T00:00:00Z", "2026-11-01 08:00:00", "292277026596-12-04T15:30:07Z",
	"{}", "[]", "null", "true", `"x"`, "0", "[null]", `[{}]`, `{"":{}}`, "baseline", "ok", "not_in_effect", "w10", "higher", "lower", "neither", "throughput", "%",
}

// value is another value for a cell.
func (m *mutator) value(was any) any {
	text, _ := was.(string)
	if b, ok := was.([]byte); ok {
		text = string(b)
	}
	var document any
	if m.draw.IntN(3) > 0 && len(text) > 1 && json.Unmarshal([]byte(text), &document) == nil {
		if changed, err := json.Marshal(m.document(document)); err == nil {
			return string(changed)
		}
	}
	if text != "" && m.draw.IntN(3) == 0 { // some bytes of it
		b := []byte(text)
		for range 1 + m.draw.IntN(3) {
			b[m.draw.IntN(len(b))] = byte(m.draw.Uint32())
		}
		return string(b[:1+m.draw.IntN(len(b))])
	}
	return strange[m.draw.IntN(len(strange))]
}

// document changes one place of a JSON document.
func (m *mutator) document(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if len(v) > 0 && m.draw.IntN(6) > 0 {
			key := slices.Sorted(maps.Keys(v))[m.draw.IntN(len(v))]
			if m.draw.IntN(8) == 0 {
				delete(v, key)
			} else {
				v[key] = m.document(v[key])
			}
			return v
		}
	case []any:
		if len(v) > 0 && m.draw.IntN(6) > 0 {
			i := m.draw.IntN(len(v))
			switch m.draw.IntN(8) {
			case 0:
				return slices.Delete(v, i, i+1)
			case 1:
				return append(v, v[i])
			}
			v[i] = m.document(v[i])
			return v
		}
	}
	for {
		s := strange[m.draw.IntN(len(strange))]
		if _, err := json.Marshal(s); err == nil {
			return s
		}
	}
}

// TestMutatedStores: whatever stands in the rows of a store, every command that reads it ends with
// a page or an error, and never with a panic, a flood or an endless loop.
func TestMutatedStores(t *testing.T) {
	t.Parallel()
	packed, err := filepath.Glob(filepath.Join("testdata", "stores", "*.db.gz"))
	if err != nil || len(packed) < 7 {
		t.Fatalf("%d stores, %v", len(packed), err)
	}
	stores := 250
	switch {
	case os.Getenv("VNETTUNE_FAULTS") == "all":
		stores = 1000
	case testing.Short():
		stores = 100
	}
	for i, from := range packed {
		t.Run(strings.TrimSuffix(filepath.Base(from), ".db.gz"), func(t *testing.T) {
			t.Parallel()
			whole, err := os.ReadFile(oldStore(t, from))
			if err != nil {
				t.Fatal(err)
			}
			codes := map[int]int{}
			for k := i; k < stores; k += len(packed) {
				path := filepath.Join(t.TempDir(), "m.db")
				if err := os.WriteFile(path, whole, 0o600); err != nil {
					t.Fatal(err)
				}
				what := mutate(t, path, uint64(k))
				commands := [][]string{
					{"report", path},
					{"report", path, "--format", "json", "--all-metrics"},
					{"report", path, "--format", "csv"},
					{"gate", path, "--candidate", "a"},
					{"history", path, path, "--format", "json"},
					{"exclude", path, "b001", "--reason", "x"},
				}
				for _, command := range [][]string{commands[0], commands[1+k%(len(commands)-1)]} {
					codes[readsMutated(t, command, k, what)]++
				}
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
			}
			t.Logf("exit codes: %v", codes)
			if codes[exitDone] == 0 || codes[exitUsage] == 0 {
				t.Errorf("exit codes %v: the changes were all harmless, or all fatal", codes)
			}
		})
	}
}

// readsMutated runs one command, which may say what it likes and must end.
func readsMutated(t *testing.T, command []string, seed int, what string) int {
	t.Helper()
	var out, errs bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		defer func() {
			if r := recover(); r != nil {
				t.Errorf("seed %d: %s panics: %v\n%s", seed, command[0], r, what)
				ended <- -1
			}
		}()
		ended <- vnettune(command, nil, &out, &errs)
	}()
	select {
	case code := <-ended:
		if code == exitUsage && errs.Len() == 0 || code == exitFailed { // what is wrong is the data
			t.Errorf("seed %d: %s exits with %d and says %q\n%s", seed, command, code, errs.String(), what)
		}
		if strings.Contains(errs.String(), "panic") || strings.Contains(errs.String(), "internal error") {
			t.Errorf("seed %d: %s: %s\n%s", seed, command, errs.String(), what)
		}
		if n := out.Len() + errs.Len(); n > 4<<20 {
			t.Errorf("seed %d: %s prints %d bytes\n%s", seed, command, n, what)
		}
		return code
	case <-time.After(2 * time.Minute):
		t.Fatalf("seed %d: %s does not end\n%s", seed, command, what)
		return 0
	}
}
