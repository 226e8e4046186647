package main

import (
	"bytes"
	"cmp"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"
)

// A drawn store is written by hand, row by row, in the second version of the store's
// schema, so that nothing which reads stores had a part in making it.

// drawnStore is a campaign with a store that chance has filled.
type drawnStore struct {
	design string
	path   string // of the store
	begun  int64  // minutes after drawnTime
	guest  string // what the guest said of itself, as JSON; "" for nothing
	tcp    bool   // only: no run is over UDP
	plan   drawnPlan
	draw   *rand.Rand
	db     *sql.DB
	boots  int64
	runs   int64
}

// drawnPlan is of `plan --format json` what a store is made from.
type drawnPlan struct {
	Generation string
	Arms       []struct {
		Name        string
		Combination json.RawMessage
		Role        string
	}
	Slots  []drawnSlot
	Search *struct{ Screen, Blocks, Confirm int }
}

type drawnSlot struct{ Block, Order, Arm int }

// drawnDesigns are campaigns of every kind of design, without a guest.
var drawnDesigns = map[string]string{
	"list": `design: list
arms:
%s`,
	"placebo": `design: list
arms:
%splacebo: true
`,
	"profile": `design: profile
profile: seed-vista
`,
	"factorial": `design: factorial
settings:
  tcp.autotuninglevel: [normal, disabled]
  tcp.rss: [enabled, disabled]
`,
	"one-at-a-time": `design: one-at-a-time
settings:
  tcp.autotuninglevel: [normal, disabled, restricted]
  tcp.rss: [enabled, disabled]
`,
	"aa": `design: aa
labels: 4
`,
	"adaptive": `design: adaptive
arms:
%s`,
	"factorial-screen": `design: factorial-screen
settings:
  tcp.autotuninglevel: [normal, disabled, restricted]
  tcp.rss: [enabled, disabled]
  tcp.ecncapability: [enabled, disabled]
`,
}

// drawStore makes a campaign of the named design and a store of it. Loss is the chance
// that a boot is lost, in one way or another.
func drawStore(t *testing.T, design string, seed uint64, loss float64) *drawnStore {
	t.Helper()
	d := &drawnStore{design: design, draw: rand.New(rand.NewPCG(seed, 1))}
	d.begin(t, d.campaign(seed))
	d.fill(t, loss)
	if err := d.db.Close(); err != nil {
		t.Fatal(err)
	}
	return d
}

// begin plans the campaign, and makes a store of it without boots.
func (d *drawnStore) begin(t *testing.T, text string) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "c.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	if code := vnettune([]string{"plan", file, "--format", "json", "--store", filepath.Join(dir, "none.db")}, nil, &out, &errs); code != exitDone {
		t.Fatalf("plan: exit %d: %s\n%s", code, errs.String(), text)
	}
	if err := json.Unmarshal(out.Bytes(), &d.plan); err != nil {
		t.Fatal(err)
	}
	d.path = filepath.Join(dir, "c.db")
	d.create(t, text, out.Bytes())
}

// drawnGuest begins a campaign.
const drawnGuest = "name: drawn\nguest:\n  control: 192.0.2.1\n  data: 192.0.2.2\n  user: u\n  password_env: P\n  generation: w10\n"

// campaign is the text of a campaign of the design.
func (d *drawnStore) campaign(seed uint64) string {
	design := drawnDesigns[d.design]
	if strings.Contains(design, "%s") {
		var arms strings.Builder
		legal := []string{"disabled", "restricted", "highlyrestricted", "experimental"}
		for i := range 2 + d.draw.IntN(5) {
			fmt.Fprintf(&arms, "  - name: a%02d\n    set: {tcp.autotuninglevel: %s, tcp.rss: %s}\n", i+1, legal[i%len(legal)], []string{"enabled", "disabled"}[i/len(legal)])
		}
		design = fmt.Sprintf(design, arms.String())
	}
	workloads := "workloads:\n  - {name: down, protocol: tcp, direction: to-guest}\n"
	if d.draw.IntN(2) == 0 {
		workloads += "  - {name: udp, protocol: udp, direction: to-guest, rate: 100M, length: 1400}\n"
		if strings.Contains(d.design, "adaptive") || strings.Contains(d.design, "screen") {
			workloads += "search: {workload: down}\n"
		}
	}
	return fmt.Sprintf("%s%s%sblocks: %d\nrepetitions: %d\nmargin: %d%%\nseed: %d\n", drawnGuest, design, workloads, 3+d.draw.IntN(4), 1+d.draw.IntN(3), 2+d.draw.IntN(8), seed)
}

// exec writes one row, or more.
func (d *drawnStore) exec(t *testing.T, statement string, args ...any) {
	t.Helper()
	if _, err := d.db.Exec(statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// drawnTime is when a drawn campaign was begun, unless it says otherwise.
var drawnTime = time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)

func stamped(minutes int64) string {
	return drawnTime.Add(time.Duration(minutes) * time.Minute).Format(time.RFC3339Nano)
}

// create makes the file with the campaign, one session and no boots.
func (d *drawnStore) create(t *testing.T, text string, planned []byte) {
	t.Helper()
	var err error
	if d.db, err = sql.Open("sqlite", "file:"+d.path); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"schema1.sql", "schema2.sql"} {
		schema, err := os.ReadFile(filepath.Join("..", "..", "results", name))
		if err != nil {
			t.Fatal(err)
		}
		d.exec(t, string(schema))
	}
	var plan map[string]json.RawMessage
	if err := json.Unmarshal(planned, &plan); err != nil {
		t.Fatal(err)
	}
	delete(plan, "Forecast")
	kept, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	d.exec(t, "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY")
	d.exec(t, "PRAGMA application_id = 1986950260; PRAGMA user_version = 2")
	d.exec(t, "INSERT INTO campaign VALUES (1, 'drawn', 'c.yaml', ?, ?, ?, '1', ?)", []byte(text), d.plan.Generation, string(kept), stamped(d.begun))
	d.exec(t, "INSERT INTO session VALUES (1, ?, '{}', ?)", stamped(0), cmp.Or(d.guest, "{}"))
	d.exec(t, "INSERT INTO session_end VALUES (1, ?, 'done')", stamped(9999))
}

// fill makes boots: all of the plan, or those before a stop in the middle of a block.
// A search boots every arm until it ends, and then confirms its pick.
func (d *drawnStore) fill(t *testing.T, loss float64) {
	t.Helper()
	stop := len(d.plan.Slots)
	if d.draw.IntN(3) == 0 {
		stop = 1 + d.draw.IntN(stop)
	}
	effects := make([]float64, len(d.plan.Arms))
	for i := range effects {
		effects[i] = 3 * d.draw.NormFloat64()
	}
	alive := func(drawnSlot) bool { return true }
	if s := d.plan.Search; s != nil {
		pick, last := 1+d.draw.IntN(len(d.plan.Arms)-1), s.Screen+s.Blocks
		alive = func(slot drawnSlot) bool { return slot.Block <= last || slot.Arm == 0 || slot.Arm == pick }
		if d.draw.IntN(4) > 0 { // the search is done
			d.exec(t, "INSERT INTO decision VALUES (?, ?, ?)", last, stamped(0), fmt.Sprintf(`{"blocks":%d,"survivors":[%q],"arms":[],"eliminated":[],"ended":"one survivor","pick":%[2]q,"proven":true}`, last, d.plan.Arms[pick].Name))
		} else {
			stop = min(stop, len(d.plan.Arms)*(last-1)+1)
		}
	}
	for _, slot := range d.plan.Slots[:stop] {
		if alive(slot) {
			d.slot(t, slot, effects[slot.Arm], loss)
		}
	}
}

// slot makes the boots of a planned boot: one, or a second where the first failed.
func (d *drawnStore) slot(t *testing.T, slot drawnSlot, effect, loss float64) {
	t.Helper()
	y := 1000 * math.Exp((effect+2*d.draw.NormFloat64())/100)
	if d.draw.Float64() >= loss {
		d.boot(t, slot, "ok", y)
		return
	}
	switch d.draw.IntN(5) {
	case 0: // tried again
		d.boot(t, slot, "reboot_failed", 0)
		d.boot(t, slot, "ok", y)
	case 1:
		d.boot(t, slot, "reboot_failed", 0)
		d.boot(t, slot, "write_failed", 0)
	case 2:
		d.boot(t, slot, "not_in_effect", 0)
	case 3:
		id := d.boot(t, slot, "ok", y)
		d.exec(t, "INSERT INTO exclusion VALUES (?, 'drawn', ?)", id, stamped(0))
	case 4: // stopped within a block, and the session never went on
	}
}

func (d *drawnStore) boot(t *testing.T, slot drawnSlot, status string, y float64) int64 {
	t.Helper()
	d.boots++
	arm, reason := d.plan.Arms[slot.Arm], ""
	if status != "ok" {
		reason = "drawn"
	}
	var lines string
	if err := json.Unmarshal(arm.Combination, &lines); err != nil {
		t.Fatal(err)
	}
	d.exec(t, "INSERT INTO boot VALUES (?, ?, 1, ?, ?, ?, ?, 'x', ?, ?, ?, ?, '[]', NULL, NULL, '[]')",
		d.boots, fmt.Sprintf("b%03d", d.boots), slot.Block, slot.Order, arm.Name, lines, status, reason, stamped(2*d.boots), stamped(2*d.boots+1))
	if status != "ok" {
		return d.boots
	}
	for repetition := range 3 {
		d.run(t, repetition+1, "down", y, "throughput", "Mbit/s", "higher")
		if !d.tcp {
			d.run(t, repetition+1, "udp", y/10, "throughput", "Mbit/s", "higher")
		}
	}
	return d.boots
}

func (d *drawnStore) run(t *testing.T, repetition int, workload string, y float64, metric, unit, better string) {
	t.Helper()
	d.runs++
	class := "ok"
	if d.draw.IntN(60) == 0 {
		class = "timeout"
	}
	d.exec(t, "INSERT INTO run VALUES (?, ?, ?, ?, 1, ?, '', ?, ?, NULL)", d.runs, d.boots, workload, repetition, class, stamped(2*d.boots), stamped(2*d.boots))
	if class == "ok" {
		d.exec(t, "INSERT INTO metric (run, name, unit, better, value) VALUES (?, ?, ?, ?, ?)", d.runs, metric, unit, better, y*math.Exp(d.draw.NormFloat64()/100))
	}
}

// arms are the names of the plan's arms beside the baseline.
func (d *drawnStore) candidates() []string {
	var names []string
	for _, a := range d.plan.Arms[1:] {
		names = append(names, a.Name)
	}
	return slices.Clip(names)
}
