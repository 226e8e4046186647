package results

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Decisions come back in the order of their blocks; one is never made twice,
// changed or taken back.
func TestDecisions(t *testing.T) {
	s := create(t)
	want := []Decision{
		{Block: 3, At: noon, Data: json.RawMessage(`{"survivors":["a","b"]}`)},
		{Block: 4, At: noon.Add(time.Hour), Data: json.RawMessage(`{"survivors":["a"]}`)},
	}
	for _, d := range []Decision{want[1], want[0]} {
		if err := s.AddDecision(d); err != nil {
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
	if err := s.AddDecision(want[0]); err == nil {
		t.Error("block 3 was decided twice")
	}
	if err := s.AddDecision(Decision{Block: 5, At: noon, Data: json.RawMessage(`{`)}); err == nil {
		t.Error("what is no JSON was stored")
	}
	if _, err := s.db.Exec("UPDATE decision SET data = '{}'"); err == nil {
		t.Error("a decision was changed")
	}
}
