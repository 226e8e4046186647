package main

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// countingDriver is a database/sql driver around SQLite's that writes down every
// statement. The program is built with it in place of SQLite's own, so that nothing in
// the program knows of the count.
const countingDriver = `package results

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"os"
)

func init() {
	db, err := sql.Open("sqlite", "")
	if err != nil {
		panic(err)
	}
	sql.Register("counted", countedDriver{db.Driver()})
}

type countedDriver struct{ driver.Driver }

func (d countedDriver) Open(name string) (driver.Conn, error) {
	c, err := d.Driver.Open(name)
	return countedConn{c}, err
}

type countedConn struct{ driver.Conn }

func count(statement string) {
	f, err := os.OpenFile(os.Getenv("COUNTED"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	defer f.Close()
	if _, err := f.WriteString(statement + "\x00"); err != nil {
		panic(err)
	}
}

func (c countedConn) QueryContext(ctx context.Context, q string, args []driver.NamedValue) (driver.Rows, error) {
	count(q)
	return c.Conn.(driver.QueryerContext).QueryContext(ctx, q, args)
}

func (c countedConn) ExecContext(ctx context.Context, q string, args []driver.NamedValue) (driver.Result, error) {
	count(q)
	return c.Conn.(driver.ExecerContext).ExecContext(ctx, q, args)
}

func (c countedConn) PrepareContext(ctx context.Context, q string) (driver.Stmt, error) {
	count(q)
	return c.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, q)
}

func (c countedConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	return c.Conn.(driver.ConnBeginTx).BeginTx(ctx, o)
}
`

// countingProgram builds the program with the counting driver.
func countingProgram(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	results, err := filepath.Abs(filepath.Join("..", "..", "results"))
	if err != nil {
		t.Fatal(err)
	}
	store, err := os.ReadFile(filepath.Join(results, "store.go"))
	if err != nil {
		t.Fatal(err)
	}
	counted := strings.ReplaceAll(string(store), `sql.Open("sqlite"`, `sql.Open("counted"`)
	counted = strings.ReplaceAll(counted, "err := bound(db)", "err := db.Ping()") // only SQLite's own connection has bounds
	if counted == string(store) {
		t.Fatal("results/store.go does not open SQLite: the count counts nothing")
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{
		filepath.Join(results, "store.go"):   write("store.go", counted),
		filepath.Join(results, "counted.go"): write("counted.go", countingDriver),
	}})
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "vnettune")
	if out, err := exec.Command("go", "build", "-overlay", write("overlay.json", string(overlay)), "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("build the program with a counting driver: %v\n%s", err, out)
	}
	return program
}

// tableRead finds the tables that a statement reads.
var tableRead = regexp.MustCompile(`(?i)\b(?:FROM|JOIN)\s+([a-z_]+)`)

// TestAReportReadsEachTableOnce: a store is read once, and what was read is handed on.
func TestAReportReadsEachTableOnce(t *testing.T) {
	program := countingProgram(t)
	for _, design := range slices.Sorted(maps.Keys(drawnDesigns)) {
		for _, format := range []string{"json", "csv"} { // a report as text is read as one in JSON is
			d := drawStore(t, design, 1, 0.1)
			log := filepath.Join(t.TempDir(), "statements")
			cmd := exec.Command(program, "report", d.path, "--format", format)
			cmd.Env = append(cmd.Environ(), "COUNTED="+log)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%s: %v\n%s", design, err, out)
			}
			text, err := os.ReadFile(log)
			if err != nil {
				t.Fatal(err)
			}
			reads := map[string]int{}
			for _, m := range tableRead.FindAllStringSubmatch(string(text), -1) {
				reads[strings.ToLower(m[1])]++
			}
			if reads["boot"] == 0 || reads["metric"] == 0 {
				t.Fatalf("%s: the count saw no boots read: %v", design, reads)
			}
			for table, times := range reads {
				if times > 1 && !strings.HasPrefix(table, "pragma_") && table != "sqlite_master" {
					t.Errorf("%s, report as %s: table %s is read %d times", design, format, table, times)
				}
			}
		}
	}
}
