package results

import (
	"testing"
	"time"

	"vnettune/results/record"

	"github.com/google/go-cmp/cmp"
)

// Decisions come back in the order of their blocks; one is never made twice,
// changed or taken back.
func TestDecisions(t *testing.T) {
	s := create(t)
	want := []Decision{
		{At: noon, Decision: record.Decision{Blocks: 3, Survivors: []string{"a", "b"}}},
		{At: noon.Add(time.Hour), Decision: record.Decision{Blocks: 4, Survivors: []string{"a"}, Nu: 2.5}},
	}
	for _, d := range []Decision{want[1], want[0]} {
		if err := s.AddDecision(d.Decision, d.At); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Decisions()
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		got[i].At = got[i].At.UTC()
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("decisions (-want +got):\n%s", d)
	}
	if err := s.AddDecision(want[0].Decision, noon); err == nil {
		t.Error("block 3 was decided twice")
	}
	if _, err := s.db.Exec("UPDATE decision SET data = '{}'"); err == nil {
		t.Error("a decision was changed")
	}
}
