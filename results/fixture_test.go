package results

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"vnettune/matrix"
)

// noon is when everything in these tests happens.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 123456789, time.UTC)

const campaignText = "name: demo\nblocks: 3\nseed: 7\n"

func plan(t testing.TB) matrix.Plan {
	t.Helper()
	p, err := matrix.NewPlan(matrix.W10, matrix.Design{Kind: matrix.List, Placebo: true, Arms: []matrix.ArmSpec{
		{Name: "off", Set: map[string]matrix.Value{"tcp.autotuninglevel": "disabled"}},
	}}, 3, 7)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func demo(t testing.TB) Campaign {
	t.Helper()
	text, err := json.Marshal(plan(t))
	if err != nil {
		t.Fatal(err)
	}
	return Campaign{Name: "demo", File: "demo.yaml", Text: []byte(campaignText), Generation: "w10", Plan: text, Seed: 1<<64 - 1, Created: noon}
}

// create makes a store in a folder of the test, with a session begun.
func create(t testing.TB) *Store {
	t.Helper()
	s, err := Create(filepath.Join(t.TempDir(), "demo.db"), demo(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	begin(t, s, `{"standIn": "lab"}`)
	return s
}

func begin(t testing.TB, s *Store, guest string) int64 {
	t.Helper()
	id, err := s.StartSession(json.RawMessage(`{"kernel": "6.1"}`), json.RawMessage(guest), noon)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// boot is a boot of a slot, ok, with two repetitions each way.
func boot(s *Store, order int) Boot {
	slot := s.plan.Slots[order-1]
	arm := s.plan.Arms[slot.Arm]
	b := Boot{
		Session: 1, Block: slot.Block, Order: order, Arm: arm.Name, Combination: arm.Combination.Canonical(), Status: StatusOK,
		Started: noon, Ended: noon.Add(time.Minute),
		Steps:  []Step{{Name: "apply", Started: noon, Ended: noon.Add(time.Second)}},
		Reboot: json.RawMessage(`{"proof":1}`), Guest: json.RawMessage(`{"build":19045}`), Readings: json.RawMessage(`[]`),
		Raw: []Raw{{Kind: "write", Text: []byte("ok\r\n")}, {Kind: "read", Text: []byte{0, 1, 0xff}}},
	}
	for rep := range 3 {
		for _, w := range []string{"to", "from"} {
			b.Runs = append(b.Runs, run(w, rep, float64(1000*order+rep)))
		}
	}
	return b
}

func run(workload string, rep int, mbit float64) Run {
	return Run{Workload: workload, Repetition: rep, Attempt: 1, Class: ClassOK, Started: noon, Ended: noon.Add(time.Second),
		Metrics: []Metric{{Name: "throughput", Unit: "Mbit/s", Better: "higher", Value: mbit}},
		Raw:     fmt.Appendf(nil, `{"end": %v}`, mbit)}
}

func add(t testing.TB, s *Store, b Boot) string {
	t.Helper()
	id, err := s.AddBoot(b)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// intact runs SQLite's own checks of the file.
func intact(t testing.TB, s *Store) {
	t.Helper()
	var integrity string
	var broken int
	err := s.db.QueryRow("SELECT (SELECT group_concat(integrity_check) FROM pragma_integrity_check), (SELECT count(*) FROM pragma_foreign_key_check)").
		Scan(&integrity, &broken)
	if err != nil || integrity != "ok" || broken != 0 {
		t.Errorf("integrity %q, %d broken references, %v", integrity, broken, err)
	}
}

func copyFile(t testing.TB, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
