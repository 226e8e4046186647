package apply_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/apply"
	"vnettune/apply/terms"
	"vnettune/apply/transcript"
	"vnettune/apply/transcripttest"
	"vnettune/results/record"
)

// A guest and the transcript of it give the same answers.
func TestReplayAnswersAsTheGuestDid(t *testing.T) {
	for name, guest := range map[string]terms.Runner{"w10": newStandIn(t), "xp": newXP(t)} {
		t.Run(name, func(t *testing.T) {
			ask := func(r terms.Runner) (record.Guest, terms.IPerfServer) {
				g := apply.New(r, guestAddress, 5985, newXP(t))
				f, _, err := g.Facts(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				s, err := g.StatusIPerf(t.Context(), xpIPerf, 5201)
				if err != nil {
					t.Fatal(err)
				}
				return f, s
			}
			rec := &transcript.Recorder{Runner: guest}
			wantFacts, wantServer := ask(rec)
			var b bytes.Buffer
			if err := rec.Write(&b, "test", json.RawMessage(`{}`), transcript.Private{}); err != nil {
				t.Fatal(err)
			}
			replay, err := transcripttest.Read(bytes.NewReader(b.Bytes()))
			if err != nil {
				t.Fatal(err)
			}
			gotFacts, gotServer := ask(replay)
			// These are private and were replaced.
			wantFacts.ComputerName, gotFacts.ComputerName = "", ""
			if gotFacts.MachineGUID == wantFacts.MachineGUID || gotFacts.UUID == wantFacts.UUID || gotFacts.MachineGUID == "" || gotFacts.UUID == "" {
				t.Errorf("MachineGuid %s, UUID %s: want others in their place", gotFacts.MachineGUID, gotFacts.UUID)
			}
			wantFacts.MachineGUID, gotFacts.MachineGUID, wantFacts.UUID, gotFacts.UUID = "", "", "", ""
			for i := range wantFacts.Adapters {
				wantFacts.Adapters[i].MAC, gotFacts.Adapters[i].MAC = "", ""
				wantFacts.Adapters[i].GUID, gotFacts.Adapters[i].GUID = "", ""
				wantFacts.Adapters[i].Addresses, gotFacts.Adapters[i].Addresses = nil, nil
			}
			if d := cmp.Diff(wantFacts, gotFacts); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(wantServer, gotServer); d != "" {
				t.Error(d)
			}
			if _, err := replay.Run(t.Context(), "never asked", nil); err == nil || !strings.Contains(err.Error(), "never asked") {
				t.Errorf("a question that was not recorded: %v", err)
			}
		})
	}
}
