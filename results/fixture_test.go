package results

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"vnettune/matrix"
	"vnettune/results/record"
	"vnettune/results/sample"
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
	return Campaign{Name: "demo", File: "demo.yaml", Text: []byte(campaignText), Generation: "w10", Plan: plan(t), Seed: 1<<64 - 1, Created: noon}
}

// create makes a store in a folder of the test, with a session begun.
func create(t testing.TB) *Store {
	t.Helper()
	s, err := Create(filepath.Join(t.TempDir(), "demo.db"), demo(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	begin(t, s, record.Guest{StandIn: "lab"})
	return s
}

// read is all that a store holds.
func read(t testing.TB, s *Store) Contents {
	t.Helper()
	c, err := s.Read()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func begin(t testing.TB, s *Store, guest record.Guest) int64 {
	t.Helper()
	id, err := s.StartSession(record.Host{Kernel: "6.1"}, guest, noon)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// boot is a boot of a slot, ok, with two repetitions each way.
func boot(s *Store, order int) Boot {
	slot := s.campaign.Plan.Slots[order-1]
	arm := s.campaign.Plan.Arms[slot.Arm]
	b := Boot{
		Session: 1, Block: slot.Block, Order: order, Arm: arm.Name, Combination: arm.Combination.Canonical(), Status: sample.StatusOK,
		Started: noon, Ended: noon.Add(time.Minute),
		Steps:  []Step{{Name: "apply", Started: noon, Ended: noon.Add(time.Second)}},
		Reboot: &record.Reboot{Nonce: "n", Signs: []string{"one", "two"}}, Readings: []record.Reading{{ID: "x", AsAsked: true, InEffect: record.Yes}},
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
	return Run{Workload: workload, Repetition: rep, Attempt: 1, Class: record.OK, Started: noon, Ended: noon.Add(time.Second),
		Metrics: []record.Metric{{Name: "throughput", Unit: "Mbit/s", Better: "higher", Value: mbit}},
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
