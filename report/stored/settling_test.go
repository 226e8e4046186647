package stored

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
)

const settlingCampaign = `name: s
guest: {lab: {kind: fast, generation: w10}}
design: list
arms:
  - {name: off, set: {tcp.autotuninglevel: disabled}}
  - {name: ts, set: {tcp.timestamps: enabled}}
workloads: [{name: tcp, protocol: tcp, direction: to-guest}]
blocks: 12
settle_arms: 4
`

// settlingStore is what a store would have of the first blocks of a campaign whose arms settle, off at -40 % and ts at
// 0.1 %, with what was decided in it.
func settlingStore(t *testing.T, blocks int, decided ...record.SettleDecision) (campaign.Campaign, results.Contents) {
	t.Helper()
	c, err := campaign.Parse("s.yaml", []byte(settlingCampaign))
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Plan(matrix.W10)
	if err != nil {
		t.Fatal(err)
	}
	kept := results.Contents{Path: "s.db", Campaign: results.Campaign{Plan: p, Text: []byte(settlingCampaign)}, Settling: decided}
	for i, slot := range p.Slots {
		if slot.Block > blocks || p.AfterSettling(kept.Settled(), slot) {
			continue
		}
		value := 9000 * (1 + 0.004*float64((7*i+3*slot.Block)%5-2)) // noise of 0.6 % that is the same every time
		switch p.Arms[slot.Arm].Name {
		case "off":
			value *= 0.6
		case "ts":
			value *= 1.001
		}
		b := results.Boot{ID: fmt.Sprintf("b%03d", i+1), Session: 1, Block: slot.Block, Order: slot.Order, Arm: p.Arms[slot.Arm].Name,
			Combination: p.Arms[slot.Arm].Combination.Canonical(), Status: sample.StatusOK}
		for n := 1; n <= 2; n++ {
			b.Runs = append(b.Runs, results.Run{Workload: "tcp", Repetition: n, Attempt: 1, Class: record.OK,
				Metrics: []record.Metric{{Name: "throughput", Unit: "Mbit/s", Better: "higher", Value: value + float64(n)}}})
		}
		kept.Boots = append(kept.Boots, b)
	}
	return c, kept
}

// The judge names at a look what is clear, once; a store without any number settles nothing.
func TestSettleJudge(t *testing.T) {
	c, kept := settlingStore(t, 9)
	j := NewSettleJudge(c)
	settled, err := j.Settled(kept, 3)
	if err != nil {
		t.Fatal(err)
	}
	if len(settled) != 2 || settled[0].Arm != "off" || settled[0].Verdicts[0].Verdict != "harms" || settled[1].Verdicts[0].Verdict != "equivalent" || !(settled[0].Verdicts[0].Level < 0.05) {
		t.Errorf("at the third look %+v, want that off harms and ts is equivalent", settled)
	}
	kept.Settling = []record.SettleDecision{{Look: 3, Of: 4, Blocks: 9, Settled: settled}}
	if again, err := j.Settled(kept, 3); err != nil || len(again) > 0 {
		t.Errorf("settled once more: %+v, %v", again, err)
	}
	for i := range kept.Boots {
		kept.Boots[i].Runs, kept.Boots[i].Status = nil, record.RebootFailed
	}
	if none, err := j.Settled(kept, 3); err != nil || len(none) > 0 {
		t.Errorf("of boots without a number %+v, %v", none, err)
	}
}

// What settled is planned no more: a campaign is done without its later boots, and none of them is lost.
func TestProgressOfASettledCampaign(t *testing.T) {
	c, kept := settlingStore(t, 12, record.SettleDecision{Look: 2, Of: 4, Blocks: 6, Settled: []record.SettledArm{{Arm: "off"}}})
	all := &Campaign{Path: kept.Path, Kept: &kept, File: &c}
	if p := all.Progress(); p.Made != 30 || p.Planned != 30 || !p.Done {
		t.Errorf("at the end %+v, want 30 of 36 boots", p)
	}
	rows, err := rowsOf(kept)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if r.Status == sample.StatusNotRun {
			t.Errorf("a boot that settled is lost: %+v", r)
		}
	}
	_, kept = settlingStore(t, 8, kept.Settling...)
	if p := (&Campaign{Path: kept.Path, Kept: &kept, File: &c}).Progress(); p.Made != 22 || p.Planned != 30 || p.Done {
		t.Errorf("after 8 blocks %+v, want 22 of 30 boots", p)
	}
}

// Tests that know one look judge no arm that may have settled at another.
func TestOneLook(t *testing.T) {
	c, kept := settlingStore(t, 12)
	rows, err := rowsOf(kept)
	if err != nil {
		t.Fatal(err)
	}
	s := &Campaign{Path: kept.Path, Kept: &kept, File: &c, Rows: rows}
	if _, err := s.Gate("off", Asked{}); err == nil || !strings.Contains(err.Error(), "settle at several looks") {
		t.Errorf("the gate: %v", err)
	}
	if err := s.oneLook("baseline"); err != nil {
		t.Errorf("of the baseline, which never settles: %v", err)
	}
}

// A store keeps the looks that it was made with: a campaign that was grown beyond them, or has others, is another one.
func TestLooksAreNotChanged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.db")
	open := func(text string) error {
		c, err := campaign.Parse("s.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		p, err := c.Plan(matrix.W10)
		if err != nil {
			t.Fatal(err)
		}
		s, err := results.OpenOrCreate(path, results.Campaign{Name: c.Name, File: "s.yaml", Text: []byte(text), Generation: string(p.Generation), Plan: p, Seed: c.Seed, Created: time.Unix(1, 0)})
		if err != nil {
			return err
		}
		return s.Close()
	}
	if err := open(settlingCampaign); err != nil {
		t.Fatal(err)
	}
	if err := open(strings.Replace(settlingCampaign, "blocks: 12", "blocks: 24", 1)); err == nil || !strings.Contains(err.Error(), "settle_arms has spread its looks") {
		t.Errorf("more blocks: %v", err)
	}
	// Other looks over the same blocks are seen in the file alone.
	was, err := campaign.Parse("s.yaml", []byte(settlingCampaign))
	if err != nil {
		t.Fatal(err)
	}
	for name, by := range map[string]string{"other looks": "settle_arms: 2", "no looks": ""} {
		c, err := campaign.Parse("s.yaml", []byte(strings.Replace(settlingCampaign, "settle_arms: 4", by, 1)))
		if err != nil {
			t.Fatal(err)
		}
		if changed := campaign.Changed(was, c); !slices.Contains(changed, "design") {
			t.Errorf("%s: changed %q", name, changed)
		}
	}
	if err := open(settlingCampaign); err != nil {
		t.Errorf("the campaign itself: %v", err)
	}
}
